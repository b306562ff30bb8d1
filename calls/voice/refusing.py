"""A caller who does not want to be recorded: noticed in their words or by a key, carried out by the shell."""

from calls.voice import effects as e
from calls.voice import messages as m
from calls.voice.conduct import Conduct
from calls.voice.plan import UNRECORDED, say_exactly

_REF = "refusal"


class Refusing:
    """The refusal of one conversation; it is asked of the shell once."""

    def __init__(self, conduct: Conduct) -> None:
        self._conduct = conduct
        self._is_asked = False

    def words(self, text: str) -> None:
        """The caller has said this."""
        if not self._is_asked and self._conduct.plan.is_objection(text):
            self._ask(e.RefuseRecording(text))

    def key(self, digit: str) -> bool:
        """The caller has pressed this key. True when it is the one that refuses: then it is no entry for the model."""
        if digit != self._conduct.plan.refusal_key:
            return False
        if not self._is_asked:
            self._ask(e.RefuseRecording(digit, by_key=True))
        return True

    def _ask(self, refusal: e.RefuseRecording) -> None:
        self._is_asked = True
        self._conduct.out.put(refusal)

    def done(self, refused: m.RecordingRefused) -> None:
        """It has been carried out: the caller hears that, or our thanks and the end of the call."""
        conduct = self._conduct
        if refused.ends:
            conduct.interrupt(cancel=True)
            conduct.wish(say_exactly(conduct.plan.parting))
            reason = m.EndReason.RECORDING_REFUSED
            conduct.closing.begin(reason, conduct.now_ms, has_goodbye=True, is_final=True)
            return
        # In the memory as what the assistant's own tool would have left there.
        conduct.memory.tool_called(_REF, "stop_recording", "{}", at_ms=conduct.plan.elapsed_ms + conduct.now_ms)
        conduct.memory.tool_answered(_REF, UNRECORDED)
        conduct.remember()
        conduct.out.to_model(e.AddMessage("system", UNRECORDED))
        if refused.by_key:
            conduct.wish(say_exactly(conduct.plan.recording_stopped))
