"""What people do with callbacks: take them, put them off, call, and say what came of it."""

from datetime import datetime

from django.db import transaction

from agents.models import Agent
from calls.control import callback_consents, click_to_call, dialing, outgoing
from calls.control.outgoing import Errand
from calls.lifecycle.callback import CallbackFact
from calls.models import Call, Callback, Number
from compliance import audit, callback_times, local_time
from compliance.models import DialPermit
from compliance.verdict import Voice


class UnableToChangeCallback(Exception):
    """It cannot be done; `str()` says why, for a person."""


_OVER = "This callback is over already."


def put_off(*, callback: Callback, reading: datetime, zone: str, by: str, now: datetime) -> None:
    """Agree on another time, by the clock of the person. Raises UnableToChangeCallback."""
    if not callback.is_open:
        raise UnableToChangeCallback(_OVER)
    if not local_time.is_zone(zone):
        raise UnableToChangeCallback("Choose the time zone in which the person is.")
    due = callback_times.named(reading, zones=(zone,), now=now)
    if due.at is None:
        raise UnableToChangeCallback(due.doubt)
    with transaction.atomic():
        if not callback.advance(CallbackFact.TIME_AGREED, by=by, at=now, due_at=due.at, zone=zone, doubt=""):
            raise UnableToChangeCallback(_OVER)
        audit.note(act="put_off_callback", subject=_subject(callback), by=by, now=now)


def finish(*, callback: Callback, fact: CallbackFact, note: str, by: str, now: datetime) -> None:
    """Say what came of it. Raises UnableToChangeCallback when somebody has said so already."""
    with transaction.atomic():
        if not callback.advance(fact, by=by, at=now, note=note):
            raise UnableToChangeCallback(_OVER)
        audit.note(act=f"callback_{fact}", subject=_subject(callback), by=by, now=now)


def reopen(*, callback: Callback, by: str, now: datetime) -> None:
    """It is not over after all. Raises UnableToChangeCallback when it is not, or the person is to be called anyway."""
    if callback.is_open:
        raise UnableToChangeCallback("This callback is open.")
    with transaction.atomic():
        if not callback.advance(CallbackFact.REOPENED, by=by, at=now):
            raise UnableToChangeCallback("Somebody else has changed this callback. Look again.")
        audit.note(act="reopen_callback", subject=_subject(callback), by=by, now=now)


def call_now(*, callback: Callback, agent: Agent | None = None, by: str, now: datetime) -> Call:
    """Call this person through the door: `agent` speaks to them, or the assistant that they had spoken to.

    The call that is placed. Raises UnableToChangeCallback with all its reasons when the door does not open.
    """
    if not callback.is_open:
        raise UnableToChangeCallback(_OVER)
    call = callback.call
    audit.note(act="call_back", subject=_subject(callback), by=by, now=now)
    number = call.number or Number.objects.filter(e164=call.our_address).first()
    if number is None:
        raise UnableToChangeCallback("The number they had called is not ours any more.")
    try:
        placed = (
            _by_assistant(callback, number, by=by, now=now)
            if agent is None
            else click_to_call.place(
                agent=agent,
                to=callback.customer_e164,
                number=number,
                purpose=callback_consents.PURPOSE,
                seller=callback_consents.seller_of(call),
                topic=callback_consents.topic_of(callback),
                callback=callback,
                by=by,
                now=now,
            )
        )
    except dialing.Refused as refused:
        reasons = [reason.sentence for reason in refused.reasons]
        call.note("callback_not_dialled", at=now, source="system", by=by, reasons=[r.code for r in refused.reasons])
        raise UnableToChangeCallback(" ".join(["Nobody was rung.", *reasons])) from refused
    except click_to_call.UnableToPlace as problem:
        call.note("callback_not_dialled", at=now, source="system", by=by, reasons=list(problem.codes))
        raise UnableToChangeCallback(" ".join(["Nobody was rung.", *problem.reasons])) from problem
    except (dialing.UnableToDial, outgoing.UnableToBegin) as problem:
        raise UnableToChangeCallback(str(problem)) from problem
    call.note("callback_dialled", at=now, source="supervisor", by=by, call=placed.pk)
    return placed


def _by_assistant(callback: Callback, number: Number, *, by: str, now: datetime) -> Call:
    call = callback.call
    assistant = call.assistant or number.assistant
    errand = Errand(
        callback_consents.PURPOSE,
        Voice.AI,
        seller=callback_consents.seller_of(call),
        topic="your wish to be called back",
        callback=callback,
    )

    begun: list[Call] = []

    def begin(permit: DialPermit) -> Call:
        begun.append(
            outgoing.begin(
                to=permit.number, number=number, assistant=assistant, errand=errand, permit=permit, by=by, now=now
            )
        )
        return begun[-1]

    try:
        leg = dialing.dial_out(
            to=callback.customer_e164,
            purpose=errand.purpose,
            voice=errand.voice,
            seller=errand.seller,
            topic=callback_consents.topic_of(callback),
            caller_id=number.e164,
            subject=f"call:{call.pk}",
            errand=_subject(callback),
            prepare=begin,
            assistant_id=None if assistant is None else assistant.pk,
            has_room=outgoing.may_speak(assistant=assistant, voice=errand.voice),
            machine_detection=True,
            by=by,
            now=now,
        )
    except dialing.UnableToDial as problem:
        for placed in Call.objects.filter(pk__in=[each.pk for each in begun] if not problem.may_ring else []):
            outgoing.came_to_nothing(call=placed, why=str(problem), now=now)
        raise
    return leg.call


def _subject(callback: Callback) -> str:
    return f"callback:{callback.pk}"
