"""Voicemail: sent there by intake or by others, asked once, kept once, whatever is lost or comes twice."""

import io
from datetime import timedelta
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import soundfile
from asgiref.sync import sync_to_async
from django.utils import timezone

from calls import intake, reactions
from calls.carrier import callbacks, message_documents, rest
from calls.carrier.errors import CarrierError
from calls.carrier.rest import RecordingFound
from calls.control import copies, voicemail
from calls.lifecycle import CallFact, CopyState, EndedReason, Phase
from calls.models import Call, Recording, TranscriptTurn, Voicemail
from calls.realtime import warm
from tests import calls_on_screen as screen
from tests import given
from tests.given import NOON, post

pytestmark = pytest.mark.django_db(transaction=True)
db = sync_to_async


@pytest.fixture(autouse=True)
def cold_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """No model is dialled here."""
    monkeypatch.setattr(warm, "begin", lambda *_, **__: None)


@pytest.fixture(autouse=True)
def enqueued(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What would have been enqueued."""
    names: list[str] = []
    monkeypatch.setattr(reactions, "_send", lambda task, countdown, arguments: names.append(task.name))
    return names


@pytest.fixture
def redirected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The legs that the carrier was asked to fetch to us."""
    legs: list[str] = []
    monkeypatch.setattr(rest, "redirect", lambda leg_sid, path: bool(legs.append(leg_sid) or path))
    return legs


def verbs(content: bytes) -> list[str]:
    return [verb.tag for verb in ET.fromstring(content)]


def at_voicemail(**rules: object) -> Call:
    """A caller whom intake has sent to voicemail."""
    given.a_number(**({"answered_by": "voicemail"} | rules))
    answer = intake.receive(request=callbacks.voice_request(given.a_ring()), now=NOON)
    assert isinstance(answer, intake.LeaveMessage)
    return answer.call


def leg_of(call: Call) -> str:
    leg = call.customer_leg()
    assert leg is not None
    return leg.leg_sid


def finished(call: Call, sid: str, **more: str) -> dict[str, str]:
    """The carrier asks what follows a message."""
    return given.a_ring(leg_sid=leg_of(call), RecordingSid=sid, RecordingDuration="7", Digits="hangup") | more


def reported(call: Call, sid: str, **more: str) -> dict[str, str]:
    """The carrier reports that a message is recorded."""
    return {
        "CallSid": leg_of(call),
        "RecordingSid": sid,
        "RecordingStatus": "completed",
        "RecordingDuration": "7",
        "RecordingChannels": "1",
        "RecordingSource": "RecordVerb",
        "RecordingStartTime": "Fri, 20 Nov 2026 12:00:09 +0000",
    } | more


# --- getting there ----------------------------------------------------------------------------------------------------


async def test_the_document_greets_writes_down_and_records_after_a_tone() -> None:
    await db(given.a_number)(answered_by="voicemail", message="This is Marlow Outdoor.")
    response = await post("/twilio/voice/", given.a_ring())
    assert verbs(response.content) == ["Say", "Start", "Record", "Redirect"]
    said = ET.fromstring(response.content).findtext("Say") or ""
    assert said.startswith("This is Marlow Outdoor. Please leave a message after the tone. It is recorded")
    record = ET.fromstring(response.content).find("Record")
    assert record is not None
    assert (record.get("playBeep"), record.get("maxLength"), record.get("timeout")) == ("true", "180", "5")
    assert (record.get("action") or "").endswith("/twilio/voicemail/")
    transcription = ET.fromstring(response.content).find("Start/Transcription")
    assert transcription is not None
    assert (transcription.get("statusCallbackUrl") or "").endswith("/twilio/transcription/")
    assert (await Call.objects.aget()).phase == Phase.VOICEMAIL


async def test_a_caller_on_a_live_line_is_fetched_once_the_books_are_written(redirected: list[str]) -> None:
    call = await db(screen.a_live_call)()
    await db(voicemail.begin)(call=call, box="Billing", why="nobody was free", now=timezone.now())
    leg_sid = await db(leg_of)(call)
    assert redirected == [leg_sid]
    response = await post("/twilio/voice/resume/", given.a_ring(leg_sid=leg_sid))
    assert verbs(response.content) == ["Say", "Start", "Record", "Redirect"]
    assert b"You have reached Marlow Outdoor." in response.content
    event = await call.events.aget(kind=CallFact.VOICEMAIL_BEGAN)
    assert event.data == {"box": "Billing", "why": "nobody was free"}


def test_being_sent_there_twice_is_being_sent_there_once(redirected: list[str]) -> None:
    call = screen.a_live_call()
    for _ in range(2):
        voicemail.begin(call=call, box="Billing", why="x", now=timezone.now())
    assert call.events.filter(kind=CallFact.VOICEMAIL_BEGAN).count() == 1
    assert len(redirected) == 1


def test_who_is_gone_leaves_no_message(redirected: list[str]) -> None:
    over = screen.end(screen.a_live_call())
    with pytest.raises(voicemail.UnableToTakeMessage, match="over already"):
        voicemail.begin(call=over, box="Billing", why="x", now=timezone.now())
    assert redirected == []


def test_a_caller_who_did_not_arrive_is_fetched_again(monkeypatch: pytest.MonkeyPatch, redirected: list[str]) -> None:
    call, now = screen.a_live_call(), timezone.now()

    def away(*_: object) -> bool:
        raise CarrierError("no answer", is_permanent=False)

    with monkeypatch.context() as patched:
        patched.setattr(rest, "redirect", away)
        voicemail.begin(call=call, box="Billing", why="x", now=now)
    assert voicemail.bring_who_has_not_arrived(now=now + timedelta(seconds=5)) == 0  # may be on the way
    assert voicemail.bring_who_has_not_arrived(now=now + timedelta(seconds=10)) == 1
    assert redirected == [leg_of(call)]
    intake.take_up(request=callbacks.voice_request(given.a_ring(leg_sid=leg_of(call))), now=now)
    assert voicemail.bring_who_has_not_arrived(now=now + timedelta(seconds=30)) == 0


# --- what they leave --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["finished first", "reported first", "both twice", "reported alone"])
async def test_a_message_is_kept_once_in_whatever_order_it_is_heard_of(order: str, enqueued: list[str]) -> None:
    call, sid = await db(at_voicemail)(label="Main"), given.a_sid("RE")
    end = ("/twilio/voicemail/", await db(finished)(call, sid))
    word = ("/twilio/voicemail/recording/", await db(reported)(call, sid))
    told = {
        "finished first": [end, word],
        "reported first": [word, end],
        "both twice": [end, word, word, end],
        "reported alone": [word],
    }
    for path, form in told[order]:
        assert (await post(path, form)).status_code == 200
    message = await Voicemail.objects.select_related("recording", "call").aget()
    assert message.box == "Reception"  # of the assistant's department
    tape = message.recording
    assert (tape.is_message, tape.channels, tape.copy_state) == (True, 1, CopyState.DUE)
    assert message.call.ended_reason == EndedReason.VOICEMAIL_LEFT
    reactions._sender.submit(lambda: None).result()
    assert enqueued == ["calls.tasks.copy_recording"]


async def test_the_caller_is_thanked_and_the_call_ends() -> None:
    call = await db(at_voicemail)()
    response = await post("/twilio/voicemail/", await db(finished)(call, given.a_sid("RE")))
    assert verbs(response.content) == ["Say", "Hangup"]
    assert message_documents.MESSAGE_TAKEN in response.content.decode()
    leg_sid = await db(leg_of)(call)
    again = await post("/twilio/voice/resume/", given.a_ring(leg_sid=leg_sid))
    assert verbs(again.content) == ["Hangup"]


async def test_who_says_nothing_leaves_nothing() -> None:
    call = await db(at_voicemail)()
    response = await post("/twilio/voicemail/", given.a_ring(leg_sid=await db(leg_of)(call)))
    assert message_documents.NO_MESSAGE in response.content.decode()
    assert not await Voicemail.objects.aexists()
    assert await call.events.filter(kind="message_not_left").acount() == 1


def test_who_hangs_up_before_the_tone_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    call = at_voicemail()
    screen.end(call, now=NOON + timedelta(seconds=3))
    monkeypatch.setattr(rest, "find_recordings", lambda _: [])
    assert voicemail.find_lost(now=NOON + timedelta(minutes=2)) == 0
    assert not Voicemail.objects.exists()
    call.refresh_from_db()
    assert call.ended_reason == EndedReason.CALLER_HUNG_UP


def found(sid: str, **fields: object) -> RecordingFound:
    """A message as the carrier lists it."""
    known: dict[str, object] = {"status": "completed", "duration_s": 7, "channels": 1, "started_at": NOON}
    return RecordingFound(**({"recording_sid": sid, "is_message": True} | known | fields))


def test_a_message_of_which_no_word_came_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    call, sid = at_voicemail(), given.a_sid("RE")
    screen.end(call, now=NOON + timedelta(seconds=20))
    asked: list[str] = []
    lists = [[found(sid, status="processing")], [found(sid), found("RE1", is_message=False)]]
    monkeypatch.setattr(rest, "find_recordings", lambda leg_sid: asked.append(leg_sid) or lists.pop(0))
    assert voicemail.find_lost(now=NOON + timedelta(seconds=30)) == 0  # the word may still come
    assert asked == []
    assert voicemail.find_lost(now=NOON + timedelta(minutes=2)) == 0  # the carrier is not done with it
    assert voicemail.find_lost(now=NOON + timedelta(minutes=3)) == 1
    assert voicemail.find_lost(now=NOON + timedelta(minutes=4)) == 0
    assert Voicemail.objects.get().recording.recording_sid == sid
    assert len(asked) == 2


def test_a_message_is_never_taken_for_the_recording_of_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    call = screen.a_live_call()
    tape, sid = call.recordings.get(), given.a_sid("RE")
    voicemail.begin(call=call, box="Billing", why="x", now=timezone.now(), is_asked=True)
    voicemail.take(call=call, recording_sid=sid, duration_s=3, now=timezone.now())
    monkeypatch.setattr(rest, "find_recordings", lambda _: [found(sid), found("RE2", is_message=False)])
    copies.find(recording=tape, now=timezone.now())
    tape.refresh_from_db()
    assert tape.recording_sid == "RE2"


# --- our copy ---------------------------------------------------------------------------------------------------------


def sound(*, is_silent: bool) -> bytes:
    wave = np.zeros((16_000, 1), dtype=np.int16)
    if not is_silent:
        wave[4000:12_000, 0] = (np.sin(np.arange(8000) / 5) * 8000).astype(np.int16)
    wav = io.BytesIO()
    soundfile.write(wav, wave, 8000, format="WAV", subtype="PCM_16")
    return wav.getvalue()


@pytest.mark.parametrize("is_silent", [True, False])
def test_a_message_comes_home_and_a_silent_one_is_marked(is_silent: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    call, sid = at_voicemail(), given.a_sid("RE")
    began = NOON + timedelta(seconds=9)
    tape = voicemail.completed(call=call, recording_sid=sid, started_at=began, duration_s=2, now=began)
    assert tape is not None
    asked: list[int] = []

    def download(_: str, into: io.BytesIO, *, channels: int) -> int:
        asked.append(channels)
        return into.write(sound(is_silent=is_silent))

    deleted: list[str] = []
    monkeypatch.setattr(rest, "download_recording", download)
    monkeypatch.setattr(rest, "delete_recording", deleted.append)
    monkeypatch.setattr(rest, "has_recording", lambda sid: sid not in deleted)
    copies.bring_home(recording=tape, now=NOON + timedelta(minutes=1))
    stored = Recording.objects.get(pk=tape.pk)
    assert (stored.copy_state, stored.duration_ms, stored.offset_ms) == (CopyState.REMOVED, 2000, 9000)
    assert stored.is_playable
    assert len(stored.sha256) == 64
    assert (asked, deleted) == ([1], [sid])
    assert Voicemail.objects.get().is_silent is is_silent


def test_the_words_of_a_message_are_those_spoken_since_it_was_asked_for() -> None:
    call = screen.a_live_call(now=NOON)
    screen.a_talk(call)
    later = NOON + timedelta(seconds=30)
    voicemail.begin(call=call, box="Billing", why="x", now=later, is_asked=True)
    screen.a_talk(call, ("customer", 33_000, "Please call me back."), ("customer", 36_000, "It is urgent."))
    voicemail.take(call=call, recording_sid=given.a_sid("RE"), duration_s=9, now=later)
    words = Voicemail.objects.get().turns()
    assert [turn.text for turn in words] == ["Please call me back.", "It is urgent."]
    assert TranscriptTurn.objects.filter(call=call).count() == 6
