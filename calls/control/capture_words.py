"""What the assistant is told of a capture: facts, and what it may say. Nothing of what was keyed is in it."""

from calls.lifecycle.capture import CaptureResult
from calls.models import SecureCapture

_SAYS = {
    CaptureResult.TOKEN: "The payment provider has taken the card{card} and keeps it; nothing was charged.",
    CaptureResult.RIGHT: "The caller keyed in {label}, and it is right. You may go on.",
    CaptureResult.WRONG: "What the caller keyed in for {label} was wrong, as often as may be tried. Do not go on with "
    "what it was needed for, and offer another way.",
    CaptureResult.TOO_FEW: "The caller keyed in too few digits for {label}. It may be tried again if the caller wants.",
    CaptureResult.SILENT: "The caller keyed in nothing for {label}. Ask whether they want to try again.",
    CaptureResult.CANCELLED: "The caller called it off by a key. Ask how they want to go on.",
    CaptureResult.DECLINED: "The card was not taken. Offer to try another card, or another way to pay.",
    CaptureResult.PROVIDER_FAILED: "The payment provider failed, and nothing was charged as far as it says. Apologise, "
    "and offer another way.",
    CaptureResult.NOT_CHECKED: "What the caller keyed in for {label} could not be checked. Treat it as not given, and "
    "apologise.",
    CaptureResult.NOT_PAUSED: "It did not begin: the recording could not be paused, and nobody may key in a secret "
    "while it runs. Tell the caller so, and offer another way.",
    CaptureResult.NOT_SENT: "It did not begin: the telephone network did not do it. Apologise; it may be tried again.",
    CaptureResult.NONE: "It is not known what came of it. Do not do it again; say that a colleague will check.",
}


def amount(capture: SecureCapture) -> str:
    """What is paid, as people write it; empty when nothing is."""
    return f"{capture.charge} {capture.currency.upper()}" if capture.charge else ""


def words(capture: SecureCapture) -> str:
    """What came of it, for the assistant."""
    card = f" ({capture.masked})" if capture.masked else ""
    if capture.result == CaptureResult.PAID:
        reference = f" The provider's confirmation is {capture.reference}." if capture.reference else ""
        return (
            f"The payment of {amount(capture)} was made{f' with the card {capture.masked}' if card else ''}.{reference}"
        )
    said = _SAYS.get(CaptureResult(capture.result), _SAYS[CaptureResult.NONE])
    return said.format(card=card, label=capture.label)
