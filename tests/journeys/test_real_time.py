"""Calls in real time: the wall's clock, the call's clock and the recording's agree; and the bridge's own tape.

The server is daphne, which serves the product as well, though not as many at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from calls.lifecycle import RecordingStatus
from calls.models import Call, Recording
from sandbox import speech
from tests.journeys.books import call_of, closed, said, stored
from tests.journeys.conftest import opened
from tests.journeys.hearing import Sound, fetch_in_ranges, likeness, of_mulaw, of_wav
from tests.journeys.house import House, eventually

ASKED = "Which departments do you have?"
SECRET = "My order number is seven four one nine."
THANKS = "Thank you very much."
GREETING = "This call is recorded. Thank you for calling Marlow Outdoor. How can I help you today?"


@pytest.fixture(scope="module")
def house(django_db_setup: None, django_db_blocker: Any) -> Iterator[House]:
    """A house in which real time passes; its bridge keeps a tape for calls of which the carrier has none."""
    with opened(House("daphne", clock="real", more_env={"BRIDGE_RECORDING": "spare"}), django_db_blocker) as house:
        yield house


@dataclass(frozen=True, slots=True)
class Heard:
    """A call that is over, with its recording's two sides."""

    call: Call
    recording: Recording
    ours: Sound
    theirs: Sound


@pytest.fixture(scope="module")
def heard(house: House) -> Heard:
    """A caller asks one thing, is answered and hangs up, while real time passes."""
    steps = [
        {"when": "assistant_done", "settle_ms": 900, "say": "Hello. Could you tell me your opening hours, please?"},
        {"when": "assistant_done", "settle_ms": 900, "hang_up": True},
    ]
    sid = house.call(steps=steps, voice="caller-f1")
    eventually(lambda: call_of(sid).answered_at, what="the answer")
    eventually(lambda: house.on_line(sid)["status"] == "completed", within_s=60, what="the end")
    call = closed(sid)
    recording = stored(call)
    channels = of_wav(fetch_in_ranges(house, recording))
    ours = channels[recording.assistant_channel]
    return Heard(call, recording, ours, channels[1 - recording.assistant_channel])


def where(sound: Sound, text: str, voice: str) -> tuple[int, int]:
    """Where in the sound a text is spoken, from and to, in milliseconds."""
    clip = of_mulaw(speech.say(text, voice=voice).audio)
    alike, at_ms = likeness(clip, sound)
    assert alike >= 0.9
    return at_ms, at_ms + len(clip) // 8


def test_the_opening_words_are_inside_the_recording_where_the_books_say(heard: Heard) -> None:
    words = heard.call.turns.get(item_id="opening").text
    start_ms, end_ms = where(heard.ours, words, "assistant")
    assert abs(start_ms - heard.recording.notice_started_ms) <= 60
    assert abs(end_ms - heard.recording.notice_ended_ms) <= 120
    assert heard.recording.notice_version


def test_every_turn_is_in_the_recording_where_the_call_page_says(heard: Heard) -> None:
    for turn in said(heard.call):
        sound, voice = (heard.ours, "assistant") if turn.party == "assistant" else (heard.theirs, "caller-f1")
        start_ms, end_ms = where(sound, turn.text, voice)
        # The model counts its own padding to the caller's speech: 300 ms before, 500 ms after.
        assert abs(start_ms - (turn.started_ms - heard.recording.offset_ms)) <= (100 if voice == "assistant" else 450)
        assert abs(end_ms - (turn.ended_ms - heard.recording.offset_ms)) <= (150 if voice == "assistant" else 700)


def test_the_two_sides_are_apart(heard: Heard) -> None:
    greeting = of_mulaw(speech.say(said(heard.call, "assistant")[0].text, voice="assistant").audio)
    assert likeness(greeting, heard.theirs)[0] < 0.5


# --- the bridge's own tape ---


@dataclass(frozen=True, slots=True)
class Kept:
    """The bridge's recording of a call that is over, and what its page shows."""

    recording: Recording
    caller: Sound
    heard_by_caller: Sound
    page: str


@pytest.fixture(scope="module")
def kept(house: House) -> Kept:
    """A caller asks, says a secret while a supervisor has paused the recording, and thanks; in real time."""
    house.ask("POST", "faults", json={"recordings": {"absent": True}})
    spoken = [{"when": "assistant_done", "settle_ms": 900, "say": text} for text in (ASKED, SECRET, THANKS)]
    sid = house.call(steps=[*spoken, {"when": "assistant_done", "settle_ms": 900, "hang_up": True}])
    eventually(lambda: call_of(sid).answered_at, what="the answer")
    call = call_of(sid)
    supervisor = house.sign_in()
    for text, verb in ((ASKED, "pause"), (SECRET, "resume")):
        eventually(lambda text=text: has_said(call, text), what=text)
        house.press(supervisor, f"/calls/{call.pk}/recording/{verb}/")
    eventually(lambda: house.on_line(sid)["status"] == "completed", within_s=60, what="the end")
    call = closed(sid)
    eventually(lambda: call.recordings.filter(status=RecordingStatus.ABSENT).exists(), what="the carrier's word")

    def brought_in() -> Recording | None:
        house.sweep("collect_tapes")
        return Recording.objects.filter(call=call, source="bridge").first()

    recording = eventually(brought_in, what="the bridge's recording")
    caller, heard = of_wav(fetch_in_ranges(house, recording))
    return Kept(recording, caller, heard, supervisor.get(f"{house.url}/calls/{call.pk}/", timeout=20).text)


def has_said(call: Call, text: str) -> bool:
    return any(turn.text == text for turn in said(call, "customer"))


def sound(text: str, voice: str = "caller") -> Sound:
    return of_mulaw(speech.say(text, voice=voice).audio)


@pytest.mark.rarely
def test_each_side_is_in_its_channel_where_the_call_page_says(kept: Kept) -> None:
    for text in (ASKED, THANKS):
        alike, at_ms = likeness(sound(text), kept.caller)
        assert alike >= 0.9
        assert likeness(sound(text), kept.heard_by_caller)[0] < 0.5
        turn = kept.recording.call.turns.get(text=text)
        assert abs(at_ms + kept.recording.offset_ms - turn.started_ms) < 400
    alike, at_ms = likeness(sound(GREETING, "assistant"), kept.heard_by_caller)
    assert alike >= 0.9
    assert abs(at_ms - kept.recording.notice_started_ms) < 200
    assert likeness(sound(GREETING, "assistant"), kept.caller)[0] < 0.5


def test_what_was_said_in_a_pause_is_in_neither(kept: Kept) -> None:
    assert len(kept.recording.paused_spans) == 1
    for side in (kept.caller, kept.heard_by_caller):
        assert likeness(sound(SECRET), side)[0] < 0.5


def test_the_page_plays_it_and_says_whose_it_is(kept: Kept) -> None:
    assert kept.recording.is_playable
    assert f'data-tape="{kept.recording.pk}"' in kept.page
    assert "Recorded by our own bridge" in kept.page
    assert "Nothing was recorded" in kept.page, "the carrier's own"
