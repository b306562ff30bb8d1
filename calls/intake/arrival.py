"""Who answers an incoming call. The same request again gets the same answer and stores nothing more.

The caller waits for this: what is known is read with few statements, and the call is written once it is decided.
"""

import secrets
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict
from datetime import datetime

import structlog
from django.core import signing
from django.db import IntegrityError, transaction

from agents import prompts
from agents.models import Assistant, PromptVersion
from calls import metrics
from calls.carrier import room_documents
from calls.carrier.callbacks import VoiceRequest
from calls.control import bridges, budgets, recording_consent, sidebands, transfers, voicemail
from calls.control.bridges import Place
from calls.control.budgets import StepDown
from calls.intake import doors, policy, rules, text_line
from calls.intake.answers import (
    Answer,
    AskConsent,
    LeaveMessage,
    NobodyHere,
    NoRoom,
    NotInService,
    Parked,
    Told,
    TurnedAway,
    WithAssistant,
)
from calls.intake.conversation import Conversation, begun, opening_words_of
from calls.intake.policy import Decision
from calls.intake.rules import Arrival
from calls.lifecycle import IN_ROOM, CallFact, EndedReason, LegRole, LegStatus
from calls.lifecycle.intake import Answers, Because
from calls.models import Call, Leg, Number, Recording, Stream, Transfer, WhatsAppSender
from calls.models.call import RECEIVED
from compliance import disclosures, whatsapp_permission
from compliance.disclosures import OpeningWords
from compliance.statements import insert, together

_TICKET_SALT = "media stream ticket"
log = structlog.get_logger(__name__)
# What such an answer says about why the call ends.
_REASONS = {
    Answers.MESSAGE: EndedReason.MESSAGE_PLAYED,
    Answers.REJECT: EndedReason.REJECTED,
    Answers.BUSY: EndedReason.REJECTED,
}
Write = Callable[[str, EndedReason, PromptVersion | None], Call]


def receive(*, request: VoiceRequest, now: datetime) -> Answer:
    """Store the call, its leg and the first facts, and decide who answers. The same request again: the same answer."""
    arrival = rules.look_up(request=request, now=now)
    if not arrival.is_known:
        decision = policy.decide(arrival.facts)
        is_plain = arrival.is_plain and decision.answer is Answers.ASSISTANT
        try:
            with transaction.atomic(), together() if is_plain else nullcontext():
                return _first(request, arrival, decision, now=now)
        except IntegrityError:
            if _known(request.leg_sid) is None:
                raise
            # else a twin of this request was faster
    call = _known(request.leg_sid)
    assert call is not None
    with transaction.atomic():
        return _again(call, now=now)


def _known(leg_sid: str) -> Call | None:
    """The call of this leg."""
    of_leg = Call.objects.filter(legs__leg_sid=leg_sid)
    return of_leg.select_related("number__queue", "assistant__department").first()


def _first(request: VoiceRequest, arrival: Arrival, decision: Decision, *, now: datetime) -> Answer:
    if arrival.number is None:
        call = _written(
            request, arrival, now=now, reason=EndedReason.UNKNOWN_NUMBER, known=policy.as_data("not in service")
        )
        return NotInService(call)
    if decision.answer is not Answers.ASSISTANT:
        reason = _REASONS.get(decision.answer, EndedReason.UNKNOWN)
        known = policy.as_data(decision.answer, decision)
        return _without_assistant(_written(request, arrival, now=now, reason=reason, known=known), decision, now=now)

    def write(answer: str, reason: EndedReason, version: PromptVersion | None) -> Call:
        known = policy.as_data(answer, decision)
        return _written(
            request, arrival, now=now, reason=reason, known=known, prompt_version=version, **asdict(step_down(version))
        )

    def step_down(version: PromptVersion | None) -> StepDown:
        if version is None or not arrival.is_budget_down:
            return StepDown()
        return budgets.step_down(version=version, number=arrival.number)

    return _by_assistant(arrival.number.assistant, write, number=arrival.number, arrival=arrival, now=now)


def _again(call: Call, *, now: datetime) -> Answer:
    """The carrier asks once more about a call that is in the books."""
    received = call.events.filter(key=RECEIVED, kind=CallFact.CALL_RECEIVED).values_list("data", flat=True).first()
    decision = policy.from_data(received or {})
    if decision is not None:
        return _without_assistant(call, decision, now=now)

    def write(answer: str, reason: EndedReason, version: PromptVersion | None) -> Call:
        if version is not None:
            call.pin_prompt(version)
        return call

    pinned, caller = call.prompt_version, call.customer_e164
    return _by_assistant(call.assistant, write, number=call.number, caller=caller, now=now, pinned=pinned)


def _by_assistant(
    assistant: Assistant | None,
    write: Write,
    *,
    number: Number | None,
    caller: str = "",
    arrival: Arrival | None = None,
    now: datetime,
    pinned: PromptVersion | None = None,
) -> Answer:
    """The assistant answers if it can; `write` stores the call with what came of it.

    `arrival`: it comes in at this moment, and this is known. Otherwise `pinned` is its prompt, if it has one already.
    """
    if assistant is None:
        return NotInService(write("not in service", EndedReason.UNKNOWN_NUMBER, None))
    if arrival is not None:
        version = prompts.answering(assistant, caller=arrival.caller_e164, published=arrival.published)
    else:
        version = pinned or prompts.answering(assistant, caller=caller)
    if version is None or not assistant.is_active:
        return NobodyHere(write("nobody here", EndedReason.NO_ASSISTANT, None))
    try:
        door, place = doors.of_arrival(number, now=now, asked=None if arrival is None else arrival.who_is_there)
    except bridges.NoRoom as full:
        return NoRoom(write(f"no room: {full}", EndedReason.NO_ROOM, None))
    call = write(Answers.ASSISTANT, EndedReason.UNKNOWN, version)
    return _told_and_connected(call, version, door=door, place=place, is_first=arrival is not None, now=now)


def _told_and_connected(
    call: Call, version: PromptVersion, *, door: Call.Door, place: Place, is_first: bool, now: datetime
) -> Answer:
    """What the caller is told before the assistant speaks, or asked; and the line to it."""
    business = version.assistant.business_name
    opening = disclosures.opening_words(business=business, language=version.language)
    is_recorded = call.number is not None and call.number.is_recorded
    if is_recorded:
        question = recording_consent.begin(
            call=call, business=business, language=version.language, now=now, is_first=is_first
        )
        if question is not None:
            return AskConsent(call, question, attempt=1)
        Recording.request(call=call, notice_version=opening.version, now=now, is_first=is_first)
    return with_assistant(
        call, place=place, door=door, opening=opening, is_recorded=is_recorded, is_first=is_first, now=now
    )


def _without_assistant(call: Call, decision: Decision, *, now: datetime) -> Answer:
    match decision.answer:
        case Answers.QUEUE if _is_waiting_for_people(call, now=now):
            return Parked(call, decision.words or room_documents.CONNECTING)
        case Answers.VOICEMAIL | Answers.QUEUE:
            box = call.number.box if call.number is not None else ""
            voicemail.begin(call=call, box=box, why=decision.because, now=now, is_asked=True)
            voicemail.asked(call=call, now=now)
            return LeaveMessage(call, voicemail.greeting(call=call, words=decision.words))
        case Answers.REJECT | Answers.BUSY:
            return TurnedAway(call, is_busy=decision.answer is Answers.BUSY)
    is_closed = decision.because in (Because.OPEN, Because.CLOSED, Because.HOLIDAY)
    return Told(call, decision.words, is_closed=is_closed)


def _is_waiting_for_people(call: Call, *, now: datetime) -> bool:
    """The number's queue takes the caller; False when it cannot."""
    if call.phase in IN_ROOM:
        return True
    if call.number is None or call.number.queue is None:
        return False
    wish = transfers.Wish(to=transfers.To(queue=call.number.queue))
    try:
        begun = transfers.start(call=call, wish=wish, source=Transfer.Source.INTAKE, by="intake", now=now)
    except transfers.UnableToTransfer:
        return False
    begun.note(sent_at=now)
    return True


def with_assistant(
    call: Call,
    *,
    place: Place,
    door: Call.Door = Call.Door.MEDIA_STREAM,
    opening: OpeningWords | None,
    is_recorded: bool,
    is_first: bool = False,
    given: Stream | None = None,
    now: datetime,
) -> WithAssistant:
    """Issue the ticket of a stream to this place, or the token of a line to the model by SIP.

    `opening` None: the conversation goes on, nothing is spoken first. `given`: the ticket there is.
    """
    call.came_by(door)
    if door is Call.Door.OPENAI_SIP:
        line = sidebands.issue(call=call, now=now, is_resumption=opening is None, is_first=is_first)
        edge = WhatsAppSender.edge_of(call.number) if call.is_by_whatsapp else ""
        return WithAssistant(call, "", "", place, opening, None, is_recorded, line.token or "", line.pk, edge)
    stream = given or Stream.issue(
        call=call,
        nonce=secrets.token_urlsafe(24),
        now=now,
        bridge=place.name,
        is_resumption=opening is None,
        is_first=is_first,
        door=text_line.of(call),
    )
    return WithAssistant(
        call=call,
        nonce=stream.nonce,
        ticket=signing.dumps(stream.nonce, salt=_TICKET_SALT),
        place=Place(stream.bridge),
        opening=opening,
        conversation=_of_use_here(stream, call, opening, is_recorded=is_recorded, now=now),
        is_recorded=is_recorded,
    )


def _of_use_here(
    stream: Stream, call: Call, opening: OpeningWords | None, *, is_recorded: bool, now: datetime
) -> Conversation | None:
    """The conversation where this process holds it, or has the carrier speak its greeting; a bridge reads it itself."""
    if call.prompt_version is None or (stream.bridge and stream.door == Stream.Door.STREAM):
        return None
    spoken = None if opening is None else opening_words_of(call, opening.text, now=now)
    return begun(call, text_line.prompt_of(call, call.prompt_version), is_recorded=is_recorded, opening=spoken)


def adopt(*, request: VoiceRequest, now: datetime) -> Call:
    """Store a call that we hear of only now, because our answer to its first webhook had failed."""
    call = _known(request.leg_sid)
    if call is not None:
        return call
    arrival = rules.look_up(request=request, now=now)
    try:
        with transaction.atomic():
            return _written(
                request,
                arrival,
                now=now,
                fact=CallFact.CALL_ADOPTED,
                reason=EndedReason.INTAKE_FAILED,
                known={},
            )
    except IntegrityError:
        call = _known(request.leg_sid)
        if call is None:
            raise
        return call


def _written(
    request: VoiceRequest,
    arrival: Arrival,
    *,
    now: datetime,
    fact: CallFact = CallFact.CALL_RECEIVED,
    reason: EndedReason,
    known: dict[str, str],
    **fields: object,
) -> Call:
    """The call and its leg, made now. Raises IntegrityError when a twin of the request has made them."""
    number = arrival.number
    call = Call.arrived(
        fact,
        now=now,
        reason=reason,
        known=known,
        pk=arrival.call_id,
        number=number,
        assistant=number.assistant if number is not None else None,
        channel=Call.Channel.WHATSAPP if request.is_by_whatsapp else Call.Channel.TELEPHONE,
        customer_address=request.from_address[:255],
        customer_e164=arrival.caller_e164,
        our_address=request.to_address[:255],
        verstat=request.verstat[:60],
        **fields,
    )
    is_unexplained = request.direction.startswith("outbound") and not request.parent_sid
    leg = Leg(
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
    insert(leg)
    if request.is_by_whatsapp and number is not None and not is_unexplained:
        whatsapp_permission.their_call(sender=number.e164, person=arrival.caller_e164, leg_sid=request.leg_sid, now=now)
    if is_unexplained:
        metrics.LEGS_UNEXPLAINED.inc()
        log.error("a leg goes out that nobody dialled", leg=request.leg_sid)
    return call


def open_ticket(ticket: str) -> str:
    """The nonce of a ticket we signed; empty when we did not, or too long ago to matter."""
    try:
        nonce = signing.loads(ticket, salt=_TICKET_SALT, max_age=600)
    except signing.BadSignature:
        return ""
    return nonce if isinstance(nonce, str) else ""
