"""The filter between the line and PCM: what it lets through, when, and that no cutting of the stream is heard."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calls.voice import resampling
from calls.voice.resampling import Lowered, Raised
from tests.unit.calls.voice.sounds import LINE, PCM, Sound, as_mulaw, as_pcm, db, of_mulaw, of_pcm, tone

Half = Raised | Lowered
DELAY_S = (resampling.TAPS - 1) / 2 / PCM


def lowered(sound: Sound) -> Sound:
    return of_mulaw(Lowered().convert(as_pcm(sound)))


@pytest.mark.parametrize(
    ("hz", "at_least", "at_most"),
    [
        (300, -0.2, 0.2),
        (1000, -0.2, 0.2),
        (3000, -0.2, 0.2),
        (3400, -2.1, -1.5),
        (4000, -40, -30),
        (4200, -70, -55),
        (5000, -999, -75),
        (7000, -999, -75),
        (11_000, -999, -75),
    ],
)
def test_what_the_line_cannot_carry_is_gone_before_it_comes_back_as_a_false_tone(
    hz: float, at_least: float, at_most: float
) -> None:
    assert at_least <= db(lowered(tone(hz, PCM)), tone(1000, LINE)) <= at_most


def test_a_loud_tone_above_the_line_leaves_not_a_single_step() -> None:
    heard = Lowered().convert(as_pcm(tone(5000, PCM, peak=32_000)))
    assert set(heard[50:]) <= {0xFF, 0x7F}  # the two zeros


@pytest.mark.parametrize("hz", [400, 1000, 3000, 3400])
def test_a_raised_tone_has_no_mirror_image(hz: int) -> None:
    sound = of_mulaw(as_mulaw(tone(hz, LINE, seconds=1.1)))
    raised = of_pcm(Raised().convert(as_mulaw(tone(hz, LINE, seconds=1.1))))[1200:][:PCM]
    spectrum = np.abs(np.fft.rfft(raised * np.hanning(PCM))) / PCM * 4
    expected = {400: 0, 1000: 0, 3000: 0, 3400: -1.84}[hz]
    assert 20 * np.log10(spectrum[hz] / 10_000) == pytest.approx(expected, abs=0.1)
    assert sound.std() > 7000
    for image in (LINE - hz, LINE + hz):
        assert 20 * np.log10(spectrum[image - 2 : image + 3].max() / spectrum[hz]) < -75


@pytest.mark.parametrize("hz", [200, 700, 1300, 2600])
@pytest.mark.parametrize("half", ["raised", "lowered"])
def test_sound_comes_two_milliseconds_later(half: str, hz: int) -> None:
    rate = PCM if half == "raised" else LINE
    made = of_pcm(Raised().convert(as_mulaw(tone(hz, LINE)))) if half == "raised" else lowered(tone(hz, PCM))
    seconds = np.arange(len(made)) / rate
    settled = slice(rate // 10, None)
    turn = np.angle((made * np.exp(-2j * np.pi * hz * seconds))[settled].sum()) + np.pi / 2
    expected = -2 * np.pi * hz * DELAY_S
    assert np.angle(np.exp(1j * (turn - expected))) == pytest.approx(0, abs=0.02)
    assert pytest.approx(0.002, abs=0.0001) == DELAY_S


def test_a_click_arrives_two_milliseconds_later() -> None:
    line = np.zeros(800)
    line[400] = 20_000
    raised = of_pcm(Raised().convert(as_mulaw(line)))
    assert abs(int(np.argmax(raised)) - (1200 + 47.5)) <= 1.5


def test_what_is_too_loud_is_clipped_and_does_not_turn_around() -> None:
    square = np.where(tone(150, PCM) >= 0, 32_767, -32_768).astype(float)
    heard = lowered(square)[200:]
    assert {heard.max(), heard.min()} == {32_124, -32_124}
    line = of_mulaw(as_mulaw(np.where(tone(150, LINE) >= 0, 32_767, -32_768).astype(float)))
    raised = of_pcm(Raised().convert(as_mulaw(line)))
    assert (raised.max(), raised.min()) == (32_767, -32_768)
    assert np.corrcoef(np.repeat(line, 3)[:-48], raised[48:])[0, 1] > 0.95


# --- cutting the stream ---


def pieces(data: bytes, places: list[int]) -> Iterator[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return (data[start:end] for start, end in pairwise(edges))


@pytest.mark.parametrize("half", [Raised, Lowered])
@given(data=st.binary(max_size=3000), places=st.lists(st.integers(0, 3000), max_size=12))
@settings(deadline=None)
def test_any_cutting_gives_the_same_bytes(half: type[Half], data: bytes, places: list[int]) -> None:
    whole, cut = half(), half()
    assert b"".join(cut.convert(piece) for piece in pieces(data, places)) == whole.convert(data)


@pytest.mark.parametrize("half", [Raised, Lowered])
def test_frame_by_frame_is_what_it_is_at_once(half: type[Half]) -> None:
    dice = np.random.default_rng(3)
    data = dice.bytes(960 * 50)
    for step in (1, 5, 160, 960, 1000):
        cut = half()
        assert b"".join(cut.convert(data[at : at + step]) for at in range(0, len(data), step)) == half().convert(data)
