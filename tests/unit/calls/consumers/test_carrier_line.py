"""What goes to the carrier goes in order, by either way, and audio that a clear has overtaken does not go."""

import asyncio
import json
from collections.abc import Iterable
from typing import Any

import pytest

from calls.carrier import media_stream
from calls.consumers.carrier_line import CarrierLine, Line
from calls.voice import effects as e


class Carrier:
    """A socket by either way; it takes what it is given while `may_take` is set, and may be gone."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.may_take = asyncio.Event()
        self.may_take.set()
        self.is_gone = False

    async def send(self, message: dict[str, Any]) -> None:
        await self.may_take.wait()
        self._take(message["text"])

    def send_texts(self, texts: Iterable[str]) -> bool:
        for text in texts:
            self._take(text)
        return self.may_take.is_set()

    async def drained(self) -> None:
        await self.may_take.wait()

    def _take(self, text: str) -> None:
        if self.is_gone:
            raise OSError
        self.taken.append(text)

    def listen(self, take: object) -> None: ...

    async def receive(self) -> dict[str, Any]:
        raise AssertionError

    @property
    def heard(self) -> list[str]:
        """Events by their names, audio by its payload."""
        messages = [json.loads(text) for text in self.taken]
        return [message.get("media", {}).get("payload") or message["event"] for message in messages]


def line(carrier: Carrier, *, fast: bool) -> CarrierLine:
    return CarrierLine(Line(carrier.receive, carrier.send, "MZ01", carrier if fast else None))


def audio(payload: str) -> e.PlayAudio:
    return e.PlayAudio(payload)


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("waits", [False, True])
async def test_what_is_put_leaves_in_its_order(fast: bool, waits: bool) -> None:
    carrier = Carrier()
    out = line(carrier, fast=fast)
    for effects in ([audio("AAAA"), e.Mark("m1")], [e.Clear(), audio("BBBB")], []):
        for effect in effects:
            out.put(effect)
        if waits:
            await out.flush()
        else:
            out.flush_now()
            await settled()
    assert carrier.heard == ["AAAA", "mark", "clear", "BBBB"]
    assert carrier.taken[0] == media_stream.encode(audio("AAAA"), stream_sid="MZ01")


@pytest.mark.parametrize("fast", [False, True])
async def test_a_clear_overtakes_what_a_slow_carrier_has_not_taken(fast: bool) -> None:
    carrier = Carrier()
    out = line(carrier, fast=fast)
    carrier.may_take.clear()
    out.put(audio("AAAA"))
    out.flush_now()
    await settled()
    for effect in (audio("BBBB"), e.Mark("m1"), e.Clear(), audio("CCCC")):
        out.put(effect)
        out.flush_now()
    await settled()
    assert carrier.heard == (["AAAA"] if fast else [])
    carrier.may_take.set()
    await settled()
    assert carrier.heard == ["AAAA", "clear", "CCCC"]


@pytest.mark.parametrize("fast", [False, True])
async def test_a_carrier_that_is_gone_takes_nothing_and_nothing_fails(fast: bool) -> None:
    carrier = Carrier()
    out = line(carrier, fast=fast)
    carrier.is_gone = True
    out.put(audio("AAAA"))
    await out.flush()
    out.put(audio("BBBB"))
    out.flush_now()
    await settled()
    out.close()
    assert carrier.taken == []
