"""Who answers an incoming call, decided and stored before a word is spoken."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction

from agents import prompts
from agents.models import Assistant, PromptVersion
from calls.carrier.callbacks import VoiceRequest
from calls.lifecycle import CallFact, EndedReason, LegStatus
from calls.models import Call, Leg, Number, Recording, Stream
from calls.realtime.session_config import SessionSettings, TurnDetection
from calls.voice.plan import ConversationPlan
from calls.voice.transcoding import ModelAudio
from compliance import disclosures
from compliance.disclosures import OpeningWords
from compliance.numbers import parse_e164

_TICKET_SALT = "media stream ticket"


@dataclass(frozen=True, slots=True)
class Conversation:
    """How an assistant holds a call: for the session, and for the model."""

    plan: ConversationPlan
    settings: SessionSettings


@dataclass(frozen=True, slots=True)
class WithAssistant:
    """The call goes to an assistant through a media stream; `nonce` names the stream, `ticket` is its signed form."""

    call: Call
    nonce: str
    ticket: str
    opening: OpeningWords
    conversation: Conversation
    is_recorded: bool


@dataclass(frozen=True, slots=True)
class NotInService:
    """Nobody answers this number."""

    call: Call


@dataclass(frozen=True, slots=True)
class NobodyHere:
    """The number is ours, but its assistant cannot take calls."""

    call: Call


Answer = WithAssistant | NotInService | NobodyHere


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
        call.pin_prompt(live.version)
        _received(call, now=now, answer="assistant", reason=EndedReason.UNKNOWN)
        return _with_assistant(call, call.assistant, live, now=now)


def _received(call: Call, *, now: datetime, answer: str, reason: EndedReason) -> None:
    call.advance(CallFact.CALL_RECEIVED, at=now, source="carrier", key="received", reason=reason, answer=answer)


def _with_assistant(call: Call, assistant: Assistant, live: prompts.LivePrompt, *, now: datetime) -> WithAssistant:
    opening = disclosures.opening_words(business=assistant.business_name, language=live.version.language)
    is_recorded = call.number is not None and call.number.is_recorded
    if is_recorded:
        Recording.request(call=call, notice_version=opening.version, now=now)
    stream = Stream.issue(call=call, nonce=secrets.token_urlsafe(24), now=now)
    return WithAssistant(
        call=call,
        nonce=stream.nonce,
        ticket=signing.dumps(stream.nonce, salt=_TICKET_SALT),
        opening=opening,
        conversation=_conversation(live),
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
            Leg.objects.create(
                call=call,
                leg_sid=request.leg_sid,
                parent_sid=request.parent_sid,
                direction=request.direction[:16],
                from_address=request.from_address[:255],
                to_address=request.to_address[:255],
                status=LegStatus.RINGING,
                created_at=now,
            )
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


def conversation_of(call: Call) -> Conversation | None:
    """How the call's assistant holds it, by the prompt version the call began with."""
    if call.prompt_version is None:
        return None
    return _conversation(prompts.rendered(call.prompt_version))


def _conversation(live: prompts.LivePrompt) -> Conversation:
    version: PromptVersion = live.version
    return Conversation(
        plan=ConversationPlan(
            greeting=live.greeting,
            is_greeting_interruptible=version.is_greeting_interruptible,
            is_keypad_told=version.is_keypad_told,
            prompt_after_ms=version.silence_prompt_s * 1000,
        ),
        settings=SessionSettings(
            model=version.model,
            voice=version.voice,
            instructions=live.instructions,
            language=version.language,
            transcription_model=version.transcription_model,
            model_audio=ModelAudio(version.model_audio),
            turn_detection=TurnDetection(
                kind=version.turn_detection,
                threshold=version.vad_threshold,
                prefix_padding_ms=version.prefix_padding_ms,
                silence_duration_ms=version.silence_duration_ms,
                eagerness=version.eagerness,
            ),
            tools=live.tools,
            starts_listening=version.is_greeting_interruptible or not live.greeting,
        ),
    )
