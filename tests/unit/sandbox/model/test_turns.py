import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox import audio, speech
from sandbox.clips import library
from sandbox.model.turns import SpeechStarted, SpeechStopped, TurnDetector

SERVER_VAD = {"type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 500}


def tone(ms, dbfs=-20.0):
    amplitude = 32768 * 10 ** (dbfs / 20) * 2**0.5
    return audio.encode_mulaw(amplitude * np.sin(2 * np.pi * 500 * np.arange(ms * 8) / 8000))


def detector(**changes):
    return TurnDetector.configured(SERVER_VAD | changes, from_ms=0)


def test_a_turn_to_the_frame():
    hearing = detector()
    assert hearing.feed(audio.silence(1000)) == []
    changes = []
    for frame in range(100):  # 400 ms of voice, then silence, frame by frame
        changes += [(frame, change) for change in hearing.feed(tone(20) if frame < 20 else audio.silence(20))]
    # The third voiced frame starts the turn; 500 ms after the voice's end (frame 20 + 25) it stops.
    assert changes == [(2, SpeechStarted(700)), (44, SpeechStopped(1900, 400))]


def test_padding_never_reaches_before_the_audio_or_into_the_last_turn():
    hearing = detector()
    changes = hearing.feed(tone(100) + audio.silence(520) + tone(100) + audio.silence(520))
    assert changes == [
        SpeechStarted(0),
        SpeechStopped(600, 100),
        SpeechStarted(600),
        SpeechStopped(1220, 100),
    ]


def test_a_pause_shorter_than_the_silence_does_not_end_the_turn():
    hearing = detector(silence_duration_ms=300)
    changes = hearing.feed(tone(200) + audio.silence(280) + tone(200) + audio.silence(400))
    assert changes == [SpeechStarted(0), SpeechStopped(980, 680)]


def test_silence_that_is_no_whole_number_of_frames_ends_at_its_exact_place():
    changes = detector(silence_duration_ms=310).feed(tone(200) + audio.silence(400))
    assert changes == [SpeechStarted(0), SpeechStopped(510, 200)]


@pytest.mark.parametrize(
    "quiet",
    [
        b"\xff" * 8000,
        b"\x7f" * 8000,
        tone(1000, -45),
        tone(40) + audio.silence(960),
        (tone(40) + audio.silence(20)) * 20,
    ],
    ids=["silence", "negative zero", "low noise", "a click", "many clicks"],
)
def test_what_is_not_speech(quiet):
    assert detector().feed(quiet) == []


@pytest.mark.parametrize(
    ("threshold", "dbfs", "is_heard"), [(0, -48, True), (0, -52, False), (1, -28, True), (1, -32, False)]
)
def test_the_threshold(threshold, dbfs, is_heard):
    assert bool(detector(threshold=threshold).feed(tone(200, dbfs))) is is_heard


@pytest.mark.parametrize(("eagerness", "silence_ms"), [("low", 1000), ("medium", 500), ("auto", 500), ("high", 350)])
def test_semantic_turn_detection_waits_by_eagerness(eagerness, silence_ms):
    hearing = TurnDetector.configured({"type": "semantic_vad", "eagerness": eagerness}, from_ms=0)
    assert hearing.feed(tone(200) + audio.silence(1200))[-1] == SpeechStopped(200 + silence_ms, 200)


def test_listening_from_the_middle_counts_on():
    hearing = TurnDetector.configured(SERVER_VAD, from_ms=5000)
    assert hearing.feed(audio.silence(100) + tone(100)) == [SpeechStarted(5000)]


def test_forgetting_ends_the_turn_without_a_word():
    hearing = detector()
    hearing.feed(tone(200))
    assert hearing.is_speaking
    hearing.forget(at_ms=200)
    assert hearing.feed(audio.silence(1000)) == []
    assert hearing.feed(tone(60)) == [SpeechStarted(900)]


@given(cuts=st.lists(st.integers(min_value=1, max_value=700), min_size=1, max_size=40))
@settings(max_examples=40, deadline=None)
def test_the_size_of_the_pieces_does_not_matter(cuts):
    data = audio.silence(130) + tone(300) + audio.silence(700) + tone(90) + audio.silence(600)
    whole = detector().feed(data)
    pieces, position, number = [], 0, 0
    hearing = detector()
    while position < len(data):
        size = cuts[number % len(cuts)]
        pieces += hearing.feed(data[position : position + size])
        position, number = position + size, number + 1
    assert pieces == whole


def test_every_clip_is_one_turn():
    for clip in library.load_clips():
        hearing = TurnDetector.configured({"type": "semantic_vad", "eagerness": "high"}, from_ms=0)
        changes = hearing.feed(audio.silence(400) + clip.audio + audio.silence(600))
        assert [type(change) for change in changes] == [SpeechStarted, SpeechStopped], clip.text


def test_marked_tones_are_one_turn():
    changes = detector().feed(speech.say("A text that nobody has recorded").audio + audio.silence(600))
    assert [type(change) for change in changes] == [SpeechStarted, SpeechStopped]
