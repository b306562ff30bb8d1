"""A carrier on loopback for the door alone: it takes dials, refuses them, or does them and loses the answer."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import LazySettings

from calls.carrier import client
from tests import given


class Carrier:
    """What it was asked, and how it behaves. `manner`: takes, refuses, loses the answer, breaks, or is deaf."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, list[str]]]] = []
        self.manner = "takes"
        self.refuses_with = (400, 21211)
        self.legs: list[dict[str, Any]] = []
        self.meanwhile: threading.Event | None = None  # holds answers back until it is set
        self.has_begun = threading.Event()
        self.lock = threading.Lock()

    @property
    def dials(self) -> list[dict[str, str]]:
        """What every dial asked for; repeated words joined by spaces."""
        return [{name: " ".join(values) for name, values in form.items()} for _, form in self.asked]

    def take(self, path: str, form: dict[str, list[str]]) -> dict[str, Any]:
        """A leg comes of it."""
        with self.lock:
            self.asked.append((path, form))
        self.has_begun.set()
        if self.meanwhile is not None:
            self.meanwhile.wait(10)
        now = format_datetime(datetime.now(UTC))
        leg = {"sid": given.a_sid(), "to": form["To"][0], "from": form["From"][0], "status": "queued"}
        leg |= {"direction": "outbound-api", "parent_call_sid": None, "date_created": now, "duration": None}
        if self.manner in ("takes", "loses", "breaks"):
            self.legs.insert(0, leg)
        return leg


@contextmanager
def a_carrier(settings: LazySettings) -> Iterator[Carrier]:
    """A carrier that our client talks to until the block ends."""
    carrier = Carrier()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(carrier))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    settings.TWILIO_API_BASE = f"http://127.0.0.1:{server.server_port}"
    client.get_client.cache_clear()
    try:
        yield carrier
    finally:
        client.get_client.cache_clear()
        server.shutdown()
        server.server_close()


def _handler(carrier: Carrier) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            if carrier.manner == "deaf":
                return self.close_connection_now()
            if legs := [leg for leg in carrier.legs if f"/Calls/{leg['sid']}.json" in self.path]:
                legs[0]["status"] = form["Status"][0]
                return self.answer(200, legs[0])
            leg = carrier.take(urlsplit(self.path).path, form)
            if carrier.manner == "loses":
                return self.close_connection_now()
            if carrier.manner == "breaks":
                return self.answer(503, {"code": 20500, "message": "Internal", "status": 503})
            if carrier.manner == "refuses":
                status, code = carrier.refuses_with
                return self.answer(status, {"code": code, "message": "No", "status": status})
            if "Participants" in self.path:
                return self.answer(201, {"call_sid": leg["sid"], "status": "queued"})
            return self.answer(201, leg)

        def do_GET(self) -> None:
            if carrier.manner == "deaf":
                return self.close_connection_now()
            asked = urlsplit(self.path)
            if asked.path.endswith("/Calls.json"):
                query = {name: values[0] for name, values in parse_qs(asked.query).items()}
                wanted = {name.lower(): query[name] for name in ("To", "From", "Status") if name in query}
                same = [leg for leg in carrier.legs if wanted.items() <= leg.items()]
                return self.answer(200, {"calls": same, "page": 0, "page_size": 50, "next_page_uri": None})
            found = [leg for leg in carrier.legs if f"/{leg['sid']}.json" in asked.path]
            return self.answer(200, found[0]) if found else self.answer(404, {"code": 20404, "status": 404})

        def answer(self, status: int, body: dict[str, Any]) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            with suppress(BrokenPipeError):  # whoever asked has stopped listening
                self.end_headers()
                self.wfile.write(content)

        def close_connection_now(self) -> None:
            self.close_connection = True

        def log_message(self, *_: Any) -> None: ...

    return Handler
