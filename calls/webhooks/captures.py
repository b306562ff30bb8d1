"""What a caller keyed in at the carrier comes back here. Of digits only the answer of who checks them goes on."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from calls import intake, journal, reactions
from calls.carrier import capture_documents
from calls.carrier.capture_callback import Captured
from calls.carrier.capture_documents import Asked
from calls.control import capture_results, keyed_checks
from calls.lifecycle.capture import CaptureResult
from calls.models import SecureCapture
from calls.webhooks.answering import StoreAway, ask, document
from calls.webhooks.genuine import from_carrier_in_secret


def document_of(at: intake.AtKeypad) -> str:
    """The document of a capture's next try."""
    capture, field = at.capture, at.capture.field
    assert field is not None  # else it was over
    asked = Asked(
        ref=capture.ref,
        attempt=capture.attempt,
        language=at.language,
        again=capture.result,
    )
    if capture.is_card:
        return capture_documents.card(
            asked,
            connector=settings.PAY_CONNECTOR,
            charge=capture.charge,
            currency=capture.currency,
            description=field.description,
            token_type=field.token_type,
            asks_security_code=field.asks_security_code,
            asks_postal_code=field.asks_postal_code,
        )
    words = field.prompt or f"Please key in {field.label}, then press the hash key. To stop, press star."
    return capture_documents.digits(asked, words=words, most=field.max_digits, timeout_s=field.timeout_s)


@from_carrier_in_secret
async def captured(_: HttpRequest, came: Captured, *, ref: str, attempt: int) -> HttpResponse:
    """A provider's answer, or digits. The caller goes on by the call's state, which this has moved."""
    about: dict[str, Any] = {"ref": ref, "leg_sid": came.leg_sid, "now": timezone.now()}
    if came.keyed is None:
        return await _kept(
            _keep_payment,
            pay_result=came.pay_result,
            masked=came.masked,
            token_end=came.token_end,
            reference=came.reference,
            **about,
        )
    digits = len(came.keyed)
    try:
        result = await _judged(came, ref=ref)
    except StoreAway:  # nobody knows what would be right
        result = CaptureResult.NOT_CHECKED
    return await _kept(_keep_entry, attempt=attempt, digits=digits, result=result.value, **about)


async def _judged(came: Captured, *, ref: str) -> CaptureResult:
    """What the digits are. They are held by this process for as long as this takes, and dropped. Raises StoreAway."""
    assert came.keyed is not None
    try:
        capture = await ask(SecureCapture.by_ref, ref=ref)
        if capture is None or capture.field is None:
            return CaptureResult.NOT_CHECKED
        caller = capture.call.customer_e164
        return await asyncio.to_thread(keyed_checks.judge, came.keyed, field=capture.field, caller=caller)
    finally:
        came.keyed.take()


async def _kept(job: Callable[..., None], **arguments: Any) -> HttpResponse:
    """Keep what is no secret now, or as soon as the database is back; a payment is not made again for our loss."""
    try:
        await ask(job, **arguments)
    except StoreAway:
        journal.soon(job, **arguments)
        return document(capture_documents.go_on(capture_documents.ONE_MOMENT))
    return document(capture_documents.go_on())


@journal.job
def _keep_payment(
    *, ref: str, leg_sid: str, pay_result: str, masked: str, token_end: str, reference: str, now: datetime
) -> None:
    if not _is_of_leg(ref, leg_sid):
        return
    over = capture_results.take_payment(
        ref=ref, pay_result=pay_result, masked=masked, token_end=token_end, reference=reference, now=now
    )
    if over is not None:
        reactions.after_capture(over)


@journal.job
def _keep_entry(*, ref: str, leg_sid: str, attempt: int, digits: int, result: str, now: datetime) -> None:
    if not _is_of_leg(ref, leg_sid):
        return
    over = capture_results.take_entry(ref=ref, attempt=attempt, digits=digits, result=CaptureResult(result), now=now)
    if over is not None:
        reactions.after_capture(over)


def _is_of_leg(ref: str, leg_sid: str) -> bool:
    """A genuine post of another call's is not this one's result."""
    return SecureCapture.objects.filter(ref=ref, call__legs__leg_sid=leg_sid).exists()
