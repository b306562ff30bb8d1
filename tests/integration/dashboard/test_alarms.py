"""The alarms of Health: each trouble is seen there within a minute, whichever process has met it."""

from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from channels.testing import ApplicationCommunicator
from django.test import Client
from django.utils import timezone

from calls import sightings
from calls.consumers import admission
from calls.consumers.line_books import take_up
from calls.lifecycle import EndedReason, LegStatus
from calls.models import Call, CarrierReport, Leg, Stream
from calls.sightings import Sight
from contactcenter.dashboard import alarms
from tests import given
from tests.given import post
from tests.integration.calls import sip_given
from tests.integration.calls.test_media_stream import a_socket, shake_hands
from tests.integration.calls.test_sip_door import a_line
from tests.integration.calls.test_watching import an_error

pytestmark = pytest.mark.django_db(transaction=True)
db = sync_to_async


@pytest.fixture(autouse=True)
def nothing_was_seen() -> None:
    """What other tests have provoked is forgotten."""
    sightings.tell()
    with sightings._redis() as redis:
        for key in redis.scan_iter("sightings.*"):
            redis.delete(key)


def keys() -> dict[str, int]:
    sightings.tell()  # as the process does by itself, twice a second
    return {alarm.key: alarm.count for alarm in alarms.look(now=timezone.now())}


def test_a_quiet_house_has_no_alarm() -> None:
    assert keys() == {}
    page = Client()
    page.force_login(given.a_person("sam", "supervisor"))
    assert "Going wrong now" not in page.get("/health/").content.decode()


async def test_errors_that_the_carrier_tells_of_are_seen_at_once_with_what_to_do() -> None:
    for code in (32011, 32011, 31921, 11200):
        await post("/twilio/debugger/", an_error(code))
    assert await db(keys)() == {"sip.silent": 2, "stream.broken": 1, "fetch": 1}
    page = Client()
    sam = await db(given.a_person)("sam", "supervisor")
    await db(page.force_login)(sam)
    shown = (await db(page.get)("/health/")).content.decode()
    assert "Going wrong now" in shown
    assert "status.openai.com" in shown
    assert 'data-alarm="sip.silent"' in shown


async def test_forged_requests_are_counted_and_our_own_trial_is_not() -> None:
    for _ in range(3):
        await post("/twilio/voice/", given.a_ring(), signature="forged")
    await post("/twilio/probe/", {"Probe": "x"}, signature="forged")
    assert await db(keys)() == {"signature.twilio": 3}


async def test_forged_webhooks_of_the_models_and_acceptances_it_does_not_take_are_counted(settings) -> None:
    await db(sip_given.opened)(settings)
    other = sip_given.SECRET.replace("MDEy", "OTEy")
    for late_s, secret in ((0, other), (301, sip_given.SECRET)):
        assert (await sip_given.post(sip_given.incoming(), late_s=late_s, secret=secret)).status_code == 401
    assert (await sip_given.post(b"signed, and no event")).status_code == 400
    line = await a_line()
    taken = await db(take_up)(line=line)
    with sip_given.a_model(settings) as model:
        model.status = 404
        await admission.let_in(line, taken.conversation.settings)
    assert await db(keys)() == {"signature.openai": 2, "sip.accept": 1}


async def test_forged_handshakes_of_streams_are_counted() -> None:
    socket: ApplicationCommunicator = a_socket("bm90IGEgc2lnbmF0dXJl")
    assert (await shake_hands(socket))["type"] == "websocket.close"
    await socket.wait()
    assert await db(keys)() == {"signature.stream": 1}


@pytest.mark.parametrize(
    ("sight", "key"),
    [
        (Sight.MODEL_SIGNATURE, "signature.openai"),
        (Sight.ACCEPT_REFUSED, "sip.accept"),
        (Sight.STREAM_REFUSED, "stream.refused"),
    ],
)
def test_what_any_process_notes_is_seen_by_all(sight: Sight, key: str) -> None:
    sightings.note(sight)
    assert keys() == {key: 1}
    assert sightings.seen() == {sight: sightings.Seen(1, is_recent=True)}


def test_streams_that_break_are_counted_and_those_that_end_are_not() -> None:
    call = given.a_call(now=timezone.now())
    for why in (EndedReason.STREAM_LOST, EndedReason.CALLER_HUNG_UP, EndedReason.BRIDGE_FAILED):
        a_line_that_ended(call, why)
    assert keys() == {"stream.broken": 2}


def test_lines_of_text_that_break_are_counted_for_themselves() -> None:
    call = given.a_call(now=timezone.now())
    a_line_that_ended(call, EndedReason.STREAM_LOST, door=Stream.Door.RELAY)
    a_line_that_ended(call, EndedReason.CALLER_HUNG_UP, door=Stream.Door.RELAY)
    assert keys() == {"relay.broken": 1}
    for n, status in enumerate(("failed", "ended", "failed")):
        call.note("relay_ended", at=timezone.now(), source="carrier", key=f"relay:{n}", status=status)
    assert keys() == {"relay.broken": 2}, "two the carrier never got through to us with"


def a_line_that_ended(call: Call, why: EndedReason, *, door: Stream.Door = Stream.Door.STREAM) -> None:
    now = timezone.now()
    call.streams.create(
        nonce=given.a_sid(), issued_at=now, expires_at=now, opened_at=now, closed_at=now, close_reason=why, door=door
    )


def test_a_sip_server_that_refuses_is_seen_and_a_busy_colleague_is_not() -> None:
    call = given.a_call(now=timezone.now())
    for n, (to, code) in enumerate((("sip:proj@sip.example.com", "503"), ("sip:max@example.com", "486"),
                                    (given.CAROL, "404"))):  # fmt: skip
        Leg.objects.create(
            call=call, leg_sid=f"CA9{n}", direction="outbound-dial", parent_sid="CA1", from_address=given.OURS,
            to_address=to, status=LegStatus.FAILED, sip_response_code=code, created_at=timezone.now(),
            ended_at=timezone.now(),
        )  # fmt: skip
    assert keys() == {"sip.codes": 1}


def test_what_is_over_for_ten_minutes_is_over() -> None:
    CarrierReport.keep(
        report_sid="NO1", source=CarrierReport.Source.DEBUGGER, level="error", code=32011, resource_sid="",
        call_id=None, occurred_at=None, now=timezone.now() - timedelta(minutes=11),
    )  # fmt: skip
    assert keys() == {}


def test_without_redis_the_rest_is_still_seen(settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    sightings.note(Sight.MODEL_SIGNATURE)
    CarrierReport.keep(
        report_sid="NO1", source=CarrierReport.Source.DEBUGGER, level="error", code=32011, resource_sid="",
        call_id=None, occurred_at=None, now=timezone.now(),
    )  # fmt: skip
    assert sightings.seen() is None
    assert keys() == {"sip.silent": 1}
