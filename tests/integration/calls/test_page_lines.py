"""A test call that is put through: its page is rung, comes once, and nobody else comes in its place."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone

from agents.models import Agent, ToolGrant
from calls import tools
from calls.carrier import rest
from calls.control import page_lines, reconciling, test_calls, transfer_driver, transfers
from calls.lifecycle import CallFact, LegRole, Phase
from calls.models import Call, Leg, Number, Offer, Stream, Transfer
from calls.reconciliation import CarriersLeg
from calls.tools import transfer as transfer_tool
from compliance.models import DialPermit
from tests import given, on_page, people_on_calls
from tests.carrier_on_loopback import Carrier
from tests.integration.calls.test_webhooks import verbs

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def account(settings: Any) -> None:
    """We have an account with a carrier, and Bob is free in his browser."""
    settings.TWILIO_API_KEY, settings.TWILIO_API_SECRET = "SK1", "its secret"
    given.a_number(phone_number_sid="PN1")
    bob = people_on_calls.a_seat(given.bob())
    Agent.objects.filter(pk=bob.pk).update(state=Agent.State.AVAILABLE)


@pytest.fixture(autouse=True)
def cold(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """No model is made ready, nothing is enqueued, and the legs that are let go at the carrier are noted."""
    let_go: list[str] = []
    monkeypatch.setattr("calls.realtime.warm.begin", lambda *_, **__: None)
    monkeypatch.setattr("calls.reactions._send", lambda *_: None)
    monkeypatch.setattr(rest, "end_leg", lambda leg_sid, **_: let_go.append(leg_sid))
    return let_go


def talking(name: str = "alice") -> Call:
    """Somebody talks to an assistant from a page."""
    line, now = on_page.begun(given.a_person(name, "supervisor")), timezone.now()
    stream = Stream.claim(
        nonce=line.nonce, leg_sid=line.call_sid, stream_sid=line.stream_sid, now=now, door=Stream.Door.PAGE
    )
    assert stream is not None
    line.call.advance(CallFact.STREAM_OPENED, at=now, source="carrier")
    line.call.refresh_from_db()
    return line.call


def wanting(call: Call) -> Transfer:
    """They are to be put through to Bob: their page is rung."""
    wish = transfers.Wish(to=transfers.To(agent=Agent.objects.get(name="Bob")), reason="A refund")
    begun = transfers.start(call=call, wish=wish, source="supervisor", by="alice", now=timezone.now())
    transfer_driver.drive(transfer_id=begun.pk, now=timezone.now())
    begun.refresh_from_db()
    return begun


def line_of(transfer: Transfer) -> str:
    """The line on which the page is rung, as the carrier calls it."""
    return str(DialPermit.objects.get(errand_ref=page_lines.errand_of(transfer.pk)).leg_sid)


def answers(transfer_id: int, leg_sid: str) -> Any:
    """A line that was rung has been answered, says the carrier."""
    form = given.a_ring(leg_sid=leg_sid, Direction="outbound-api", CallStatus="in-progress")
    return async_to_sync(given.post)(f"/twilio/page-line/{transfer_id}/", form)


def is_told(transfer: Transfer, status: str) -> None:
    """The carrier reports the page's line."""
    form = given.a_ring(leg_sid=line_of(transfer), Direction="outbound-api", CallStatus=status)
    assert async_to_sync(given.post)(f"/twilio/page-line/{transfer.pk}/status/", form).status_code == 200


def is_as_before(call: Call) -> None:
    """The call is its page's, and the assistant has it."""
    call.refresh_from_db()
    assert (call.phase, call.is_on_page()) == (Phase.WITH_ASSISTANT, True)


# --- it comes ---


def test_the_page_is_rung_once_through_the_gate_before_any_person_is(carrier: Carrier) -> None:
    call = talking()
    begun = wanting(call)
    transfer_driver.drive(transfer_id=begun.pk, now=timezone.now())
    assert [(dial["To"], dial["From"]) for dial in carrier.dials] == [(f"client:test_call_{call.pk}", given.OURS)]
    assert not Offer.objects.exists()
    call.refresh_from_db()
    assert (call.phase, call.is_on_page()) == (Phase.TRANSFERRING, True)
    assert Leg.objects.get(leg_sid=line_of(begun)).role == LegRole.THIRD


def test_the_page_comes_into_the_room_as_the_caller_and_bob_is_rung(carrier: Carrier) -> None:
    call = talking()
    begun = wanting(call)
    first = answers(begun.pk, line_of(begun))
    room = first.content.decode()
    assert verbs(first)[-1] == "Dial"
    assert f">call-{call.pk}</Conference>" in room
    assert 'participantLabel="customer"' in room
    transfer_driver.drive(transfer_id=begun.pk, now=timezone.now())
    assert Offer.objects.get().agent == Agent.objects.get(name="Bob")
    leg = call.customer_leg()
    assert leg is not None
    assert (leg.leg_sid, leg.status) == (line_of(begun), "in-progress")
    assert (test_calls.is_to_end(call.pk), test_calls.why_ended(call.pk)) == (True, "put_through")

    # Told again it is the same; the end of the line that was left is not the call's.
    assert verbs(answers(begun.pk, line_of(begun))) == verbs(first)
    test_calls.line_closed(call=call, now=timezone.now(), is_ours=True)
    call.refresh_from_db()
    assert (call.phase, call.customer_leg()) == (Phase.TRANSFERRING, leg)
    is_told(begun, "completed")
    call.refresh_from_db()
    assert (call.phase, call.ended_reason) == (Phase.CLOSED, "caller_hung_up")


def test_a_report_on_its_way_while_the_page_comes_is_about_the_right_line(carrier: Carrier) -> None:
    call = talking()
    begun = wanting(call)
    left, taken = call.customer_leg(), Leg.objects.select_related("call").get(leg_sid=line_of(begun))
    answers(begun.pk, taken.leg_sid)
    assert left is not None
    assert (left.role, taken.role) == (LegRole.CUSTOMER, LegRole.THIRD), "as they were read before"
    left.report("completed", at=timezone.now(), source="system")
    call.refresh_from_db()
    assert call.is_live
    taken.report("completed", at=timezone.now(), source="carrier")
    call.refresh_from_db()
    assert not call.is_live


def test_when_the_assistant_has_the_call_again_it_comes_by_the_carriers_stream(carrier: Carrier) -> None:
    call = talking()
    begun = wanting(call)
    answers(begun.pk, line_of(begun))
    call.refresh_from_db()
    transfers.leaving.note_given_back(Transfer.objects.select_related("call").get(pk=begun.pk), now=timezone.now())
    resumed = async_to_sync(given.post)("/twilio/voice/resume/", given.a_ring(leg_sid=line_of(begun)))
    assert verbs(resumed) == ["Connect", "Redirect"]


def test_once_it_has_come_it_is_looked_after_like_any_call(carrier: Carrier, monkeypatch: pytest.MonkeyPatch) -> None:
    call = talking()
    begun = wanting(call)
    sid = line_of(begun)
    answers(begun.pk, sid)
    later = timezone.now() + timedelta(hours=1)
    assert test_calls.close_lost(now=later) == 0
    asked: list[str] = []
    monkeypatch.setattr("calls.control.legs.look_up", lambda *, leg, now: asked.append(leg.leg_sid))
    monkeypatch.setattr(rest, "live_legs", list[CarriersLeg])
    reconciling.reconcile(now=later)
    assert asked == [sid]
    now = timezone.now()
    Call.objects.filter(pk=call.pk).update(phase=Phase.WITH_ASSISTANT)
    stream = Stream.issue(call=call, nonce="n2", now=now, bridge="gone-1", is_resumption=True)
    Stream.claim(nonce="n2", leg_sid=sid, stream_sid="MZ2", now=now)
    Stream.objects.filter(pk=stream.pk).update(opened_at=now - timedelta(minutes=1))
    assert Stream.left_alone(older_than=timedelta(seconds=6)) == [(stream.pk, sid)]


# --- nobody else comes ---


def _of_another_call(call: Call, mine: Transfer) -> tuple[int, str]:
    return mine.pk, line_of(wanting(talking("dana")))


def _for_another_transfer(call: Call, mine: Transfer) -> tuple[int, str]:
    return wanting(talking("dana")).pk, line_of(mine)


def _unknown(call: Call, mine: Transfer) -> tuple[int, str]:
    return mine.pk, given.a_sid()


def _after_the_end(call: Call, mine: Transfer) -> tuple[int, str]:
    test_calls.line_closed(call=call, now=timezone.now())
    return mine.pk, line_of(mine)


def _after_its_own_end(call: Call, mine: Transfer) -> tuple[int, str]:
    is_told(mine, "completed")
    return mine.pk, line_of(mine)


def _after_it_was_taken_back(call: Call, mine: Transfer) -> tuple[int, str]:
    transfers.cancel(transfer=mine, by="alice", now=timezone.now())
    transfer_driver.drive(transfer_id=mine.pk, now=timezone.now())
    return mine.pk, line_of(mine)


def _of_no_transfer(call: Call, mine: Transfer) -> tuple[int, str]:
    return 2**63 - 1, line_of(mine)


@pytest.mark.parametrize(
    "which",
    [
        _of_another_call,
        _for_another_transfer,
        _unknown,
        _after_the_end,
        _after_its_own_end,
        _after_it_was_taken_back,
        _of_no_transfer,
    ],
)
def test_no_other_line_is_the_callers(which: Callable[[Call, Transfer], tuple[int, str]], carrier: Carrier) -> None:
    call = talking()
    mine = wanting(call)
    assert verbs(answers(*which(call, mine))) == ["Hangup"]
    assert call.is_on_page()
    assert call.legs.get(role=LegRole.CUSTOMER).direction == "browser"


def test_a_line_that_was_the_callers_does_not_come_back_after_the_call(carrier: Carrier) -> None:
    call = talking()
    begun = wanting(call)
    answers(begun.pk, line_of(begun))
    is_told(begun, "completed")
    assert verbs(answers(begun.pk, line_of(begun))) == ["Hangup"]


def test_nobody_without_the_carriers_signature_comes(carrier: Carrier) -> None:
    call = talking()
    begun = wanting(call)
    path, form = f"/twilio/page-line/{begun.pk}/", given.a_ring(leg_sid=line_of(begun))
    assert async_to_sync(given.post)(path, form, signature="forged").status_code == 403
    assert call.is_on_page()


# --- it does not come ---


def test_a_page_that_does_not_answer_stays_with_the_assistant(carrier: Carrier, cold: list[str]) -> None:
    call = talking()
    begun = wanting(call)
    is_told(begun, "no-answer")
    transfer_driver.drive(transfer_id=begun.pk, now=timezone.now())
    begun.refresh_from_db()
    assert (begun.state, begun.outcome) == ("ended", "failed")
    is_as_before(call)
    assert Agent.objects.get(name="Bob").state == Agent.State.AVAILABLE
    assert cold == []


def test_a_page_of_which_nothing_is_heard_is_not_waited_for(carrier: Carrier, cold: list[str]) -> None:
    call = talking()
    begun = wanting(call)
    later = timezone.now() + page_lines.PATIENCE
    transfer_driver.drive(transfer_id=begun.pk, now=later)
    is_as_before(call)
    assert cold == [line_of(begun)]
    assert verbs(answers(begun.pk, line_of(begun))) == ["Hangup"]
    is_told(begun, "canceled")
    wanting(call)
    assert len(carrier.dials) == 2, "and may be put through later"


def test_a_carrier_that_will_not_ring_the_page_changes_nothing(carrier: Carrier) -> None:
    carrier.manner = "refuses"
    call = talking()
    begun = wanting(call)
    assert begun.state == Transfer.State.ENDED
    is_as_before(call)


def asked_by_assistant(call: Call) -> tools.ToolAnswer:
    ToolGrant.objects.get_or_create(assistant=call.assistant, tool="transfer")
    arguments = json.dumps({"to": "Bob", "reason": "x", "summary": "y"})
    wanted = tools.ToolCall("call_1", "transfer", arguments, call.epoch)
    return tools.run(tool_call=wanted, call=call, granted=frozenset({"transfer"}), now=timezone.now())


def test_the_assistant_waits_until_the_page_has_come(carrier: Carrier, monkeypatch: pytest.MonkeyPatch) -> None:
    call = talking()

    def meanwhile(_: float) -> None:
        begun = Transfer.objects.get()
        answers(begun.pk, line_of(begun))

    monkeypatch.setattr(transfer_tool.time, "sleep", meanwhile)
    answer = asked_by_assistant(call)
    assert (answer.output, answer.is_error) == ("The caller is being put through. Say nothing more.", False)


def test_the_assistant_is_told_that_the_page_did_not_come(carrier: Carrier, monkeypatch: pytest.MonkeyPatch) -> None:
    call = talking()
    monkeypatch.setattr(transfer_tool.time, "sleep", lambda _: is_told(Transfer.objects.get(), "failed"))
    monkeypatch.setattr(page_lines, "PATIENCE", timedelta(0))
    answer = asked_by_assistant(call)
    assert answer.is_error
    assert "Nobody was put through" in answer.output
    is_as_before(call)


@pytest.mark.parametrize(
    ("without", "said"), [("TWILIO_API_KEY", "not set: TWILIO_API_KEY"), ("", "no telephone number")]
)
def test_where_nobody_can_be_put_through_it_is_said_and_nothing_happens(
    without: str, said: str, settings: Any, carrier: Carrier
) -> None:
    call = talking()
    if without:
        setattr(settings, without, "")
    else:
        Number.objects.update(phone_number_sid="")
    answer = asked_by_assistant(call)
    assert answer.is_error
    assert "Nobody can be put through here" in answer.output
    assert said in answer.output
    assert carrier.dials == []
    is_as_before(call)
