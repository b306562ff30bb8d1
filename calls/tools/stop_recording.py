"""`stop_recording`: the caller does not want to be recorded."""

from datetime import datetime

from calls.control import recordings
from calls.models import Call
from calls.tools.answer import ToolAnswer


def run(*, call: Call, arguments: dict[str, str], now: datetime) -> ToolAnswer:
    """Stop the recording and see to it that nothing of it is kept."""
    try:
        recordings.refuse(call=call, by="assistant", now=now)
    except recordings.UnableToChangeRecording:
        return ToolAnswer(
            "What was recorded will be deleted, but the recording could not be stopped just now. Tell the caller so, "
            "and offer to end the call.",
            is_error=True,
        )
    return ToolAnswer("The recording is stopped and what was recorded is deleted. Tell the caller, then go on.")
