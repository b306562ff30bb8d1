"""Rules of a number, from the books to the document: who is taken, by whom, and how few questions are asked."""

from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
import time_machine
from asgiref.sync import sync_to_async
from django.db import connection
from django.test.utils import CaptureQueriesContext

from calls import intake
from calls.carrier import callbacks, message_documents, twiml
from calls.lifecycle import EndedReason, Phase
from calls.models import BlockedCaller, Call, CallEvent, Number, Transfer
from calls.realtime import warm
from tests import given
from tests.given import post

pytestmark = pytest.mark.django_db(transaction=True)
db = sync_to_async

FRIDAY_NOON = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)  # in San Francisco, where our number is at home
SATURDAY = FRIDAY_NOON + timedelta(days=1)


@pytest.fixture(autouse=True)
def cold_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """No model is dialled here."""
    monkeypatch.setattr(warm, "begin", lambda *_, **__: None)


def receive(*, now: datetime = FRIDAY_NOON, **fields: str) -> intake.Answer:
    return intake.receive(request=callbacks.voice_request(given.a_ring(**fields)), now=now)


def why(call: Call) -> tuple[str, str]:
    """The reason for the answer, as code and sentence."""
    data = call.events.get(key="received").data
    return data["because"], data["why"]


async def document(*, now: datetime = FRIDAY_NOON, **fields: str) -> list[str]:
    """The verbs of the answer to a ring at this moment."""
    with time_machine.travel(now, tick=False):
        response = await post("/twilio/voice/", given.a_ring(**fields))
    assert response.status_code == 200
    return [verb.tag for verb in ET.fromstring(response.content)]


# --- opening hours ----------------------------------------------------------------------------------------------------


def test_hours_are_read_with_their_holidays_and_decide() -> None:
    schedule = given.a_schedule(Founders=date(2026, 11, 23))
    given.a_number(schedule=schedule, answered_after_hours_by="message", after_hours_message="Come back on Monday.")
    assert isinstance(receive(), intake.WithAssistant)
    closed = receive(now=SATURDAY)
    assert isinstance(closed, intake.Told)
    assert (closed.words, closed.is_closed) == ("Come back on Monday.", True)
    assert closed.call.ended_reason == EndedReason.MESSAGE_PLAYED
    assert why(closed.call) == (
        "closed",
        "Closed at this hour, opens at 08:00 on Tuesday (America/Los_Angeles). The caller hears a message.",
    )
    holiday = receive(now=FRIDAY_NOON + timedelta(days=3))
    assert why(holiday.call)[0] == "holiday"
    assert "Closed for Founders" in why(holiday.call)[1]


async def test_a_closed_number_says_so_and_nobody_is_dialled() -> None:
    await db(lambda: given.a_number(schedule=given.a_schedule()))()
    assert await document(now=SATURDAY) == ["Say", "Hangup"]


async def test_words_nobody_wrote_are_those_of_the_house() -> None:
    await db(lambda: given.a_number(schedule=given.a_schedule()))()
    with time_machine.travel(SATURDAY, tick=False):
        response = await post("/twilio/voice/", given.a_ring())
    assert message_documents.CLOSED_NOW in response.content.decode()


def test_the_time_zone_of_the_number_counts() -> None:
    given.a_number(schedule=given.a_schedule(), time_zone="Asia/Tokyo")  # Saturday, five in the morning there
    assert isinstance(receive(), intake.Told)


@pytest.mark.parametrize("zone", ["Mars/Base", "America"])
def test_a_zone_that_is_none_sends_nobody_away(zone: str) -> None:
    given.a_number(schedule=given.a_schedule(), answered_after_hours_by="reject")
    Number.objects.update(time_zone=zone)
    answer = receive(now=SATURDAY)
    assert isinstance(answer, intake.WithAssistant)
    assert why(answer.call)[0] == "rules_unreadable"


@pytest.mark.parametrize("field", ["answered_by", "answered_after_hours_by", "over_limit_answer"])
def test_a_rule_that_is_none_sends_nobody_away(field: str) -> None:
    given.a_number(schedule=given.a_schedule(), answered_after_hours_by="reject")
    Number.objects.update(**{field: "pigeon"})
    assert isinstance(receive(now=SATURDAY), intake.WithAssistant)


def test_a_number_without_an_assistant_can_be_answered_all_the_same() -> None:
    Number.objects.create(e164=given.OURS, answered_by="voicemail", label="Billing")
    answer = receive()
    assert isinstance(answer, intake.LeaveMessage)
    assert answer.call.phase == Phase.VOICEMAIL


# --- who is kept out --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("beginning", "is_blocked"),
    [(given.CAROL, True), ("+1415", True), ("+141", True), ("+1416", False), ("+14155552672", False)],
)
def test_blocked_callers_are_turned_away_by_number_or_beginning(beginning: str, is_blocked: bool) -> None:
    given.a_number()
    BlockedCaller.objects.create(beginning=beginning)
    assert isinstance(receive(), intake.TurnedAway if is_blocked else intake.WithAssistant)


async def test_who_is_blocked_is_not_picked_up() -> None:
    await db(given.a_number)()
    await BlockedCaller.objects.acreate(beginning=given.CAROL)
    assert await document() == ["Reject"]
    call = await Call.objects.aget()
    assert call.ended_reason == EndedReason.REJECTED
    assert call.failure_class == ""
    assert (await db(why)(call))[0] == "caller_blocked"
    assert given.CAROL not in (await db(why)(call))[1]


async def test_a_line_that_is_picked_up_already_is_ended_instead() -> None:
    await db(given.a_number)()
    await BlockedCaller.objects.acreate(beginning=given.CAROL)
    assert await document(CallStatus="in-progress") == ["Hangup"]


@pytest.mark.parametrize(
    ("rules", "from_", "is_taken"),
    [
        ({"countries_allowed": "us, ca"}, given.CAROL, True),
        ({"countries_allowed": "US CA"}, "+442079460958", False),
        ({"countries_blocked": "GB;FR"}, "+442079460958", False),
        ({"countries_blocked": "GB;FR"}, given.CAROL, True),
        ({"countries_allowed": "US"}, "anonymous", True),
        ({"countries_allowed": "US"}, "+883510012345", True),
        ({"countries_allowed": "US"}, "client:alice", True),
    ],
)
def test_countries(rules: dict[str, str], from_: str, is_taken: bool) -> None:
    given.a_number(**rules)
    assert isinstance(receive(from_=from_), intake.WithAssistant if is_taken else intake.TurnedAway)


# --- how many are let in ----------------------------------------------------------------------------------------------


def test_no_more_calls_at_once_than_a_number_takes() -> None:
    given.a_number(max_calls_at_once=2)
    first, second = receive(), receive()
    over = receive()
    assert isinstance(over, intake.TurnedAway)
    assert over.is_busy
    assert why(over.call) == (
        "too_many_at_once",
        "This number takes 2 calls at once, and 2 were in progress. The caller hears the busy tone.",
    )
    second.call.customer_leg().report("completed", at=FRIDAY_NOON, source="carrier")
    over.call.customer_leg().report("busy", at=FRIDAY_NOON, source="carrier")
    assert isinstance(receive(), intake.WithAssistant)
    assert isinstance(first, intake.WithAssistant)


async def test_over_a_cap_the_busy_tone_is_the_first_verb() -> None:
    await db(lambda: given.a_number(max_calls_at_once=0))()
    with time_machine.travel(FRIDAY_NOON, tick=False):
        response = await post("/twilio/voice/", given.a_ring())
    (reject,) = ET.fromstring(response.content)
    assert (reject.tag, reject.get("reason")) == ("Reject", "busy")


async def test_over_a_cap_words_can_be_spoken_instead() -> None:
    await db(lambda: given.a_number(max_calls_at_once=0, over_limit_answer="message"))()
    with time_machine.travel(FRIDAY_NOON, tick=False):
        response = await post("/twilio/voice/", given.a_ring())
    assert twiml.ALL_BUSY in response.content.decode()


def test_calls_of_one_caller_within_an_hour() -> None:
    given.a_number(max_calls_per_caller=2)
    for minutes in (0, 10):
        assert isinstance(receive(now=FRIDAY_NOON + timedelta(minutes=minutes)), intake.WithAssistant)
    for minutes in (20, 30, 59):  # trying again keeps nobody out for longer
        answer = receive(now=FRIDAY_NOON + timedelta(minutes=minutes))
        assert isinstance(answer, intake.TurnedAway)
        assert why(answer.call)[0] == "caller_too_often"
    assert isinstance(receive(from_="+12125550199", now=FRIDAY_NOON + timedelta(minutes=59)), intake.WithAssistant)
    assert isinstance(receive(now=FRIDAY_NOON + timedelta(minutes=60)), intake.WithAssistant)


def test_callers_who_hide_their_number_are_many() -> None:
    given.a_number(max_calls_per_caller=1)
    assert all(isinstance(receive(from_="anonymous"), intake.WithAssistant) for _ in range(3))


def test_calls_within_a_minute() -> None:
    given.a_number(max_calls_per_minute=1)
    given.a_number(e164="+14155550101", max_calls_per_minute=1)
    assert isinstance(receive(), intake.WithAssistant)
    assert isinstance(receive(now=FRIDAY_NOON + timedelta(seconds=59)), intake.TurnedAway)
    assert isinstance(receive(to="+14155550101"), intake.WithAssistant)  # each number counts its own
    assert isinstance(receive(now=FRIDAY_NOON + timedelta(seconds=60)), intake.WithAssistant)


# --- the same again, and people ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "kind"),
    [
        ({"max_calls_at_once": 0}, intake.TurnedAway),
        ({"answered_by": "message", "message": "Hello."}, intake.Told),
        ({"answered_by": "voicemail"}, intake.LeaveMessage),
        ({"answered_by": "reject"}, intake.TurnedAway),
    ],
)
def test_the_same_request_again_gets_the_same_answer_whatever_the_rules_say_by_now(
    rules: dict[str, object], kind: type
) -> None:
    given.a_number(**rules)
    request = callbacks.voice_request(given.a_ring())
    first = intake.receive(request=request, now=FRIDAY_NOON)
    Number.objects.update(answered_by="assistant", max_calls_at_once=None, message="Other words.")
    events = CallEvent.objects.count()
    second = intake.receive(request=request, now=FRIDAY_NOON + timedelta(seconds=1))
    assert isinstance(first, kind)
    assert isinstance(second, kind)
    assert (first.call, CallEvent.objects.count()) == (second.call, events)
    if isinstance(first, intake.Told) and isinstance(second, intake.Told):
        assert first.words == second.words == "Hello."


async def test_a_queue_takes_the_caller_at_once() -> None:
    await db(lambda: given.a_number(answered_by="queue", queue=given.a_queue()))()
    assert await document() == ["Say", "Dial"]
    call = await Call.objects.aget()
    assert call.phase == Phase.TRANSFERRING
    transfer = await Transfer.objects.aget()
    assert (transfer.source, transfer.state, transfer.sent_at is not None) == ("intake", "open", True)


def test_a_queue_that_is_switched_off_sends_nobody_away() -> None:
    given.a_number(answered_by="queue", queue=given.a_queue(is_active=False))
    assert isinstance(receive(), intake.WithAssistant)


# --- how much is asked ------------------------------------------------------------------------------------------------

# BEGIN and COMMIT; the leg, the number with all its rules, the version, its tools and keys, the bridges, their streams;
# the call, its leg, its first fact, what its caller is told, its recording, its ticket.
MOST_STATEMENTS = 15


def test_the_caller_does_not_wait_for_many_questions() -> None:
    given.a_number(
        schedule=given.a_schedule(Founders=date(2026, 11, 23)),
        max_calls_at_once=9,
        max_calls_per_minute=9,
        max_calls_per_caller=9,
        countries_allowed="US",
    )
    BlockedCaller.objects.create(beginning="+1999")
    request = callbacks.voice_request(given.a_ring())
    with CaptureQueriesContext(connection) as asked:
        answer = intake.receive(request=request, now=FRIDAY_NOON)
    assert isinstance(answer, intake.WithAssistant)
    assert len(asked) <= MOST_STATEMENTS, "\n".join(query["sql"][:100] for query in asked.captured_queries)


@pytest.mark.parametrize("numbers", [0, 1, 2])
def test_what_is_asked_before_anybody_calls_leaves_nothing_behind(numbers: int) -> None:
    for n in range(numbers):
        given.a_number(e164=f"+1415555010{n}")
    with CaptureQueriesContext(connection) as asked:
        intake.warm_up(now=FRIDAY_NOON)
    assert all(query["sql"].startswith("SELECT") for query in asked.captured_queries)
    assert len(asked) == 1 or any("promptversion" in query["sql"] for query in asked.captured_queries)
    assert Call.objects.count() == CallEvent.objects.count() == 0
