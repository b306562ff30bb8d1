"""The way to us, tried over an address that behaves, or does not."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from twilio.request_validator import RequestValidator

from calls.carrier import reach

TOKEN = "0123456789abcdef0123456789abcdef"


class Manner:
    """How the address behaves."""

    ready, signed, forged, upgrade, says = 200, 200, 403, 101, ""


@contextmanager
def an_address(settings: Any, manner: Manner) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/readyz":
                return self.say(manner.ready)
            url = f"ws{settings.PUBLIC_URL.removeprefix('http')}/twilio/media/"
            is_signed = RequestValidator(TOKEN).validate(url, {}, self.headers["X-Twilio-Signature"])
            return self.say(manner.upgrade if is_signed and self.headers["Upgrade"] == "websocket" else 403)

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            flat = {name: values[0] for name, values in form.items()}
            url, signature = settings.PUBLIC_URL + self.path, self.headers["X-Twilio-Signature"]
            if RequestValidator(TOKEN).validate(url, flat, signature):
                return self.say(manner.signed, manner.says or flat[reach.PROBE_FIELD])
            return self.say(manner.forged)

        def say(self, status: int, text: str = "") -> None:
            self.send_response(status)
            if status != 101:
                self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    settings.PUBLIC_URL, settings.TWILIO_AUTH_TOKEN = f"http://127.0.0.1:{server.server_port}", TOKEN
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def look(settings: Any, **manner: Any) -> Any:
    how = Manner()
    for name, value in manner.items():
        setattr(how, name, value)
    with an_address(settings, how):
        return reach.try_the_way()


def test_an_address_that_behaves(settings: Any) -> None:
    found = look(settings)
    assert (found.problem, found.ready_status, found.signed_status, found.forged_status) == ("", 200, 200, 403)
    assert (found.upgrade_status, found.certificate_days) == (101, None)


def test_what_is_wrong_there_is_seen(settings: Any) -> None:
    found = look(settings, ready=503, signed=308, forged=200, upgrade=400)
    assert (found.ready_status, found.signed_status, found.forged_status) == (503, 308, 200)
    assert found.upgrade_status == 400


def test_a_page_that_answers_everything_is_not_us(settings: Any) -> None:
    assert look(settings, says="<h1>Welcome</h1>").signed_status == 404


@pytest.mark.parametrize(
    ("url", "problem"),
    [("http://127.0.0.1:9", "refused"), ("http://no-such-host.invalid", "dns"), ("http://", "dns")],
)
def test_why_nobody_is_reached_is_told_apart(settings: Any, url: str, problem: str) -> None:
    settings.PUBLIC_URL, settings.TWILIO_AUTH_TOKEN = url, TOKEN
    assert reach.try_the_way().problem == problem


def test_a_certificate_that_is_none_is_said_so(settings: Any) -> None:
    with an_address(settings, Manner()):
        settings.PUBLIC_URL = settings.PUBLIC_URL.replace("http://", "https://")
        assert reach.try_the_way().problem == "tls"
