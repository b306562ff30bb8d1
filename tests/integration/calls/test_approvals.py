"""Tools that a supervisor must approve: asked once, decided once, carried out once, whoever presses or dies."""

import json
import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from agents.models import ToolGrant
from calls import sweeps, tools
from calls.control import approvals
from calls.control.approvals import UnableToDecide
from calls.lifecycle import CallFact
from calls.models import Call, ToolApproval, ToolRun
from calls.tools.answer import ToolAnswer
from compliance.models import AuditEntry
from tests import calls_on_screen as screen

pytestmark = pytest.mark.django_db(transaction=True)

DONE: list[dict[str, str]] = []


@pytest.fixture(autouse=True)
def _tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tools that exist note what they were asked for, and do nothing."""

    def note(*, call: Call, arguments: dict[str, str], now: datetime) -> ToolAnswer:
        DONE.append(arguments)
        return ToolAnswer("Done.", hang_up=True)

    DONE.clear()
    monkeypatch.setattr(tools, "_TOOLS", {"end_call": note, "stop_recording": note})


@pytest.fixture
def call() -> Call:
    """A call whose assistant may end it only with a supervisor's leave."""
    call = screen.a_live_call()
    ToolGrant.objects.filter(assistant=call.assistant, tool="end_call").update(needs_approval=True)
    return call


def use(call: Call, *, call_id: str = "c1", tool: str = "end_call", reason: str = "caller_done") -> ToolAnswer:
    """The model calls a tool."""
    call.refresh_from_db()
    arguments = json.dumps({"reason": reason})
    wanted = tools.ToolCall(call_id, tool, arguments, call.epoch)
    return tools.run(tool_call=wanted, call=call, granted=frozenset({"end_call", "stop_recording"}), now=timezone.now())


def settle(call: Call, *, now: datetime | None = None, epoch: int | None = None) -> ToolAnswer | None:
    asked = ToolApproval.objects.get()
    held = call.epoch if epoch is None else epoch
    return tools.settle(approval_id=asked.pk, call=call, epoch=held, now=now or timezone.now())


def decide(*, is_approved: bool = True, by: str = "alice@example.com", **more: Any) -> None:
    asked = ToolApproval.objects.select_related("run").get()
    approvals.decide(approval=asked, is_approved=is_approved, by=by, now=timezone.now(), **more)


def test_the_tool_is_not_run_the_model_is_told_to_wait_and_the_supervisors_are_asked(call: Call) -> None:
    answer = use(call)
    asked = ToolApproval.objects.get()
    assert answer.approval == asked.pk
    assert "Nothing has been done yet" in answer.output
    assert (asked.tool, asked.arguments, asked.is_open) == ("end_call", {"reason": "caller_done"}, True)
    assert asked.expires_at - asked.asked_at == timedelta(seconds=60)
    assert ToolRun.objects.get().finished_at is None
    assert DONE == []
    assert settle(call) is None
    assert call.events.filter(kind="approval_asked").count() == 1


def test_other_tools_are_run_as_ever(call: Call) -> None:
    assert use(call, tool="stop_recording").output == "Done."
    assert not ToolApproval.objects.exists()


def test_asking_again_while_it_waits_asks_nobody(call: Call) -> None:
    first, again, same = use(call), use(call, call_id="c2"), use(call)
    assert first.approval == again.approval == same.approval == ToolApproval.objects.get().pk
    assert "has not decided yet" in again.output
    use(call, call_id="c3", reason="abuse")
    assert ToolApproval.objects.count() == 2, "another wish is another question"


def test_approved_it_is_carried_out_once_however_often_one_looks(call: Call) -> None:
    use(call)
    decide()
    first, again = settle(call), settle(call)
    assert first is not None
    assert again is not None
    assert DONE == [{"reason": "caller_done"}]
    assert "“end_call” was approved by a colleague. What came of it: Done." in first.output
    assert first.output == again.output
    assert (first.hang_up, again.hang_up) == (True, False)
    assert ToolRun.objects.get().output == "Done."
    assert AuditEntry.objects.filter(act="approve_tool", actor_ref="alice@example.com").count() == 1
    assert call.events.get(kind="approval_decided").data["by"] == "alice@example.com"


def test_edited_it_is_carried_out_as_the_supervisor_wants_it(call: Call) -> None:
    use(call)
    decide(edited={"reason": "abuse"})
    answer = settle(call)
    assert DONE == [{"reason": "abuse"}]
    assert answer is not None
    assert 'approved with changes, {"reason": "abuse"}' in answer.output
    asked = ToolApproval.objects.get()
    assert (asked.decision, asked.arguments) == ("edited", {"reason": "caller_done"})


def test_fields_left_as_they_were_are_no_edit(call: Call) -> None:
    use(call)
    decide(edited={"reason": " caller_done\r\n"})
    assert ToolApproval.objects.get().decision == "approved"


@pytest.mark.parametrize(
    ("edited", "said"),
    [
        ({"reason": "because"}, "must be one of: caller_done, wrong_number, abuse, other"),
        ({"reason": ""}, "“reason” is missing."),
        ({"reason": "abuse", "amount": "9"}, "“amount” is no argument of “end_call”."),
    ],
)
def test_an_edit_that_does_not_fit_the_tool_decides_nothing(call: Call, edited: dict[str, str], said: str) -> None:
    use(call)
    with pytest.raises(UnableToDecide, match=said):
        decide(edited=edited)
    assert ToolApproval.objects.get().is_open


def test_refused_it_is_not_done_and_not_asked_for_again(call: Call) -> None:
    use(call)
    decide(is_approved=False)
    answer = settle(call)
    assert answer is not None
    assert answer.is_error
    assert "has refused “end_call”" in answer.output
    again = use(call, call_id="c2")
    assert "has refused exactly this" in again.output
    assert again.approval is None
    assert ToolApproval.objects.count() == 1
    assert DONE == []


def test_nobody_in_time_is_a_refusal(call: Call) -> None:
    use(call)
    later = timezone.now() + timedelta(seconds=61)
    answer = settle(call, now=later)
    assert answer is not None
    assert "Nobody could decide about “end_call” in time" in answer.output
    with pytest.raises(UnableToDecide, match="not decided in time"):
        decide()
    assert DONE == []
    assert call.events.get(kind="approval_decided").data["decision"] == "expired"


def test_what_nobody_looks_after_any_more_is_refused_by_a_sweep(call: Call) -> None:
    use(call)
    ToolApproval.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    sweeps.expire_approvals()
    assert ToolApproval.objects.get().decision == "expired"
    assert ToolRun.objects.get().is_error


def test_for_a_caller_who_is_gone_nothing_is_approved(call: Call) -> None:
    use(call)
    screen.end(call)
    with pytest.raises(UnableToDecide, match="the call is over"):
        decide()
    assert ToolApproval.objects.get().decision == "expired"
    assert ToolApproval.open_of([call]) == {}


def test_what_was_approved_too_late_is_not_done_and_the_books_say_so(call: Call) -> None:
    use(call)
    decide()
    screen.end(call)
    sweeps.expire_approvals()
    assert settle(call) is not None
    assert DONE == []
    assert ToolRun.objects.get().output == "The call was over before it could be done."
    assert call.events.filter(kind="approval_too_late").count() == 1


def test_while_the_caller_is_elsewhere_nothing_is_decided(call: Call) -> None:
    use(call)
    call.advance(CallFact.TRANSFER_REQUESTED, at=timezone.now(), source="system")
    with pytest.raises(UnableToDecide, match="not with the assistant now"):
        decide()
    assert ToolApproval.objects.get().is_open


def test_of_two_supervisors_at_once_one_wins_and_the_other_is_told_who_and_what(call: Call) -> None:
    use(call)
    asked = ToolApproval.objects.get()
    both, said = threading.Barrier(2), dict[str, str]()

    def press(by: str, is_approved: bool) -> None:
        mine = ToolApproval.objects.select_related("run", "call").get(pk=asked.pk)
        both.wait()
        try:
            approvals.decide(approval=mine, is_approved=is_approved, by=by, now=timezone.now())
        except UnableToDecide as problem:
            said[by] = str(problem)
        finally:
            connection.close()

    presses: list[tuple[str, bool]] = [("alice@example.com", True), ("dana@example.com", False)]
    people = [threading.Thread(target=press, args=one) for one in presses]
    for person in people:
        person.start()
    for person in people:
        person.join()
    asked.refresh_from_db()
    (loser,) = said
    winner = "dana@example.com" if loser == "alice@example.com" else "alice@example.com"
    word = "refused" if winner == "dana@example.com" else "approved"
    assert (asked.by, asked.decision) == (winner, word)
    assert said[loser] == f"{winner} has {word} this already."
    assert call.events.filter(kind="approval_decided").count() == 1
    settle(call)
    assert len(DONE) == (1 if word == "approved" else 0)


# --- whoever held the call dies ---------------------------------------------------------------------------------------


def test_a_process_that_does_not_hold_the_call_any_more_carries_nothing_out_and_the_next_does(call: Call) -> None:
    use(call)
    decide()
    old, new = call.epoch, call.fence(now=timezone.now())
    assert settle(call, epoch=old) is None
    assert DONE == []
    assert settle(call, epoch=new) is not None
    assert len(DONE) == 1


def test_what_was_begun_and_not_finished_is_waited_for_and_then_not_known_and_never_done_again(call: Call) -> None:
    use(call)
    decide()
    asked = ToolApproval.objects.get()
    assert asked.claim(now=timezone.now())
    assert settle(call) is None
    answer = settle(call, now=timezone.now() + timedelta(seconds=16))
    assert answer is not None
    assert "not known whether it happened" in answer.output
    assert DONE == []


def test_the_same_wish_after_a_lost_line_waits_for_the_same_decision(call: Call) -> None:
    use(call)
    call.fence(now=timezone.now())
    assert use(call, call_id="c9").approval == ToolApproval.objects.get().pk


@pytest.mark.parametrize("wish", ["\\u0000", "\\ud800", "é" * 900])
def test_arguments_no_database_could_hold_are_asked_for_all_the_same(call: Call, wish: str) -> None:
    wanted = tools.ToolCall("c1", "end_call", f'{{"reason": "{wish}"}}', call.epoch)
    answer = tools.run(tool_call=wanted, call=call, granted=frozenset({"end_call"}), now=timezone.now())
    assert answer.approval == ToolApproval.objects.get().pk


def test_a_grants_patience_is_the_callers(call: Call) -> None:
    ToolGrant.objects.filter(tool="end_call").update(patience_s=5)
    use(call)
    asked = ToolApproval.objects.get()
    assert asked.expires_at - asked.asked_at == timedelta(seconds=5)
