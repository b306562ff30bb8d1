"""A line on which a secret is keyed: nothing records it, copies it or writes it down; then everything goes on.

Each of these is asked of the carrier, and its answer is waited for: what it did not agree to goes on.
"""

from datetime import datetime

import structlog

from calls.carrier import conferences
from calls.carrier.errors import CarrierError
from calls.control import recordings, room_sound
from calls.lifecycle import PauseReason, Phase, RecordingStatus
from calls.models import Recording, SecureCapture
from calls.models.recording import LIVE

_TRIES = 8

log = structlog.get_logger(__name__)


class UnableToQuieten(Exception):
    """Something would still hear it."""


def quieten(*, capture: SecureCapture, by: str, now: datetime) -> None:
    """Have nothing hear the customer any more. Raises UnableToQuieten; what was quietened until then must go on."""
    call, leg = capture.call, capture.call.customer_leg()
    tape = Recording.running(call)
    if tape is not None and tape.status in LIVE:
        try:
            recordings.change(call=call, verb="pause", source="system", by=by, now=now, reason=PauseReason.CAPTURE)
        except recordings.UnableToChangeRecording as error:
            capture.tape_runs()
            raise UnableToQuieten from error
        capture.tape_paused(now=now)
    try:
        room_sound.hush(call=call, now=now)
        if capture.came_from == Phase.WITH_AGENT and leg is not None:
            conferences.end_transcription(leg.leg_sid)
    except CarrierError as error:
        raise UnableToQuieten from error


def sound_again(*, capture: SecureCapture, now: datetime) -> None:
    """Let go on what was quietened for this, if that is due and still possible; what is not done is due again."""
    if not capture.claim_resuming(now=now):
        return
    call = capture.call
    call.refresh_from_db(fields=["phase"])
    if not call.is_live:
        capture.tape_stays()
        return
    _write_down_again(capture)
    tape = Recording.running(call)
    if tape is None or PauseReason.CAPTURE not in tape.pauses:
        capture.tape_stays()
        return
    try:
        recordings.change(call=call, verb="resume", source="system", by="system", now=now, reason=PauseReason.CAPTURE)
    except recordings.UnableToChangeRecording:
        if capture.resume_tries + 1 >= _TRIES:
            call.note("recording_not_resumed", at=now, source="carrier", key=f"capture:{capture.ref}:tape")
            capture.tape_stays()
        return
    tape.refresh_from_db()
    if tape.status == RecordingStatus.PAUSED:  # somebody else has paused it too
        capture.tape_stays()
    else:
        capture.tape_resumed(now=now)


def _write_down_again(capture: SecureCapture) -> None:
    """The words of a person's call are the carrier's to write down; a call without them is still a call."""
    call, leg = capture.call, capture.call.customer_leg()
    if capture.resume_tries or call.phase != Phase.WITH_AGENT or leg is None or not call.are_words_kept:
        return
    try:
        language = call.prompt_version.language if call.prompt_version else "en"
        conferences.begin_transcription(leg.leg_sid, language=language)
    except CarrierError as error:
        log.warning("transcription not begun again", call=call.pk, error=str(error))
