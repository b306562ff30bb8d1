"""The bridge records both sides itself, and that is what is kept when the carrier has nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from calls.lifecycle import RecordingStatus
from calls.models import Call, Recording
from sandbox import speech
from tests.journeys.books import call_of, closed, said
from tests.journeys.conftest import opened
from tests.journeys.hearing import Sound, fetch_in_ranges, likeness, of_mulaw, of_wav
from tests.journeys.house import House, eventually

ASKED = "Which departments do you have?"
SECRET = "My order number is seven four one nine."
THANKS = "Thank you very much."
GREETING = "This call is recorded. Thank you for calling Marlow Outdoor. How can I help you today?"


@dataclass(frozen=True, slots=True)
class Kept:
    """The bridge's recording of a call that is over, and what its page shows."""

    recording: Recording
    caller: Sound
    heard_by_caller: Sound
    page: str


@pytest.fixture(scope="module")
def kept(django_db_setup, django_db_blocker) -> Iterator[Kept]:
    """A caller asks, says a secret while a supervisor has paused the recording, and thanks; in real time."""
    with opened(House("uvicorn", clock="real", more_env={"BRIDGE_RECORDING": "spare"}), django_db_blocker) as house:
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
        yield Kept(recording, caller, heard, supervisor.get(f"{house.url}/calls/{call.pk}/", timeout=20).text)


def has_said(call: Call, text: str) -> bool:
    return any(turn.text == text for turn in said(call, "customer"))


def sound(text: str, voice: str = "caller") -> Sound:
    return of_mulaw(speech.say(text, voice=voice).audio)


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
