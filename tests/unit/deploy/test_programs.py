"""The command lines of the processes."""

import subprocess
import sys
from pathlib import Path

import pytest
from daphne.cli import CommandLineInterface
from uvicorn.main import main as uvicorn_command

from deploy import programs
from deploy.environment import Ports, SandboxKeys


def test_the_product_is_three_processes() -> None:
    commands = programs.product({"HOST": "127.0.0.1", "PORT": "8000"})
    assert list(commands) == ["web", "worker", "beat"]
    assert commands["web"][:3] == [sys.executable, "-m", "uvicorn"]


@pytest.mark.parametrize("server", ["uvicorn", "daphne"])
def test_either_server_listens_where_it_should(server: str) -> None:
    command = programs.web(server, host="::1", port="9000")
    assert "contactcenter.asgi:application" in command
    assert {"::1", "9000"} <= set(command)


@pytest.mark.parametrize("server", ["uvicorn", "daphne"])
def test_either_server_knows_every_option_it_is_given(server: str) -> None:
    options = {word for word in programs.web(server, host="::1", port="9000") if word.startswith("--")}
    parameters = {
        option for parameter in uvicorn_command.params for option in [*parameter.opts, *parameter.secondary_opts]
    }
    known = {
        "uvicorn": parameters,
        "daphne": set(CommandLineInterface().parser._option_string_actions),
    }[server]
    assert options <= known


def test_an_unknown_server_is_named() -> None:
    with pytest.raises(programs.UnknownServer, match="ASGI_SERVER=gunicorn is unknown"):
        programs.web("gunicorn", host="127.0.0.1", port="8000")


def test_the_shell_steps_aside_and_spaces_survive() -> None:
    assert programs.line(["/my project/python", "-m", "x"]) == "exec '/my project/python' -m x"


def test_a_process_may_wait_for_a_file(tmp_path: Path) -> None:
    line = programs.line_after(tmp_path / "not yet", programs.line(["echo", "here we go"]))
    with subprocess.Popen(line, shell=True, stdout=subprocess.PIPE, text=True) as waiting:
        assert waiting.poll() is None
        (tmp_path / "not yet").touch()
        assert waiting.communicate(timeout=10)[0] == "here we go\n"


def test_the_sandbox_gets_its_ports_keys_and_numbers() -> None:
    keys = SandboxKeys(account_sid="AC1", auth_token="token", api_key="sk-1")
    command = programs.sandbox(ports=Ports(web=1, carrier=2, model=3), keys=keys, var=Path("/v"))
    options = dict(zip(command[3::2], command[4::2], strict=True))
    assert (options["--carrier-port"], options["--model-port"]) == ("2", "3")
    assert (options["--account-sid"], options["--auth-token"], options["--api-key"]) == ("AC1", "token", "sk-1")
    assert options["--numbers"].split(",")[0] == "+14155550100"
    assert options["--var"] == "/v/sandbox"
