"""The tables of G.711, held against others."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from calls.voice import g711
from tests.unit.calls.voice.sounds import audioop, of_pcm


@pytest.mark.parametrize(
    ("sample", "mulaw", "alaw"),
    [
        (0, 0xFF, 0xD5),
        (8, 0xFE, 0xD5),
        (100, 0xF2, 0xD3),
        (-100, 0x72, 0x53),
        (1000, 0xCE, 0xFA),
        (-1000, 0x4E, 0x7A),
        (10000, 0x9C, 0xB6),
        (-10000, 0x1C, 0x36),
        (32767, 0x80, 0xAA),
        (-32768, 0x00, 0x2A),
    ],
)
def test_known_values(sample: int, mulaw: int, alaw: int) -> None:
    assert g711.MULAW_ENCODED[sample + g711.FULL_SCALE] == mulaw
    assert g711.ALAW_ENCODED[sample + g711.FULL_SCALE] == alaw


@pytest.mark.parametrize(
    ("table", "reference"), [(g711.MULAW_DECODED, audioop.ulaw2lin), (g711.ALAW_DECODED, audioop.alaw2lin)]
)
def test_every_code_is_decoded_as_elsewhere(table: NDArray[np.int16], reference: Callable[..., bytes]) -> None:
    assert table.tolist() == of_pcm(reference(bytes(range(256)), 2)).tolist()


@pytest.mark.parametrize(
    ("table", "reference"), [(g711.MULAW_ENCODED, audioop.lin2ulaw), (g711.ALAW_ENCODED, audioop.lin2alaw)]
)
def test_every_sample_is_encoded_as_elsewhere(table: NDArray[np.uint8], reference: Callable[..., bytes]) -> None:
    codes = np.frombuffer(reference(np.arange(-32768, 32768).astype("<i2").tobytes(), 2), np.uint8)
    assert (table[32768:] == codes[32768:]).all()
    # The reference shifts negative samples before it turns them around: at the edges it is one step off.
    off = np.abs(table[:32768].astype(int) - codes[:32768])
    assert off.max() <= 1
    assert (off != 0).sum() <= 400


@pytest.mark.parametrize(
    ("encoded", "decoded"), [(g711.MULAW_ENCODED, g711.MULAW_DECODED), (g711.ALAW_ENCODED, g711.ALAW_DECODED)]
)
def test_a_code_survives_being_decoded_but_for_minus_zero(
    encoded: NDArray[np.uint8], decoded: NDArray[np.int16]
) -> None:
    again = encoded[decoded.astype(int) + g711.FULL_SCALE]
    assert {code for code in range(256) if again[code] != code} <= {0x7F}


@pytest.mark.parametrize("decoded", [g711.MULAW_DECODED, g711.ALAW_DECODED], ids=["mu-law", "A-law"])
def test_one_code_as_the_other_and_back_is_within_a_step(decoded: NDArray[np.int16]) -> None:
    tables = (g711.MULAW_TO_ALAW, g711.ALAW_TO_MULAW)
    there, back = tables if decoded is g711.MULAW_DECODED else tables[::-1]
    again = np.frombuffer(bytes(range(256)).translate(there).translate(back), np.uint8)
    steps = np.unique(decoded)
    off = np.abs(np.searchsorted(steps, decoded) - np.searchsorted(steps, decoded[again]))
    assert off.max() <= 1
    # Only near silence, where mu-law is the finer one, and at the one other place where its steps lie closer.
    assert (off != 0).sum() <= 18


def test_both_signs_are_recoded_alike() -> None:
    for table in (g711.MULAW_TO_ALAW, g711.ALAW_TO_MULAW):
        assert all(table[code] ^ 0x80 == table[code ^ 0x80] for code in range(256))


def test_a_code_becomes_that_of_its_sample_but_for_silence() -> None:
    positive = bytes(range(0x80, 0x100))
    assert positive.translate(g711.MULAW_TO_ALAW) == audioop.lin2alaw(audioop.ulaw2lin(positive, 2), 2)
    as_mulaw = audioop.lin2ulaw(audioop.alaw2lin(positive, 2), 2)
    off = [code for code, there in zip(positive, as_mulaw, strict=True) if g711.ALAW_TO_MULAW[code] != there]
    assert off == [0xD5]


def test_louder_is_never_quieter_in_the_other_code() -> None:
    for table, of, to in (
        (g711.MULAW_TO_ALAW, g711.MULAW_DECODED, g711.ALAW_DECODED),
        (g711.ALAW_TO_MULAW, g711.ALAW_DECODED, g711.MULAW_DECODED),
    ):
        rising = np.argsort(of, kind="stable")  # the two zeros in either order
        recoded = to[np.frombuffer(table, np.uint8)[rising]].astype(int)
        assert (np.diff(recoded) >= 0).all()
