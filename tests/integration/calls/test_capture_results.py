"""What comes back from the carrier of a secret that was keyed: taken once, and nothing of the secret with it."""

import threading
from datetime import timedelta
from typing import Any

import pytest
import structlog
from asgiref.sync import sync_to_async as db
from django.utils import timezone

from agents.models import SecureField
from calls.control import capture, keyed_checks
from calls.lifecycle import CallFact, Phase
from calls.lifecycle.capture import CaptureState
from calls.models import AssistantNote, CallEvent, SecureCapture
from tests import given
from tests.given import post
from tests.integration.calls.capturing import (
    CARD,
    PIN,
    Line,
    a_line,
    begun,
    bring,
    end,
    everything,
    form,
    now_of,
    opened,
    secret_is,
    talking,
    verbs,
)
from tests.integration.calls.test_continuation import take_up

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def line(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Line:
    return a_line(monkeypatch, settings)


# --- what comes back --------------------------------------------------------------------------------------------------


async def test_the_right_digits_give_the_call_back_with_a_note(line: Line) -> None:
    call = await db(talking)(line)
    kept = await db(opened)(call)
    response = await bring(call, kept, Digits=PIN)
    assert verbs(response) == ["Redirect"]
    kept = await db(now_of)(kept)
    assert (kept.state, kept.result, kept.digits) == ("taken", "right", 9)
    await call.arefresh_from_db()
    assert call.phase == Phase.WITH_ASSISTANT
    assert await db(AssistantNote.untold)(call=call) == [
        "The caller keyed in your PIN, and it is right. You may go on."
    ]
    assert kept.resume_due_at is not None


@pytest.mark.parametrize(
    ("digits", "result", "is_over"),
    [("", "silent", False), ("49", "too_few", False), ("4*", "cancelled", True), ("*", "cancelled", True)],
)
async def test_other_answers(line: Line, digits: str, result: str, is_over: bool) -> None:
    call = await db(talking)(line)
    kept = await db(opened)(call)
    await bring(call, kept, Digits=digits)
    kept = await db(now_of)(kept)
    assert (kept.result, kept.digits, kept.is_open) == (result, len(digits), not is_over)


async def test_wrong_digits_may_be_keyed_again_and_the_caller_hears_so(line: Line) -> None:
    call = await db(talking)(line)
    await db(secret_is)(call, "111111111")
    kept = await db(opened)(call)
    for attempt in (1, 2):
        await bring(call, kept, attempt=attempt, Digits=PIN)
        again = await post("/twilio/voice/resume/", await db(form)(call))
        assert b"That was not right. Please key in your PIN" in again.content
    await bring(call, kept, attempt=3, Digits=PIN)
    kept = await db(now_of)(kept)
    assert (kept.state, kept.result, kept.attempt) == ("not_taken", "wrong", 3)


async def test_the_right_digits_are_known_by_their_hash(line: Line) -> None:
    call = await db(talking)(line)
    await db(secret_is)(call, PIN)
    assert PIN not in await db(lambda: SecureField.objects.get(name="pin").secret_hash)()
    kept = await db(opened)(call)
    await bring(call, kept, Digits=PIN)
    assert (await db(now_of)(kept)).result == "right"


def test_nobody_tries_out_a_pin(line: Line) -> None:
    call = talking(line)
    field = SecureField.objects.get(name="pin")
    for _ in range(capture.WRONG_LIMIT):
        kept = SecureCapture.ask(call=call, field=field, by="assistant", now=timezone.now())
        SecureCapture.objects.filter(pk=kept.pk).update(state="not_taken", result="wrong")
    with pytest.raises(capture.UnableToCapture, match="too often"):
        begun(call)


def owners_check(field: str, digits: str, caller: str) -> bool:
    if digits == "000000000":
        raise ValueError(f"no such PIN {digits}")
    return (field, digits, caller) == ("pin", PIN, given.CAROL)


@pytest.mark.parametrize(("digits", "result"), [(PIN, "right"), ("123456789", "wrong"), ("000000000", "not_checked")])
async def test_an_owner_may_check_them(line: Line, settings: Any, digits: str, result: str) -> None:
    settings.CAPTURE_CHECK = f"{__name__}.owners_check"
    call = await db(talking)(line)
    await SecureField.objects.filter(name="pin").aupdate(check_by="owner", tries=1)
    kept = await db(opened)(call)
    with structlog.testing.capture_logs() as logs:
        await bring(call, kept, Digits=digits)
    assert (await db(now_of)(kept)).result == result
    assert digits not in repr(logs)


_is_over = threading.Event()


def slow_check(*_: str) -> bool:
    return _is_over.wait(20)


async def test_an_owner_who_takes_too_long_is_not_waited_for(
    line: Line, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyed_checks, "CHECK_LIMIT_S", 0.05)
    settings.CAPTURE_CHECK = f"{__name__}.slow_check"
    call = await db(talking)(line)
    await SecureField.objects.filter(name="pin").aupdate(check_by="owner")
    kept = await db(opened)(call)
    try:
        await bring(call, kept, Digits=PIN)
    finally:
        _is_over.set()
    assert (await db(now_of)(kept)).result == "not_checked"


async def test_a_payment_keeps_the_mask_the_tokens_end_and_the_confirmation(line: Line) -> None:
    call = await db(talking)(line)
    kept = await db(opened)(call, "card")
    await bring(
        call,
        kept,
        Result="success",
        PaymentCardNumber="xxxxxxxxxxxx9855",
        ExpirationDate="0931",
        SecurityCode="xxx",
        PaymentConfirmationCode="ch_4711",
    )
    kept = await db(now_of)(kept)
    assert (kept.state, kept.result, kept.masked, kept.reference) == ("taken", "paid", "•••• 9855", "ch_4711")
    assert await db(AssistantNote.untold)(call=call) == [
        "The payment of 19.99 USD was made with the card •••• 9855. The provider's confirmation is ch_4711."
    ]


async def test_a_provider_that_masks_nothing_is_masked_here(line: Line) -> None:
    call = await db(talking)(line)
    kept = await db(opened)(call, "file")
    await bring(call, kept, Result="success", PaymentCardNumber=CARD, PaymentToken="tok_supersecret1234")
    kept = await db(now_of)(kept)
    assert (kept.masked, kept.token_end, kept.result) == ("•••• 9855", "1234", "token")
    assert CARD not in await db(everything)(kept)
    assert "supersecret" not in await db(everything)(kept)


@pytest.mark.parametrize(
    ("said", "result", "state"),
    [
        ("too-many-failed-attempts", "declined", "not_taken"),
        ("caller-interrupted-with-star", "cancelled", "not_taken"),
        ("payment-connector-error", "provider_failed", "not_taken"),
        ("something-new", "provider_failed", "not_taken"),
        ("caller-hung-up", "hung_up", "abandoned"),
    ],
)
async def test_a_payment_that_is_not_made(line: Line, said: str, result: str, state: str) -> None:
    call = await db(talking)(line)
    kept = await db(opened)(call, "card")
    await bring(call, kept, Result=said, PaymentError="number 4556737586899855 refused")
    kept = await db(now_of)(kept)
    assert (kept.result, kept.state) == (result, state)
    assert CARD not in await db(everything)(kept)


# --- late, doubled, broken --------------------------------------------------------------------------------------------


async def test_the_same_answer_twice_is_one(line: Line) -> None:
    call = await db(talking)(line)
    kept = await db(opened)(call)
    for _ in range(3):
        assert verbs(await bring(call, kept, Digits=PIN)) == ["Redirect"]
    assert await AssistantNote.objects.acount() == 1
    assert await CallEvent.objects.filter(call=call, kind=CallFact.GIVEN_BACK).acount() == 1


@pytest.mark.parametrize("attempt", [0, 2, 99])
async def test_an_answer_to_a_try_that_is_not_under_way_changes_nothing(line: Line, attempt: int) -> None:
    call = await db(talking)(line)
    kept = await db(opened)(call)
    assert verbs(await bring(call, kept, attempt=attempt, Digits=PIN)) == ["Redirect"]
    assert (await db(now_of)(kept)).state == CaptureState.OPEN


async def test_a_ref_nobody_gave_leads_on(line: Line) -> None:
    call = await db(talking)(line)
    assert verbs(await post(f"/twilio/capture/{'0' * 32}/1/", await db(form)(call, Digits=PIN))) == ["Redirect"]


async def test_another_calls_post_is_not_this_ones_answer(line: Line) -> None:
    call = await db(talking)(line)
    kept = await db(opened)(call)
    await post(f"/twilio/capture/{kept.ref}/1/", given.a_ring() | {"Digits": PIN})
    assert (await db(now_of)(kept)).state == CaptureState.OPEN


async def test_a_forged_answer_is_refused(line: Line) -> None:
    call = await db(talking)(line)
    kept = await db(opened)(call)
    path = f"/twilio/capture/{kept.ref}/1/"
    response = await post(path, await db(form)(call, Digits=PIN), signature="forged")
    assert response.status_code == 403
    assert (await db(now_of)(kept)).state == CaptureState.OPEN


async def test_a_payments_answer_counts_also_when_nobody_waits_for_it_any_more(line: Line) -> None:
    call = await db(talking)(line)
    kept = await db(opened)(call, "card")
    await SecureCapture.objects.filter(pk=kept.pk).aupdate(began_at=timezone.now() - timedelta(seconds=30))
    await db(take_up)(call)
    await bring(call, kept, Result="success", PaymentCardNumber="xxxxxxxxxxxx9855")
    assert (await db(now_of)(kept)).state == CaptureState.TAKEN
    await call.arefresh_from_db()
    assert call.phase == Phase.WITH_ASSISTANT
    assert len(await db(AssistantNote.untold)(call=call)) == 2


async def test_a_payment_made_as_the_caller_hung_up_is_kept(line: Line) -> None:
    call = await db(talking)(line)
    kept = await db(opened)(call, "card")
    await db(end)(call)
    assert (await db(now_of)(kept)).state == CaptureState.ABANDONED
    await bring(call, kept, Result="success", PaymentCardNumber="xxxxxxxxxxxx9855")
    assert (await db(now_of)(kept)).result == "paid"
