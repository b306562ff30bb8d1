"""What it takes to talk to the model's server over loopback, on a stepped clock."""

import asyncio
import json
from contextlib import asynccontextmanager

from sandbox.clock import Clock
from sandbox.model.app import STATE

KEY = "sk-sandbox-1234567890"
PATH = "/v1/realtime?model=gpt-realtime-2.1"
BEARER = {"Authorization": f"Bearer {KEY}"}
TELEPHONE = {
    "type": "realtime",
    "audio": {
        "input": {"format": {"type": "audio/pcmu"}, "transcription": {"model": "gpt-4o-transcribe"}},
        "output": {"format": {"type": "audio/pcmu"}},
    },
}


class AnnouncingClock(Clock):
    """A stepped clock that tells when somebody waits for it."""

    def __init__(self):
        super().__init__(stepped=True)
        self.asleep = asyncio.Event()

    async def sleep(self, ms):
        self.asleep.set()
        await super().sleep(ms)


def state(server):
    return server.app[STATE]


@asynccontextmanager
async def connected(server, **headers):
    async with server.ws_connect(PATH, headers=BEARER | headers, max_msg_size=0) as socket:
        assert (await receive(socket))["type"] == "session.created"
        yield socket


async def receive(socket):
    return json.loads(await socket.receive_str(timeout=5))


async def receive_until(socket, kind):
    events = []
    while not events or events[-1]["type"] != kind:
        events.append(await receive(socket))
    return events


async def send(socket, kind, **fields):
    await socket.send_str(json.dumps({"type": kind, **fields}))


async def step(server, ms):
    """Let what was sent arrive, then move the clock."""
    await settle(server)
    await state(server).clock.advance(ms)


async def settle(server):
    """Wait until no frame is on its way any more."""
    seen = None
    while seen != state(server).last_traffic_s:
        seen = state(server).last_traffic_s
        for _ in range(50):
            await asyncio.sleep(0)
