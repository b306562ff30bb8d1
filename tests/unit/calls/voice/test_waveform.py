"""Looking at a recording: its shape, its place on the call's clock, whose channel is whose."""

import numpy as np
import pytest

from calls.voice import waveform

RATE = 8000
OURS = [(3000, 4200), (6000, 7100), (9000, 9900)]
THEIRS = [(4700, 5600), (7600, 8500)]
OPENING = (0, 2500)


def tape(*, offset_ms: int, our_channel: int = 1, seconds: int = 11, noise: int = 20) -> np.ndarray:
    """A recording that began at `offset_ms` of the call's clock."""
    dice = np.random.default_rng(7)
    samples = dice.integers(-noise, noise, size=(seconds * RATE, 2)) if noise else np.zeros((seconds * RATE, 2), int)
    for channel, spans in ((our_channel, [OPENING, *OURS]), (1 - our_channel, THEIRS)):
        for start, end in spans:
            first, last = max(start - offset_ms, 0) * 8, max(end - offset_ms, 0) * 8
            t = np.arange(last - first)
            samples[first:last, channel] += (6000 * np.sin(t / 5)).astype(int)[: len(samples[first:last])]
    return samples.astype(np.int16)


@pytest.mark.parametrize("offset_ms", [0, 80, 440, -620, 1900])
@pytest.mark.parametrize("our_channel", [0, 1])
def test_a_recording_is_laid_where_our_voice_fits(offset_ms: int, our_channel: int) -> None:
    samples = tape(offset_ms=offset_ms, our_channel=our_channel)
    place = waveform.place(samples, RATE, ours=OURS, expected_ms=0, expected_channel=1)
    assert place.is_certain
    assert place.our_channel == our_channel
    assert abs(place.offset_ms - offset_ms) <= 20


def test_without_a_word_of_ours_the_expectation_stands() -> None:
    place = waveform.place(tape(offset_ms=0), RATE, ours=[], expected_ms=120, expected_channel=0)
    assert (place.offset_ms, place.our_channel, place.is_certain) == (120, 0, False)


def test_a_silent_tape_is_laid_where_it_was_expected() -> None:
    silent = np.zeros((RATE * 11, 2), dtype=np.int16)
    place = waveform.place(silent, RATE, ours=OURS, expected_ms=120, expected_channel=1)
    assert (place.offset_ms, place.is_certain) == (120, False)


def test_a_mono_tape_has_one_channel_to_be_ours() -> None:
    mono = tape(offset_ms=0).max(axis=1, keepdims=True)
    assert waveform.place(mono, RATE, ours=OURS, expected_ms=0, expected_channel=1).our_channel == 0


def test_an_empty_tape_is_survived() -> None:
    empty = np.zeros((0, 2), dtype=np.int16)
    assert waveform.place(empty, RATE, ours=OURS, expected_ms=0, expected_channel=1).offset_ms == 0
    assert waveform.peaks(empty, RATE) == [[], []]
    assert waveform.first_stretch(empty[:, 0], RATE, until_ms=None) is None


def test_the_opening_words_are_found_before_the_conversation() -> None:
    stretch = waveform.first_stretch(tape(offset_ms=0)[:, 1], RATE, until_ms=2900)
    assert stretch is not None
    assert abs(stretch[0] - OPENING[0]) <= 20
    assert abs(stretch[1] - OPENING[1]) <= 20


def test_a_tape_without_the_opening_words_says_so() -> None:
    assert waveform.first_stretch(tape(offset_ms=0)[:, 0], RATE, until_ms=2900) is None


def test_comfort_noise_is_not_sound_and_speech_is() -> None:
    sounding = waveform.sounding(tape(offset_ms=0, noise=60)[:, 1], RATE)
    assert not sounding[int(2600 / 20) : int(2900 / 20)].any()
    assert sounding[int(3100 / 20) : int(4100 / 20)].all()


def test_peaks_show_each_channel_by_itself_between_nothing_and_one() -> None:
    samples = np.zeros((RATE, 2), dtype=np.int16)
    samples[4000, 0], samples[0, 1] = 16384, -32768
    left, right = waveform.peaks(samples, RATE)
    assert len(left) == len(right) == waveform.PEAKS_PER_SECOND
    assert (max(left), left.index(max(left))) == (0.5, 12)
    assert (right[0], max(right[1:])) == (1.0, 0.0)
