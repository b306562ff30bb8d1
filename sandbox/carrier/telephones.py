"""What rings when somebody is dialled, and whoever picks it up.

An agent who is registered at the address answers as scripted, and a browser that is there as its person wants; anywhere
else it rings until the caller gives up.
"""

import asyncio
import base64
from typing import Any, Protocol

from sandbox import audio, signals, speech
from sandbox.carrier import model_line, persona_runner
from sandbox.carrier.addresses import Address
from sandbox.carrier.agents import Agent, Pickup
from sandbox.carrier.handsets import Handset
from sandbox.carrier.state import Call, CallStatus, Carrier
from sandbox.carrier.values import Reply

_ANSWERING_MACHINE_RECORDS_MS = 60_000
_PAUSE_BEFORE_BEEP_MS = 300


ANSWERED = Reply(CallStatus.IN_PROGRESS, 200)
UNANSWERED = Reply(CallStatus.NO_ANSWER, 487)
_REPLIES = {
    Pickup.ANSWERS: ANSWERED,
    Pickup.BUSY: Reply(CallStatus.BUSY, 486),
    Pickup.REJECTS: Reply(CallStatus.BUSY, 603),
    Pickup.FAILS: Reply(CallStatus.FAILED, 503),
}


class Telephone(Protocol):
    """The far end of one leg."""

    rings: bool
    """False when the answer comes before anything could ring."""

    async def ring(self) -> Reply:
        """Wait for an answer; cancelled when the caller gives up."""

    async def talk(self) -> None:
        """Be on the line from the answer to the end of the call."""


class Nobody:
    """It rings, and nobody is there."""

    rings = True

    def __init__(self, carrier: Carrier) -> None:
        self._clock = carrier.clock

    async def ring(self) -> Reply:
        """For ever."""
        while True:
            await self._clock.sleep(3_600_000)

    async def talk(self) -> None:
        """Never happens."""


class AgentsTelephone(Nobody):
    """A scripted person."""

    def __init__(self, carrier: Carrier, call: Call, agent: Agent) -> None:
        super().__init__(carrier)
        self._carrier, self._call, self._agent = carrier, call, agent
        self.rings = agent.pickup not in (Pickup.BUSY, Pickup.FAILS)

    async def ring(self) -> Reply:
        """Answer in whatever way after the agent's time."""
        if self._agent.pickup is Pickup.NEVER:
            return await super().ring()
        await self._clock.sleep(self._agent.after_ms)
        return _REPLIES[self._agent.pickup]

    async def talk(self) -> None:
        """Say the greeting, then follow the script and stay on the line; a machine hangs up after its time."""
        agent, line = self._agent, self._call.line
        if agent.waits_ms:
            await self._clock.sleep(agent.waits_ms)
        if agent.greeting:
            line.say(speech.say(agent.greeting, voice=agent.voice).audio)
        if agent.beep:
            line.say(audio.silence(_PAUSE_BEFORE_BEEP_MS) + signals.beep())
        await persona_runner.run(
            self._carrier,
            call=self._call,
            steps=agent.steps,
            stays_ms=_ANSWERING_MACHINE_RECORDS_MS if agent.beep else None,
        )


class BrowsersTelephone(Nobody):
    """Every page that is registered under an identity, until one of them accepts or all have rejected.

    Pages that are opened while it rings are rung too.
    """

    def __init__(self, carrier: Carrier, call: Call, address: Address) -> None:
        super().__init__(carrier)
        self._carrier, self._call, self._address = carrier, call, address
        self._handset: Handset | None = None

    async def ring(self) -> Reply:
        """Whatever the people there do."""
        answers: dict[Handset, asyncio.Future[bool]] = {}
        try:
            while True:
                changed = asyncio.ensure_future(self._carrier.changed.wait())
                self._ring_at_more(answers)
                open_questions = [answer for answer in answers.values() if not answer.done()]
                waiting: list[asyncio.Future[Any]] = [changed, *open_questions]
                try:
                    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    changed.cancel()
                for handset, answer in answers.items():
                    if answer.done() and answer.result() and handset.call is None:
                        self._handset, handset.call = handset, self._call
                        return ANSWERED
                rejected = [answer for handset, answer in answers.items() if answer.done() and handset.is_open]
                if rejected and all(answer.done() for answer in answers.values()):
                    return _REPLIES[Pickup.REJECTS]
                for handset in [each for each, answer in answers.items() if answer.done() and not each.is_open]:
                    del answers[handset]
        finally:
            self._stop_ringing(answers)

    def _ring_at_more(self, answers: "dict[Handset, asyncio.Future[bool]]") -> None:
        now_s = self._carrier.clock.date().timestamp()
        for handset in self._carrier.handsets.get(self._address.who, ()):
            if handset in answers or not handset.may_ring(now_s):
                continue
            answers[handset] = handset.ringing[self._call.sid] = asyncio.get_running_loop().create_future()
            handset.send(
                {
                    "type": "incoming",
                    "call_sid": self._call.sid,
                    "from": self._call.from_,
                    "to": self._call.to,
                    "parameters": dict(self._address.parameters),
                }
            )

    def _stop_ringing(self, answers: "dict[Handset, asyncio.Future[bool]]") -> None:
        for handset in answers:
            handset.ringing.pop(self._call.sid, None)
            if self._handset is None:
                handset.send(self._ended("canceled"))
            elif handset is not self._handset:
                handset.send(self._ended("answered-elsewhere"))

    def _ended(self, reason: str) -> dict[str, str]:
        return {"type": "ended", "call_sid": self._call.sid, "reason": reason}

    async def talk(self) -> None:
        """Send the page what is to be heard, until the call is over."""
        handset, line = self._handset, self._call.line
        if handset is None:
            return
        handset.is_muted = False
        self._call.caller = "browser"
        handset.send({"type": "answered", "call_sid": self._call.sid})
        sent = line.run()
        while self._call.is_live and handset.is_open:
            await self._clock.sleep(audio.FRAME_MS)
            line.run()
            while sent + audio.FRAME_BYTES <= len(line.outbound.past):
                frame = bytes(line.outbound.past[sent : sent + audio.FRAME_BYTES])
                handset.send({"type": "audio", "payload": base64.b64encode(frame).decode()})
                sent += audio.FRAME_BYTES
        handset.call = None
        handset.send(self._ended(self._call.status.value))
        self._carrier.announce()


def find(carrier: Carrier, *, call: Call, address: Address) -> Telephone:
    """The telephone at an address: a browser's, unless an agent was registered there."""
    agent = carrier.agents.get(address.who)
    if agent is not None:
        return AgentsTelephone(carrier, call, agent)
    if carrier.model_side is not None and model_line.is_models(address):
        return model_line.ModelsTelephone(carrier, call, address)
    return BrowsersTelephone(carrier, call, address) if address.kind == "client" else Nobody(carrier)
