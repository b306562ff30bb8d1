"""`python -m sandbox`: it says where it is, serves both stand-ins, and stops cleanly when told to."""

import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

ACCOUNT = "AC" + "0" * 31 + "1"


@contextmanager
def a_sandbox(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    command = [sys.executable, "-m", "sandbox", "--carrier-port", "0", "--model-port", "0", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        printed = {}
        for line in process.stdout:
            name, _, value = line.strip().partition("=")
            if name == "READY":
                break
            printed[name] = value
        yield process, printed
    finally:
        process.kill()
        process.communicate()


def status_of(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return response.status
    except urllib.error.HTTPError as refused:
        return refused.code


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_prints_an_environment_serves_and_stops(tmp_path, stop):
    options = ("--account-sid", ACCOUNT, "--auth-token", "t", "--api-key", "sk-1", "--var", str(tmp_path / "var"))
    with a_sandbox(*options, "--traffic", "2") as (process, printed):
        assert (printed["TWILIO_ACCOUNT_SID"], printed["TWILIO_AUTH_TOKEN"]) == (ACCOUNT, "t")
        assert (printed["TWILIO_API_KEY"][:2], len(printed["TWILIO_API_SECRET"])) == ("SK", 32)
        assert printed["OPENAI_API_KEY"] == "sk-1"
        assert printed["OPENAI_BASE_URL"].endswith("/v1")
        assert status_of(printed["PHONE"]) == 200
        assert status_of(f"{printed['BUSINESS']}/calendar/slots") == 401
        assert printed["BUSINESS"].endswith(printed["TOOL_ALLOWED_HOSTS"])
        assert status_of(f"{printed['TWILIO_API_BASE']}/2010-04-01/Accounts/{ACCOUNT}/Calls.json") == 401
        assert status_of(f"{printed['OPENAI_BASE_URL']}/realtime?model=gpt-realtime-2") in (400, 401, 403)
        began = time.monotonic()
        process.send_signal(stop)
        _, errors = process.communicate(timeout=10)
        assert (process.returncode, errors) == (0, "")
        assert time.monotonic() - began < 3
        assert (tmp_path / "var" / "ledger.jsonl").exists()


def test_a_taken_port_is_named(tmp_path):
    with a_sandbox("--var", str(tmp_path)) as (_, printed):
        port = printed["PHONE"].rstrip("/").rpartition(":")[2]
        second = subprocess.run(
            [sys.executable, "-m", "sandbox", "--carrier-port", port],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    assert second.returncode == 1
    assert second.stderr.startswith(f"cannot listen on 127.0.0.1:{port}")


def test_wrong_numbers_are_refused():
    second = subprocess.run(
        [sys.executable, "-m", "sandbox", "--numbers", "555-0100"],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert second.returncode == 2
    assert "E.164" in second.stderr
