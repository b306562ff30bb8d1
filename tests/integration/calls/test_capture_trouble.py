"""Secure captures while something is away or nobody reports: each ends well, and no digit is on a disk."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from asgiref.sync import sync_to_async as db
from django.conf import settings as django_settings
from django.db import OperationalError
from django.utils import timezone

from agents.models import SecureField
from calls import journal
from calls.control import capture, keyed_checks, recordings
from calls.lifecycle import CallFact, PauseReason, Phase, RecordingStatus
from calls.lifecycle.capture import CaptureFact, CaptureResult, CaptureState
from calls.models import Call, RoomSound, SecureCapture
from tests import given
from tests.given import post
from tests.integration.calls.capturing import PIN, Line, a_line, begun, bring, end, form, now_of, opened, talking, verbs

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def line(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Line:
    return a_line(monkeypatch, settings)


# --- the database is away ---------------------------------------------------------------------------------------------


def away(*_: object, **__: object) -> Any:
    raise OperationalError("the database is away")


def spooled() -> str:
    return "".join(path.read_text() for path in Path(django_settings.SPOOL_DIR).rglob("*.journal"))


async def test_digits_that_cannot_be_checked_are_on_no_disk(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    call = await db(talking)(line)
    kept = await db(opened)(call)
    with monkeypatch.context() as broken:
        broken.setattr(SecureCapture, "by_ref", away)
        broken.setattr(SecureCapture.objects, "filter", away)
        response = await bring(call, kept, Digits=PIN)
        assert verbs(response) == ["Say", "Redirect"]
        assert kept.ref in spooled()
        assert PIN not in spooled()
    await journal.settled()
    kept = await db(now_of)(kept)
    assert (kept.state, kept.result, kept.digits) == ("not_taken", "not_checked", 9)


async def test_a_payment_is_not_lost_with_the_database(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    call = await db(talking)(line)
    kept = await db(opened)(call, "card")
    with monkeypatch.context() as broken:
        broken.setattr(SecureCapture.objects, "filter", away)
        await bring(
            call,
            kept,
            Result="success",
            PaymentCardNumber="xxxxxxxxxxxx9855",
            ExpirationDate="0931",
            PaymentToken="tk9",
        )
        assert "0931" not in spooled()
    await journal.settled()
    assert (await db(now_of)(kept)).result == "paid"


async def test_the_fallback_address_writes_no_digits_down(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    call = await db(talking)(line)
    keyed = await db(form)(call, Digits=PIN, SecurityCode="nine-one-one", ErrorCode="11200")
    await post("/twilio/voice/fallback/", keyed)
    assert (await db(lambda: call.customer_leg().leg_sid)()) in spooled()
    assert PIN not in spooled()
    assert "nine-one-one" not in spooled(), "(three digits would be in some time of day by chance)"
    await journal.settled()


async def test_whatever_goes_wrong_with_digits_is_known_by_its_name_only(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(keyed: Any, **_: Any) -> Any:
        raise RuntimeError(f"cannot read {keyed.take()}")

    monkeypatch.setattr(keyed_checks, "judge", fail)
    call = await db(talking)(line)
    kept = await db(opened)(call)
    with structlog.testing.capture_logs() as logs:
        response = await bring(call, kept, Digits=PIN)
    assert verbs(response) == ["Redirect"], "the caller goes on by the call's state"
    assert [entry["error"] for entry in logs if entry["event"] == "capture's result not taken"] == ["RuntimeError"]
    assert PIN not in repr(logs)


# --- what nobody reported ---------------------------------------------------------------------------------------------


def later(seconds: float) -> Any:
    return timezone.now() + timedelta(seconds=seconds)


def test_a_customer_who_did_not_come_is_sent_for_again_and_then_given_up(line: Line) -> None:
    call = talking(line)
    kept = begun(call)
    capture.drive_all(now=later(2))
    assert sent(line) == 1
    capture.drive_all(now=later(5))
    capture.drive_all(now=later(6))
    assert sent(line) == 2
    capture.drive_all(now=later(25))
    call.refresh_from_db()
    assert (now_of(kept).result, call.phase) == ("not_sent", Phase.WITH_ASSISTANT)
    assert call.recordings.get().status == RecordingStatus.IN_PROGRESS


def sent(line: Line) -> int:
    return sum(what == "/twilio/voice/resume/" for what, *_ in line.asked)


@pytest.mark.parametrize("is_known", [True, False], ids=["paused", "perhaps paused"])
def test_what_a_dead_process_has_only_asked_for_is_refused_and_the_tape_goes_on(line: Line, is_known: bool) -> None:
    call = talking(line)
    kept = SecureCapture.ask(call=call, field=SecureField.objects.get(name="pin"), by="assistant", now=timezone.now())
    if is_known:
        recordings.change(
            call=call, verb="pause", source="system", by="", now=timezone.now(), reason=PauseReason.CAPTURE
        )
    else:
        call.recordings.get().pause_for(PauseReason.CAPTURE)
    capture.drive_all(now=later(5))
    assert now_of(kept).is_open
    capture.drive_all(now=later(21))
    assert now_of(kept).state == CaptureState.REFUSED
    tape = call.recordings.get()
    assert (tape.status, tape.pauses) == (RecordingStatus.IN_PROGRESS, [])
    assert line.asked[-1][0] == "in-progress"


def test_a_caller_who_hangs_up_ends_it_and_nobody_touches_the_tape(line: Line) -> None:
    call = talking(line)
    kept = opened(call)
    end(call)
    assert (now_of(kept).state, now_of(kept).result) == ("abandoned", "hung_up")
    assert "in-progress" not in [what for what, *_ in line.asked]


def test_a_tape_that_does_not_go_on_is_tried_again_and_in_the_end_said_so(line: Line) -> None:
    call = talking(line)
    kept = opened(call)
    line.fails.add("in-progress")
    capture.close(capture=kept, fact=CaptureFact.TAKEN, result=CaptureResult.RIGHT, now=timezone.now())
    for minute in range(1, 12):
        capture.drive_all(now=later(61 * minute))
    assert [what for what, *_ in line.asked].count("in-progress") == 8
    kept = now_of(kept)
    assert (kept.resumed_at, kept.resume_due_at) == (None, None)
    assert call.events.filter(kind="recording_not_resumed").count() == 1


def test_who_is_sent_elsewhere_meanwhile_stays_there(line: Line) -> None:
    call = talking(line)
    kept = opened(call, "card")
    call.advance(CallFact.TRANSFER_REQUESTED, at=timezone.now(), source="supervisor")
    capture.drive_all(now=timezone.now())
    call.refresh_from_db()
    assert (now_of(kept).state, call.phase) == ("unknown", Phase.TRANSFERRING)


def with_a_person(line: Line) -> Call:
    call = talking(line)
    Call.objects.filter(pk=call.pk).update(phase=Phase.WITH_AGENT)
    call.refresh_from_db()
    copy = RoomSound.ask(call=call, nonce="n" * 32, now=timezone.now())
    assert copy is not None
    copy.named(given.a_sid("MZ"))
    return call


def test_a_customer_who_came_from_a_person_goes_back_to_them(line: Line) -> None:
    call = with_a_person(line)
    kept = begun(call)
    assert [what for what, *_ in line.asked] == ["paused", "copy stopped", "words not kept", "/twilio/voice/resume/"]
    assert RoomSound.of(call) is None
    kept.next_document(after=0, now=timezone.now())
    capture.close(capture=kept, fact=CaptureFact.TAKEN, result=CaptureResult.RIGHT, now=timezone.now())
    capture.drive_all(now=timezone.now())
    call.refresh_from_db()
    assert call.phase == Phase.WITH_AGENT
    assert [what for what, *_ in line.asked][4:] == ["words kept", "in-progress"]


@pytest.mark.parametrize("what", ["copy stopped", "words not kept"])
def test_nothing_is_keyed_while_something_still_hears_it(line: Line, what: str) -> None:
    call = with_a_person(line)
    line.fails.add(what)
    with pytest.raises(capture.UnableToCapture, match="could not be paused"):
        begun(call)
    call.refresh_from_db()
    assert call.phase == Phase.WITH_AGENT
    assert call.recordings.get().status == RecordingStatus.IN_PROGRESS, "it goes on"
    assert "words kept" in [asked for asked, *_ in line.asked]
