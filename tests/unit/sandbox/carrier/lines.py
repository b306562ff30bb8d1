"""The vendor's own client, asking a sandbox from a thread of its own."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

ACCOUNT, TOKEN = "AC" + "0" * 31 + "1", "0123456789abcdef0123456789abcdef"
Found = TypeVar("Found")


class Loopback(TwilioHttpClient):
    """Sends the vendor's requests to the stand-in, keeping the host they were meant for in a header."""

    def __init__(self, base: str) -> None:
        super().__init__(timeout=5, pool_connections=False)
        self.base = urlsplit(base)

    def request(self, method: str, url: str, *args: Any, headers: Any = None, **facts: Any) -> Any:
        parts = urlsplit(url)
        headers = {**(headers or {}), "X-Twilio-Host": parts.netloc}
        url = urlunsplit((self.base.scheme, self.base.netloc, parts.path, parts.query, ""))
        return super().request(method, url, *args, headers=headers, **facts)


def client_of(world: Any) -> Client:
    return Client(ACCOUNT, TOKEN, account_sid=ACCOUNT, http_client=Loopback(world.base))


async def ask(job: Callable[[], Found]) -> Found:
    return await asyncio.to_thread(job)


async def refused(job: Callable[[], Any]) -> int:
    """The vendor's code of what is refused; of a list, its client shows the answer alone."""
    with pytest.raises(TwilioException) as no:
        await ask(job)
    if isinstance(no.value, TwilioRestException):
        return int(no.value.code)
    return int(json.loads(no.value.args[1].text)["code"])
