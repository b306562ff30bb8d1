"""Keypad tones: those we make are understood by others, and those of others are noticed."""

import base64

import numpy as np
import pytest

from calls.voice import key_tones
from sandbox import audio
from sandbox.clips.library import load_clips
from tests.unit.calls.voice.sounds import of_mulaw

ROWS, COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
KEYPAD = ("123A", "456B", "789C", "*0#D")
KEYS = "".join(KEYPAD)


def power(sound, hz: float) -> float:
    """Goertzel over 205 samples, as the receivers of telephones do it (ITU-T Q.24)."""
    piece = sound[:205]
    again = 2 * np.cos(2 * np.pi * hz / 8000)
    older = old = 0.0
    for sample in piece:
        older, old = old, sample + again * old - older
    return old**2 + older**2 - again * old * older


def key_in(sound) -> str:
    low = max(range(4), key=lambda n: power(sound, ROWS[n]))
    high = max(range(4), key=lambda n: power(sound, COLUMNS[n]))
    return KEYPAD[low][high]


def heard(text: str) -> str:
    return "".join("x" if key_tones.is_heard_in(frame) else "." for frame in frames(text))


def frames(payload: str) -> list[str]:
    data = base64.b64decode(payload)
    return [base64.b64encode(data[at : at + 160]).decode() for at in range(0, len(data) - 159, 160)]


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_understood_and_does_not_clip(key: str) -> None:
    sound = of_mulaw(base64.b64decode(key_tones.sequence(key)))
    assert key_in(sound[200:]) == key
    assert 14_000 < np.abs(sound).max() < 32_000
    assert np.abs(sound[:8]).max() < 2_000, "it begins softly"


def test_a_sequence_keeps_the_times_a_receiver_needs() -> None:
    sound = of_mulaw(base64.b64decode(key_tones.sequence("1w2W3", lead_ms=40)))
    assert len(sound) == (40 + 200 + 500 + 200 + 1000 + 200) * 8
    assert key_tones.sequence_ms("1w2W3") == 200 + 500 + 200 + 1000 + 200
    loud = np.abs(sound) > 300
    begins = [n // 8 for n in np.flatnonzero(loud) if not loud[max(n - 400, 0) : n].any()]
    assert [round(at, -1) for at in begins] == [40, 740, 1940]
    for at in begins:
        assert loud[(at + 5) * 8 : (at + 95) * 8].reshape(-1, 80).any(axis=1).all()
        assert not loud[(at + 110) * 8 : (at + 190) * 8].any()


@pytest.mark.parametrize("text", ["", "ww", "12x", "12 3", "１"])
def test_what_is_no_sequence(text: str) -> None:
    assert not key_tones.is_sequence(text)


def test_a_key_is_noticed_wherever_it_lies_between_frames_and_however_soft_it_is() -> None:
    for key in KEYS:
        for shift in range(0, 160, 20):
            for share in (1.0, 0.1):
                tone = audio.encode_mulaw(audio.decode_mulaw(audio.dtmf_tone(key)) * share)
                sound = b"\xff" * shift + tone + b"\xff" * (160 - shift)
                found = heard(base64.b64encode(sound).decode())
                assert "xxxx" in found, (key, shift, share, found)


def test_words_are_rarely_taken_for_keys() -> None:
    pieces = [frame for clip in load_clips()[::5] for frame in frames(base64.b64encode(clip.audio).decode())]
    assert sum(map(key_tones.is_heard_in, pieces)) < len(pieces) / 100


@pytest.mark.parametrize(
    "payload", ["", "!!!", base64.b64encode(b"\x00" * 3).decode(), base64.b64encode(b"\xff" * 160).decode()]
)
def test_nothing_is_noticed_in_what_is_no_sound(payload: str) -> None:
    assert not key_tones.is_heard_in(payload)
