"""A caller, or somebody we called, wants no more calls: by words, by a key, or through the assistant's tool.

The wish is committed before anything is said of it. Whoever else rings that number at this moment is stopped.
"""

import threading
import time
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.conf import settings
from django.db import transaction

from calls.carrier import conferences
from calls.carrier.errors import CarrierError
from calls.control import legs
from calls.lifecycle import LegRole, LegStatus, Phase
from calls.models import Call, Conference, Leg
from compliance import opt_out, opt_out_words
from compliance.models import DialPermit, Revocation
from compliance.numbers import by_whatsapp, number_behind
from compliance.opt_out_replies import Reply, reply

# Ends an outgoing call, and all others, at any time.
OPT_OUT_KEY = "9"
# The carrier answers a request to ring somebody within this time, mostly.
IN_FLIGHT_S = 0.5
_RINGING = (LegStatus.QUEUED, LegStatus.INITIATED, LegStatus.RINGING)
_Route = Revocation.Route
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class OptedOut:
    """What is to be said to them now, in the call's language. `is_listed` False: they withhold their number.

    `is_news` False: they have said so before on this call.
    """

    words: str
    is_listed: bool = True
    is_news: bool = True


def by_words(*, call: Call, said: str, now: datetime, needs_review: bool = False) -> OptedOut:
    """They have said so. Must not be called inside a transaction."""
    return _opt_out(call, _Route.SPEECH, said, source="carrier", by="caller", now=now, needs_review=needs_review)


def by_key(*, call: Call, key: str, now: datetime) -> OptedOut:
    """They have pressed the key that says so. Must not be called inside a transaction."""
    return _opt_out(call, _Route.KEY, key[:1], source="carrier", by="caller", now=now)


def by_tool(*, call: Call, said: str, now: datetime) -> OptedOut:
    """The assistant has understood that they want it. Must not be called inside a transaction."""
    return _opt_out(call, _Route.SPEECH, said, source="assistant", by="assistant", now=now)


def heard(*, call: Call, text: str, now: datetime) -> None:
    """The customer's words to a person of ours, or into a voicemail: a plain wish counts at once all the same.

    The room is told that it does; a message is read by somebody. Must not be called inside a transaction.
    """
    found = opt_out_words.understood(text, is_their_call=is_their_call(call))
    if not found.is_stop:
        return
    if call.phase == Phase.VOICEMAIL:
        _opt_out(call, _Route.VOICEMAIL, text, source="carrier", by="caller", now=now, needs_review=True)
        return
    done = by_words(call=call, said=text, now=now, needs_review=found.needs_review)
    room = Conference.objects.filter(call=call, ended_at=None).first()
    if done.is_listed and done.is_news and room is not None:
        try:
            conferences.announce(room.conference_sid, f"/twilio/opted-out/{call.pk}/")
        except CarrierError as error:
            log.warning("room not told of an opt-out", call=call.pk, error=str(error))


def words_in_room(*, call: Call, now: datetime) -> str:
    """What everybody in the room is told of it; the person goes on, and says goodbye."""
    words = reply(Reply.CONFIRMED_IN_ROOM, language=_language(call))
    call.note("announced", at=now, source="system", words=words)
    return words


def instead_of_an_answer(*, call: Call, keys: str, speech: str, now: datetime) -> OptedOut | None:
    """They were asked about something else and want no more calls; None when that is not what they have answered.

    A mere "stop" of somebody who has called us answers the question. Must not be called inside a transaction.
    """
    theirs = is_their_call(call)
    if keys[:1] == OPT_OUT_KEY and not theirs:
        return by_key(call=call, key=keys, now=now)
    found = opt_out_words.understood(speech, is_their_call=theirs)
    if not found.is_stop or (found.is_bare and theirs):
        return None
    return by_words(call=call, said=speech, now=now, needs_review=found.needs_review)


def is_their_call(call: Call) -> bool:
    """True when they have called us."""
    return call.direction == Call.Direction.INBOUND


def number_of(call: Call) -> str:
    """The number of whoever we talk to, as E.164; empty when there is none. One of WhatsApp is a number as well."""
    region = settings.DEFAULT_REGION
    if call.is_test:
        return ""
    return call.customer_e164 or number_behind(call.customer_address, region=region)


def stop_ringing(*, number: str, but: Call | None = None) -> int:
    """Calls of ours to this number that nobody has answered yet are given up; how many. After the commit.

    A dial that was under way before the wish was committed is waited for, so that none begins after this returns.
    """
    stopped, until = 0, time.monotonic() + IN_FLIGHT_S
    while DialPermit.is_being_asked_for(number) and time.monotonic() < until:
        threading.Event().wait(0.02)
    ours = Leg.objects.filter(role=LegRole.CUSTOMER, direction__startswith="outbound", ended_at=None)
    ringing = ours.filter(to_address__in=(number, by_whatsapp(number)), status__in=_RINGING)
    for leg in ringing if but is None else ringing.exclude(call=but):
        try:
            legs.release(leg_sid=leg.leg_sid)
            stopped += 1
        except legs.UnableToHangUp as error:
            log.error("a call to somebody who opted out still rings", call=leg.call_id, error=str(error))
    return stopped


def _opt_out(
    call: Call, route: str, said: str, *, source: str, by: str, now: datetime, needs_review: bool = False
) -> OptedOut:
    language = _language(call)
    number = number_of(call)
    if not number:
        call.note("opt_out_without_number", at=now, source=source, key="opt out without number", how=route)
        return OptedOut(reply(Reply.NO_NUMBER, language=language), is_listed=False)
    call.refresh_from_db(fields=["are_words_kept"])
    with transaction.atomic():
        opt_out.revoke(
            number=number,
            route=route,
            said=said if call.are_words_kept or route == _Route.KEY else "",
            subject_ref=f"call:{call.pk}",
            seller="" if call.assistant is None else call.assistant.business_name,
            needs_review=needs_review,
            by=by,
            now=now,
        )
        is_news = call.note("opted_out", at=now, source=source, key=f"opted out:{route}", how=route)
    stop_ringing(number=number, but=call)
    return OptedOut(reply(Reply.CONFIRMED, language=language), is_news=is_news)


def _language(call: Call) -> str:
    return "en" if call.prompt_version is None else call.prompt_version.language
