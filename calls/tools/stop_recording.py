"""`stop_recording`: the caller does not want to be recorded."""

from datetime import datetime

from calls.control import recording_consent
from calls.models import Call, RecordingConsent
from calls.tools.answer import ToolAnswer

_DELETED = "The recording is stopped, what was recorded is deleted, and what is said is not written down. "


def run(*, call: Call, arguments: dict[str, str], now: datetime) -> ToolAnswer:
    """Stop the recording and see to it that nothing of it is kept."""
    refusal = recording_consent.refuse(
        call=call, proof=RecordingConsent.Proof.TOOL, said="", source="assistant", by="assistant", now=now
    )
    if refusal.ends:
        return ToolAnswer(
            _DELETED + "We do not go on with this call without recording it. Tell the caller so, thank them for "
            "calling, and say goodbye.",
            hang_up=True,
        )
    if not refusal.is_stopped:
        return ToolAnswer(
            "What was recorded will be deleted, but the recording could not be stopped just now. Tell the caller so, "
            "and offer to end the call.",
            is_error=True,
        )
    return ToolAnswer(_DELETED + "Tell the caller, then go on.")
