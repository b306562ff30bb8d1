"""What people do with callbacks: take them, put them off, call, and say what came of it."""

from datetime import datetime

from django.db import transaction

from calls.control import callback_consents, dialing
from calls.lifecycle.callback import CallbackFact
from calls.models import Callback
from compliance import audit, callback_times, local_time


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


def call_now(*, callback: Callback, by: str, now: datetime) -> None:
    """Ring this person through the door. Raises UnableToChangeCallback with all its reasons when it does not open."""
    if not callback.is_open:
        raise UnableToChangeCallback(_OVER)
    call, to = callback.call, callback.customer_e164
    audit.note(act="call_back", subject=_subject(callback), by=by, now=now)
    try:
        dialing.dial_customer(
            call=call,
            to=to,
            errand=_subject(callback),
            seller=callback_consents.seller_of(call),
            topic=callback_consents.topic_of(callback),
            by=by,
            now=now,
        )
    except dialing.Refused as refused:
        reasons = [reason.sentence for reason in refused.reasons]
        call.note("callback_not_dialled", at=now, source="system", by=by, reasons=[r.code for r in refused.reasons])
        raise UnableToChangeCallback(" ".join(["Nobody was rung.", *reasons])) from refused
    except dialing.UnableToDial as problem:
        raise UnableToChangeCallback(str(problem)) from problem
    call.note("callback_dialled", at=now, source="supervisor", by=by)


def _subject(callback: Callback) -> str:
    return f"callback:{callback.pk}"
