"""Arbitrary messages through the codecs and the session: nothing raises, nothing grows, and every session ends."""

import random

import pytest

from calls.carrier import media_stream
from calls.realtime import wire
from calls.voice import effects as e
from calls.voice import messages as m
from calls.voice.plan import ConversationPlan
from calls.voice.session import VoiceSession
from tests.faults import odd
from tests.faults.case import Case

MESSAGES = 300  # through one session


class Line:
    """One session that is told arbitrary things, and counts what goes wrong."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        greeting = dice.choice(("", "Hello."))
        self._session = VoiceSession(ConversationPlan(greeting=greeting, barge_in_ms=dice.choice((0, 300))))
        self._session.from_carrier(m.StreamStarted(odd.STREAM, odd.CALL, "audio/x-mulaw", 8000, 1, {}))
        self._sequence, self._at_ms = 2, 0
        self.widest = 0
        self.is_ended = False

    def talk(self) -> None:
        """Anything the two sides and the tools may say."""
        for _ in range(MESSAGES):
            self._one()
            self._collect()
            if self.is_ended:
                return
        self._session.from_carrier(m.StreamStopped())
        self._collect()
        self._session.time_is_up()
        self._collect()

    def _one(self) -> None:
        lot = self._dice.random()
        if lot < 0.45:
            self._sequence += 1
            self._at_ms += 20
            self._carrier(odd.message(odd.of_carrier(sequence=self._sequence, at_ms=self._at_ms), self._dice))
        elif lot < 0.9:
            for decoded in wire.decode(odd.text(odd.message(odd.of_model(self._dice), self._dice), self._dice)):
                if not isinstance(decoded, wire.Skipped | m.RateLimits):
                    self._session.from_model(decoded)
        elif lot < 0.95:
            output = odd.value(self._dice)
            told = m.ToolFinished(f"call_{self._dice.randrange(4)}", str(output), hang_up=self._dice.random() < 0.1)
            self._session.from_tool(told)
        else:
            life = self._dice.choice((None, 0, 5000))
            kinds = (m.ModelReady(life), m.ModelLost(), m.SpareReady(life), m.SpareLost())
            self._session.from_model(self._dice.choice(kinds))

    def _carrier(self, message: object) -> None:
        try:
            decoded = media_stream.decode(odd.text(message, self._dice), stream_sid=odd.STREAM)
        except media_stream.Malformed:
            if self._dice.random() < 0.98:  # the shell would end it here; what comes after is to be seen as well
                return
            decoded = m.StreamBroken(m.EndReason.STREAM_MALFORMED)
        if isinstance(decoded, m.StreamStopped) and self._dice.random() < 0.95:
            return
        if not isinstance(decoded, media_stream.Skipped | media_stream.Connected):
            self._session.from_carrier(decoded)

    def _collect(self) -> None:
        for effect in self._session.effects():
            if isinstance(effect, e.ToCarrier):
                media_stream.encode(effect, stream_sid=odd.STREAM)
            elif isinstance(effect, e.ToModel):
                wire.encode(effect, listening={})
            elif isinstance(effect, e.Ended):
                self.is_ended = True
        self.widest = max(self.widest, widest(self._session))


def widest(owner: object, depth: int = 4) -> int:
    """The length of the longest collection something holds on to."""
    found = 0
    slots = [name for kind in type(owner).__mro__ for name in getattr(kind, "__slots__", ())]
    held = [*vars(owner).values()] if hasattr(owner, "__dict__") else [getattr(owner, name, None) for name in slots]
    for one in held:
        if hasattr(one, "__len__") and not isinstance(one, str):
            found = max(found, len(one))
        elif depth and type(one).__module__.startswith("calls."):
            found = max(found, widest(one, depth - 1))
    return found


@pytest.mark.fault("fuzzed protocols")
def test_arbitrary_messages_raise_nothing_and_every_session_ends(case: Case) -> None:
    raised: list[str] = []
    unended = 0
    for n in range(case.size // MESSAGES):
        line = Line(case.dice(n))
        try:
            line.talk()
        except Exception as error:  # noqa: BLE001  (that nothing is raised is what is measured)
            raised.append(f"session {n}: {error!r}")
            continue
        unended += not line.is_ended
        case.reached("largest buffer, entries", line.widest)
    case.did(case.size)
    case.reached("exceptions", len(raised))
    case.reached("sessions that did not end with their line", unended)
    assert raised == []
