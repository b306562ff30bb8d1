"""Callbacks: owed after a fault, asked for in words or by a key, each once, with what proves it."""

from datetime import datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
import time_machine
from asgiref.sync import sync_to_async
from django.utils import timezone

from calls import tools
from calls.control import callback_work, callbacks, transfers
from calls.lifecycle import CallFact, EndedReason, Phase
from calls.lifecycle.callback import CallbackFact, CallbackState, Origin
from calls.models import Call, Callback, ResumeDocument
from calls.webhooks import messages
from tests import calls_on_screen as screen
from tests import given
from tests.given import NOON, post

pytestmark = pytest.mark.django_db(transaction=True)
db = sync_to_async


def broken_off(*, now: datetime = NOON, reason: EndedReason = EndedReason.MODEL_LOST, from_: str = given.CAROL) -> Call:
    """A call that a fault has ended."""
    call = screen.a_live_call(now=now, from_=from_)
    screen.a_talk(call)
    call.advance(CallFact.STREAM_CLOSED, at=now, source="carrier", reason=reason)
    return screen.end(call, now=now + timedelta(seconds=20))


LATER = NOON + timedelta(minutes=1)


# --- owed -------------------------------------------------------------------------------------------------------------


def test_a_fault_opens_a_callback_once_with_what_was_known() -> None:
    call = broken_off()
    ResumeDocument.objects.create(call=call, document={"summary": "Charged twice."}, epoch=1, written_at=NOON)
    assert callbacks.open_for_faults(now=LATER) == 1
    assert callbacks.open_for_faults(now=LATER) == 0
    owed = Callback.objects.get()
    assert (owed.origin, owed.state, owed.customer_e164) == (Origin.FAULT, CallbackState.ASKED, given.CAROL)
    assert owed.known == "Charged twice."
    # Noon in London is four in the morning where this number is at home.
    assert (owed.zone, owed.due_at) == ("America/Los_Angeles", NOON + timedelta(hours=4))
    assert (owed.evidence_kind, owed.consent_scope) == ("none", "")  # nobody asked for it


@pytest.mark.parametrize("reason", [EndedReason.CALLER_HUNG_UP, EndedReason.ASSISTANT_ENDED, EndedReason.REJECTED])
def test_an_ending_without_a_fault_owes_nothing(reason: EndedReason) -> None:
    broken_off(reason=reason)
    assert callbacks.open_for_faults(now=LATER) == 0


@pytest.mark.parametrize("hidden", ["anonymous", "client:alice"])
def test_who_has_no_number_cannot_be_called_back(hidden: str) -> None:
    broken_off(from_=hidden)
    assert callbacks.open_for_faults(now=LATER) == 0


def test_who_calls_again_and_again_during_a_fault_is_called_back_once() -> None:
    first, second = broken_off(), broken_off(now=NOON + timedelta(minutes=1))
    assert callbacks.open_for_faults(now=NOON + timedelta(minutes=3)) == 1
    assert Callback.objects.get().call == first
    event = second.events.get(kind="callback_owed")
    assert event.data["known_as"] == Callback.objects.get().pk


def test_nobody_is_called_back_days_later_because_nobody_looked() -> None:
    broken_off()
    assert callbacks.open_for_faults(now=NOON + timedelta(hours=25)) == 0


def test_a_call_that_goes_on_owes_nothing() -> None:
    call = screen.a_live_call(now=NOON)
    call.advance(CallFact.STREAM_CLOSED, at=NOON, source="carrier", reason=EndedReason.MODEL_LOST)
    assert callbacks.open_for_faults(now=LATER) == 0


# --- asked for in words -----------------------------------------------------------------------------------------------


def asked(call: Call, *, now: datetime = NOON, ref: str = "t1", **arguments: str) -> tools.ToolAnswer:
    """The assistant uses the tool."""
    import json

    tool_call = tools.ToolCall(ref, "callback", json.dumps(arguments), call.epoch)
    return tools.run(tool_call=tool_call, call=call, granted=frozenset({"callback"}), now=now)


def a_conversation() -> Call:
    call = screen.a_live_call(now=NOON)
    screen.a_talk(call)
    return call


def test_the_callers_own_words_are_kept_as_consent() -> None:
    call = a_conversation()
    answer = asked(call, now=NOON + timedelta(seconds=13), reason="A refund.", when="2026-11-23T15:00")
    assert not answer.is_error
    assert "Monday, 23 November at 15:00" in answer.output
    made = Callback.objects.get()
    assert (made.state, made.origin, made.reason) == (CallbackState.SCHEDULED, Origin.SPOKEN, "A refund.")
    assert made.due_at == datetime.fromisoformat("2026-11-23T15:00-08:00")
    assert made.evidence_text == "I was charged twice.\nI want the second one back."
    assert (made.evidence_kind, made.evidence_at_ms) == ("words", 4000)
    assert made.consent_scope == callbacks.SCOPE
    assert made.consented_at == NOON + timedelta(seconds=13)


def test_words_that_are_written_down_later_are_kept_later() -> None:
    call = screen.a_live_call(now=NOON)
    asked(call, now=NOON + timedelta(seconds=99), reason="A refund.")
    screen.an_event(call, "tool_called", 13_000, name="callback", call_id="t1")  # its clock is the conversation's
    assert Callback.objects.get().evidence_kind == "none"
    screen.a_talk(call, ("customer", 10_000, "Call me back, please."), ("customer", 20_000, "No, nothing else."))
    assert callbacks.complete_evidence(now=LATER) == 1
    assert callbacks.complete_evidence(now=LATER) == 0
    assert Callback.objects.get().evidence_text == "Call me back, please."  # what came after is no part of it


def test_asking_again_changes_the_same() -> None:
    call = a_conversation()
    asked(call, reason="A refund.")
    answer = asked(call, ref="t2", reason="A refund, and a tent.", when="2026-11-23T09:00")
    assert not answer.is_error
    assert (Callback.objects.get().state, Callback.objects.get().reason) == ("scheduled", "A refund, and a tent.")


@pytest.mark.parametrize(
    ("from_", "arguments", "told"),
    [
        (given.CAROL, {"when": "tomorrow at three"}, "It is Friday, 2026-11-20 04:00 now (America/Los_Angeles)."),
        (given.CAROL, {"when": "?"}, "It is Friday, 2026-11-20 04:00 now"),
        (given.CAROL, {"when": "2026-11-19T15:00"}, "That time is past."),
        (given.CAROL, {"when": "2026-11-23T23:00"}, "between 08:00 and 21:00"),
        (given.CAROL, {"when": "2026-11-23T12:00", "time_zone": "California"}, "There is no time zone California"),
        ("+79161234567", {"when": "2026-11-23T15:00"}, "different moments"),
        ("anonymous", {}, "is not known, so nobody can call back"),
    ],
)
def test_what_cannot_be_kept_is_told_to_the_assistant(from_: str, arguments: dict[str, str], told: str) -> None:
    answer = asked(screen.a_live_call(now=NOON, from_=from_), reason="x", **arguments)
    assert answer.is_error
    assert told in answer.output
    assert not Callback.objects.exists()


def test_where_the_caller_says_they_are_counts() -> None:
    call = screen.a_live_call(now=NOON, from_="+79161234567")
    answer = asked(call, reason="x", when="2026-11-23T15:00", time_zone="Asia/Vladivostok")
    assert not answer.is_error
    assert Callback.objects.get().zone == "Asia/Vladivostok"


# --- asked for by a key -----------------------------------------------------------------------------------------------


def test_the_offer_is_a_document_that_asks_for_a_key() -> None:
    document = ET.fromstring(messages.render_offer())
    assert [verb.tag for verb in document] == ["Gather", "Redirect"]
    gather = document.find("Gather")
    assert gather is not None
    assert gather.get("numDigits") == "1"
    assert (gather.get("action") or "").endswith("/twilio/callback/offer/")
    assert gather.findtext("Say") == callbacks.OFFER


async def pressed(call: Call, key: str) -> list[str]:
    leg = await db(call.customer_leg)()
    assert leg is not None
    form = given.a_ring(leg_sid=leg.leg_sid) | ({"Digits": key} if key else {})
    with time_machine.travel(LATER, tick=False):
        response = await post("/twilio/callback/offer/", form)
    return [verb.tag for verb in ET.fromstring(response.content)]


async def test_an_offer_stands_until_it_is_answered_and_who_presses_nothing_is_where_they_were() -> None:
    def waiting() -> str:
        call = screen.a_live_call()
        wish = transfers.Wish(to=transfers.To(queue=given.a_queue()))
        transfers.start(call=call, wish=wish, source="assistant", by="assistant", now=timezone.now())
        callbacks.offer(call=call, now=timezone.now())
        leg = call.customer_leg()
        assert leg is not None
        return leg.leg_sid

    form = given.a_ring(leg_sid=await db(waiting)())
    tags = []
    for path in ("voice/resume/", "voice/resume/", "callback/offer/", "voice/resume/"):
        answer = await post(f"/twilio/{path}", form)
        tags.append([verb.tag for verb in ET.fromstring(answer.content)])
    assert tags == [["Gather", "Redirect"], ["Gather", "Redirect"], ["Redirect"], ["Say", "Dial"]]


async def test_a_key_is_a_consent_and_counts_once() -> None:
    call = await db(a_conversation)()
    await db(callbacks.offer)(call=call, now=NOON)
    assert await pressed(call, "1") == await pressed(call, "1") == ["Say", "Hangup"]
    made = await Callback.objects.aget()
    assert (made.origin, made.evidence_kind, made.evidence_text) == (Origin.KEY, "key", "1")
    assert made.consent_wording == f"{callbacks.OFFER} (version {callbacks.OFFER_VERSION})"
    assert made.evidence_at_ms == 60_000
    assert await call.events.filter(kind="callback_asked").acount() == 1


async def test_another_key_leads_to_voicemail_and_none_leads_back() -> None:
    call = await db(a_conversation)()
    for key in ("", "9", "*"):
        assert await pressed(call, key) == ["Redirect"]
        await call.arefresh_from_db()
        assert call.phase == Phase.WITH_ASSISTANT
    assert await pressed(call, "2") == ["Redirect"]
    await call.arefresh_from_db()
    assert call.phase == Phase.VOICEMAIL
    assert not await Callback.objects.aexists()


async def test_who_hides_their_number_stays_on_the_line() -> None:
    call = await db(screen.a_live_call)(from_="anonymous")
    assert await pressed(call, "1") == ["Redirect"]


# --- what people do with them -----------------------------------------------------------------------------------------


def a_callback(**fields: object) -> Callback:
    return screen.a_callback(screen.a_past_call(), **fields)


ALICE = "alice@example.com"


def test_it_is_put_off_by_the_persons_clock() -> None:
    callback = a_callback(state=CallbackState.ASKED)
    at = datetime.fromisoformat("2027-03-15T09:00")
    callback_work.put_off(callback=callback, reading=at, zone="America/New_York", by=ALICE, now=NOON)
    callback.refresh_from_db()
    assert callback.due_at == datetime.fromisoformat("2027-03-15T09:00-04:00")
    assert callback.state == CallbackState.SCHEDULED
    again = datetime.fromisoformat("2027-03-16T09:00")
    callback_work.put_off(callback=callback, reading=again, zone="America/New_York", by=ALICE, now=NOON)
    assert callback.call.events.filter(kind="callback_time_agreed").count() == 2


@pytest.mark.parametrize(
    ("fact", "state"),
    [
        (CallbackFact.REACHED, CallbackState.DONE),
        (CallbackFact.DECLINED, CallbackState.REFUSED),
        (CallbackFact.CALLED_OFF, CallbackState.CANCELLED),
    ],
)
def test_two_people_at_once_finish_it_once(fact: CallbackFact, state: CallbackState) -> None:
    callback = a_callback()
    twin = Callback.objects.get(pk=callback.pk)
    callback_work.finish(callback=callback, fact=fact, note="Said so.", by=ALICE, now=NOON)
    with pytest.raises(callback_work.UnableToChangeCallback, match="over already"):
        callback_work.finish(callback=twin, fact=CallbackFact.REACHED, note="", by="bob@example.com", now=NOON)
    callback.refresh_from_db()
    assert (callback.state, callback.note, callback.closed_by_ref) == (state, "Said so.", ALICE)
    with pytest.raises(callback_work.UnableToChangeCallback):
        callback_work.put_off(callback=callback, reading=NOON, zone="Europe/Berlin", by=ALICE, now=NOON)
    callback_work.reopen(callback=callback, by=ALICE, now=timezone.now())
    callback.refresh_from_db()
    assert (callback.state, callback.closed_at) == (CallbackState.ASKED, None)
