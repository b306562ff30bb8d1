"""The states of a call, its legs and its recording, and the only moves between them.

What a telephone network tells us arrives late, twice, out of order, or never. So nothing here trusts the order of
arrival. Four small machines, each a table:

*Leg status* (Twilio's words). A leg only ever moves forward through the order queued, initiated, ringing, in-progress,
ended. A report that is not further along than what is known changes nothing. The five ended words (completed, busy,
failed, no-answer, canceled) are final: the first one known stays.

*Call phase* (our words): what the customer is living through. Facts move it, never wishes: a button that asks for a
hang-up records that it was asked; the phase moves when the leg has ended.

*Recording status* (what the carrier does with the tape) and *copy state* (where our copy is). Pausing and resuming are
facts of their own, so a late "recording started" can never un-pause.

*Ended reason*: why the call ended. Several facts may each suggest one; the most telling wins, whatever came first. What
the loss of a stream suggests counts only while no other stream of the call is opened: then the call went on.

A pair that is missing from a table is not an error: the fact is kept in the call's history and changes nothing.

Source of the leg's words: https://www.twilio.com/docs/voice/api/call-resource#call-status-values.
"""

from enum import StrEnum


class LegStatus(StrEnum):
    """One leg (one Twilio Call SID), in Twilio's own words; `initiated` occurs in callbacks only."""

    QUEUED = "queued"
    INITIATED = "initiated"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    FAILED = "failed"
    NO_ANSWER = "no-answer"
    CANCELED = "canceled"


class LegRole(StrEnum):
    """Whose line a leg is. The customer's is the call: when it ends, the call is over."""

    CUSTOMER = "customer"
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    THIRD = "third"  # whoever else was called or has called


class Phase(StrEnum):
    """What the customer is living through right now."""

    RINGING = "ringing"
    WITH_ASSISTANT = "with_assistant"
    TRANSFERRING = "transferring"
    CLOSED = "closed"


class CallFact(StrEnum):
    """Something that happened to a call and may move its phase. Stored as a call event of the same name."""

    CALL_RECEIVED = "call_received"
    CALL_ADOPTED = "call_adopted"  # first heard of by a callback, because our own answer had failed
    STREAM_OPENED = "stream_opened"
    STREAM_CLOSED = "stream_closed"
    RESUMED = "resumed"  # the stream was lost and the conversation is taken up by another process
    HANG_UP_REQUESTED = "hang_up_requested"
    HANG_UP_ACCEPTED = "hang_up_accepted"
    FALLBACK_DIALLED = "fallback_dialled"
    APOLOGISED = "apologised"
    LEG_ENDED = "leg_ended"


class RecordingStatus(StrEnum):
    """What the carrier does with the tape (Twilio's words, and `requested` before its first word)."""

    REQUESTED = "requested"
    IN_PROGRESS = "in-progress"
    PAUSED = "paused"
    STOPPED = "stopped"
    COMPLETED = "completed"
    ABSENT = "absent"
    FAILED = "failed"


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
    REFUSED = "refused"  # the caller did not want it: deleted, never fetched
    LOST = "lost"  # given up after many tries; a person may order another try


class CopyFact(StrEnum):
    """Something that happened to our copy."""

    MEDIA_READY = "media_ready"
    COPIED = "copied"
    REMOVED_AT_CARRIER = "removed_at_carrier"
    REFUSED_BY_CALLER = "refused_by_caller"
    GAVE_UP = "gave_up"
    RETRY_ORDERED = "retry_ordered"


class EndedReason(StrEnum):
    """Why a call ended: the code; the sentence is made where it is shown."""

    UNKNOWN = "unknown"
    CALLER_HUNG_UP = "caller_hung_up"
    NOT_ANSWERED = "not_answered"
    ASSISTANT_ENDED = "assistant_ended"
    ASSISTANT_FAREWELL = "assistant_farewell"
    CALLER_SILENT = "caller_silent"
    CALL_TOO_LONG = "call_too_long"
    SUPERVISOR_ENDED = "supervisor_ended"
    UNKNOWN_NUMBER = "unknown_number"
    NO_ASSISTANT = "no_assistant"
    NO_ROOM = "no_room"
    CARRIER_FAILED = "carrier_failed"
    STREAM_REFUSED = "stream_refused"
    STREAM_LOST = "stream_lost"
    STREAM_MALFORMED = "stream_malformed"
    MODEL_UNREACHABLE = "model_unreachable"
    MODEL_LOST = "model_lost"
    BRIDGE_FAILED = "bridge_failed"
    INTAKE_FAILED = "intake_failed"


class FailureClass(StrEnum):
    """Whose fault a bad ending was; empty means none."""

    NONE = ""
    OURS = "ours"
    MODEL = "model"
    CARRIER = "carrier"


_LEG_RANK = {
    LegStatus.QUEUED: 0,
    LegStatus.INITIATED: 1,
    LegStatus.RINGING: 2,
    LegStatus.IN_PROGRESS: 3,
    LegStatus.COMPLETED: 4,
    LegStatus.BUSY: 4,
    LegStatus.FAILED: 4,
    LegStatus.NO_ANSWER: 4,
    LegStatus.CANCELED: 4,
}
LEG_ENDED = frozenset(status for status, rank in _LEG_RANK.items() if rank == 4)

CALL_MOVES: dict[tuple[Phase, CallFact], Phase] = {
    (Phase.RINGING, CallFact.STREAM_OPENED): Phase.WITH_ASSISTANT,
    (Phase.RINGING, CallFact.FALLBACK_DIALLED): Phase.TRANSFERRING,
    (Phase.RINGING, CallFact.LEG_ENDED): Phase.CLOSED,
    (Phase.WITH_ASSISTANT, CallFact.FALLBACK_DIALLED): Phase.TRANSFERRING,
    (Phase.WITH_ASSISTANT, CallFact.LEG_ENDED): Phase.CLOSED,
    (Phase.TRANSFERRING, CallFact.LEG_ENDED): Phase.CLOSED,
}

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
}

# The more telling a reason, the later it stands: a technical fault outranks who hung up after it.
_REASON_ORDER = tuple(EndedReason)
_REASON_RANK = {reason: rank for rank, reason in enumerate(_REASON_ORDER)}

_FAILURE = {
    EndedReason.NO_ROOM: FailureClass.OURS,
    EndedReason.CARRIER_FAILED: FailureClass.CARRIER,
    EndedReason.STREAM_REFUSED: FailureClass.OURS,
    EndedReason.STREAM_LOST: FailureClass.CARRIER,
    EndedReason.STREAM_MALFORMED: FailureClass.CARRIER,
    EndedReason.MODEL_UNREACHABLE: FailureClass.MODEL,
    EndedReason.MODEL_LOST: FailureClass.MODEL,
    EndedReason.BRIDGE_FAILED: FailureClass.OURS,
    EndedReason.INTAKE_FAILED: FailureClass.OURS,
}

_REASON_OF_LEG = {
    LegStatus.COMPLETED: EndedReason.CALLER_HUNG_UP,
    LegStatus.BUSY: EndedReason.NOT_ANSWERED,
    LegStatus.NO_ANSWER: EndedReason.NOT_ANSWERED,
    LegStatus.CANCELED: EndedReason.NOT_ANSWERED,
    LegStatus.FAILED: EndedReason.CARRIER_FAILED,
}


def leg_after(known: LegStatus, reported: LegStatus) -> LegStatus:
    """The leg's status once `reported` is known too: the one further along; a tie keeps what is known."""
    return reported if _LEG_RANK[reported] > _LEG_RANK[known] else known


def phase_after(phase: Phase, fact: CallFact) -> Phase:
    """The call's phase once `fact` is known; the same phase when the fact does not move it."""
    return CALL_MOVES.get((phase, fact), phase)


def recording_after(status: RecordingStatus, fact: RecordingFact) -> RecordingStatus:
    """The tape's status once `fact` is known; the same status when the fact does not move it."""
    return RECORDING_MOVES.get((status, fact), status)


def copy_after(state: CopyState, fact: CopyFact) -> CopyState:
    """Where our copy is once `fact` is known; the same state when the fact does not move it."""
    return COPY_MOVES.get((state, fact), state)


def reason_after(known: EndedReason, suggested: EndedReason) -> EndedReason:
    """The more telling of two reasons, whichever came first."""
    return max(known, suggested, key=_REASON_RANK.__getitem__)


def reason_of_leg(status: LegStatus) -> EndedReason:
    """What a leg's end says by itself about why the call ended. Raises KeyError for a leg that has not ended."""
    return _REASON_OF_LEG[status]


def failure_class(reason: EndedReason) -> FailureClass:
    """Whose fault this ending was; empty when nobody's."""
    return _FAILURE.get(reason, FailureClass.NONE)
