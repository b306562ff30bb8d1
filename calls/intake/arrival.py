"""Who answers an incoming call. The same request again gets the same answer and stores nothing more."""

import secrets
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction

from agents import prompts
from calls import metrics
from calls.carrier.callbacks import VoiceRequest
from calls.control import bridges, recording_consent
from calls.control.bridges import Place
from calls.control.recordings import ms_of
from calls.intake.conversation import Conversation, Opening, begun
from calls.lifecycle import CallFact, EndedReason, LegRole, LegStatus
from calls.models import Call, Leg, Number, Recording, Stream
from compliance import disclosures
from compliance.disclosures import OpeningWords
from compliance.numbers import parse_e164

_TICKET_SALT = "media stream ticket"
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WithAssistant:
    """The call goes to an assistant through a media stream; `nonce` names the stream, `ticket` is its signed form."""

    call: Call
    nonce: str
    ticket: str
    place: Place
    opening: OpeningWords | None  # None: they were spoken already
    conversation: Conversation
    is_recorded: bool


@dataclass(frozen=True, slots=True)
class AskConsent:
    """The caller is asked whether they may be recorded, before anything is; `attempt` counts the questions."""

    call: Call
    question: OpeningWords
    attempt: int


@dataclass(frozen=True, slots=True)
class NotInService:
    """Nobody answers this number."""

    call: Call


@dataclass(frozen=True, slots=True)
class NobodyHere:
    """The number is ours, but its assistant cannot take calls."""

    call: Call


@dataclass(frozen=True, slots=True)
class NoRoom:
    """Its assistant could, but we hold as many calls as we can."""

    call: Call


Answer = WithAssistant | AskConsent | NotInService | NobodyHere | NoRoom


def receive(*, request: VoiceRequest, now: datetime) -> Answer:
    """Store the call, its leg and the first facts, and decide who answers. The same request again: the same answer."""
    with transaction.atomic():
        call = _call_of(request, now=now)
        if call.assistant is None:
            _received(call, now=now, answer="not in service", reason=EndedReason.UNKNOWN_NUMBER)
            return NotInService(call)
        live = prompts.live(call.assistant) if call.assistant.is_active else None
        if live is None:
            _received(call, now=now, answer="nobody here", reason=EndedReason.NO_ASSISTANT)
            return NobodyHere(call)
        try:
            place = bridges.choose(now=now)
        except bridges.NoRoom as full:
            _received(call, now=now, answer=f"no room: {full}", reason=EndedReason.NO_ROOM)
            return NoRoom(call)
        call.pin_prompt(live.version)
        _received(call, now=now, answer="assistant", reason=EndedReason.UNKNOWN)
        opening = disclosures.opening_words(business=call.assistant.business_name, language=live.version.language)
        is_recorded = call.number is not None and call.number.is_recorded
        if is_recorded:
            question = recording_consent.begin(
                call=call, business=call.assistant.business_name, language=live.version.language, now=now
            )
            if question is not None:
                return AskConsent(call, question, attempt=1)
            Recording.request(call=call, notice_version=opening.version, now=now)
        return with_assistant(call, live, place=place, opening=opening, is_recorded=is_recorded, now=now)


def _received(call: Call, *, now: datetime, answer: str, reason: EndedReason) -> None:
    call.advance(CallFact.CALL_RECEIVED, at=now, source="carrier", key="received", reason=reason, answer=answer)


def with_assistant(
    call: Call,
    live: prompts.LivePrompt,
    *,
    place: Place,
    opening: OpeningWords | None,
    is_recorded: bool,
    now: datetime,
) -> WithAssistant:
    """Issue the ticket of a stream to this place. `opening` None: the conversation goes on, nothing is spoken first."""
    stream = Stream.issue(
        call=call, nonce=secrets.token_urlsafe(24), now=now, bridge=place.name, is_resumption=opening is None
    )
    return WithAssistant(
        call=call,
        nonce=stream.nonce,
        ticket=signing.dumps(stream.nonce, salt=_TICKET_SALT),
        place=Place(stream.bridge),
        opening=opening,
        conversation=begun(
            live,
            is_recorded=is_recorded,
            opening=None if opening is None else Opening(opening.text, ms_of(call, now)),
        ),
        is_recorded=is_recorded,
    )


def adopt(*, request: VoiceRequest, now: datetime) -> Call:
    """Store a call that we hear of only now, because our answer to its first webhook had failed."""
    with transaction.atomic():
        call = _call_of(request, now=now)
        call.advance(CallFact.CALL_ADOPTED, at=now, source="carrier", key="received", reason=EndedReason.INTAKE_FAILED)
    return call


def _call_of(request: VoiceRequest, *, now: datetime) -> Call:
    """The call this leg belongs to, made now if this is the first we hear of it. Safe against a twin request."""
    leg = (
        Leg.objects.select_related("call__number", "call__assistant__department")
        .filter(leg_sid=request.leg_sid)
        .first()
    )
    if leg is not None:
        return leg.call
    number = (
        Number.objects.select_related("assistant__department")
        .filter(e164=parse_e164(request.to_address, region=settings.DEFAULT_REGION), is_active=True)
        .first()
    )
    try:
        with transaction.atomic():
            call = Call.objects.create(
                number=number,
                assistant=number.assistant if number else None,
                customer_address=request.from_address[:255],
                customer_e164=parse_e164(request.from_address, region=settings.DEFAULT_REGION),
                our_address=request.to_address[:255],
                verstat=request.verstat[:60],
                started_at=now,
            )
            is_unexplained = request.direction.startswith("outbound") and not request.parent_sid
            Leg.objects.create(
                call=call,
                role=LegRole.THIRD if request.parent_sid else LegRole.CUSTOMER,
                is_unexplained=is_unexplained,
                leg_sid=request.leg_sid,
                parent_sid=request.parent_sid,
                direction=request.direction[:16],
                from_address=request.from_address[:255],
                to_address=request.to_address[:255],
                status=LegStatus.RINGING,
                created_at=now,
            )
            if is_unexplained:
                metrics.LEGS_UNEXPLAINED.inc()
                log.error("a leg goes out that nobody dialled", leg=request.leg_sid)
    except IntegrityError:  # the twin was faster
        return (
            Leg.objects.select_related("call__number", "call__assistant__department").get(leg_sid=request.leg_sid).call
        )
    return call


def open_ticket(ticket: str) -> str:
    """The nonce of a ticket we signed; empty when we did not, or too long ago to matter."""
    try:
        nonce = signing.loads(ticket, salt=_TICKET_SALT, max_age=600)
    except signing.BadSignature:
        return ""
    return nonce if isinstance(nonce, str) else ""
