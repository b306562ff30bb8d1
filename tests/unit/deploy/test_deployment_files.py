"""What production is started with, container, unit or Procfile, is what the launcher starts and the tests run.

No Docker and no systemd is needed: the files are read, and what they name is held against the project.
"""

import configparser
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from contactcenter import serving
from deploy import environment, install, programs
from tests.house import test_docs as documented

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
CADDYFILE = (DEPLOY / "Caddyfile").read_text()
DOCKERFILE = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ")
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
# Set in .env for the containers alone.
OF_THE_CONTAINERS = {"POSTGRES_PASSWORD", "POSTGRES_USER", "POSTGRES_DB"}
OWN_SERVICES = ("web", "bridge", "worker", "beat", "sidebands", "migrate")


def known_lines() -> dict[str, list[str]]:
    """The launcher's lines, with ports and hosts as written in the files left to each."""
    return {
        "web": serving.command("uvicorn", host="<host>", port="<port>"),
        "bridge": programs.bridges(),
        "worker": programs.worker("INFO"),
        "beat": programs.beat("INFO"),
        "sidebands": programs.sidebands(),
        "migrate": programs.manage("migrate", "--no-input"),
    }


def plain(line: str) -> list[str]:
    """A line's words, whichever Python it begins with and wherever it listens."""
    words = shlex.split(line)
    assert Path(words[0]).name.startswith("python")
    for option, instead in (("--host", "<host>"), ("--port", "<port>")):
        if option in words and words[1:3] != ["-m", "contactcenter.bridges"]:
            words[words.index(option) + 1] = instead
    return words[1:]


def is_known(name: str, line: str) -> bool:
    known, words = known_lines()[name][1:], plain(line)
    # The parent of the bridges takes more words: how many, and where.
    return words[: len(known)] == known if name == "bridge" else words == known


def test_every_container_of_ours_runs_a_line_of_the_launcher_s() -> None:
    for name in OWN_SERVICES:
        assert is_known(name, COMPOSE["services"][name]["command"]), name


def test_the_image_by_itself_is_a_web_process() -> None:
    (command,) = re.findall(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    assert is_known("web", shlex.join(json.loads(command)))


def test_the_procfile_runs_the_launcher_s_lines() -> None:
    lines = dict(line.split(": ", 1) for line in (DEPLOY / "Procfile").read_text().splitlines())
    assert list(lines) == ["web", "bridge", "worker", "beat", "sidebands"]
    for name, line in lines.items():
        assert is_known(name, line), name


def unit(path: Path) -> configparser.ConfigParser:
    read = configparser.ConfigParser(strict=False, interpolation=None)
    read.optionxform = str  # type: ignore[method-assign, assignment]
    read.read_string(path.read_text())
    return read


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_unit_runs_a_line_of_the_launcher_s(path: Path) -> None:
    name = path.stem.removeprefix("contactcenter-").rstrip("@")
    service = unit(path)["Service"]
    assert is_known(name, service["ExecStart"])
    assert service["ExecStart"].startswith(f"{service['WorkingDirectory']}/.venv/bin/python ")
    assert service["Restart"] == "always"


def test_the_target_wants_every_unit() -> None:
    wanted = set(
        re.findall(r"contactcenter-[\w@-]+\.service", (DEPLOY / "systemd" / "contactcenter.target").read_text())
    )
    assert {re.sub(r"@\d+", "@", name) for name in wanted} == {path.name for path in UNITS}


def test_the_bridges_may_drain_before_they_are_ended_by_force() -> None:
    drain_s = environment.drain_s({}) + 15 + serving.GRACE_S
    bridge = unit(DEPLOY / "systemd" / "contactcenter-bridge.service")["Service"]
    assert bridge["KillMode"] == "mixed", "the parent tells the bridges, not systemd"
    assert bridge["ExecReload"] == "/bin/kill -HUP $MAINPID", "which replaces one after another"
    assert float(bridge["TimeoutStopSec"]) > drain_s
    assert float(COMPOSE["services"]["bridge"]["stop_grace_period"].removesuffix("s")) > drain_s


def test_what_the_calls_need_to_end_in_peace_is_stopped_after_them() -> None:
    assert {"front", "web", "worker"} <= COMPOSE["services"]["bridge"]["depends_on"].keys()
    assert "bridge" not in COMPOSE["services"]["front"].get("depends_on", {})
    text = (DEPLOY / "systemd" / "contactcenter-bridge.service").read_text()
    after = " ".join(re.findall(r"^After=(.*)$", text, re.MULTILINE))
    assert {"caddy.service", "contactcenter-web@8001.service", "contactcenter-worker.service"} <= set(after.split())


def test_every_variable_of_the_containers_is_documented() -> None:
    documents = documented.in_the_reference()
    for name, service in COMPOSE["services"].items():
        assert set(service.get("environment", {})) <= documents | OF_THE_CONTAINERS, name
    asked_for = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text()))
    assert asked_for <= documents | OF_THE_CONTAINERS
    assert (
        set(re.findall(r"\{\$(\w+)", CADDYFILE)) == {"PUBLIC_URL"} <= COMPOSE["services"]["front"]["environment"].keys()
    )


def test_everything_the_containers_share_is_a_volume_or_a_network_that_exists() -> None:
    for name, service in COMPOSE["services"].items():
        named = [one.partition(":")[0] for one in service.get("volumes", []) if not one.startswith(".")]
        assert set(named) <= COMPOSE["volumes"].keys(), name
        assert set(service["networks"]) <= COMPOSE["networks"].keys(), name
        assert set(service.get("depends_on", {})) <= COMPOSE["services"].keys(), name
        if name in OWN_SERVICES:
            assert "data:/data" in service["volumes"]
            assert {"RECORDINGS_URL", "EVIDENCE_URL", "UPLOADS_URL", "SPOOL_DIR", "TAPES_DIR"} <= service[
                "environment"
            ].keys()


def test_every_container_says_whether_it_is_well() -> None:
    without = {name for name, one in COMPOSE["services"].items() if "healthcheck" not in one}
    assert without == {"web"}, "the image's own"
    assert "HEALTHCHECK" in DOCKERFILE
    assert COMPOSE["services"]["web"]["deploy"]["replicas"] == 2


def test_the_product_believes_the_front_s_network_alone() -> None:
    (subnet,) = [one["subnet"] for one in COMPOSE["networks"]["inside"]["ipam"]["config"]]
    assert COMPOSE["services"]["web"]["environment"]["FORWARDED_ALLOW_IPS"] == subnet
    assert [name for name, one in COMPOSE["services"].items() if "ports" in one] == ["front"]
    for name in ("web", "bridge"):
        met = set(COMPOSE["services"][name]["networks"]) & set(COMPOSE["services"]["front"]["networks"])
        assert met == {"inside"}, "the front would come from another network than the one that is believed"


def bridges_of_the_container() -> dict[str, str]:
    """Names and addresses, as the parent in the container gives them."""
    service = COMPOSE["services"]["bridge"]
    words = shlex.split(service["command"])
    first, count = int(words[words.index("--base-port") + 1]), int(words[words.index("--count") + 1])
    host = service["hostname"]
    return {serving.bridge_name(host, n + 1): f"{host}:{first + n}" for n in range(count)}


def test_the_front_routes_every_bridge_by_its_name_first_and_by_the_others_after() -> None:
    known = bridges_of_the_container()
    blocks = dict(
        re.findall(r"handle /twilio/media/([a-z0-9-]+)/ \{\s+reverse_proxy ([^{]+?) \{\s+lb_policy first", CADDYFILE)
    )
    assert blocks.keys() == known.keys()
    for name, upstreams in blocks.items():
        assert upstreams.split()[0] == known[name]
        assert sorted(upstreams.split()) == sorted(known.values())


@pytest.mark.parametrize("path", ["/twilio/media/*", "/twilio/relay/*", "/phone/*"])
def test_the_front_gives_other_streams_to_the_least_busy_bridge(path: str) -> None:
    pattern = rf"handle {re.escape(path)} \{{\s+reverse_proxy ([^{{]+?) \{{\s+lb_policy least_conn"
    (upstreams,) = re.findall(pattern, CADDYFILE)
    assert sorted(upstreams.split()) == sorted(bridges_of_the_container().values())


def test_the_front_drops_what_clients_say_about_themselves_and_hides_the_counters() -> None:
    dropped = set(re.findall(r"^\trequest_header -(\S+)$", CADDYFILE, re.MULTILINE))
    assert {"X-Forwarded-*", "X_Forwarded_*", "Forwarded", "X-Real-Ip", "X_Real_Ip"} == dropped
    assert re.search(r"handle /metrics \{\s+respond 404", CADDYFILE)
    assert CADDYFILE.count("{") == CADDYFILE.count("}")


@pytest.mark.rarely
def test_the_image_holds_all_the_product_needs_and_no_more(tmp_path: Path) -> None:
    """What the Dockerfile copies, copied, and what it runs, run."""
    copied = re.findall(r"^COPY (?!--from)(\S+) (\S+)$", DOCKERFILE, re.MULTILINE)
    assert {source for source, _ in copied} >= {"manage.py", "contactcenter", "calls", "templates"}
    for source, target in copied:
        ignore = shutil.ignore_patterns("__pycache__")
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, tmp_path / target, ignore=ignore)
        else:
            shutil.copy(ROOT / source, tmp_path / target)
    (run,) = [line for line in re.findall(r"^RUN (.*)$", DOCKERFILE, re.MULTILINE) if "collectstatic" in line]
    python = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    run = run.replace("chown contactcenter", "true")
    subprocess.run(run, shell=True, cwd=tmp_path, env=python, check=True)
    assert (tmp_path / "var" / "static" / "staticfiles.json").exists()
    look = [sys.executable, "-W", "error", "-c", "import contactcenter.asgi, contactcenter.bridges"]
    stores = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1/0"}
    subprocess.run(look, cwd=tmp_path, env=python | stores, check=True)


def test_the_builder_is_sent_what_the_image_is_made_of() -> None:
    sent = set(re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    sources = {
        word for words in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE) for word in words.split()
    }
    assert sent == sources


def test_the_image_leaves_the_stores_wheels_out(tmp_path: Path) -> None:
    """The Dockerfile's own words, run where they would be."""
    for name in ("requirements.txt", "deploy/install.py"):
        shutil.copy(ROOT / name, tmp_path)
    (run,) = [line for line in re.findall(r"^RUN (.*)$", DOCKERFILE, re.MULTILINE) if "install.STORES" in line]
    words = shlex.split(run.partition("&&")[0])
    subprocess.run([sys.executable, *words[1:]], cwd=tmp_path, check=True)
    slim = (tmp_path / "requirements.txt").read_text()
    assert install.count(slim) == install.count((ROOT / "requirements.txt").read_text()) - len(install.STORES)
    assert not re.search(rf"^({'|'.join(install.STORES)})==", slim, re.MULTILINE)


def test_nobody_runs_as_root() -> None:
    assert re.search(r"^USER contactcenter$", DOCKERFILE, re.MULTILINE)
    assert DOCKERFILE.index("USER contactcenter") > DOCKERFILE.rindex("\nRUN ")
    assert all(unit(path)["Service"]["User"] == "contactcenter" for path in UNITS)
