"""What the carrier brings back from a capture: kept once, whether it comes late, twice, or after the customer has left.

Everything here takes plain values without a secret in them, so that it may be done later when the books are away.
"""

from datetime import datetime

from agents.models import SecureField
from calls.control import capture
from calls.lifecycle.capture import CaptureFact, CaptureResult
from calls.models import SecureCapture

# What <Pay> says when nothing was taken (https://www.twilio.com/docs/voice/twiml/pay#result); anything else is the
# provider's trouble.
_PAY_RESULTS = {
    "too-many-failed-attempts": CaptureResult.DECLINED,
    "validation-error": CaptureResult.DECLINED,
    "caller-interrupted-with-star": CaptureResult.CANCELLED,
    "caller-hung-up": CaptureResult.HUNG_UP,
    "input-timeout": CaptureResult.SILENT,
}
_PAY_SUCCESS = "success"
# After these the caller may key it in once more.
_AGAIN = (CaptureResult.WRONG, CaptureResult.TOO_FEW, CaptureResult.SILENT)


def take_payment(
    *, ref: str, pay_result: str, masked: str, token_end: str, reference: str, now: datetime
) -> SecureCapture | None:
    """Keep a provider's answer; the capture when it is over by this, None when nothing is new."""
    found = SecureCapture.by_ref(ref)
    if found is None or not found.is_card:
        return None
    if pay_result == _PAY_SUCCESS:
        is_paid = found.kind == SecureField.Kind.PAYMENT
        result, fact = CaptureResult.PAID if is_paid else CaptureResult.TOKEN, CaptureFact.TAKEN
    else:
        result = _PAY_RESULTS.get(pay_result, CaptureResult.PROVIDER_FAILED)
        fact = CaptureFact.CUSTOMER_LEFT if result is CaptureResult.HUNG_UP else CaptureFact.NOT_TAKEN
    is_new = capture.close(
        capture=found,
        fact=fact,
        result=result,
        now=now,
        masked=masked[:30],
        token_end=token_end,
        reference=reference[:100],
    )
    return found if is_new else None


def take_entry(*, ref: str, attempt: int, digits: int, result: CaptureResult, now: datetime) -> SecureCapture | None:
    """Keep what came of keyed digits, of which there were so many; the capture when it is over by this."""
    found = SecureCapture.by_ref(ref)
    if found is None or found.is_card or attempt != found.attempt:
        return None
    tries = found.field.tries if found.field is not None else 1
    if result in _AGAIN and attempt < tries:
        found.tried(attempt=attempt, digits=digits, result=result)
        return None
    fact = CaptureFact.TAKEN if result is CaptureResult.RIGHT else CaptureFact.NOT_TAKEN
    is_new = capture.close(capture=found, fact=fact, result=result, now=now, digits=digits)
    return found if is_new else None
