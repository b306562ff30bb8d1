"""The tape of a call while it runs: pause, resume, stop.

Several may want silence at once: an agent, a supervisor, keys that are entered in private. Each wish is kept by its
reason; the tape is silent from the first and goes on after the last, and nobody takes back what only another may. Who
changes a tape is alone in it from the wish to the carrier's answer, so that the carrier hears orders in their order.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.conf import settings
from django.db import OperationalError, connection, transaction

from calls.carrier import rest
from calls.carrier.errors import CarrierError
from calls.lifecycle import MAY_LIFT, PauseReason, RecordingFact, RecordingStatus
from calls.models import Call, Leg, Recording
from calls.models.recording import LIVE
from compliance import audit

# Our own number among the database's advisory locks.
_LOCKS = 20_703
# People whose acts go into the audit log.
_PEOPLE = ("supervisor", "agent")
_ONLY = {
    PauseReason.CAPTURE: "It is paused while keys are entered in private, and goes on by itself after that.",
    PauseReason.QUESTION: "It is paused until the caller has answered whether they may be recorded.",
    PauseReason.SUPERVISOR: "A supervisor has paused it.",
    PauseReason.AGENT: "An agent has paused it.",
}


class UnableToChangeRecording(Exception):
    """The recording cannot be changed; `str()` says why, for a person."""


def change(
    *,
    call: Call,
    verb: str,
    source: str,
    by: str,
    now: datetime,
    reason: PauseReason = PauseReason.SUPERVISOR,
) -> None:
    """Pause, resume or stop the recording of a live call. The carrier's answer is the fact.

    `reason` names whose pause it is. Must not be called inside a transaction. Raises UnableToChangeRecording when there
    is nothing to change, or the carrier does not do it.
    """
    recording, leg = Recording.running(call), call.customer_leg()
    if recording is None or leg is None or not call.is_live:
        raise UnableToChangeRecording("This call is not being recorded.")
    with _alone(recording):
        recording.refresh_from_db()
        if recording.status not in LIVE:
            raise UnableToChangeRecording("This call is not being recorded.")
        match verb:
            case "pause":
                fact = _pause(recording, leg, reason)
            case "resume":
                fact = _resume(recording, leg, reason)
            case _:
                _ask(leg, recording, "stopped")
                fact = RecordingFact.STOPPED
        with transaction.atomic():
            if fact is None:
                call.note(f"recording_{verb}_kept", at=now, source=source, reason=reason.value, by=by)
            else:
                why = "" if verb == "stop" else reason.value
                recording.advance(fact, at=now, source=source, at_ms=ms_of(call, now), why=why)
            if source in _PEOPLE:
                audit.note(act=f"{verb}_recording", subject=f"call:{call.pk}", by=by, now=now)


def stop_unbooked(*, leg_sid: str) -> None:
    """Stop whatever records this line, without a look into the books, which are away; they must be told later.

    Raises UnableToChangeRecording.
    """
    try:
        rest.change_recording(leg_sid, "", "stopped")
    except CarrierError as error:
        raise UnableToChangeRecording("The telephone network could not stop the recording.") from error


def stop_refused(*, recording: Recording, leg: Leg, now: datetime) -> None:
    """Stop a tape that its caller refused, unless somebody else has by the time it is our turn.

    Raises UnableToChangeRecording.
    """
    with _alone(recording):
        recording.refresh_from_db()
        if recording.status in LIVE:
            _ask(leg, recording, "stopped")
            recording.advance(RecordingFact.STOPPED, at=now, source="system", at_ms=ms_of(recording.call, now))


def _pause(recording: Recording, leg: Leg, reason: PauseReason) -> RecordingFact | None:
    """Have silence on the tape; None when there was silence already. The carrier is asked either way: it is a proof."""
    is_first = recording.pause_for(reason)
    try:
        _ask(leg, recording, "paused")
    except UnableToChangeRecording:
        recording.lift([reason])
        raise
    return RecordingFact.PAUSED if is_first and recording.status != RecordingStatus.PAUSED else None


def _resume(recording: Recording, leg: Leg, reason: PauseReason) -> RecordingFact | None:
    """Have sound on the tape again; None when somebody else still wants silence."""
    if recording.status != RecordingStatus.PAUSED and reason not in recording.pauses:  # whoever paused it may have died
        raise UnableToChangeRecording("The recording is not paused.")
    wanted = [PauseReason(name) for name in recording.pauses]
    lifted = [one for one in wanted if one in MAY_LIFT[reason]]
    if wanted and not lifted:
        raise UnableToChangeRecording(_ONLY[wanted[0]])
    if wanted and not recording.lift(lifted):
        return None
    try:
        _ask(leg, recording, "in-progress")
    except UnableToChangeRecording:
        for one in lifted:
            recording.pause_for(one)
        raise
    return RecordingFact.RESUMED


def _ask(leg: Leg, recording: Recording, status: str) -> None:
    try:
        rest.change_recording(leg.leg_sid, recording.recording_sid, status)
    except CarrierError as error:
        # The carrier records nothing: what the bridge records obeys our books.
        is_ours_alone = settings.BRIDGE_RECORDING != "off" and error.code in (rest.NOT_FOUND, rest.CALL_NOT_IN_PROGRESS)
        if not is_ours_alone:
            message = "The telephone network could not change the recording. Try again."
            raise UnableToChangeRecording(message) from error


@contextmanager
def _alone(recording: Recording) -> Iterator[None]:
    """A lock of this connection's, because the carrier is asked meanwhile and no transaction may wait for it."""
    names = [_LOCKS, recording.pk % 2**31]
    with connection.cursor() as cursor:
        try:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", names)
        except OperationalError as error:
            raise UnableToChangeRecording("Somebody else is changing this recording just now. Try again.") from error
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", names)


def ms_of(call: Call, at: datetime) -> int:
    """A moment on the call's clock."""
    return int((at - call.started_at).total_seconds() * 1000)
