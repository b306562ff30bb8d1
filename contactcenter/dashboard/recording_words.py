"""How recordings, and people's consent to them, are said: filters every template has, and the sentences behind them."""

from django import template

from calls.lifecycle import CopyState, PauseReason, RecordingStatus
from calls.models import Recording, RecordingConsent

register = template.Library()

TAPES = {
    RecordingStatus.REQUESTED: "Recording asked for",
    RecordingStatus.IN_PROGRESS: "Recording",
    RecordingStatus.PAUSED: "Recording paused",
    RecordingStatus.STOPPED: "Recording stopped",
    RecordingStatus.COMPLETED: "Recorded",
    RecordingStatus.ABSENT: "Nothing was recorded",
    RecordingStatus.FAILED: "The recording failed",
}

COPIES = {
    CopyState.NONE: "",
    CopyState.DUE: "being copied to our storage",
    CopyState.STORED: "in our storage, still to be deleted at the carrier",
    CopyState.REMOVED: "in our storage, deleted at the carrier",
    CopyState.REFUSED: "not kept",
    CopyState.LOST: "could not be copied",
}

PAUSES = {
    PauseReason.AGENT: "by an agent",
    PauseReason.SUPERVISOR: "by a supervisor",
    PauseReason.CAPTURE: "while keys are entered in private",
    PauseReason.QUESTION: "until the caller has said yes",
}


@register.filter
def tape_words(status: str) -> str:
    """A recording's status."""
    return TAPES[RecordingStatus(status)]


@register.filter
def copy_words(state: str) -> str:
    """Where our copy of a recording is."""
    return COPIES[CopyState(state)]


@register.filter
def pause_words(recording: Recording) -> str:
    """For whom a recording is paused."""
    return ", ".join(PAUSES[PauseReason(name)] for name in recording.pauses)


@register.filter
def consent_words(consent: RecordingConsent) -> str:
    """What a party of a call has answered to its recording, and what shows it."""
    if consent.asked_at is None:
        return "Not told yet."
    answer = consent.get_answer_display()
    proof = f" ({consent.get_proof_display()}: {consent.said})" if consent.said else ""
    taken_back = ""
    if consent.withdrawn_at is not None:
        said = f": {consent.withdrawn_said}" if consent.withdrawn_said else ""
        taken_back = f" Refused later ({consent.get_withdrawn_proof_display()}{said})."
    return f"{answer[:1].upper()}{answer[1:]}{proof}.{taken_back}"
