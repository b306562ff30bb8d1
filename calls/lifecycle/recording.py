"""A recording: what the carrier does with the tape, and where our copy of it is.

Pausing and resuming are facts of their own, so a late "recording started" can never un-pause.
"""

from enum import StrEnum


class RecordingStatus(StrEnum):
    """What the carrier does with the tape (Twilio's words, and `requested` before its first word)."""

    REQUESTED = "requested"
    IN_PROGRESS = "in-progress"
    PAUSED = "paused"
    STOPPED = "stopped"
    COMPLETED = "completed"
    ABSENT = "absent"
    FAILED = "failed"


class PauseReason(StrEnum):
    """Who wants silence on the tape. It goes on when nobody does any more."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    CAPTURE = "capture"  # keys that nobody may hear are being entered
    QUESTION = "question"  # a yes is needed before anything more is recorded


class RecordingFact(StrEnum):
    """Something that happened to a recording at the carrier."""

    STARTED = "recording_started"
    PAUSED = "recording_paused"
    RESUMED = "recording_resumed"
    STOPPED = "recording_stopped"
    COMPLETED = "recording_completed"
    ABSENT = "recording_absent"
    FAILED = "recording_failed"


class CopyState(StrEnum):
    """Where our own copy of a recording is."""

    NONE = "none"  # nothing to copy yet
    DUE = "due"  # the carrier has it, we must fetch it
    STORED = "stored"  # ours, checksummed
    REMOVED = "removed"  # ours, and deleted at the carrier
    REFUSED = "refused"  # the caller did not want it: deleted there and here
    LOST = "lost"  # given up after many tries; a person may order another try


class CopyFact(StrEnum):
    """Something that happened to our copy."""

    MEDIA_READY = "media_ready"
    COPIED = "copied"
    REMOVED_AT_CARRIER = "removed_at_carrier"
    REFUSED_BY_CALLER = "refused_by_caller"
    GAVE_UP = "gave_up"
    RETRY_ORDERED = "retry_ordered"


RECORDING_MOVES: dict[tuple[RecordingStatus, RecordingFact], RecordingStatus] = {
    (RecordingStatus.REQUESTED, RecordingFact.STARTED): RecordingStatus.IN_PROGRESS,
    (RecordingStatus.REQUESTED, RecordingFact.PAUSED): RecordingStatus.PAUSED,
    (RecordingStatus.IN_PROGRESS, RecordingFact.PAUSED): RecordingStatus.PAUSED,
    (RecordingStatus.PAUSED, RecordingFact.RESUMED): RecordingStatus.IN_PROGRESS,
    (RecordingStatus.REQUESTED, RecordingFact.STOPPED): RecordingStatus.STOPPED,
    (RecordingStatus.IN_PROGRESS, RecordingFact.STOPPED): RecordingStatus.STOPPED,
    (RecordingStatus.PAUSED, RecordingFact.STOPPED): RecordingStatus.STOPPED,
} | {
    (status, fact): final
    for fact, final in (
        (RecordingFact.COMPLETED, RecordingStatus.COMPLETED),
        (RecordingFact.ABSENT, RecordingStatus.ABSENT),
        (RecordingFact.FAILED, RecordingStatus.FAILED),
    )
    for status in (
        RecordingStatus.REQUESTED,
        RecordingStatus.IN_PROGRESS,
        RecordingStatus.PAUSED,
        RecordingStatus.STOPPED,
    )
}

COPY_MOVES: dict[tuple[CopyState, CopyFact], CopyState] = {
    (CopyState.NONE, CopyFact.MEDIA_READY): CopyState.DUE,
    (CopyState.DUE, CopyFact.COPIED): CopyState.STORED,
    (CopyState.DUE, CopyFact.GAVE_UP): CopyState.LOST,
    (CopyState.LOST, CopyFact.RETRY_ORDERED): CopyState.DUE,
    (CopyState.STORED, CopyFact.REMOVED_AT_CARRIER): CopyState.REMOVED,
    (CopyState.NONE, CopyFact.REFUSED_BY_CALLER): CopyState.REFUSED,
    (CopyState.DUE, CopyFact.REFUSED_BY_CALLER): CopyState.REFUSED,
    (CopyState.LOST, CopyFact.REFUSED_BY_CALLER): CopyState.REFUSED,
    # Of an earlier tape of the same call we may have our copy already: it is deleted too.
    (CopyState.STORED, CopyFact.REFUSED_BY_CALLER): CopyState.REFUSED,
    (CopyState.REMOVED, CopyFact.REFUSED_BY_CALLER): CopyState.REFUSED,
}

# Whose wish for silence each of them may take back: a supervisor may overrule an agent, and nobody a capture.
MAY_LIFT: dict[PauseReason, frozenset[PauseReason]] = {
    PauseReason.AGENT: frozenset({PauseReason.AGENT}),
    PauseReason.SUPERVISOR: frozenset({PauseReason.SUPERVISOR, PauseReason.AGENT}),
    PauseReason.CAPTURE: frozenset({PauseReason.CAPTURE}),
    PauseReason.QUESTION: frozenset({PauseReason.QUESTION}),
}


def recording_after(status: RecordingStatus, fact: RecordingFact) -> RecordingStatus:
    """The tape's status once `fact` is known; the same status when the fact does not move it."""
    return RECORDING_MOVES.get((status, fact), status)


def copy_after(state: CopyState, fact: CopyFact) -> CopyState:
    """Where our copy is once `fact` is known; the same state when the fact does not move it."""
    return COPY_MOVES.get((state, fact), state)
