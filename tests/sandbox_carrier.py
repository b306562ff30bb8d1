"""The sandbox's carrier on loopback, in a thread of its own: what our REST client talks to until the block ends."""

import asyncio
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from aiohttp import web
from django.conf import LazySettings

from calls.carrier import client
from sandbox.carrier import app as carrier_app
from sandbox.carrier.rest.wire import CARRIER
from sandbox.carrier.state import Carrier
from sandbox.clock import Clock


class Sandbox:
    """The carrier's own state, and its control routes."""

    def __init__(self, carrier: Carrier, base: str) -> None:
        self.carrier = carrier
        self.base = base

    def ask(self, method: str, path: str, **body: Any) -> Any:
        """One control request."""
        done = requests.request(method, f"{self.base}/_sandbox/{path}", json=body, timeout=10)
        assert done.ok, done.text
        return done.json() if done.content else None

    def fail(self, answer: str, count: int = 1) -> None:
        """The next requests are answered with a failure: 429, 500."""
        self.carrier.faults.change({"rest": {"count": count, "answer": answer}})

    def lose_answers(self, path: str, count: int = 1) -> None:
        """The next requests to this path are carried out, and their answers are lost."""
        rule = {"method": "POST", "path": path, "times": count, "after_effect": True, "answer_lost": True}
        self.carrier.faults.change({"rest_delays": [rule]})


@contextmanager
def a_sandbox(settings: LazySettings, *numbers: str) -> Iterator[Sandbox]:
    """A carrier with these numbers."""
    loop, begun = asyncio.new_event_loop(), threading.Event()
    found: dict[str, Any] = {}

    async def serve() -> None:
        with tempfile.TemporaryDirectory() as var:
            app = carrier_app.make_app(
                clock=Clock(),
                account_sid=settings.TWILIO_ACCOUNT_SID,
                auth_token=settings.TWILIO_AUTH_TOKEN,
                numbers=numbers,
                var_dir=Path(var),
                base_url="http://127.0.0.1",
            )
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            found["base"] = f"http://127.0.0.1:{runner.addresses[0][1]}"
            found["carrier"], found["over"] = app[CARRIER], asyncio.Event()
            begun.set()
            await found["over"].wait()
            await runner.cleanup()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    assert begun.wait(10)
    settings.TWILIO_API_BASE = found["base"]
    client.get_client.cache_clear()
    try:
        yield Sandbox(found["carrier"], found["base"])
    finally:
        client.get_client.cache_clear()
        loop.call_soon_threadsafe(found["over"].set)
        thread.join(10)
        loop.close()
