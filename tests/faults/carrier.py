"""The carrier's part, played by the test itself where a proper one could not behave so badly."""

import json
import re
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientSession
from twilio.request_validator import RequestValidator
from websockets.asyncio.client import ClientConnection, connect

from tests import given
from tests.faults import odd
from tests.faults.house import Exposed
from tests.journeys.house import NUMBERS

_TICKET = re.compile(r'name="ticket" value="([^"]+)"')
_AGAIN = re.compile(r"/twilio/voice/\?again=\d")
VOICE, STATUS = "/twilio/voice/", "/twilio/status/"


class Carrier:
    """Posts and opens sockets as Twilio would, with the account's own signature."""

    def __init__(self, house: Exposed, client: ClientSession) -> None:
        self._house = house
        self._client = client
        self._signer = RequestValidator(house.env["TWILIO_AUTH_TOKEN"])
        self.media = f"ws{house.url.removeprefix('http')}/twilio/media/"

    def signature(self, url: str, form: dict[str, str] | None = None) -> str:
        """The account's signature of an address and a form."""
        return str(self._signer.compute_signature(url, form or {}))

    async def post(self, path: str, form: dict[str, str]) -> tuple[int, str]:
        """Post a form; status and body of the answer."""
        url = self._house.url + path
        headers = {
            "X-Twilio-Signature": self.signature(url, form),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        async with self._client.post(url, data=urlencode(form), headers=headers) as answer:
            return answer.status, await answer.text()

    def ring(self, sid: str) -> dict[str, str]:
        """The form of a first webhook."""
        return given.a_ring(to=NUMBERS[1], leg_sid=sid) | {"AccountSid": self._house.env["TWILIO_ACCOUNT_SID"]}

    async def ticket(self, sid: str) -> str:
        """Let somebody call; the ticket of their stream."""
        path, document = VOICE, ""
        while path:  # on a busy machine we are asked to come again in a moment
            _, document = await self.post(path, self.ring(sid))
            path = again[0] if (again := _AGAIN.search(document)) else ""
        found = _TICKET.search(document)
        assert found is not None, document
        return found[1]

    async def hang_up(self, sid: str) -> None:
        """They hang up."""
        await self.post(STATUS, self.ring(sid) | {"CallStatus": "completed", "SequenceNumber": "3"})

    def socket(self, *, signed: str | None = None, **more: Any) -> "connect":
        """A stream's socket, properly signed unless told otherwise."""
        sent = self.signature(self.media) if signed is None else signed
        headers = {"X-Twilio-Signature": sent} if sent else {}
        return connect(
            self.media, additional_headers=headers, compression=None, open_timeout=20, max_queue=None, **more
        )

    def start(self, sid: str, ticket: str, *, stream: str = odd.STREAM) -> str:
        """A stream's `start`."""
        body = {
            "accountSid": self._house.env["TWILIO_ACCOUNT_SID"],
            "streamSid": stream,
            "callSid": sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {"ticket": ticket},
        }
        return json.dumps({"event": "start", "sequenceNumber": "1", "streamSid": stream, "start": body})

    def stop(self, stream: str) -> str:
        """A stream's `stop`."""
        return json.dumps({"event": "stop", "streamSid": stream})

    async def begin(self, socket: ClientConnection, sid: str, ticket: str, *, stream: str = odd.STREAM) -> None:
        """A stream as it should begin."""
        await socket.send('{"event":"connected","protocol":"Call","version":"1.0.0"}')
        await socket.send(self.start(sid, ticket, stream=stream))
