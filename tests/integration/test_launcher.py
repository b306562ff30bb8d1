"""The launcher from start to end, with small stand-ins for the programs it runs: what a person and a hard kill see."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from deploy import instance, processes

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE_S = 60

# Just enough of each program: `python -m celery` and `python -m sandbox` find these first, uvicorn is the real one.
STAND_INS = {
    "manage.py": """
        import os, sys
        with open("var/commands.txt", "a") as file:
            print(*sys.argv[1:], os.environ["DATABASE_URL"], os.environ.get("TWILIO_API_BASE"), file=file)
        if sys.argv[1] == "seed_demo":
            print("seeded: two people\\nsupervisor: sam@demo.test / demo")
        if sys.argv[1] == "fail":
            sys.exit(3)
    """,
    "contactcenter/asgi.py": """
        async def application(scope, receive, send):
            if scope["type"] == "http":
                await send({"type": "http.response.start", "status": 200, "headers": []})
                await send({"type": "http.response.body", "body": b"well"})
    """,
    "celery/__init__.py": "",
    "celery/__main__.py": """
        import os, signal, sys
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        print("WARNING: something", flush=True)
        if os.environ.get("DYING") in sys.argv:
            sys.exit(7)
        signal.pause()
    """,
    "sandbox/__main__.py": """
        import http.server, signal, sys
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        port = int(sys.argv[sys.argv.index("--carrier-port") + 1])
        http.server.HTTPServer(("127.0.0.1", port), http.server.SimpleHTTPRequestHandler).serve_forever()
    """,
}


@dataclass(slots=True)
class Project:
    """A folder with the launcher and the stand-ins, and what runs in it."""

    top: Path
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, *words: str, **variables: str) -> subprocess.Popen[str]:
        names = ("PATH", "HOME", "LANG", "TMPDIR")
        env = {name: os.environ[name] for name in names if name in os.environ} | variables
        launcher = subprocess.Popen(
            [sys.executable, "deploy/run.py", *words],
            cwd=self.top,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.started.append(launcher)
        return launcher

    def everything(self) -> list[processes.Mark]:
        """The launcher, its children and the stores, as recorded."""
        running = instance.read(self.top / "var")
        assert running is not None
        record = json.loads((self.top / "var" / "stores.json").read_text())
        stores = [found for name in ("postgres", "valkey") if (found := processes.mark(record[name]["pid"]))]
        return [running.launcher, *running.children.values(), *running.watchers, *stores]

    def commands(self) -> list[str]:
        return (self.top / "var" / "commands.txt").read_text().splitlines()


@pytest.fixture
def project() -> Iterator[Project]:
    top = Path(tempfile.mkdtemp(prefix="launch-")) / "a project"
    top.mkdir()
    shutil.copytree(ROOT / "deploy", top / "deploy", ignore=shutil.ignore_patterns("__pycache__"))
    for name, source in STAND_INS.items():
        path = top / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(line[8:] for line in source.splitlines()))
    made = Project(top)
    yield made
    for launcher in made.started:
        kill(launcher)
    made.start("stop").communicate(timeout=PATIENCE_S)
    for launcher in made.started:
        launcher.stdout.close()
    shutil.rmtree(top.parent)


def kill(launcher: subprocess.Popen[str]) -> None:
    """Its output stays open in what it leaves behind, so nobody waits for the end of that."""
    launcher.kill()
    launcher.wait()


def read_until(launcher: subprocess.Popen[str], words: str) -> str:
    """What the launcher prints up to and including the line with these words."""
    assert launcher.stdout is not None
    lines: list[str] = []
    for line in launcher.stdout:
        lines.append(line)
        if words in line:
            return "".join(lines)
    raise AssertionError(f"the launcher ended without saying {words!r}:\n{''.join(lines)}")


def url_in(text: str) -> str:
    return next(word for line in text.splitlines() if "the contact centre" in line for word in line.split())


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_demo_greets_once_all_is_true_and_stops_without_a_trace(project: Project, signum: signal.Signals) -> None:
    demo = project.start("demo")
    text = read_until(demo, "Ctrl-C stops everything")
    assert "supervisor: sam@demo.test / demo" in text
    assert "Nothing leaves this machine" in text
    with urllib.request.urlopen(f"{url_in(text)}/healthz") as page:
        assert page.read() == b"well"
    ran = [line.split()[0] for line in project.commands()]
    assert ran == ["collectstatic", "migrate", "seed_demo", "configure_twilio"]
    running = project.everything()
    demo.send_signal(signum)
    rest, _ = demo.communicate(timeout=PATIENCE_S)
    assert (rest.strip(), demo.returncode) == ("Stopped.", 0)
    assert processes.wait_gone(running, patience_s=10)
    assert not (project.top / "var" / "run.json").exists()


def test_warnings_reach_the_terminal_and_everything_the_logs(project: Project) -> None:
    demo = project.start("demo")
    text = read_until(demo, "worker  | WARNING: something")
    assert "Uvicorn running" not in text
    assert "Uvicorn running" in (project.top / "var" / "log" / "web.log").read_text()


def test_a_second_launcher_says_where_the_first_one_is(project: Project) -> None:
    url = url_in(read_until(project.start("demo"), "Ctrl-C stops everything"))
    second = project.start("serve")
    said, _ = second.communicate(timeout=PATIENCE_S)
    assert url in said
    assert "make stop" in said
    assert second.returncode == 1


def test_a_management_command_uses_the_stores_and_accounts_of_the_running_demo(project: Project) -> None:
    read_until(project.start("demo"), "Ctrl-C stops everything")
    running = project.everything()
    command = project.start("manage", "--", "fail", "--loudly")
    command.communicate(timeout=PATIENCE_S)
    assert command.returncode == 3
    assert project.commands()[-1].split()[2:] == project.commands()[0].split()[-2:]
    assert all(map(processes.is_alive, running))


def test_a_management_command_alone_brings_the_stores_and_stops_them(project: Project) -> None:
    (project.top / "var").mkdir()
    command = project.start("manage", "--", "check")
    command.communicate(timeout=PATIENCE_S)
    assert command.returncode == 0
    assert "host=" in project.commands()[0]
    assert not (project.top / "var" / "stores.json").exists()


def test_after_a_hard_kill_the_next_start_ends_what_is_left_and_works(project: Project) -> None:
    killed = project.start("demo")
    read_until(killed, "Ctrl-C stops everything")
    left = project.everything()
    kill(killed)
    text = read_until(project.start("demo"), "Ctrl-C stops everything")
    assert "Ended what a killed launcher had left running: web, worker, beat, sandbox." in text
    stores = left[-2:]
    assert all(map(processes.is_alive, stores)), "stores are adopted, not restarted"
    assert processes.wait_gone(left[:-2], patience_s=10)


def test_after_a_hard_kill_of_everything_the_next_start_works(project: Project) -> None:
    killed = project.start("demo")
    read_until(killed, "Ctrl-C stops everything")
    left = project.everything()
    for known in left:
        os.kill(known.pid, signal.SIGKILL)
    assert killed.wait(timeout=PATIENCE_S) == -signal.SIGKILL
    assert processes.wait_gone(left, patience_s=10)
    read_until(project.start("demo"), "Ctrl-C stops everything")


def test_stop_ends_a_running_demo_and_the_leftovers_of_a_killed_one(project: Project) -> None:
    for ending in (lambda demo: None, kill):
        demo = project.start("demo")
        read_until(demo, "Ctrl-C stops everything")
        running = project.everything()
        ending(demo)
        stop = project.start("stop")
        assert (stop.communicate(timeout=PATIENCE_S)[0], stop.returncode) == ("", 0)
        demo.communicate(timeout=PATIENCE_S)
        assert processes.wait_gone(running, patience_s=10)


def test_when_one_process_dies_everything_stops_and_its_last_words_are_shown(project: Project) -> None:
    demo = project.start("demo", DYING="beat")
    text, _ = demo.communicate(timeout=PATIENCE_S)
    assert demo.returncode == 1
    assert "beat ended by itself, so everything was stopped." in text
    assert "WARNING: something" in text.partition("beat.log")[2]
    assert not (project.top / "var" / "stores.json").exists()


def test_a_taken_port_is_given_up_unless_it_was_asked_for(project: Project, taken: int) -> None:
    asked = project.start("demo", PORT=str(taken))
    text, _ = asked.communicate(timeout=PATIENCE_S)
    assert f"Port {taken} for the contact centre is taken" in text
    assert asked.returncode == 1


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_an_early_signal_stops_what_has_started(project: Project) -> None:
    demo = project.start("demo")
    read_until(demo, "Starting")
    demo.send_signal(signal.SIGINT)
    rest, _ = demo.communicate(timeout=PATIENCE_S)
    assert rest.endswith("Stopped.\n")
    assert demo.returncode == 0
    assert not [
        one for one in psutil.process_iter(["cmdline"]) if str(project.top) in " ".join(one.info["cmdline"] or [])
    ]


def test_serve_names_its_level_and_what_real_calls_need(project: Project) -> None:
    (project.top / ".env").write_text("OPENAI_API_KEY=sk-secret-of-mine\n")
    text = read_until(project.start("serve"), "Ctrl-C stops everything")
    assert "no phone network, real model" in text
    assert "TWILIO_ACCOUNT_SID" in text
    assert "secret" not in text
    assert [line.split()[0] for line in project.commands()] == ["collectstatic", "migrate"]
