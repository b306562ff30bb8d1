"""A machine that was taken for a person: known by its words, or by its tone, and told to the shell once."""

import base64

import numpy as np
import pytest

from calls.voice import effects as e
from calls.voice import g711, machine_talk
from calls.voice import messages as m
from calls.voice.machine_watch import TONE_WITHIN_MS, tone_hz
from sandbox import audio, signals, speech
from tests.unit.calls.voice.talk import QUIET, Talk

WATCHED_MS = 45_000


def a_talk(**plan: object) -> Talk:
    return Talk(**{"machine_watch_ms": WATCHED_MS} | plan)


def frames(data: bytes) -> list[str]:
    return [base64.b64encode(data[place : place + 160]).decode() for place in range(0, len(data) - 159, 160)]


def hears(talk: Talk, data: bytes) -> Talk:
    """Let them send this sound, frame by frame."""
    for payload in frames(data):
        talk._sequence += 1
        talk.carrier(m.CallerAudio(payload, talk._at_ms, talk._sequence))
        talk._at_ms += 20
    return talk


def tone(hz: float, ms: int, *, noise: float = 0) -> bytes:
    seconds = np.arange(ms * 8) / 8000
    sound = 8000 * np.sin(2 * np.pi * hz * seconds) + noise * np.random.default_rng(1).standard_normal(len(seconds))
    return bytes(g711.MULAW_ENCODED[np.rint(sound).astype(np.int32) + g711.FULL_SCALE])


def told(talk: Talk) -> list[str]:
    return [heard.how for heard in talk.all(e.MachineHeard)]


@pytest.mark.parametrize("hz", [440, 620, 1000, 1400, 2000])
def test_a_tone_is_known_when_it_is_over(hz: float) -> None:
    talk = hears(a_talk(), tone(hz, 400))
    assert told(talk) == []
    assert told(talk.wait(100)) == ["tone"]
    assert told(hears(talk, tone(hz, 400)).wait(100)) == ["tone"], "once"


def test_the_tone_of_the_sandbox_is_one_and_noise_on_the_line_hides_none() -> None:
    assert told(hears(a_talk(), signals.beep()).wait(100)) == ["tone"]
    assert told(hears(a_talk(), tone(1000, 500, noise=150)).wait(100)) == ["tone"]


@pytest.mark.parametrize(
    "sound",
    [
        audio.dtmf_tone("5") * 4,
        tone(1000, 120),  # a click, or a key of another kind
        tone(1100, 3_000),  # a fax calls for so long
        tone(200, 500),  # the hum of a bad line
        speech.say("Hello, who is this, please?", voice="caller").audio,
        speech.say("We are open from nine to six.", voice="assistant").audio,
        audio.silence(500),
    ],
    ids=["keys", "short", "long", "hum", "speech", "more speech", "silence"],
)
def test_whatever_else_is_heard_is_no_tone(sound: bytes) -> None:
    assert told(hears(a_talk(), sound).wait(200)) == []


def test_a_frame_of_one_tone_has_its_frequency_and_any_other_none() -> None:
    (first, *_) = frames(tone(1000, 100))
    assert tone_hz(first) == pytest.approx(1000, abs=5)
    assert tone_hz(QUIET) == 0


def test_a_greeting_silences_the_assistant_until_the_tone() -> None:
    talk = a_talk().says("How can I help you?", 3_000).wait(400)
    talk.caller_starts().wait(300).caller_stops(text="Please leave a message after the tone.")
    assert "machine_words" in talk.noted()
    before = len(talk.all(e.PlayAudio))
    talk.says("I would like to", 400, item="item_b", response="resp_b")
    assert len(talk.all(e.PlayAudio)) == before, "nothing more is said to it"
    assert told(talk) == []
    assert told(hears(talk, tone(1000, 400)).wait(100)) == ["tone"]


def test_a_greeting_without_a_tone_is_told_after_a_while() -> None:
    talk = (
        a_talk().caller_starts().wait(300).caller_stops(text="Nobody can take your call. The person you called is out")
    )
    talk.wait(TONE_WITHIN_MS - 400)
    assert told(talk) == []
    assert told(talk.wait(600)) == ["words"]


def test_only_the_beginning_of_a_call_of_ours_is_watched() -> None:
    assert told(hears(a_talk(machine_watch_ms=0), tone(1000, 400)).wait(100)) == []
    late = a_talk(machine_watch_ms=2_000).wait(2_200)
    assert told(hears(late, tone(1000, 400)).wait(100)) == []


@pytest.mark.parametrize(
    "text",
    [
        "Hi, you've reached Carol. Please leave your name and number after the beep.",
        "Your call has been forwarded to an automatic voice messaging system.",
        "The person you are trying to reach is not available.",
        "We are sorry, we cannot take your call right now. Please try again in a few minutes.",
        "At the tone, please record your message. When you have finished, you may hang up or press 1.",
        "I’m sorry, I can’t come to the phone right now.",
    ],
)
def test_what_machines_say(text: str) -> None:
    assert machine_talk.is_greeting(text)


@pytest.mark.parametrize(
    "text",
    [
        "Hello?",
        "Hello, this is Carol speaking.",
        "She is not here. May I ask who is calling?",
        "He is not available right now. Can I take a message?",
        "Would you like to leave a message?",
        "I left a message for you yesterday.",
        "",
        "x" * 100_000,
    ],
)
def test_what_people_say(text: str) -> None:
    assert not machine_talk.is_greeting(text)
