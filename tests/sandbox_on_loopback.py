"""The sandbox's two servers in a thread of this process: for tests that need an account to read, and no house."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from aiohttp import web
from django.conf import LazySettings

from calls.carrier import client
from sandbox.carrier import app as carrier_app
from sandbox.clock import Clock
from sandbox.model import app as model_app

ACCOUNT, TOKEN, KEY = "AC" + "0" * 31 + "7", "0123456789abcdef0123456789abcdef", "sk-test"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """Where they are, and a hand on them."""

    carrier: str
    model: str

    def account(self, **changed: Any) -> dict[str, Any]:
        """Set something of the carrier's account."""
        answer = requests.post(f"{self.carrier}/_sandbox/account", json=changed, timeout=10)
        assert answer.ok, answer.text
        return dict(answer.json())

    def model_account(self, **changed: Any) -> dict[str, Any]:
        """Set something of the model's account."""
        answer = requests.post(f"{self.model}/_sandbox/account", json=changed, timeout=10)
        assert answer.ok, answer.text
        return dict(answer.json())

    def number(self, e164: str, **change: str) -> dict[str, Any]:
        """A number's settings, after somebody has changed them by the API."""
        base = f"{self.carrier}/2010-04-01/Accounts/{ACCOUNT}/IncomingPhoneNumbers"
        ours = (ACCOUNT, TOKEN)
        found = requests.get(f"{base}.json", {"PhoneNumber": e164}, auth=ours, timeout=10).json()
        number = found["incoming_phone_numbers"][0]
        if change:
            number = requests.post(f"{base}/{number['sid']}.json", change, auth=ours, timeout=10).json()
        return dict(number)

    def verified(self, e164: str) -> None:
        """Somebody has had a number verified as a caller id."""
        requests.put(f"{self.carrier}/_sandbox/caller-ids/{e164}", timeout=10).raise_for_status()

    def a_trunk(self) -> str:
        """The SID of a new trunk."""
        made = requests.post(
            f"{self.carrier}/v1/Trunks",
            {"FriendlyName": "Elsewhere"},
            auth=(ACCOUNT, TOKEN),
            headers={"X-Twilio-Host": "trunking.twilio.com"},
            timeout=10,
        )
        return str(made.json()["sid"])

    def faults(self, **switched: Any) -> None:
        """Switch faults of the carrier on; none: off."""
        address = f"{self.carrier}/_sandbox/faults"
        answer = requests.post(address, json=switched, timeout=10) if switched else requests.delete(address, timeout=10)
        assert answer.ok, answer.text


@contextmanager
def a_sandbox(settings: LazySettings, *numbers: str, var: Path) -> Iterator[Sandbox]:
    """Both servers, which our settings lead to, until the block ends."""
    loop, clock = asyncio.new_event_loop(), Clock(stepped=False)
    carrier = carrier_app.make_app(
        clock=clock,
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        numbers=numbers,
        var_dir=var,
        base_url="http://127.0.0.1",
    )
    model = model_app.make_app(clock=clock, api_key=KEY)
    runners = [web.AppRunner(app, access_log=None, shutdown_timeout=0.1) for app in (carrier, model)]

    async def start() -> None:
        for runner in runners:
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()

    async def stop() -> None:
        for runner in runners:
            await runner.cleanup()

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(start(), loop).result(20)
        at_carrier, at_model = (f"http://127.0.0.1:{runner.addresses[0][1]}" for runner in runners)
        settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = ACCOUNT, TOKEN
        settings.TWILIO_API_KEY = settings.TWILIO_API_SECRET = ""
        settings.TWILIO_API_BASE = at_carrier
        settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = KEY, f"{at_model}/v1"
        client.get_client.cache_clear()
        yield Sandbox(at_carrier, at_model)
    finally:
        client.get_client.cache_clear()
        asyncio.run_coroutine_threadsafe(stop(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
