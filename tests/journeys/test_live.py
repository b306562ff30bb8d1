"""One call in real time: the wall's clock, the call's clock and the recording's agree."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from calls.models import Call, Recording
from sandbox import speech
from tests.journeys.books import call_of, closed, said, stored
from tests.journeys.conftest import opened
from tests.journeys.hearing import Sound, fetch_in_ranges, likeness, of_mulaw, of_wav
from tests.journeys.house import House, eventually


@dataclass(frozen=True, slots=True)
class Heard:
    """A call that is over, with its recording's two sides."""

    call: Call
    recording: Recording
    ours: Sound
    theirs: Sound


@pytest.fixture(scope="module")
def heard(django_db_setup, django_db_blocker) -> Iterator[Heard]:
    """A caller asks one thing, is answered and hangs up, while real time passes."""
    with opened(House("uvicorn", clock="real"), django_db_blocker) as house:
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
        yield Heard(call, recording, ours, channels[1 - recording.assistant_channel])


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
