"""Who goes on with a call whose stream is over while its caller is still there."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from calls.carrier import room_documents
from calls.carrier.callbacks import DialCallback, VoiceRequest
from calls.control import bridges, callbacks, capture, leaving, recording_consent, sidebands, transfers, voicemail
from calls.intake import doors
from calls.intake.answers import LeaveMessage, OfferCallback, Parked, WithAssistant
from calls.intake.arrival import with_assistant
from calls.lifecycle import IN_ROOM, LEG_ENDED, CallFact, EndedReason, Phase
from calls.lifecycle.sideband import DialOutcome
from calls.lifecycle.transfer import Outcome
from calls.models import Call, CallEvent, Leg, SecureCapture, Sideband, Stream, Transfer
from compliance.statements import EXAMPLE_KEY, Question

# A conversation that was taken up this often in so short a time is not taken up once more.
RESUMPTIONS_LIMIT = 4
RESUMPTIONS_WITHIN = timedelta(seconds=90)
# Nor is one whose line did not come through so often in a row: each try is silence for the caller.
UNOPENED_LIMIT = 2
# Ends that another stream would not change.
_NOT_TAKEN_UP = frozenset({EndedReason.MODEL_UNREACHABLE, EndedReason.MODEL_LOST, EndedReason.STREAM_MALFORMED})


@dataclass(frozen=True, slots=True)
class EndWanted:
    """The call was to end anyway; `words` are said before."""

    words: str = ""


@dataclass(frozen=True, slots=True)
class AtKeypad:
    """The caller keys something in that only the carrier may know: this is the document's turn."""

    capture: SecureCapture
    language: str


@dataclass(frozen=True, slots=True)
class InLine:
    """The caller waits in the line of TaskRouter; `attributes` are what its workflow is told of them."""

    call: Call
    words: str
    language: str
    attributes: dict[str, str | int]


@dataclass(frozen=True, slots=True)
class CannotGoOn:
    """The conversation cannot be taken up again; `call` None: nobody knows which."""

    call: Call | None = None


_WITH_ALL = Question(
    lambda leg_sid: Leg.objects.select_related(
        "call__prompt_version__assistant__department", "call__assistant__queue", "call__number"
    ).filter(leg_sid=leg_sid)[:1],
    leg_sid="CA",
)
_TOLD = Question(
    lambda call: CallEvent.objects.filter(call=call, kind__in=(CallFact.HANG_UP_REQUESTED, CallFact.RESUMED)).values(
        "kind", "at"
    ),
    call=EXAMPLE_KEY,
)
_TRIED = Question(
    lambda call: (
        Stream.objects.filter(call=call).order_by("-issued_at").values_list("opened_at", flat=True)[:UNOPENED_LIMIT]
    ),
    call=EXAMPLE_KEY,
)
Continuation = WithAssistant | LeaveMessage | OfferCallback | Parked | InLine | AtKeypad | EndWanted | CannotGoOn


def after_line(*, request: VoiceRequest, line_id: int, dial: DialCallback, now: datetime) -> "Continuation | None":
    """The line to the model is over: who goes on. None when the caller is gone as well, or is elsewhere already."""
    leg = Leg.objects.select_related("call__number").filter(leg_sid=request.leg_sid).first()
    if leg is None:
        return CannotGoOn()
    call = leg.call
    if dial.call_status in LEG_ENDED or not call.is_live:
        return None
    outcome = DialOutcome(dial.status, dial.sip_code, dial.is_bridged, dial.duration_s)
    with transaction.atomic():
        sidebands.after_line(call=call, line_id=line_id, outcome=outcome, now=now)
    return take_up(request=request, now=now)


def take_up(*, request: VoiceRequest, now: datetime, is_again: bool = False) -> Continuation:
    """Decide who goes on, if anybody can.

    Whoever held the call until now may neither act for it nor write of it any more. `is_again`: the carrier did not get
    the answer to this question in time, and what came of that answer, if anything, is good still.
    """
    found = _WITH_ALL.first(leg_sid=request.leg_sid)
    if found is None:
        return CannotGoOn()
    call = found.call
    with transaction.atomic():
        if is_again and (given := _given_before(call, now=now)) is not None:
            return given
        if call.phase == Phase.CAPTURING and not call.events.filter(kind=CallFact.HANG_UP_REQUESTED).exists():
            # Who held the conversation until now is writing the last of it down, and holds nothing any more.
            taken = capture.next_document(call=call, now=now)
            if taken is not None:
                return AtKeypad(taken, call.prompt_version.language if call.prompt_version else "en")
            call.refresh_from_db(fields=["phase"])
        is_back = SecureCapture.was_last(call=call)
        lost = Stream.close_all(call=call, reason="left by the carrier", now=now)
        Sideband.close_all(call=call, reason="left by the carrier", now=now)
        call.fence(now=now)
        told = _TOLD.all(call=call.pk)
        resumed_at = [fact["at"] for fact in told if fact["kind"] == CallFact.RESUMED]
        if len(resumed_at) < len(told):
            return EndWanted(room_documents.NOBODY_FREE if call.ended_reason == EndedReason.NOBODY_FREE else "")
        if call.phase == Phase.VOICEMAIL:
            is_wanted = voicemail.asked(call=call, now=now)
            return LeaveMessage(call, voicemail.greeting(call=call)) if is_wanted else EndWanted()
        if (elsewhere := _of_workflow(call)) is not None:
            if not request.queue_result:
                return _in_line(elsewhere)
            if (end := _out_of_line(elsewhere, request.queue_result, now=now)) is not None:
                return end
            call.refresh_from_db(fields=["phase"])
        if call.phase in IN_ROOM and callbacks.is_offered(call):
            return OfferCallback(call)
        if _is_left_by_all(call) and not leaving.after_offer(call, now=now):
            call.advance(
                CallFact.HANG_UP_REQUESTED, at=now, source="system", reason=EndedReason.NOBODY_FREE, by="queue"
            )
            return EndWanted(room_documents.NOBODY_FREE)
        if call.phase == Phase.ON_HOLD or (call.phase in IN_ROOM and call.transfers.exists()):
            return Parked(call, _on_the_way(call), _language(call))
        if call.prompt_version is None or _is_hopeless(call, resumed_at, now=now):
            return _to_people(call, now=now)
        try:
            door, place = doors.of_call(call, now=now, but_not="" if is_back else lost, is_under_way=True)
        except bridges.NoRoom:
            return _to_people(call, now=now)
        recording_consent.left_unanswered(call=call, now=now)
        if not is_back:
            call.advance(CallFact.RESUMED, at=now, source="system", lost=lost)
        return with_assistant(call, place=place, door=door, opening=None, is_recorded=False, now=now)


def _given_before(call: Call, *, now: datetime) -> WithAssistant | None:
    """The line that a twin of this question was given; whoever is at it still is waited for."""
    call.hold()
    stream = Stream.unused(call=call, now=now)
    if stream is None or not stream.is_resumption:
        return None
    place, door = bridges.Place(stream.bridge), Call.Door.MEDIA_STREAM
    return with_assistant(call, place=place, door=door, opening=None, is_recorded=False, given=stream, now=now)


def _is_left_by_all(call: Call) -> bool:
    """True when the way to a person is over without one, and the caller has declined to be called back."""
    if call.phase not in (Phase.TRANSFERRING, Phase.QUEUED) or not call.events.filter(kind=callbacks.OFFERED).exists():
        return False
    return call.transfers.exists() and Transfer.open_of(call) is None


def _of_workflow(call: Call) -> Transfer | None:
    found = Transfer.open_of(call)
    return found if found is not None and found.kind == Transfer.Kind.TASKROUTER else None


def _in_line(transfer: Transfer) -> InLine:
    brief = str(transfer.brief.get("summary", ""))
    attributes: dict[str, str | int] = {"call": transfer.call_id, "reason": transfer.reason, "summary": brief}
    return InLine(transfer.call, room_documents.CONNECTING, _language(transfer.call), attributes)


def _out_of_line(transfer: Transfer, result: str, *, now: datetime) -> EndWanted | None:
    """The caller is out of TaskRouter's line: after a conversation the call ends, else the assistant has them again."""
    call = transfer.call
    if result == "bridged":
        transfer.move(Transfer.State.ENDED, ended_at=now, outcome=Outcome.ACCEPTED)
        call.advance(CallFact.HANG_UP_REQUESTED, at=now, source="system", reason=EndedReason.AGENT_ENDED, by="agent")
        return EndWanted()
    if call.prompt_version_id is None:
        transfer.move(Transfer.State.ENDED, ended_at=now, outcome=Outcome.NOBODY)
        call.advance(CallFact.HANG_UP_REQUESTED, at=now, source="system", reason=EndedReason.NOBODY_FREE, by="queue")
        return EndWanted(room_documents.NOBODY_FREE)
    leaving.note_given_back(transfer, now=now)
    return None


def leave_message(*, call: Call | None, why: str, now: datetime) -> LeaveMessage | None:
    """The caller whom nobody can take leaves a message: the carrier is asking what is next. None when they cannot."""
    if call is None:
        return None
    box = call.number.box if call.number is not None else ""
    try:
        voicemail.begin(call=call, box=box, why=why, now=now, is_asked=True)
    except voicemail.UnableToTakeMessage:
        return None
    return LeaveMessage(call, voicemail.greeting(call=call)) if voicemail.asked(call=call, now=now) else None


def _to_people(call: Call, *, now: datetime) -> Parked | CannotGoOn:
    """The assistant is lost: its queue takes the caller, if it has one and somebody may come."""
    queue = call.assistant.queue if call.assistant is not None else None
    if queue is None or not call.is_live or call.transfers.filter(source=Transfer.Source.RULE).exists():
        return CannotGoOn(call)
    wish = transfers.Wish(
        to=transfers.To(queue=queue),
        reason="The assistant was lost.",
        # It would be lost again.
        if_nobody=queue.overflow if queue.overflow != queue.Overflow.ASSISTANT else Transfer.IfNobody.HANG_UP,
    )
    try:
        begun = transfers.start(call=call, wish=wish, source=Transfer.Source.RULE, by="assistant lost", now=now)
    except transfers.UnableToTransfer:
        return CannotGoOn(call)
    begun.note(sent_at=now)
    return Parked(call, room_documents.CONNECTING, _language(call))


def _language(call: Call) -> str:
    """Read here, where the database may be asked: whoever writes the document must not ask it."""
    return call.prompt_version.language if call.prompt_version is not None else "en"


def _on_the_way(call: Call) -> str:
    return room_documents.CONNECTING if call.phase in (Phase.TRANSFERRING, Phase.QUEUED) else ""


def _is_hopeless(call: Call, resumed_at: list[datetime], *, now: datetime) -> bool:
    """True when another stream would end as the last one did, or the call is over."""
    if not call.is_live or EndedReason(call.ended_reason) in _NOT_TAKEN_UP:
        return True
    lately = [at for at in resumed_at if at > now - RESUMPTIONS_WITHIN]
    tried = _TRIED.all(call=call.pk)
    has_no_line = len(tried) == UNOPENED_LIMIT and not any(tried)
    return has_no_line or len(lately) >= RESUMPTIONS_LIMIT
