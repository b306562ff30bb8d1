"""Keypad tones and beeps are found in sound, and nowhere else."""

import pytest

from sandbox import audio, signals, tones
from sandbox.clips import library

EVERY_KEY = "1234567890*#ABCD"


def test_every_key_is_heard_with_its_times():
    heard = signals.find_keys(audio.silence(100) + b"".join(map(audio.dtmf_tone, EVERY_KEY + "11")))
    assert "".join(each.key for each in heard) == EVERY_KEY + "11"
    for number, each in enumerate(heard):
        assert each.start_ms == pytest.approx(100 + 200 * number, abs=5)
        assert each.end_ms == pytest.approx(200 + 200 * number, abs=5)


@pytest.mark.parametrize(("tone_ms", "is_key"), [(30, False), (45, True), (60, True)])
def test_a_short_burst_is_no_key(tone_ms, is_key):
    sound = audio.silence(33) + audio.dtmf_tone("5", tone_ms=tone_ms)
    assert [each.key for each in signals.find_keys(sound)] == ["5"] * is_key


def test_one_tone_alone_and_two_that_differ_much_are_no_key():
    beep = signals.beep()
    assert signals.find_keys(beep) == []
    quiet = audio.decode_mulaw(audio.dtmf_tone("1")) // 8
    loud = audio.decode_mulaw(audio.dtmf_tone("2"))
    assert [each.key for each in signals.find_keys(audio.encode_mulaw(quiet))] == ["1"]
    assert [each.key for each in signals.find_keys(audio.encode_mulaw(loud + quiet))] == ["2"]


def test_a_beep_is_heard_where_it_is():
    ((start, end),) = signals.find_beeps(audio.silence(500) + signals.beep() + audio.silence(500))
    assert (start, end) == (pytest.approx(500, abs=5), pytest.approx(500 + signals.BEEP_MS, abs=5))
    assert signals.find_beeps(signals.beep()[:800]) == []


def test_speech_and_marked_tones_hold_neither():
    for sound in (*(clip.audio for clip in library.load_clips()), tones.modulate("333333 aaaa 4111 1111 1111 1111")):
        assert (signals.find_keys(sound), signals.find_beeps(sound)) == ([], [])


def test_nothing_is_in_no_sound():
    assert (signals.find_keys(b""), signals.find_beeps(audio.silence(10))) == ([], [])
