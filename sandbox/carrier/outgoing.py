"""Legs that we place: queued, rung at the far end, answered or not, and then run by their TwiML like any other call.

https://www.twilio.com/docs/voice/make-calls. Every one of them is in the ledger as a `dial`.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sandbox import audio
from sandbox.carrier import (
    books,
    callbacks,
    commands,
    machine_detection,
    progress,
    recordings,
    ringing,
    telephones,
    verbs,
    whatsapp_calls,
)
from sandbox.carrier.addresses import Address
from sandbox.carrier.machine_detection import Detection
from sandbox.carrier.state import Call, CallStatus, Carrier, FetchDocument, HangUp, Number, Replace, Source
from sandbox.carrier.telephones import Telephone
from sandbox.carrier.twiml_runner import Runner
from sandbox.carrier.values import RecordingTerms

QUEUED_MS = 100
_T = TypeVar("_T")
_PAUSES_MS = {"w": 500, "W": 1_000}


@dataclass(frozen=True, slots=True)
class Order:
    """What a request to dial asks for."""

    address: Address
    from_: str
    number: Number | None
    source: Source  # what the leg does once it is answered
    timeout_ms: int = 60_000
    limit_s: int = 0
    fallback: FetchDocument | None = None
    status_callback: FetchDocument | None = None
    status_events: frozenset[str] = frozenset({"completed"})
    keys: str = ""
    detection: Detection | None = None
    recording: RecordingTerms | None = None


def dial(carrier: Carrier, order: Order) -> Call:
    """Place the call; it is queued now, and everything else follows by the clock."""
    call = books.new_leg(
        carrier,
        to=order.address.who,
        from_=order.from_,
        number=order.number,
        fallback=order.fallback,
        status_callback=order.status_callback,
        status_events=order.status_events,
    )
    carrier.ledger.add(
        "dial",
        call_sid=call.sid,
        leg_sid=call.sid,
        to=call.to,
        caller_id=call.from_,
        timeout_ms=order.timeout_ms,
    )
    carrier.spawn(whatsapp_calls.counted(carrier, call, _live(carrier, call, order)))
    return call


async def _live(carrier: Carrier, call: Call, order: Order) -> None:
    hang_up = HangUp(CallStatus.FAILED, by="carrier")
    try:
        hang_up = await _Leg(carrier, call, order).run()
    finally:
        progress.end(carrier, call, hang_up)


class _Leg:
    """One leg from the queue to its end."""

    def __init__(self, carrier: Carrier, call: Call, order: Order) -> None:
        self._carrier, self._call, self._order = carrier, call, order
        self._telephone: Telephone = telephones.find(carrier, call=call, address=order.address)

    async def run(self) -> HangUp:
        """Ring, talk, and say how it ended."""
        carrier, call = self._carrier, self._call
        if isinstance(told := await self._unless_told(carrier.clock.sleep(QUEUED_MS)), HangUp):
            call.status_callback = None  # nobody is told of a call that never left the queue
            return told
        ring = ringing.ring(carrier, call=call, telephone=self._telephone, timeout_ms=self._order.timeout_ms)
        if isinstance(told := await self._unless_told(ring), HangUp):
            return told
        source = self._answered()
        match await self._unless_told(self._before_the_document()):
            case HangUp() as hang_up:
                return hang_up
            case Replace(source=source):
                pass
            case AnsweredBy() as found:
                source = found.added_to(source)
        return await Runner(carrier, call).run(source)

    async def _unless_told(self, work: Coroutine[Any, Any, _T]) -> "_T | HangUp | Replace":
        """Do the work, or stop it when the application says something else meanwhile."""
        working = asyncio.create_task(work)
        told = asyncio.create_task(self._call.commands.get())
        try:
            await asyncio.wait({working, told}, return_when=asyncio.FIRST_COMPLETED)
            return told.result() if told.done() else working.result()
        finally:
            for task in (working, told):
                task.cancel()
            await asyncio.wait({working, told})

    def _answered(self) -> Source:
        carrier, call, order = self._carrier, self._call, self._order
        ringing.pick_up(carrier, call=call, telephone=self._telephone)
        if order.limit_s:
            commands.limit(carrier, call=call, seconds=order.limit_s)
        if order.recording is not None:
            recording = recordings.new(carrier, call=call, source="OutboundAPI")
            order.recording.apply_to(recording)
            call.record = recordings.start(carrier, call=call, recording=recording)
        if self._detection and self._detection.is_async:
            carrier.spawn(self._detect_beside(self._detection))
        return order.source

    @property
    def _detection(self) -> Detection | None:
        return None if self._order.keys else self._order.detection

    async def _before_the_document(self) -> "AnsweredBy | None":
        """Send the keys that were ordered; or wait for the answer to who picked up."""
        for key in self._order.keys:
            sound = audio.silence(_PAUSES_MS[key]) if key in _PAUSES_MS else audio.dtmf_tone(key)
            await verbs.play(self._carrier, self._call, sound)
        if self._detection is None or self._detection.is_async:
            return None
        return await self._detect(self._detection)

    async def _detect(self, wanted: Detection) -> "AnsweredBy":
        began_ms = self._carrier.clock.now_ms()
        who, _ = await machine_detection.detect(self._carrier, call=self._call, wanted=wanted)
        agent = self._carrier.agents.get(self._order.address.who)
        if agent is not None:  # who may be taken for somebody else, or be guessed late
            who = agent.guessed or who
            await self._carrier.clock.sleep(agent.guess_after_ms)
        self._call.answered_by = who
        return AnsweredBy(who, round(self._carrier.clock.now_ms() - began_ms))

    async def _detect_beside(self, wanted: Detection) -> None:
        """Tell the callback address; a call that is over before needs no answer."""
        detecting = asyncio.create_task(self._detect(wanted))
        ended = asyncio.create_task(self._call.ended.wait())
        await asyncio.wait({detecting, ended}, return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        if not detecting.done():
            detecting.cancel()
            return
        found = detecting.result()
        if wanted.callback is not None:
            account = (("AccountSid", self._carrier.account_sid), ("CallSid", self._call.sid))
            callbacks.send(
                self._carrier,
                call=self._call,
                kind="amd",
                event=found.who,
                url=wanted.callback.url,
                method=wanted.callback.method,
                params=(*account, *found.params),
            )


@dataclass(frozen=True, slots=True)
class AnsweredBy:
    """Who picked up."""

    who: str
    took_ms: int

    @property
    def params(self) -> tuple[tuple[str, str], ...]:
        """As requests say it."""
        return (("AnsweredBy", self.who), ("MachineDetectionDuration", str(self.took_ms)))

    def added_to(self, source: Source) -> Source:
        """The same source, asked with the answer; inline instructions cannot be asked."""
        if not isinstance(source, FetchDocument):
            return source
        return replace(source, params=source.params + self.params)
