"""A secret is to be keyed to the carrier: in which order that begins, with which documents, and for which tool."""

from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from asgiref.sync import sync_to_async as db
from django.conf import settings as django_settings
from django.utils import timezone

from agents.models import SecureField
from calls import tools
from calls.control import capture, recordings
from calls.lifecycle import CallFact, Phase, RecordingStatus
from calls.lifecycle.capture import CaptureFact, CaptureResult, CaptureState
from calls.models import AssistantNote, Call, SecureCapture, ToolRun
from calls.tools import secure_capture
from compliance.models import AuditEntry
from tests.given import post
from tests.integration.calls.capturing import Line, a_line, begun, form, now_of, opened, talking, verbs
from tests.integration.calls.test_continuation import take_up

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def line(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Line:
    return a_line(monkeypatch, settings)


# --- in which order ---------------------------------------------------------------------------------------------------


def test_the_tape_is_paused_before_the_call_counts_as_capturing_and_that_before_the_carrier_is_sent(line: Line) -> None:
    begun(talking(line))
    assert line.asked == [
        ("paused", Phase.WITH_ASSISTANT, RecordingStatus.IN_PROGRESS),
        ("/twilio/voice/resume/", Phase.CAPTURING, RecordingStatus.PAUSED),
    ]


def test_nothing_begins_while_the_tape_runs(line: Line) -> None:
    call = talking(line)
    line.fails.add("paused")
    with pytest.raises(capture.UnableToCapture, match="recording could not be paused"):
        begun(call)
    assert [what for what, *_ in line.asked] == ["paused"]
    call.refresh_from_db()
    kept = call.captures.get()
    assert (call.phase, kept.state, kept.result) == (Phase.WITH_ASSISTANT, "refused", "not_paused")
    assert begun_again(line, call).state == CaptureState.READY


def begun_again(line: Line, call: Call) -> SecureCapture:
    line.fails.clear()
    return begun(call)


def test_a_customer_the_carrier_does_not_send_stays_and_the_tape_goes_on(line: Line) -> None:
    call = talking(line)
    line.fails.add("/twilio/voice/resume/")
    with pytest.raises(capture.UnableToCapture, match="did not begin"):
        begun(call)
    call.refresh_from_db()
    kept = call.captures.get()
    assert (call.phase, kept.result) == (Phase.WITH_ASSISTANT, "not_sent")
    assert call.recordings.get().status == RecordingStatus.IN_PROGRESS
    assert kept.resumed_at is not None
    assert AssistantNote.untold(call=call) == [], "the tool's answer says it"


def test_a_call_that_is_not_recorded_needs_no_pause(line: Line) -> None:
    kept = begun(talking(line, is_recorded=False))
    assert [what for what, *_ in line.asked] == ["/twilio/voice/resume/"]
    assert not kept.was_recorded


def test_a_tape_somebody_has_paused_stays_paused_afterwards(line: Line) -> None:
    call = talking(line)
    recordings.change(call=call, verb="pause", source="supervisor", by="alice", now=timezone.now())
    kept = opened(call)
    capture.close(capture=kept, fact=CaptureFact.NOT_TAKEN, result=CaptureResult.SILENT, now=timezone.now())
    capture.drive_all(now=timezone.now())
    assert call.recordings.get().status == RecordingStatus.PAUSED


def test_nobody_resumes_the_tape_by_hand_meanwhile(line: Line) -> None:
    call = talking(line)
    begun(call)
    with pytest.raises(recordings.UnableToChangeRecording, match="entered in private"):
        recordings.change(call=call, verb="resume", source="supervisor", by="alice", now=timezone.now())
    assert "in-progress" not in [what for what, *_ in line.asked]


@pytest.mark.parametrize(
    ("name", "amount", "why"),
    [
        ("nothing", "1", "nothing of this name"),
        ("card", "", "as a number"),
        ("card", "ten", "as a number"),
        ("card", "-5", "as a number"),
        ("card", "NaN", "as a number"),
        ("card", "1e40", "more than may be charged"),
        ("card", "0.001", "as a number"),
        ("card", "500.01", "more than may be charged"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_touched(
    line: Line, name: str, amount: str, why: str
) -> None:
    call = talking(line)
    with pytest.raises(capture.UnableToCapture, match=why):
        capture.begin(call=call, name=name, amount=amount, by="assistant", source="assistant", now=timezone.now())
    assert line.asked == []
    assert not call.captures.exists()


def test_cards_need_a_provider(line: Line, settings: Any) -> None:
    settings.PAY_CONNECTOR = ""
    with pytest.raises(capture.UnableToCapture, match="PAY_CONNECTOR"):
        begun(talking(line), "card")


def test_only_one_at_a_time(line: Line) -> None:
    call = talking(line)
    assert SecureCapture.ask(call=call, field=SecureField.objects.get(name="pin"), by="alice", now=timezone.now())
    with pytest.raises(capture.UnableToCapture, match="already"):
        begun(call)


def test_a_caller_who_is_nowhere_to_be_sent_from_is_left_alone(line: Line) -> None:
    call = talking(line)
    Call.objects.filter(pk=call.pk).update(phase=Phase.ON_HOLD)
    with pytest.raises(capture.UnableToCapture, match="at this moment"):
        begun(call)


def test_a_button_is_in_the_audit_log(line: Line) -> None:
    call = talking(line)
    capture.begin(call=call, name="pin", by="alice@example.com", source="supervisor", now=timezone.now())
    assert AuditEntry.objects.get(act="begin_capture").actor_ref == "alice@example.com"


# --- the documents ----------------------------------------------------------------------------------------------------


async def test_the_carrier_is_given_a_document_for_a_secret(line: Line) -> None:
    call = await db(talking)(line)
    kept = await db(begun)(call)
    response = await post("/twilio/voice/resume/", await db(form)(call))
    assert verbs(response) == ["Gather", "Redirect"]
    gather = ET.fromstring(response.content)[0]
    assert gather.attrib == {
        "input": "dtmf",
        "action": f"{django_settings.PUBLIC_URL}/twilio/capture/{kept.ref}/1/",
        "method": "POST",
        "timeout": "5",
        "numDigits": "9",
        "finishOnKey": "#",
        "actionOnEmptyResult": "true",
    }
    assert gather[0].text == "Please key in your PIN, then press the hash key. To stop, press star."
    assert (await db(now_of)(kept)).state == CaptureState.OPEN


async def test_the_carrier_is_given_a_document_for_a_card(line: Line) -> None:
    call = await db(talking)(line)
    await db(begun)(call, "card")
    pay = ET.fromstring((await post("/twilio/voice/resume/", await db(form)(call))).content)[0]
    assert (pay.tag, pay.get("paymentConnector"), pay.get("chargeAmount")) == ("Pay", "Default", "19.99")
    assert (pay.get("currency"), pay.get("tokenType")) == ("usd", None)


async def test_a_card_that_is_only_kept_is_charged_nothing(line: Line) -> None:
    call = await db(talking)(line)
    await db(begun)(call, "file")
    pay = ET.fromstring((await post("/twilio/voice/resume/", await db(form)(call))).content)[0]
    assert (pay.get("chargeAmount"), pay.get("tokenType")) == (None, "one-time")


def test_a_payment_is_asked_for_once_and_its_answer_then_waited_for(line: Line) -> None:
    call = talking(line)
    kept = opened(call, "card")
    assert take_up(call).capture == kept, "the answer to the first request may have been lost on its way"
    SecureCapture.objects.filter(pk=kept.pk).update(began_at=timezone.now() - timedelta(seconds=30))
    take_up(call)
    assert (now_of(kept).state, now_of(kept).result) == ("unknown", "")
    (told,) = AssistantNote.untold(call=call)
    assert told.startswith("It is not known what came of it. Do not do it again")


def test_a_secret_nobody_answers_for_is_not_asked_for_forever(line: Line) -> None:
    call = talking(line)
    kept = opened(call)
    for _ in range(5):
        assert take_up(call).capture == kept
    take_up(call)
    assert (now_of(kept).state, now_of(kept).result) == ("not_taken", "silent")


# --- the tool, and the conversation afterwards ------------------------------------------------------------------------


def asked_by_tool(call: Call, ref: str = "t1") -> Any:
    tool_call = tools.ToolCall(ref, "secure_capture", '{"kind": "pin"}', call.epoch)
    return tools.run(tool_call=tool_call, call=call, granted=frozenset({"secure_capture"}), now=timezone.now())


def test_the_tool_answers_when_the_call_is_back(line: Line) -> None:
    call = talking(line)
    answer = asked_by_tool(call)
    assert (answer.leaves_line, answer.is_error) == (True, False)
    assert ToolRun.objects.get(ref="t1").finished_at is None
    kept = take_up(call).capture
    capture.close(capture=kept, fact=CaptureFact.NOT_TAKEN, result=CaptureResult.SILENT, now=timezone.now())
    run = ToolRun.objects.get(ref="t1")
    assert run.output == "The caller keyed in nothing for your PIN. Ask whether they want to try again."
    call.refresh_from_db()
    assert asked_by_tool(call, "t2").leaves_line, "and it may be asked for again"


def test_the_tool_says_why_it_does_not_begin(line: Line) -> None:
    call = talking(line)
    line.fails.add("paused")
    answer = asked_by_tool(call)
    assert (answer.leaves_line, answer.is_error) == (False, True)
    assert "recording could not be paused" in ToolRun.objects.get(ref="t1").output


def test_coming_back_is_no_loss_of_the_line(line: Line) -> None:
    call = talking(line)
    kept = opened(call)
    capture.close(capture=kept, fact=CaptureFact.TAKEN, result=CaptureResult.RIGHT, now=timezone.now())
    answer = take_up(call)
    assert answer.opening is None
    assert not call.events.filter(kind=CallFact.RESUMED).exists()


def test_the_run_is_found_by_the_tool_that_was_called(line: Line) -> None:
    call = talking(line)
    ToolRun.begin(call=call, ref="x", tool="secure_capture", arguments="{}", epoch=call.epoch, now=timezone.now())
    secure_capture.run(call=call, arguments={"kind": "pin"}, now=timezone.now())
    assert call.captures.get().tool_run.ref == "x"
