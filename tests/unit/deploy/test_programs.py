"""The command lines of the processes."""

import socket
import subprocess
from pathlib import Path

from contactcenter import bridges, serving
from deploy import programs
from deploy.environment import Ports, SandboxKeys

PORTS = Ports(web=8000, carrier=8001, model=8002, pages=9000, bridge=9001, bridges=2)


def test_the_product_is_a_front_and_what_is_behind_it() -> None:
    commands = programs.product({"HOST": "::", "PORT": "8000"}, ports=PORTS, believe="")
    assert list(commands) == ["front", "web", "bridge", "worker", "beat", "sidebands"]
    assert commands["web"] == serving.command("uvicorn", host="127.0.0.1", port="9000")
    assert commands["bridge"][1:] == ["-m", "contactcenter.bridges", "--base-port", "9001"]


def test_the_front_knows_everybody_by_name_and_port() -> None:
    command = programs.front("::", "8000", ports=PORTS, believe="10.0.0.1")
    names = [serving.bridge_name(socket.gethostname(), slot) for slot in (1, 2)]
    assert command[1:] == [
        *("-m", "deploy.front", "--host", "::", "--port", "8000", "--web=127.0.0.1:9000"),
        *(f"--bridge={names[0]}=127.0.0.1:9001", f"--bridge={names[1]}=127.0.0.1:9002", "--believe=10.0.0.1"),
    ]


def test_the_parent_gives_its_bridges_the_names_and_ports_the_front_knows() -> None:
    posts = bridges.posts(count=2, host="127.0.0.1", base_port=PORTS.bridge, server="uvicorn", websockets="websockets")
    listed = [word for word in programs.front("::", "1", ports=PORTS, believe="") if word.startswith("--bridge=")]
    assert listed == [f"--bridge={post.name}={post.host}:{post.port}" for post in posts]


def test_the_shell_steps_aside_and_spaces_survive() -> None:
    assert programs.line(["/my project/python", "-m", "x"]) == "exec '/my project/python' -m x"


def test_a_process_may_wait_for_a_file(tmp_path: Path) -> None:
    line = programs.line_after(tmp_path / "not yet", programs.line(["echo", "here we go"]))
    with subprocess.Popen(line, shell=True, stdout=subprocess.PIPE, text=True) as waiting:
        assert waiting.poll() is None
        (tmp_path / "not yet").touch()
        assert waiting.communicate(timeout=10)[0] == "here we go\n"


def test_the_sandbox_gets_its_ports_keys_and_numbers() -> None:
    keys = SandboxKeys(account_sid="AC1", auth_token="token", api_key="sk-1", rest_key="SK1", rest_secret="s")
    command = programs.sandbox(ports=Ports(web=1, carrier=2, model=3, business=4), keys=keys, var=Path("/v"))
    options = dict(zip(command[3::2], command[4::2], strict=True))
    assert (options["--carrier-port"], options["--model-port"]) == ("2", "3")
    assert options["--business-port"] == "4"
    assert (options["--account-sid"], options["--auth-token"], options["--api-key"]) == ("AC1", "token", "sk-1")
    assert options["--rest-key"] == "SK1:s"
    assert options["--numbers"].split(",")[0] == "+14155550100"
    assert options["--var"] == "/v/sandbox"


def test_customers_call_by_themselves_only_where_a_call_costs_nothing() -> None:
    keys = SandboxKeys(account_sid="AC1", auth_token="token", api_key="sk-1")

    def traffic(**how: bool) -> str:
        command = programs.sandbox(ports=Ports(web=1, carrier=2, model=3), keys=keys, var=Path("/v"), **how)
        return command[command.index("--traffic") + 1]

    assert (traffic(), traffic(is_model_real=True)) == ("3", "0")
