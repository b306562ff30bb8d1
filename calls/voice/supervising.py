"""What supervisors have for the assistant, unheard by the caller: advice, and decisions it waits for.

Advice is put into the conversation where it stands; whatever the assistant is saying is not interrupted. Words to be
said aloud wait for a moment in which neither an answer is under way nor the caller speaks. Everything is kept in the
memory, so that a session opened anew, or another process, knows it too.
"""

from collections import deque

from calls.voice import effects as e
from calls.voice import messages as m
from calls.voice.conduct import Conduct
from calls.voice.plan import from_supervisor, say_exactly


class Supervising:
    """The supervisors' side of one conversation."""

    def __init__(self, conduct: Conduct) -> None:
        self._conduct = conduct
        self._known: set[str] = set()
        self._to_say: deque[m.Advice] = deque()
        self._untold: list[str] = []  # in the memory, and told with it as soon as a session of the model is open
        self._awaited: set[str] = set()
        self._is_answer_wanted = False
        self._is_end_wanted = False

    @property
    def is_awaited(self) -> bool:
        """True while the caller is kept waiting for somebody's decision."""
        return bool(self._awaited)

    def take(self, message: m.SupervisorMessage) -> None:
        """Take one message; what is known already changes nothing."""
        if isinstance(message, m.Awaited):
            if message.ref not in self._known:
                self._awaited.add(message.ref)
            return
        self._awaited.discard(message.ref)
        if message.ref in self._known:
            return
        self._known.add(message.ref)
        if self._conduct.memory.knows(message.ref):  # told by another process, whose word on it may have been lost
            self._note_told(message.ref)
        elif isinstance(message, m.Advice) and message.aloud:
            self._to_say.append(message)
        else:
            self._tell(message)
            if isinstance(message, m.Decided):
                self._decided(message)
        self.beat()

    def _tell(self, message: m.Advice | m.Decided) -> None:
        conduct = self._conduct
        at_ms, text = conduct.plan.elapsed_ms + conduct.now_ms, message.text
        if isinstance(message, m.Advice):
            conduct.memory.advised(message.ref, text, at_ms=at_ms)
            text = from_supervisor(text)
        else:
            conduct.memory.noted(text, at_ms=at_ms, ref=message.ref)
        conduct.remember()
        if conduct.out.is_model_open:
            conduct.out.to_model(e.AddMessage("system", text))
            self._note_told(message.ref)
        else:
            self._untold.append(message.ref)

    def _note_told(self, ref: str) -> None:
        self._conduct.note("supervisor_heard", ref=ref)

    def _decided(self, decided: m.Decided) -> None:
        conduct = self._conduct
        if decided.hang_up:
            self._is_end_wanted = True
        elif conduct.responses.is_busy or not conduct.is_caller_speaking:
            conduct.wish()
        else:
            self._is_answer_wanted = True  # unless the caller gets one anyway when they have finished

    def beat(self) -> None:
        """Say what is to be said, if this is the moment."""
        conduct = self._conduct
        if not conduct.out.is_model_open:
            return
        for ref in self._untold:
            self._note_told(ref)
        self._untold.clear()
        if self._is_answer_wanted and (self._is_free or conduct.responses.is_busy):
            self._is_answer_wanted = False
            if self._is_free:
                conduct.wish()
        if self._is_end_wanted and self._is_free:  # what is being said now is no goodbye
            self._is_end_wanted = False
            conduct.closing.begin(m.EndReason.ASSISTANT_ENDED, conduct.now_ms, has_goodbye=False)
        if self._to_say and self._is_free:
            advice = self._to_say.popleft()
            conduct.wish(say_exactly(advice.text))
            self._note_told(advice.ref)

    @property
    def _is_free(self) -> bool:
        conduct = self._conduct
        is_idle = not conduct.responses.is_busy and not conduct.responses.is_answer_due
        return is_idle and not conduct.is_caller_speaking and not conduct.closing.is_under_way
