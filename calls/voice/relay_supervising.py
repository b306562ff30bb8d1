"""What supervisors have for the assistant of a text conversation. The twin of `supervising`."""

from collections import deque

from calls.voice import messages as m
from calls.voice.plan import from_supervisor
from calls.voice.relay_talk import Talk


class RelaySupervising:
    """The supervisors' side of one text conversation."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._known: set[str] = set()
        self._to_say: deque[m.Advice] = deque()
        self._awaited: set[str] = set()
        self._is_end_wanted = False

    @property
    def is_awaited(self) -> bool:
        """True while the caller is kept waiting for somebody's decision."""
        return bool(self._awaited)

    def take(self, message: m.SupervisorMessage) -> None:
        """Take one message; what is known already changes nothing."""
        talk = self._talk
        if isinstance(message, m.Awaited):
            if message.ref not in self._known:
                self._awaited.add(message.ref)
            return
        self._awaited.discard(message.ref)
        if message.ref in self._known:
            return
        self._known.add(message.ref)
        if talk.memory.knows(message.ref):  # told by another process, whose word on it may have been lost
            self._note_told(message.ref)
        elif isinstance(message, m.Advice) and message.aloud:
            self._to_say.append(message)
        elif isinstance(message, m.Advice):
            talk.memory.advised(message.ref, message.text, at_ms=talk.call_ms)
            talk.history.told("system", from_supervisor(message.text))
            talk.remember()
            self._note_told(message.ref)
        else:
            talk.tell(message.text, ref=message.ref)
            self._note_told(message.ref)
            if message.hang_up:
                self._is_end_wanted = True
            else:
                talk.ask_when_free()
        self.beat()

    def _note_told(self, ref: str) -> None:
        self._talk.note("supervisor_heard", ref=ref)

    def beat(self) -> None:
        """Say what is to be said, if this is the moment."""
        talk = self._talk
        if not talk.is_pause or talk.closing.is_under_way:
            return
        if self._is_end_wanted:
            self._is_end_wanted = False
            talk.closing.begin(m.EndReason.ASSISTANT_ENDED, talk.now_ms, has_goodbye=False)
        elif self._to_say:
            advice = self._to_say.popleft()
            talk.say(advice.text)
            self._note_told(advice.ref)
