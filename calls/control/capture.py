"""Secrets that a caller keys in: to the carrier and its payment provider, while nobody here hears or records it.

The order protects the secret. The tape is paused first, and if the carrier does not pause it nothing begins. Then the
call counts as capturing, and only then the customer is sent away from whoever they talk to. Each end of it, also one
that nobody reported, lets the tape go on and gives the customer back with what came of it.
"""

from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.db import transaction

from agents.models import SecureField
from calls.carrier import rest
from calls.carrier.errors import CarrierError
from calls.control import capture_words, quiet_line
from calls.lifecycle import CallFact, Phase
from calls.lifecycle.capture import CaptureFact, CaptureResult
from calls.models import AssistantNote, Call, SecureCapture, ToolRun
from compliance import audit

# Wrong as often as this, in as many captures of one call, and no more is begun: nobody may try out a PIN.
WRONG_LIMIT = 3
# The document of a payment was certainly not gone through this soon: whoever asks for it again has not had it.
_PAYING_TAKES = timedelta(seconds=6)
# A customer who was sent should have asked for the document by now.
_SENDING_PATIENCE = timedelta(seconds=4)
_GIVE_UP_SENDING = timedelta(seconds=20)
# Whoever asked for it is gone.
_ASKING_PATIENCE = timedelta(seconds=20)
_RESUME_PATH = "/twilio/voice/resume/"
_BATCH = 100


class UnableToCapture(Exception):
    """It does not begin; `str()` says why, for a person or the assistant."""


def begin(
    *,
    call: Call,
    name: str,
    by: str,
    source: str,
    now: datetime,
    amount: str = "",
    tool_run: ToolRun | None = None,
) -> SecureCapture:
    """Send the customer to key in the secret of this name. `source` is assistant, supervisor or agent.

    Raises UnableToCapture when it does not begin; then nothing has changed, and the tape goes on.
    """
    field = SecureField.objects.filter(assistant=call.assistant_id, name=name, is_active=True).first()
    if field is None:
        raise UnableToCapture("There is nothing of this name that a caller may key in here.")
    money = _amount(field, amount)
    _check_may_begin(call, field)
    capture = SecureCapture.ask(call=call, field=field, by=by, now=now, tool_run=tool_run, **money)
    if capture is None:
        raise UnableToCapture("The caller is keying in something already.")
    try:
        quiet_line.quieten(capture=capture, by=by, now=now)
    except quiet_line.UnableToQuieten as error:
        capture.advance(CaptureFact.REFUSED, now=now, result=CaptureResult.NOT_PAUSED)
        quiet_line.sound_again(capture=capture, now=now)
        raise UnableToCapture(capture_words.words(capture)) from error
    with transaction.atomic():
        capture.advance(CaptureFact.CLEARED, now=now)
        call.advance(
            CallFact.CAPTURE_BEGAN, at=now, source=source, key=f"capture:{capture.ref}:began", name=name, by=by
        )
        if source != "assistant":
            audit.note(act="begin_capture", subject=f"call:{call.pk}", by=by, now=now, name=name)
    if call.phase != Phase.CAPTURING or not _send(capture, now=now):
        close(capture=capture, fact=CaptureFact.NOT_TAKEN, result=CaptureResult.NOT_SENT, now=now, is_told=False)
        quiet_line.sound_again(capture=capture, now=now)
        raise UnableToCapture(capture_words.words(capture))
    return capture


def _amount(field: SecureField, text: str) -> dict[str, Any]:
    if field.kind != SecureField.Kind.PAYMENT:
        return {}
    try:
        micros = int(Decimal(text.strip()) * 1_000_000)
    except (InvalidOperation, ValueError, OverflowError):
        raise UnableToCapture("Say the amount as a number, such as 19.99.") from None
    if micros <= 0 or micros % 10_000:
        raise UnableToCapture("Say the amount as a number, such as 19.99.")
    if micros > field.most_micros:
        raise UnableToCapture("This is more than may be charged by telephone.")
    return {"amount_micros": micros, "currency": field.currency}


def _check_may_begin(call: Call, field: SecureField) -> None:
    if not call.is_live:
        raise UnableToCapture("This call is over already.")
    if call.is_test:
        raise UnableToCapture("Nothing can be keyed in to the telephone network in a test call.")
    call.refresh_from_db(fields=["phase"])
    if not SecureCapture.may_begin_in(call.phase):
        raise UnableToCapture("The caller cannot key in anything at this moment.")
    if field.is_card and not settings.PAY_CONNECTOR:
        raise UnableToCapture("No payment provider is set up (PAY_CONNECTOR).")
    if call.captures.filter(field=field, result=CaptureResult.WRONG).count() >= WRONG_LIMIT:
        raise UnableToCapture("It was wrong too often in this call.")


def _send(capture: SecureCapture, *, now: datetime) -> bool:
    """Have the carrier ask what follows; False when it would not."""
    leg = capture.call.customer_leg()
    if leg is None:
        return False
    try:
        is_live = rest.redirect(leg.leg_sid, _RESUME_PATH)
    except CarrierError as error:
        capture.call.note("capture_not_sent", at=now, source="carrier", error=str(error))
        return False
    capture.was_sent(now=now)
    return is_live


def next_document(*, call: Call, now: datetime) -> SecureCapture | None:
    """The capture whose document the carrier is given now; None when there is nothing left to key in.

    With None the customer has been given back, and the call's phase says to whom.
    """
    capture = SecureCapture.open_of(call)
    if capture is None:
        _give_back(call, came_from=Phase.WITH_ASSISTANT, key="", now=now)
        return None
    field = capture.field
    if field is None:
        close(capture=capture, fact=CaptureFact.NOT_TAKEN, result=CaptureResult.NOT_CHECKED, now=now)
        return None
    was_paid_for = capture.is_card and capture.attempt and now - (capture.began_at or now) > _PAYING_TAKES
    if was_paid_for:
        close(capture=capture, fact=CaptureFact.LOST, result=CaptureResult.NONE, now=now)
        return None
    if not capture.is_card and capture.attempt >= field.tries * 2:  # asked for again and again, and no answer came
        close(capture=capture, fact=CaptureFact.NOT_TAKEN, result=CaptureResult.SILENT, now=now)
        return None
    if not capture.next_document(after=capture.attempt, now=now):  # somebody else was given it at the same moment
        return SecureCapture.open_of(call)
    return capture


def close(
    *,
    capture: SecureCapture,
    fact: CaptureFact,
    result: CaptureResult,
    now: datetime,
    is_told: bool = True,
    **known: Any,
) -> bool:
    """It is over: keep what came of it and give the customer back. False when that was known.

    `is_told`: the assistant is told, should it get the customer back.
    """
    with transaction.atomic():
        if not capture.advance(fact, now=now, result=result, **known):
            return False
        said = capture_words.words(capture)
        if capture.tool_run is not None:
            capture.tool_run.finish(output=said, is_error=fact is not CaptureFact.TAKEN, now=now)
        if is_told:
            AssistantNote.leave(call=capture.call, text=said, at=now)
        _give_back(capture.call, came_from=Phase(capture.came_from), key=f"capture:{capture.ref}:ended", now=now)
    return True


def _give_back(call: Call, *, came_from: Phase, key: str, now: datetime) -> None:
    """The customer is where they were before, unless somebody has sent them elsewhere meanwhile."""
    with transaction.atomic():
        locked = Call.objects.select_for_update().get(pk=call.pk)
        if locked.phase != Phase.CAPTURING:
            call.note("capture_ended", at=now, source="carrier", key=key)
        else:
            is_assistants = came_from is not Phase.WITH_AGENT
            fact = CallFact.GIVEN_BACK if is_assistants else CallFact.CAPTURE_ENDED
            call.advance(fact, at=now, source="carrier", key=key)
    call.refresh_from_db(fields=["phase"])


def customer_left(*, call: Call, now: datetime) -> None:
    """The call is over: so is what was being keyed in."""
    capture = SecureCapture.open_of(call)
    if capture is not None:
        capture.advance(CaptureFact.CUSTOMER_LEFT, now=now, result=CaptureResult.HUNG_UP)


def drive(*, capture_id: int, now: datetime) -> None:
    """Bring one on that is not where it should be, and its tape."""
    capture = SecureCapture.objects.select_related("call", "tool_run").filter(pk=capture_id).first()
    if capture is None:
        return
    if capture.is_open:
        _drive(capture, now=now)
    quiet_line.sound_again(capture=capture, now=now)


def drive_all(*, now: datetime) -> None:
    """Bring every capture on that is not where it should be by now, and every tape that should go on."""
    for capture in SecureCapture.left_open(limit=_BATCH):
        _drive(capture, now=now)
    for capture in SecureCapture.tapes_due(now=now, limit=_BATCH):
        quiet_line.sound_again(capture=capture, now=now)


def _drive(capture: SecureCapture, *, now: datetime) -> None:
    call = capture.call
    if not call.is_live:
        customer_left(call=call, now=now)
    elif capture.state == "asked":
        if now - capture.asked_at > _ASKING_PATIENCE:
            capture.advance(CaptureFact.REFUSED, now=now, result=CaptureResult.NOT_SENT)
    elif call.phase != Phase.CAPTURING:  # somebody has sent the customer elsewhere
        is_begun = capture.state == "open"
        fact = CaptureFact.LOST if is_begun else CaptureFact.NOT_TAKEN
        result = CaptureResult.NONE if is_begun else CaptureResult.NOT_SENT
        close(capture=capture, fact=fact, result=result, now=now)
    elif capture.state == "ready" and now - capture.asked_at > _GIVE_UP_SENDING:
        close(capture=capture, fact=CaptureFact.NOT_TAKEN, result=CaptureResult.NOT_SENT, now=now)
    elif capture.state == "ready" and capture.claim_sending(now=now, again_before=now - _SENDING_PATIENCE):
        _send(capture, now=now)
