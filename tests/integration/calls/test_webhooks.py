"""The carrier's webhooks over HTTP: signed or refused, known once, never a trace."""

import asyncio
import contextlib
from xml.etree import ElementTree as ET

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient
from prometheus_client import REGISTRY

from calls import intake, journal
from calls.lifecycle import CallFact, EndedReason, Phase, RecordingStatus
from calls.models import Call, CallEvent, Recording
from calls.realtime import warm
from calls.webhooks import answering
from tests import given
from tests.given import post

pytestmark = pytest.mark.django_db(transaction=True)
db = sync_to_async
LIMIT_S = answering.ANSWER_LIMIT_S  # as it is in production


@pytest.fixture(autouse=True)
def cold_model(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """No model is dialled here: what would be warmed is listed instead."""
    begun: list[str] = []
    monkeypatch.setattr(warm, "begin", lambda key, settings, *, context: begun.append(key))
    return begun


def verbs(response) -> list[str]:
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/xml")
    return [verb.tag for verb in ET.fromstring(response.content)]


async def test_a_ring_is_answered_with_recording_opening_words_stream_and_resume(cold_model: list[str]) -> None:
    await db(given.a_number)()
    response = await post("/twilio/voice/", given.a_ring())
    assert verbs(response) == ["Start", "Say", "Connect", "Redirect"]
    assert b"AI assistant answering for Marlow Outdoor" in response.content
    assert len(cold_model) == 1


async def test_an_unknown_number_hears_a_sentence_and_the_line_ends() -> None:
    response = await post("/twilio/voice/", given.a_ring(to="+14155550199"))
    assert verbs(response) == ["Say", "Hangup"]


PATHS = [
    *("voice/", "voice/resume/", "voice/fallback/", "consent/", "consent/again/"),
    *("status/", "stream-status/", "recording/", "recorded/1/"),
]
PATHS += ["voicemail/", "voicemail/recording/", "callback/offer/"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("signature", ["", "forged", "Kvi1fEEFyuJUxL1SRQHUSD3SbTA="])
async def test_unsigned_and_forged_posts_are_refused_counted_and_leave_nothing(path: str, signature: str) -> None:
    route = path.replace("recorded/1/", "recorded/<int:call_id>/")  # by its pattern: whoever knocks chooses the path
    labels = {"path": f"/twilio/{route}", "reason": "signature"}
    before = REGISTRY.get_sample_value("calls_webhooks_refused_total", labels) or 0
    response = await post(f"/twilio/{path}", given.a_ring(), signature=signature)
    assert (response.status_code, response.content) == (403, b"")
    assert REGISTRY.get_sample_value("calls_webhooks_refused_total", labels) == before + 1
    assert await Call.objects.acount() == await CallEvent.objects.acount() == 0


@pytest.mark.parametrize("path", PATHS)
async def test_nothing_but_a_post_is_read(path: str) -> None:
    assert (await AsyncClient().get(f"/twilio/{path}")).status_code == 405


async def test_an_altered_form_is_refused() -> None:
    form = given.a_ring()
    signature = given.signed("/twilio/voice/", form)
    assert (await post("/twilio/voice/", form | {"To": "+14155550199"}, signature=signature)).status_code == 403


async def test_the_secondary_token_is_good_too(settings) -> None:
    settings.TWILIO_AUTH_TOKEN_SECONDARY = "f" * 32
    form = given.a_ring(to="+14155550199")
    response = await post("/twilio/voice/", form, signature=given.signed("/twilio/voice/", form, token="f" * 32))
    assert response.status_code == 200


async def test_a_signature_over_another_host_is_refused_whatever_the_headers_claim(settings) -> None:
    form = given.a_ring()
    signature = given.signed("/twilio/voice/", form)
    settings.PUBLIC_URL = "https://other.example.com"
    response = await AsyncClient().post(
        "/twilio/voice/",
        form,
        headers={
            "X-Twilio-Signature": signature,
            "X-Forwarded-Host": "voice.example.com",
            "X-Forwarded-Proto": "https",
        },
    )
    assert response.status_code == 403


async def test_words_of_the_carrier_that_are_not_ascii_are_signed_and_stored() -> None:
    await db(given.a_number)()
    response = await post("/twilio/voice/", given.a_ring(FromCity="São Paulo", CallerName="Zoë ✂", Empty=""))
    assert response.status_code == 200


async def test_a_status_is_kept_and_closes_the_call() -> None:
    call = await db(given.a_call)()
    leg = await db(call.customer_leg)()
    form = given.a_ring(leg_sid=leg.leg_sid) | {"CallStatus": "completed", "CallDuration": "17", "SequenceNumber": "0"}
    for _ in range(3):
        assert (await post("/twilio/status/", form)).status_code == 200
    await call.arefresh_from_db()
    await leg.arefresh_from_db()
    assert (call.phase, leg.duration_s) == (Phase.CLOSED, 17)
    assert await call.events.filter(kind=CallFact.LEG_ENDED).acount() == 1


async def test_a_status_of_a_call_we_never_heard_of_is_not_lost() -> None:
    await post("/twilio/status/", given.a_ring() | {"CallStatus": "completed"})
    call = await Call.objects.aget()
    assert (call.phase, call.ended_reason) == (Phase.CLOSED, EndedReason.INTAKE_FAILED)


async def test_recording_callbacks_in_any_order_and_number_name_one_recording(monkeypatch) -> None:
    from calls import reactions

    enqueued: list[str] = []
    monkeypatch.setattr(reactions, "_send", lambda task, countdown, arguments: enqueued.append(task.name))
    call = await db(given.a_call)()
    leg = await db(call.customer_leg)()
    form = {
        "CallSid": leg.leg_sid,
        "RecordingSid": given.a_sid("RE"),
        "RecordingDuration": "9",
        "RecordingChannels": "2",
        "RecordingStartTime": "Fri, 20 Nov 2026 12:00:01 +0000",
    }
    for status in ("completed", "in-progress", "completed", "in-progress"):
        await post("/twilio/recording/", form | {"RecordingStatus": status})
    recording = await Recording.objects.aget()
    assert (recording.status, recording.copy_state) == (RecordingStatus.COMPLETED, "due")
    assert (recording.recording_sid, recording.duration_ms) == (form["RecordingSid"], 9000)
    reactions._sender.submit(lambda: None).result()
    assert enqueued == ["calls.tasks.copy_recording"]


async def test_a_stream_error_of_the_carrier_is_kept_with_the_call() -> None:
    call = await db(given.a_call)()
    leg = await db(call.customer_leg)()
    form = {"CallSid": leg.leg_sid, "StreamSid": "MZ1", "StreamEvent": "stream-error", "StreamError": "31920"}
    await post("/twilio/stream-status/", form)
    assert await call.events.filter(kind="stream_status").acount() == 1


async def test_with_the_database_away_the_caller_is_served_and_the_books_follow(monkeypatch) -> None:
    await db(given.a_number)()

    def away(**_: object) -> None:
        raise_operational_error()

    monkeypatch.setattr(intake, "receive", away)
    response = await post("/twilio/voice/", given.a_ring())
    assert verbs(response) == ["Say", "Hangup"]
    await journal.settled()
    call = await Call.objects.aget()
    assert call.ended_reason == EndedReason.INTAKE_FAILED


async def test_with_a_database_that_hangs_the_caller_is_served_before_it_answers(monkeypatch) -> None:
    released = asyncio.Event()
    loop = asyncio.get_running_loop()

    def hang(**_: object) -> None:
        asyncio.run_coroutine_threadsafe(released.wait(), loop).result(5)

    monkeypatch.setattr(intake, "receive", hang)
    assert LIMIT_S < 1, "what a caller waits for"
    monkeypatch.setattr(answering, "ANSWER_LIMIT_S", LIMIT_S)
    try:
        response = await post("/twilio/voice/?again=2", given.a_ring(to="+14155550199"))
        assert not released.is_set(), "it hangs still"
        assert verbs(response) == ["Say", "Hangup"]
    finally:
        released.set()
        await journal.settled()


def raise_operational_error() -> None:
    from django.db import OperationalError

    raise OperationalError("the database is away")


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xfe\x00", b"{}", b"CallSid=" + b"A" * 2_000_000, b"&".join(b"a%d=1" % n for n in range(3000))],
    ids=["empty", "binary", "json", "large", "many fields"],
)
async def test_bodies_that_are_no_form_are_refused_without_a_trace(body: bytes) -> None:
    client = AsyncClient(raise_request_exception=False)
    response = await client.post(
        "/twilio/voice/", body, content_type="application/x-www-form-urlencoded", headers={"X-Twilio-Signature": "x"}
    )
    assert response.status_code in (400, 403, 413)
    assert b"Traceback" not in response.content
    with contextlib.suppress(Call.DoesNotExist):
        assert await Call.objects.acount() == 0
