"""`take_note`: a sentence for colleagues about this call."""

from datetime import datetime

from calls.models import Call
from calls.tools.answer import ToolAnswer
from calls.tools.record_fact import UNKEPT


def run(*, call: Call, arguments: dict[str, str], now: datetime) -> ToolAnswer:
    """Keep it with the call, where whoever takes the call over reads it."""
    text = " ".join(arguments.get("text", "").split())
    if not call.are_words_kept:
        return ToolAnswer(UNKEPT, is_error=True)
    if not text:
        return ToolAnswer("There is nothing in the note.", is_error=True)
    call.note("note_taken", at=now, source="assistant", text=text)
    return ToolAnswer("Noted.")
