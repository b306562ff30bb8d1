"""Books that are slow, and not away: callers are asked for a moment, and reports do not stand in their way."""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from xml.etree import ElementTree as ET

import pytest
from asgiref.sync import sync_to_async as db
from django.http import HttpResponse
from django.utils import timezone

from calls import intake, journal
from calls.carrier import callbacks, twiml
from calls.lifecycle import CallFact, LegStatus, Phase
from calls.models import Call, CallEvent, Stream
from calls.realtime import warm
from calls.webhooks import answering, carrier, pressure
from tests import given
from tests.given import post

pytestmark = pytest.mark.django_db(transaction=True)
A_FLOOD = pressure.A_FLOOD  # before the tests are patient
Hang = Callable[[object, str], None]


@pytest.fixture(autouse=True)
def _cold_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm, "begin", lambda *_, **__: None)


@pytest.fixture
def hang(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hang]:
    """Have a function wait, once it was called, for the end of the test; nobody waits long for it."""
    released = threading.Event()

    def arranged(where: object, name: str) -> None:
        real = getattr(where, name)

        def waiting(**arguments: object) -> object:
            released.wait(20)
            return real(**arguments)

        monkeypatch.setattr(where, name, waiting)
        monkeypatch.setattr(answering, "ANSWER_LIMIT_S", 0.05)

    yield arranged
    released.set()


def spoken(response: HttpResponse) -> list[str]:
    """The verbs of a document with what they say or where they lead."""
    assert response.status_code == 200
    return [verb.text or verb.tag for verb in ET.fromstring(response.content)]


def held() -> Call:
    """A call in conversation."""
    call = given.a_call(now=timezone.now())
    stream = call.streams.get()
    Stream.claim(nonce=stream.nonce, leg_sid=call.customer_leg().leg_sid, stream_sid="MZ1", now=timezone.now())
    call.advance(CallFact.STREAM_OPENED, at=timezone.now(), source="carrier")
    return call


@pytest.mark.parametrize(
    ("path", "function", "often", "apology"),
    [
        ("/twilio/voice/", (intake, "receive"), 2, twiml.CANNOT_TAKE_CALL),
        ("/twilio/voice/resume/", (carrier, "_take_up"), 3, twiml.LOST_ASSISTANT),
    ],
    ids=["a call that comes in", "a lost stream"],
)
async def test_a_caller_hears_a_word_and_is_answered_later_and_not_for_ever(
    hang: Hang, path: str, function: tuple[object, str], often: int, apology: str
) -> None:
    hang(*function)
    ring, asked = given.a_ring(), path
    for attempt in range(1, often + 1):
        words, asked = spoken(await post(asked, ring))
        assert words == twiml.ONE_MOMENT
        assert asked == twiml.public_url(f"{path}?again={attempt}")
        asked = asked.removeprefix(twiml.public_url(""))
    assert spoken(await post(asked, ring)) == [apology, "Hangup"]


async def test_a_strange_count_of_attempts_is_none(hang: Hang) -> None:
    hang(carrier, "_take_up")
    for count in ("-1", "99", "²", "x", ""):
        assert spoken(await post(f"/twilio/voice/resume/?again={count}", given.a_ring()))[0] == twiml.ONE_MOMENT


def take_up(call: Call, *, is_again: bool) -> intake.Continuation:
    form = given.a_ring(leg_sid=call.customer_leg().leg_sid)
    return intake.take_up(request=callbacks.voice_request(form), now=timezone.now(), is_again=is_again)


def test_what_came_too_late_is_given_when_it_is_asked_for_again() -> None:
    call = held()
    late = take_up(call, is_again=False)
    again = take_up(call, is_again=True)
    assert isinstance(late, intake.WithAssistant)
    assert isinstance(again, intake.WithAssistant)
    assert (again.nonce, again.ticket[:20]) == (late.nonce, late.ticket[:20])
    assert call.events.filter(kind=CallFact.RESUMED).count() == 1
    epoch = Call.objects.get(pk=call.pk).epoch
    leg_sid = call.customer_leg().leg_sid
    assert Stream.claim(nonce=again.nonce, leg_sid=leg_sid, stream_sid="MZ2", now=timezone.now()).epoch == epoch + 1


def test_what_nobody_had_begun_is_done_when_it_is_asked_for_again() -> None:
    call = held()
    answer = take_up(call, is_again=True)
    assert isinstance(answer, intake.WithAssistant)
    assert call.events.filter(kind=CallFact.RESUMED).count() == 1
    assert not call.streams.filter(opened_at__isnull=False, closed_at=None).exists(), "whoever held it holds it no more"


def test_a_line_that_was_not_come_to_is_not_given_once_more() -> None:
    call = held()
    first, second = take_up(call, is_again=False), take_up(call, is_again=False)
    assert isinstance(first, intake.WithAssistant)
    assert isinstance(second, intake.WithAssistant)
    assert first.nonce != second.nonce


async def test_a_report_that_has_no_turn_is_written_down_a_moment_later(
    hang: Hang, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = await db(held)()
    leg = await db(call.customer_leg)()
    busy = threading.Event()
    waiting = answering._for_reports.submit(busy.wait, 20)
    monkeypatch.setattr(answering, "REPORT_LIMIT_S", 0.01)
    monkeypatch.setattr(answering, "ANSWER_LIMIT_S", 60.0)
    try:
        form = {"CallSid": leg.leg_sid, "CallStatus": LegStatus.COMPLETED, "CallDuration": "9", "SequenceNumber": "3"}
        assert (await post("/twilio/status/", form)).status_code == 200, "whoever is busy is not waited for"
        await journal.settled()
    finally:
        busy.set()
        waiting.result()
    call = await Call.objects.aget(pk=call.pk)
    assert call.phase == Phase.CLOSED
    assert await CallEvent.objects.filter(call=call, kind=CallFact.LEG_ENDED).acount() == 1


async def test_where_many_wait_for_answers_a_report_goes_to_the_journal_at_once_and_that_takes_its_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    call = await db(held)()
    leg = await db(call.customer_leg)()
    monkeypatch.setattr(answering, "REPORT_LIMIT_S", 60.0)
    monkeypatch.setattr(answering._for_reports, "submit", None)  # they must not be asked
    form = {"CallSid": leg.leg_sid, "CallStatus": LegStatus.COMPLETED, "CallDuration": "9", "SequenceNumber": "3"}
    with contextlib.ExitStack() as others:
        for _ in range(5):
            others.enter_context(pressure.asked())
        assert (await post("/twilio/status/", form)).status_code == 200
        await journal.settled()
    assert (await Call.objects.aget(pk=call.pk)).phase == Phase.CLOSED


@pytest.fixture
def flooded(monkeypatch: pytest.MonkeyPatch) -> deque[float]:
    """What tells a flood, as it is in production: so many were told at this very moment."""
    told = deque([time.monotonic()] * A_FLOOD, maxlen=A_FLOOD)
    monkeypatch.setattr(pressure, "A_FLOOD", A_FLOOD)
    monkeypatch.setattr(pressure, "_told", told)
    return told


async def test_of_a_flood_of_reports_each_is_answered_at_once_and_all_are_written_down(
    flooded: deque[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    call = await db(held)()
    leg = await db(call.customer_leg)()
    monkeypatch.setattr(answering._for_reports, "submit", None)  # they must not be asked
    for number, status in enumerate((LegStatus.RINGING, LegStatus.IN_PROGRESS, LegStatus.COMPLETED)):
        flooded.extend([time.monotonic()] * A_FLOOD)
        form = {"CallSid": leg.leg_sid, "CallStatus": status, "SequenceNumber": str(number)}
        assert (await post("/twilio/status/", form)).status_code == 200
    await journal.settled()
    assert (await Call.objects.aget(pk=call.pk)).phase == Phase.CLOSED


def test_the_reports_of_a_call_s_end_are_no_flood(flooded: deque[float]) -> None:
    flooded.clear()
    assert not any(pressure.is_flooded_by_one_more(100.0) for _ in range(A_FLOOD))
    assert pressure.is_flooded_by_one_more(100.1)
    later = 100.0 + pressure.WITHIN_S
    assert not any(pressure.is_flooded_by_one_more(later) for _ in range(A_FLOOD - 1))
    assert pressure.is_flooded_by_one_more(later)
