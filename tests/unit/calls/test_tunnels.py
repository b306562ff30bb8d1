"""A tunnel is a program of this machine; its address is read from what it prints."""

import stat
from pathlib import Path

import pytest

from calls.management import tunnels

CLOUDFLARED = """#!/bin/sh
echo "2026-11-20T12:00:00Z INF Requesting new quick Tunnel on trycloudflare.com..." >&2
echo "2026-11-20T12:00:01Z INF |  https://four-plain-words-here.trycloudflare.com  |" >&2
exec sleep 60
"""


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is first on the path."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


def install(programs: Path, name: str, script: str) -> None:
    file = programs / name
    file.write_text(script)
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


@pytest.mark.parametrize(
    ("program", "line", "address"),
    [
        ("cloudflared", "INF |  https://a-b-c.trycloudflare.com  |", "https://a-b-c.trycloudflare.com"),
        ("cloudflared", "INF see https://developers.cloudflare.com/", ""),
        ("ngrok", 'lvl=info msg="started tunnel" url=https://ab12.ngrok-free.app', "https://ab12.ngrok-free.app"),
        ("ngrok", 'lvl=info msg="open config file"', ""),
    ],
)
def test_the_address_is_found_in_what_the_program_prints(program: str, line: str, address: str) -> None:
    assert tunnels.address_in(program, line) == address


def test_a_tunnel_is_opened_and_closed(programs: Path) -> None:
    install(programs, "cloudflared", CLOUDFLARED)
    with tunnels.opened("cloudflared", port=8000) as tunnel:
        assert tunnel.url == "https://four-plain-words-here.trycloudflare.com"
        assert tunnel.process.poll() is None
    assert tunnel.process.poll() is not None


def test_a_program_that_is_not_there_is_named(programs: Path) -> None:
    with pytest.raises(tunnels.UnableToOpen, match="ngrok is not installed"), tunnels.opened("ngrok", port=8000):
        pass


def test_a_program_that_fails_names_no_address(programs: Path) -> None:
    install(programs, "ngrok", "#!/bin/sh\necho 'no authtoken'\nexit 1\n")
    with pytest.raises(tunnels.UnableToOpen, match="ended without"), tunnels.opened("ngrok", port=8000):
        pass
