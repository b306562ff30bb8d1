"""What rings when somebody is dialled, and whoever picks it up.

An agent who is registered at the address answers as scripted; anywhere else it rings until the caller gives up.
"""

from dataclasses import dataclass
from typing import Protocol

from sandbox import audio, signals, speech
from sandbox.carrier import persona_runner
from sandbox.carrier.addresses import Address
from sandbox.carrier.agents import Agent, Pickup
from sandbox.carrier.state import Call, CallStatus, Carrier

_ANSWERING_MACHINE_RECORDS_MS = 60_000
_PAUSE_BEFORE_BEEP_MS = 300


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of the ringing, and the answer as the signalling has it."""

    status: CallStatus
    sip_code: int


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


def find(carrier: Carrier, *, call: Call, address: Address) -> Telephone:
    """The telephone at an address."""
    agent = carrier.agents.get(address.who)
    return Nobody(carrier) if agent is None else AgentsTelephone(carrier, call, agent)
