"""A stream is over and its caller is still there: who goes on, who ends it, and who may not act any more."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from asgiref.sync import sync_to_async as db
from django.utils import timezone

from calls import intake, journal, tools
from calls.carrier import callbacks, twiml
from calls.consumers import books
from calls.control import legs
from calls.intake.continuation import RESUMPTIONS_LIMIT
from calls.journal import Entry
from calls.lifecycle import CallFact, EndedReason, Phase
from calls.models import BridgeWorker, Call, CallEvent, ResumeDocument, Stream, ToolRun, TranscriptTurn
from calls.realtime import warm
from tests import given
from tests.given import NOON, post
from tests.integration.calls.test_webhooks import verbs

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def cold_model(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Nobody opens a socket; the nonces for which one was warmed."""
    warmed: list[str] = []
    monkeypatch.setattr(warm, "begin", lambda nonce, *_, **__: warmed.append(nonce))
    return warmed


def held(*, bridge: str = "") -> tuple[Call, Stream]:
    """A call in conversation, and the stream it is held on."""
    call = given.a_call(now=timezone.now())
    stream = call.streams.get()
    Stream.objects.filter(pk=stream.pk).update(bridge=bridge)
    leg_sid = call.customer_leg().leg_sid
    stream = Stream.claim(nonce=stream.nonce, leg_sid=leg_sid, stream_sid="MZ1", now=timezone.now())
    call.advance(CallFact.STREAM_OPENED, at=timezone.now(), source="carrier")
    call.refresh_from_db()
    return call, stream


def take_up(call: Call) -> intake.Continuation:
    form = given.a_ring(leg_sid=call.customer_leg().leg_sid)
    return intake.take_up(request=callbacks.voice_request(form), now=timezone.now())


def a_bridge(name: str, *, now: datetime | None = None, **fields: object) -> None:
    """A bridge says that it is there, or was heard of last at some time."""
    BridgeWorker.report(
        **{
            "name": name,
            "started_at": NOON,
            "calls": 0,
            "capacity": 10,
            "is_draining": False,
            "model_share_left": 1.0,
        }
        | fields
    )
    if now is not None:
        BridgeWorker.objects.filter(name=name).update(heard_at=now)


# --- who goes on ------------------------------------------------------------------------------------------------------


async def test_a_lost_stream_is_followed_by_another_without_opening_words(cold_model: list[str]) -> None:
    call, _ = await db(held)()
    leg = await db(call.customer_leg)()
    response = await post("/twilio/voice/resume/", given.a_ring(leg_sid=leg.leg_sid))
    assert verbs(response) == ["Connect", "Redirect"]
    assert len(cold_model) == 1
    assert await call.events.filter(kind=CallFact.RESUMED).acount() == 1
    stream = await call.streams.order_by("-pk").afirst()
    assert stream.is_resumption


def test_what_was_written_down_is_what_it_goes_on_from() -> None:
    call, _ = held()
    ResumeDocument.keep_all([ResumeDocument(call=call, document={"greeted": True}, epoch=1, written_at=NOON)])
    conversation = intake.taken_up(call, now=call.started_at + timedelta(seconds=9))
    assert conversation.plan.resumed == {"greeted": True}
    assert conversation.plan.elapsed_ms == 9000


def test_what_the_last_process_left_half_said_is_told_on() -> None:
    call, _ = held()
    ResumeDocument.keep_all([ResumeDocument(call=call, document={"greeted": True}, epoch=1, written_at=NOON)])
    half = TranscriptTurn(call=call, item_id="i9", party="assistant", started_ms=700, text="We have", is_final=False)
    TranscriptTurn.keep_all([half])
    conversation = intake.taken_up(call, now=call.started_at)
    assert conversation.plan.resumed["entries"] == [{"at": 700, "party": "assistant", "text": "We have…"}]


@pytest.mark.parametrize("reason", [EndedReason.MODEL_UNREACHABLE, EndedReason.MODEL_LOST])
async def test_when_the_model_is_gone_another_stream_would_not_help(reason: EndedReason, settings) -> None:
    call, _ = await db(held)()
    await db(call.advance)(CallFact.STREAM_CLOSED, at=NOON, source="carrier", reason=reason)
    leg = await db(call.customer_leg)()
    response = await post("/twilio/voice/resume/", given.a_ring(leg_sid=leg.leg_sid))
    assert twiml.LOST_ASSISTANT.encode() in response.content
    await journal.settled()
    assert await call.events.filter(kind=CallFact.APOLOGISED).acount() == 1
    settings.FALLBACK_NUMBER = "+14155550190"
    response = await post("/twilio/voice/resume/", given.a_ring(leg_sid=leg.leg_sid))
    assert verbs(response) == ["Say", "Dial", "Hangup"]
    await journal.settled()
    await call.arefresh_from_db()
    assert (call.phase, call.transfer_reason) == (Phase.TRANSFERRING, "assistant_lost")


async def test_after_a_planned_end_the_line_is_released() -> None:
    call, _ = await db(held)()
    leg = await db(call.customer_leg)()
    await db(call.advance)(CallFact.HANG_UP_REQUESTED, at=NOON, source="assistant", by="assistant")
    assert verbs(await post("/twilio/voice/resume/", given.a_ring(leg_sid=leg.leg_sid))) == ["Hangup"]


def test_a_call_that_loses_stream_after_stream_is_given_up() -> None:
    call, _ = held()
    answers = []
    for n in range(RESUMPTIONS_LIMIT + 1):
        answers.append(take_up(call))
        if isinstance(answers[-1], intake.WithAssistant):
            leg_sid = call.customer_leg().leg_sid
            Stream.claim(nonce=answers[-1].nonce, leg_sid=leg_sid, stream_sid=f"MZ{n}", now=timezone.now())
    assert isinstance(answers[-1], intake.CannotGoOn)
    assert all(isinstance(answer, intake.WithAssistant) for answer in answers[:RESUMPTIONS_LIMIT])


def test_a_call_nobody_knows_cannot_go_on() -> None:
    form = given.a_ring(leg_sid="CA-never-heard-of")
    assert isinstance(intake.take_up(request=callbacks.voice_request(form), now=NOON), intake.CannotGoOn)


def test_the_bridge_that_was_lost_is_the_last_to_be_asked() -> None:
    call, _ = held(bridge="vm-1")
    a_bridge("vm-1")
    a_bridge("vm-2", calls=7)
    assert take_up(call).place.name == "vm-2"


def test_without_another_bridge_the_same_one_is_asked() -> None:
    call, _ = held(bridge="vm-1")
    a_bridge("vm-1")
    assert take_up(call).place.name == "vm-1"


def test_the_model_s_limits_keep_new_callers_away_but_not_those_under_way() -> None:
    call, _ = held(bridge="vm-1")
    a_bridge("vm-2", model_share_left=0.01)
    assert take_up(call).place.name == "vm-2"


# --- room -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "has_room"),
    [
        ({}, True),
        ({"calls": 10}, False),
        ({"is_draining": True}, False),
        ({"model_share_left": 0.01}, False),
    ],
    ids=["free", "full", "draining", "model limits"],
)
async def test_callers_are_told_when_there_is_no_room(fields: dict, has_room: bool) -> None:
    await db(given.a_number)()
    await db(a_bridge)("vm-1", **fields)
    response = await post("/twilio/voice/", given.a_ring())
    call = await Call.objects.aget()
    if has_room:
        assert b'url="wss://voice.example.com/twilio/media/vm-1/"' in response.content
    else:
        assert twiml.ALL_BUSY.encode() in response.content
        assert call.ended_reason == EndedReason.NO_ROOM
        await journal.settled()


def test_the_least_busy_bridge_gets_the_next_call() -> None:
    a_bridge("vm-1", calls=5)
    a_bridge("vm-2", calls=3)
    a_bridge("vm-3", calls=1, is_draining=True)
    given.a_number()
    answer = intake.receive(request=callbacks.voice_request(given.a_ring()), now=timezone.now())
    assert answer.place.name == "vm-2"


def ring(n: int) -> intake.Answer:
    return intake.receive(request=callbacks.voice_request(given.a_ring(leg_sid=f"CA-{n}")), now=timezone.now())


def test_calls_that_still_ring_count_so_that_a_busy_minute_is_shared() -> None:
    a_bridge("vm-1")
    a_bridge("vm-2")
    given.a_number()
    assert [ring(n).place.name for n in range(4)] == ["vm-1", "vm-2", "vm-1", "vm-2"]


def test_a_bridge_is_not_promised_more_calls_than_it_can_hold() -> None:
    a_bridge("vm-1", capacity=2)
    given.a_number()
    answers = [ring(n) for n in range(3)]
    assert [type(answer) for answer in answers] == [intake.WithAssistant, intake.WithAssistant, intake.NoRoom]
    leg = answers[0].call.customer_leg()
    leg.report("completed", at=timezone.now(), source="carrier")
    assert ring(4).place.name == "vm-1", "whoever has hung up needs no room"


def test_a_stream_is_counted_where_it_has_arrived() -> None:
    a_bridge("vm-1")
    a_bridge("vm-2")
    given.a_number()
    first = ring(1)
    assert first.place.name == "vm-1"
    leg_sid = first.call.customer_leg().leg_sid
    stream = Stream.claim(nonce=first.nonce, leg_sid=leg_sid, stream_sid="MZ1", now=timezone.now(), bridge="vm-2")
    assert (stream.bridge, Stream.objects.get().bridge) == ("vm-2", "vm-2")
    assert ring(2).place.name == "vm-1"
    assert take_up(first.call).place.name == "vm-1", "the one that was lost is the last to be asked"


def test_a_bridge_that_is_silent_gets_none() -> None:
    a_bridge("vm-1", now=timezone.now() - timedelta(seconds=5))
    given.a_number()
    answer = intake.receive(request=callbacks.voice_request(given.a_ring()), now=timezone.now())
    assert answer.place.name == ""


# --- who may not act any more -----------------------------------------------------------------------------------------


def an_entry(call: Call, epoch: int, text: str, *, later_s: float) -> Entry:
    """A turn as a process of some epoch put it, so long after the call was fenced."""
    account = {"call_id": call.pk, "epoch": epoch, "started_at": call.started_at, "offset_ms": 0, "model": "m"}
    turn = {"party": "customer", "item_id": text, "started_ms": 0, "ended_ms": 500, "text": text}
    return Entry(
        books.KIND,
        {"account": account, "type": "TurnSpoken", "record": turn},
        (call.fenced_at or NOON).timestamp() + later_s,
    )


def test_what_was_said_before_a_call_was_taken_over_counts_and_what_comes_after_does_not() -> None:
    call, stream = held()
    take_up(call)
    call.refresh_from_db()
    books.keep(
        [
            an_entry(call, stream.epoch, "before", later_s=-1),
            an_entry(call, stream.epoch, "after", later_s=1),
            an_entry(call, call.epoch, "by the new one", later_s=1),
        ]
    )
    assert set(TranscriptTurn.objects.values_list("text", flat=True)) == {"before", "by the new one"}


def test_what_a_dead_process_left_does_not_replace_what_the_next_one_has_written() -> None:
    call, _ = held()
    for epoch, summary in ((2, "newer"), (1, "found later"), (2, "newest")):
        document = ResumeDocument(call=call, document={"summary": summary}, epoch=epoch, written_at=NOON)
        ResumeDocument.keep_all([document])
        assert ResumeDocument.of(call) != {"summary": "found later"}
    assert ResumeDocument.of(call) == {"summary": "newest"}


def test_a_process_that_lost_the_call_can_neither_hang_up_nor_use_tools() -> None:
    call, stream = held()
    take_up(call)
    call.refresh_from_db()
    with pytest.raises(legs.UnableToHangUp, match="taken"):
        legs.hang_up(
            call=call, reason=EndedReason.ASSISTANT_ENDED, source="assistant", by="a", epoch=stream.epoch, now=NOON
        )
    tool_call = tools.ToolCall("call_1", "end_call", '{"reason": "caller_done"}', stream.epoch)
    answer = tools.run(tool_call=tool_call, call=call, granted=frozenset({"end_call"}), now=NOON)
    assert answer.is_error
    assert not answer.hang_up
    assert not CallEvent.objects.filter(kind__in=["end_decided", "hang_up_requested"]).exists()


def test_why_a_lost_stream_ended_says_nothing_once_another_is_open() -> None:
    call, _ = held()
    answer = take_up(call)
    call.advance(CallFact.STREAM_CLOSED, at=NOON, source="carrier", reason=EndedReason.STREAM_LOST)
    Stream.claim(nonce=answer.nonce, leg_sid=call.customer_leg().leg_sid, stream_sid="MZ2", now=timezone.now())
    call.advance(CallFact.STREAM_OPENED, at=timezone.now(), source="carrier", key="opened:2")
    call.customer_leg().report("completed", at=timezone.now(), source="carrier")
    call.refresh_from_db()
    assert (call.ended_reason, call.failure_class) == (EndedReason.CALLER_HUNG_UP, "")


# --- tools are run once -----------------------------------------------------------------------------------------------


def run_tool(call: Call, epoch: int, ref: str = "call_1", reason: str = "caller_done") -> tools.ToolAnswer:
    tool_call = tools.ToolCall(ref, "end_call", f'{{"reason": "{reason}"}}', epoch)
    return tools.run(tool_call=tool_call, call=call, granted=frozenset({"end_call"}), now=timezone.now())


def test_the_same_tool_call_told_twice_is_run_once() -> None:
    call, stream = held()
    first, second = run_tool(call, stream.epoch), run_tool(call, stream.epoch)
    assert second.output == first.output
    assert CallEvent.objects.filter(kind="end_decided").count() == 1


def test_a_tool_that_was_under_way_when_the_process_died_is_not_run_again() -> None:
    call, stream = held()
    ToolRun.begin(
        call=call,
        ref="call_1",
        tool="end_call",
        arguments='{"reason": "caller_done"}',
        epoch=stream.epoch,
        now=timezone.now(),
    )
    take_up(call)
    call.refresh_from_db()
    answer = run_tool(call, call.epoch, ref="call_2")
    assert "not known" in answer.output
    assert not CallEvent.objects.filter(kind="end_decided").exists()


def test_what_a_tool_answered_after_its_asker_had_died_is_known_to_whoever_goes_on() -> None:
    call, stream = held()
    open_call = {"at": 0, "tool": "end_call", "id": "call_1", "text": "{}"}
    document = {"v": 1, "greeted": True, "entries": [open_call]}
    ResumeDocument.keep_all([ResumeDocument(call=call, document=document, epoch=1, written_at=NOON)])
    assert intake.taken_up(call, now=NOON).plan.resumed == document, "nobody knows yet"
    output = run_tool(call, stream.epoch).output
    assert intake.taken_up(call, now=NOON).plan.resumed["entries"] == [open_call | {"output": output}]


def test_another_wish_after_a_lost_line_is_another_wish() -> None:
    call, stream = held()
    run_tool(call, stream.epoch)
    take_up(call)
    call.refresh_from_db()
    assert run_tool(call, call.epoch, ref="call_2").hang_up
