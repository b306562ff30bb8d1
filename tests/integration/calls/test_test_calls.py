"""A test call is a call like any other, but that nothing of it is at a carrier and nothing it does reaches anybody."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from agents.models import PromptVersion, ToolGrant
from calls import intake, tools
from calls.carrier import rest
from calls.control import callbacks, capture, holding, legs, opting_out, reconciling, test_calls, transfers
from calls.intake.conversation import conversation_by_id, taken_up
from calls.lifecycle import CallFact, EndedReason
from calls.models import BridgeWorker, Call, Callback, Leg, Stream
from compliance.models import AuditEntry, Revocation
from contactcenter.dashboard import health
from tests import given, on_page

pytestmark = pytest.mark.django_db

STREAM = "MZ" + "3" * 32


@pytest.fixture(autouse=True)
def no_carrier(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks the carrier for anything fails the test."""

    def never(*_: Any, **__: Any) -> Any:
        raise AssertionError("the carrier was asked")

    for verb in ("hang_up", "end_leg", "redirect", "find_leg"):
        monkeypatch.setattr(rest, verb, never)


def talking(line: intake.PageLine, *, bridge: str = "") -> Call:
    """The page has opened its stream."""
    now = timezone.now()
    stream = Stream.claim(
        nonce=line.nonce, leg_sid=line.call_sid, stream_sid=STREAM, now=now, bridge=bridge, door=Stream.Door.PAGE
    )
    assert stream is not None
    line.call.advance(CallFact.STREAM_OPENED, at=now, source="carrier", key=f"opened:{stream.pk}")
    line.call.refresh_from_db()
    return line.call


def test_a_draft_is_talked_to_and_the_call_says_what_it_is() -> None:
    draft = on_page.a_draft()
    line = on_page.begun(given.alice(), version=draft)
    call = line.call
    assert (call.is_test, call.prompt_version, call.customer_e164) == (True, draft, "")
    leg = call.customer_leg()
    assert leg is not None
    assert (leg.leg_sid, leg.direction, leg.from_address) == (line.call_sid, "browser", "alice@example.com")
    ticket = intake.open_page_ticket(line.ticket)
    assert ticket is not None
    assert (ticket.nonce, ticket.stream_sid) == (line.nonce, line.stream_sid)
    assert AuditEntry.objects.filter(act="begin_test_call", subject_ref=f"call:{call.pk}").exists()


def test_the_conversation_begins_with_the_drafts_greeting_and_no_words_of_a_carrier() -> None:
    call = on_page.begun(given.alice(), version=on_page.a_draft(max_call_s=0)).call
    for held in (conversation_by_id(call.pk), taken_up(call, now=timezone.now())):
        assert held is not None
        assert held.plan.greeting == "You have reached the draft."
        assert held.opening is None
        assert held.plan.limit_ms == intake.TEST_CALL_S * 1000


def test_a_ticket_of_another_kind_or_age_opens_nothing(time_machine: Any) -> None:
    line = on_page.begun(given.alice())
    assert intake.open_ticket(line.ticket) == ""
    assert intake.open_page_ticket("") is None
    assert intake.open_page_ticket(line.ticket + "x") is None
    time_machine.move_to(timezone.now() + timedelta(minutes=2))
    assert intake.open_page_ticket(line.ticket) is None


def test_who_has_calls_open_in_other_windows_ends_them_first() -> None:
    alice, draft = given.alice(), on_page.a_draft()
    for _ in range(2):
        on_page.begun(alice, version=draft)
    with pytest.raises(intake.UnableToBegin, match="in another window"):
        on_page.begun(alice, version=draft)
    on_page.begun(given.bob(), version=draft)


def test_an_empty_prompt_is_not_talked_to() -> None:
    with pytest.raises(intake.UnableToBegin, match="prompt is empty"):
        on_page.begun(given.alice(), version=on_page.a_draft(instructions="  "))


def test_a_hang_up_is_seen_by_whoever_holds_the_line_and_no_carrier_is_asked() -> None:
    call = talking(on_page.begun(given.alice()))
    assert not test_calls.is_to_end(call.pk)
    legs.hang_up(call=call, reason=EndedReason.SUPERVISOR_ENDED, source="supervisor", by="alice", now=timezone.now())
    assert test_calls.is_to_end(call.pk)
    test_calls.line_closed(call=call, now=timezone.now())
    call.refresh_from_db()
    assert (call.is_live, call.ended_reason) == (False, "supervisor_ended")
    legs.release(leg_sid=call.customer_leg().leg_sid)  # type: ignore[union-attr]


@pytest.mark.parametrize("tool", ["callback", "opt_out", "secure_capture", "stop_recording", "lookup"])
def test_a_tool_that_would_reach_anybody_does_nothing_and_says_so(tool: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(tools._TOOLS, "lookup", lambda **_: pytest.fail("a tool was run"))
    call = talking(on_page.begun(given.alice()))
    ToolGrant.objects.update_or_create(assistant=call.assistant, tool=tool, defaults={"needs_approval": True})
    wanted = tools.ToolCall("call_1", tool, '{"reason": "x"}', call.epoch)
    answer = tools.run(tool_call=wanted, call=call, granted=frozenset({tool}), now=timezone.now())
    assert answer.output.startswith("This is a test call, so nothing was done.")
    assert (answer.hang_up, answer.leaves_line, answer.approval) == (False, False, None)
    assert not call.transfers.exists()
    assert not Callback.objects.exists()
    assert not Revocation.objects.exists()
    assert call.captures.count() == 0


def test_the_assistant_ends_a_test_call_as_any_other() -> None:
    call = talking(on_page.begun(given.alice()))
    wanted = tools.ToolCall("call_1", "end_call", '{"reason": "caller_done"}', call.epoch)
    assert tools.run(tool_call=wanted, call=call, granted=frozenset({"end_call"}), now=timezone.now()).hang_up


def test_buttons_that_need_a_telephone_network_say_so() -> None:
    call, now = talking(on_page.begun(given.alice())), timezone.now()
    wish = transfers.Wish(to=transfers.To(queue=given.a_queue()), reason="")
    with pytest.raises(transfers.UnableToTransfer, match="Nobody can be put through here"):
        transfers.start(call=call, wish=wish, source="supervisor", by="alice", now=now)
    with pytest.raises(holding.UnableToHold, match="This test call cannot be put on hold"):
        holding.hold(call=call, by="alice", now=now)
    given_field = capture.SecureField(name="pin", label="PIN", kind="secret")
    with pytest.raises(capture.UnableToCapture, match="in a test call"):
        capture._check_may_begin(call, given_field)


def test_stop_calling_me_lists_nobody() -> None:
    call = talking(on_page.begun(given.alice()))
    done = opting_out.by_words(call=call, said="stop calling me", now=timezone.now())
    assert not done.is_listed
    assert not Revocation.objects.exists()


def test_sweeps_leave_test_calls_to_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    call = talking(on_page.begun(given.alice()), bridge="gone-1")
    long_ago = timezone.now() - timedelta(minutes=5)
    Stream.objects.filter(call=call).update(opened_at=long_ago)
    Leg.objects.filter(call=call).update(created_at=long_ago)
    assert Stream.left_alone(older_than=timedelta(seconds=6)) == []
    monkeypatch.setattr(rest, "live_legs", list)
    assert reconciling.reconcile(now=timezone.now()).look_up == []
    Call.objects.filter(pk=call.pk).update(phase="closed", failure_class="ours", customer_e164=given.CAROL)
    assert callbacks.open_for_faults(now=timezone.now()) == 0


def test_a_test_call_that_nobody_holds_is_closed() -> None:
    now = timezone.now()
    draft = on_page.a_draft()
    never_opened = on_page.begun(given.alice(), version=draft, now=now - timedelta(minutes=2)).call
    held, lost = (
        talking(on_page.begun(who, version=draft, now=now - timedelta(seconds=30)), bridge=bridge)
        for who, bridge in ((given.bob(), ""), (given.a_person("dana"), "gone-1"))
    )
    Stream.objects.filter(call__in=(held, lost)).update(opened_at=now - timedelta(seconds=20))
    waiting = on_page.begun(given.a_person("ivy"), version=draft, now=now).call
    assert test_calls.close_lost(now=now) == 2
    live = Call.objects.exclude(phase="closed").values_list("pk", flat=True)
    assert set(live) == {held.pk, waiting.pk}
    reasons = dict(Call.objects.values_list("pk", "ended_reason"))
    assert (reasons[never_opened.pk], reasons[lost.pk]) == ("not_answered", "bridge_failed")
    assert test_calls.close_lost(now=now + timedelta(hours=1)) == 2


def test_a_bridge_that_is_there_keeps_its_test_calls() -> None:
    BridgeWorker.report(
        name="vm-1", machine="vm", pid=1, started_at=timezone.now() - timedelta(hours=1), calls=1, capacity=9,
        is_draining=False, model_share_left=1.0, journal_depth=0,
    )  # fmt: skip
    talking(on_page.begun(given.alice()), bridge="vm-1")
    Stream.objects.update(opened_at=timezone.now() - timedelta(seconds=40))
    Call.objects.update(started_at=timezone.now() - timedelta(seconds=50))
    assert test_calls.close_lost(now=timezone.now()) == 0


def test_figures_of_real_calls_do_not_count_test_calls() -> None:
    given.a_call(now=timezone.now())
    test = talking(on_page.begun(given.alice()))
    Call.objects.filter(pk=test.pk).update(failure_class="model", ended_reason="model_lost")
    shown = health.look(now=timezone.now())
    assert shown["live"] == 1
    assert shown["events"]["calls"] == 1
    assert shown["ended"] == []


def test_a_version_that_was_talked_to_is_kept_as_it_was() -> None:
    line = on_page.begun(given.alice(), version=on_page.a_draft())
    assert line.call.prompt_version is not None
    assert line.call.prompt_version.status == PromptVersion.Status.DRAFT
