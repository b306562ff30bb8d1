"""Voicemail: sending a caller there, and what they leave behind.

The decision is a fact first. Whoever is on a live line is then fetched to the address that answers by the call's
phase; a caller whom the carrier is just asking about is answered at once.
"""

from datetime import datetime, timedelta
from functools import partial

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef

from calls.carrier import rest
from calls.carrier.errors import CarrierError
from calls.lifecycle import LEG_ENDED, CallFact, EndedReason, LegRole, Phase, RecordingFact
from calls.models import Call, CallEvent, Leg, Recording, Voicemail
from calls.models.call_event import MESSAGE_ASKED_FOR
from compliance import disclosures
from compliance.disclosures import OpeningWords

# A caller who was sent here so long ago and was not asked for a message has not arrived.
_ARRIVES_WITHIN = timedelta(seconds=8)
# The last word on a message comes within this time after the call.
_HEARD_OF_WITHIN = timedelta(seconds=60)
_LOOK_BACK = timedelta(hours=6)
_LOOKED_FOR = "message_looked_for"

log = structlog.get_logger(__name__)


class UnableToTakeMessage(Exception):
    """The caller cannot be sent to voicemail; `str()` says why, for a person."""


def begin(*, call: Call, box: str, why: str, now: datetime, is_asked: bool = False) -> None:
    """Send the caller to a voicemail box; `why` is a code or a sentence for the call's history.

    `is_asked`: the carrier is asking at this moment what comes next, and you answer it; else the line is fetched once
    the transaction is over. Raises UnableToTakeMessage when the call is over, or is where nobody is sent away from.
    """
    with transaction.atomic():
        call.refresh_from_db(fields=["phase"])
        if call.phase == Phase.VOICEMAIL:
            return
        call.advance(CallFact.VOICEMAIL_BEGAN, at=now, source="system", box=box, why=why)
        if call.phase != Phase.VOICEMAIL:
            over = "This call is over already." if not call.is_live else "The caller cannot leave a message just now."
            raise UnableToTakeMessage(over)
        leg = None if is_asked else call.customer_leg()
        if leg is not None and leg.status not in LEG_ENDED:
            transaction.on_commit(partial(_fetch, leg.leg_sid))


def _fetch(leg_sid: str) -> bool:
    try:
        return rest.redirect(leg_sid, "/twilio/voice/resume/")
    except CarrierError as error:
        log.error("caller not brought to voicemail, it will be tried again", leg=leg_sid, error=str(error))
        return False


def greeting(*, call: Call, words: str = "") -> OpeningWords:
    """What is said before the tone: the number's own words if it has some, and that the message is recorded."""
    assistant, version = call.assistant, call.prompt_version
    return disclosures.voicemail_words(
        business=assistant.business_name if assistant is not None else "",
        own=words or (call.number.message if call.number is not None else ""),
        language=version.language if version is not None else "en",
    )


def asked(*, call: Call, now: datetime) -> bool:
    """The carrier is told to take a message now. False when one was taken already: then the call is over."""
    if call.events.filter(kind=CallFact.VOICEMAIL_LEFT).exists():
        return False
    call.note(MESSAGE_ASKED_FOR, at=now, source="system", key=MESSAGE_ASKED_FOR)
    return True


def take(*, call: Call, recording_sid: str, duration_s: int | None, now: datetime) -> Recording:
    """There is a message on this recording. Told twice, it is one."""
    recording = Recording.of_message(call=call, recording_sid=recording_sid, now=now)
    began = call.events.filter(kind=CallFact.VOICEMAIL_BEGAN).order_by("-pk").first()
    box = "" if began is None else str(began.data.get("box", ""))
    began_ms = 0 if began is None else int((began.at - call.started_at).total_seconds() * 1000)
    with transaction.atomic():
        Voicemail.left(recording=recording, box=box, began_ms=began_ms, now=now)
        call.advance(
            CallFact.VOICEMAIL_LEFT,
            at=now,
            source="carrier",
            key=f"voicemail:{recording_sid}",
            reason=EndedReason.VOICEMAIL_LEFT,
            seconds=duration_s,
        )
    return recording


def completed(
    *, call: Call, recording_sid: str, started_at: datetime | None, duration_s: int | None, now: datetime
) -> Recording | None:
    """The carrier has the whole message; None when this was known."""
    recording = take(call=call, recording_sid=recording_sid, duration_s=duration_s, now=now)
    is_news = recording.advance(
        RecordingFact.COMPLETED,
        at=now,
        source="carrier",
        key=f"recording:{recording_sid}:completed",
        started_at=started_at,
        duration_ms=duration_s * 1000 if duration_s is not None else None,
    )
    if is_news and started_at is not None:
        began_ms = int((started_at - call.started_at).total_seconds() * 1000)
        Voicemail.objects.get(recording=recording).begins(began_ms)
    return recording if is_news else None


def bring_who_has_not_arrived(*, now: datetime) -> int:
    """Fetch callers again who were sent to voicemail and are not there; how many."""
    sent = CallEvent.objects.filter(call=OuterRef("call"), kind=CallFact.VOICEMAIL_BEGAN, at__lt=now - _ARRIVES_WITHIN)
    there = CallEvent.objects.filter(call=OuterRef("call"), kind=MESSAGE_ASKED_FOR)
    legs = Leg.objects.filter(
        Exists(sent), ~Exists(there), role=LegRole.CUSTOMER, ended_at=None, call__phase=Phase.VOICEMAIL
    )
    return sum(_fetch(leg_sid) for leg_sid in list(legs.values_list("leg_sid", flat=True)))


def find_lost(*, now: datetime) -> int:
    """Ask the carrier for messages of ended calls of which no word has come; how many were found."""
    asked = CallEvent.objects.select_related("call").filter(
        ~Exists(CallEvent.objects.filter(call=OuterRef("call"), key=_LOOKED_FOR)),
        kind=MESSAGE_ASKED_FOR,
        at__gt=now - _LOOK_BACK,
        call__phase=Phase.CLOSED,
        call__ended_at__lt=now - _HEARD_OF_WITHIN,
        call__voicemails=None,
    )
    return sum(_find(event.call, now=now) for event in asked.order_by("pk"))


def _find(call: Call, *, now: datetime) -> int:
    leg = call.customer_leg()
    try:
        theirs = [] if leg is None else rest.find_recordings(leg.leg_sid)
    except CarrierError as error:
        log.warning("carrier not asked for a message", call=call.pk, error=str(error))
        return 0
    tapes = [tape for tape in theirs if tape.is_message]
    messages = [tape for tape in tapes if tape.status == "completed"]
    for tape in messages:
        completed(
            call=call,
            recording_sid=tape.recording_sid,
            started_at=tape.started_at,
            duration_s=tape.duration_s,
            now=now,
        )
    if len(tapes) == len(messages):  # else the carrier is not done with one
        call.note(_LOOKED_FOR, at=now, source="system", key=_LOOKED_FOR, found=len(messages))
    return len(messages)
