"""The proof of a secure capture: what was taken, when, that nothing recorded it, and what came of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from agents.models import SecureField
from calls.lifecycle.capture import CaptureResult, CaptureState
from calls.models import Call, CallEvent, SecureCapture

# Keys that were pressed too early or too late are noted when the stream they fell into was closed or had fallen quiet.
_AROUND_MS = 30_000

RESULTS = {
    CaptureResult.PAID: "paid",
    CaptureResult.TOKEN: "kept by the provider",
    CaptureResult.RIGHT: "checked, and right",
    CaptureResult.WRONG: "wrong, as often as may be tried",
    CaptureResult.TOO_FEW: "too few digits",
    CaptureResult.SILENT: "nothing was keyed in",
    CaptureResult.CANCELLED: "called off by the caller",
    CaptureResult.DECLINED: "not accepted",
    CaptureResult.PROVIDER_FAILED: "the payment provider failed",
    CaptureResult.NOT_CHECKED: "could not be checked",
    CaptureResult.NOT_PAUSED: "did not begin: the recording could not be paused",
    CaptureResult.NOT_SENT: "did not begin: the telephone network did not do it",
    CaptureResult.HUNG_UP: "the caller hung up",
    CaptureResult.NONE: "not known",
}
_TAKES = {
    SecureField.Kind.PAYMENT: "Card details taken by the payment provider",
    SecureField.Kind.TOKEN: "Card details taken by the payment provider",
    SecureField.Kind.SECRET: "Digits taken by the telephone network",
}
_NOT_TAKEN = {
    SecureField.Kind.PAYMENT: "Card details asked for by the payment provider",
    SecureField.Kind.TOKEN: "Card details asked for by the payment provider",
    SecureField.Kind.SECRET: "Digits asked for by the telephone network",
}


@dataclass(frozen=True, slots=True)
class Sealed:
    """A capture as its block shows it; times are milliseconds of the call's clock, None for what has not been."""

    dom_id: str
    at_ms: int
    until_ms: int | None
    title: str
    result: str
    is_open: bool
    is_good: bool
    is_heard_by_nobody: bool  # False: it did not begin
    tape: str
    paused_ms: int | None
    resumed_ms: int | None
    facts: tuple[tuple[str, str], ...]


def blocks(call: Call, events: Iterable[CallEvent]) -> list[Sealed]:
    """The proof of every capture of a call, in order; events must carry their `at_ms`."""
    dropped = [(event.at_ms or 0, int(event.data.get("count", 0))) for event in events if event.kind == "keys_dropped"]
    return [_block(capture, call, dropped) for capture in call.captures.order_by("asked_at", "pk")]


def _block(capture: SecureCapture, call: Call, dropped: list[tuple[int, int]]) -> Sealed:
    def ms(at: datetime | None) -> int | None:
        return None if at is None else int((at - call.started_at).total_seconds() * 1000)

    at_ms, until_ms = ms(capture.began_at or capture.asked_at) or 0, ms(capture.ended_at)
    is_good = capture.state == CaptureState.TAKEN
    early = sum(count for when, count in dropped if at_ms - _AROUND_MS < when < (until_ms or at_ms) + _AROUND_MS)
    return Sealed(
        dom_id=f"capture-{capture.pk}",
        at_ms=at_ms,
        until_ms=until_ms,
        title=(_TAKES if is_good else _NOT_TAKEN)[SecureField.Kind(capture.kind)],
        result="under way" if capture.is_open else RESULTS[CaptureResult(capture.result)],
        is_open=capture.is_open,
        is_good=is_good,
        is_heard_by_nobody=capture.began_at is not None,
        tape=_tape(capture),
        paused_ms=ms(capture.paused_at),
        resumed_ms=ms(capture.resumed_at),
        facts=tuple((name, value) for name, value in _facts(capture, early) if value),
    )


def _tape(capture: SecureCapture) -> str:
    if capture.paused_at is None:
        return "recording not paused" if capture.was_recorded else "nothing was recording"
    if capture.resumed_at is not None or capture.is_open or capture.resume_due_at is not None:
        return "recording paused"
    return "recording paused, and not resumed for this"


def _facts(capture: SecureCapture, early: int) -> list[tuple[str, str]]:
    return [
        ("Asked for", capture.label),
        ("Amount", f"{capture.charge} {capture.currency.upper()}" if capture.charge else ""),
        ("Card", capture.masked),
        ("Token", f"…{capture.token_end}" if capture.token_end else ""),
        ("Provider's confirmation", capture.reference),
        ("Digits keyed", str(capture.digits) if capture.digits is not None else ""),
        ("Tries", str(capture.attempt) if not capture.is_card and capture.attempt > 1 else ""),
        ("Begun by", "the assistant" if capture.begun_by_ref == "assistant" else capture.begun_by_ref),
        ("Keys pressed too early or too late", f"{early}, dropped unread" if early else ""),
    ]
