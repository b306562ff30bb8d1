"""The command line of either server, and the names of bridges."""

import re
import sys

import pytest
from daphne.cli import CommandLineInterface
from uvicorn.main import main as uvicorn_command

from contactcenter import serving


@pytest.mark.parametrize("server", ["uvicorn", "daphne"])
def test_either_server_listens_where_it_should(server: str) -> None:
    command = serving.command(server, host="::1", port="9000")
    assert command[:2] == [sys.executable, "-m"]
    assert command[2] == {"uvicorn": "uvicorn", "daphne": "contactcenter.daphne_on_uvloop"}[server]
    assert serving.APPLICATION in command
    assert {"::1", "9000"} <= set(command)


@pytest.mark.parametrize("server", ["uvicorn", "daphne"])
def test_either_server_knows_every_option_it_is_given(server: str) -> None:
    options = {word for word in serving.command(server, host="::1", port="9000") if word.startswith("--")}
    parameters = {
        option for parameter in uvicorn_command.params for option in [*parameter.opts, *parameter.secondary_opts]
    }
    known = {
        "uvicorn": parameters,
        "daphne": set(CommandLineInterface().parser._option_string_actions),
    }[server]
    assert options <= known


def test_an_unknown_server_is_named() -> None:
    with pytest.raises(serving.UnknownServer, match="ASGI_SERVER=gunicorn is unknown"):
        serving.command("gunicorn", host="127.0.0.1", port="8000")


def test_either_library_serves_the_websockets_of_uvicorn() -> None:
    plain, fast = (
        serving.command("uvicorn", host="::1", port="9000", websockets=library) for library in ("websockets", "picows")
    )
    differing = [(one, other) for one, other in zip(plain, fast, strict=True) if one != other]
    assert differing == [("websockets-sansio", "contactcenter.fast_ws:FastWebSocket")]


def test_an_unknown_library_and_one_that_is_not_there_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(serving.UnknownServer, match="WEBSOCKETS=wsproto is unknown: it is websockets or picows"):
        serving.command("uvicorn", host="127.0.0.1", port="8000", websockets="wsproto")
    monkeypatch.setattr(serving, "find_spec", lambda _: None)
    with pytest.raises(serving.UnknownServer, match=r"pip install --require-hashes -r requirements-fast\.txt"):
        serving.check_websockets("picows")


@pytest.mark.parametrize(("host", "believes"), [("127.0.0.1", True), ("::1", True), ("0.0.0.0", False)])
def test_daphne_which_believes_anybody_does_so_only_where_nobody_else_can_reach_it(host: str, believes: bool) -> None:
    assert ("--proxy-headers" in serving.command("daphne", host=host, port="8000")) is believes


@pytest.mark.parametrize(
    ("host", "slot", "name"),
    [
        ("vm", 1, "vm-1"),
        ("Web-3.example.com", 12, "web-3-12"),
        ("Zoës MacBook", 2, "zo-s-macbook-2"),
        ("...", 1, "bridge-1"),
        ("a" * 63, 10, "a" * 37 + "-10"),
    ],
)
def test_a_bridge_is_called_after_its_machine_and_number(host: str, slot: int, name: str) -> None:
    assert serving.bridge_name(host, slot) == name
    assert re.fullmatch(r"[a-z0-9-]{1,40}", name)
