"""The tones of a telephone's keypad: made to work a menu at the far end, and noticed where nobody may hear them.

Each key is a low and a high tone at once (ITU-T Q.23). A receiver needs 40 ms of tone and 40 ms of pause (Q.24); we
send 100 of each, with soft edges so that they do not click. `w` waits half a second and `W` a whole one, as in the
carrier's own `<Play digits>`.
"""

import base64
from typing import Final

import numpy as np
from numpy.typing import NDArray

from calls.voice import g711
from calls.voice.audio import BYTES_PER_MS

TONE_MS = 100
PAUSE_MS = 100
WAITS_MS: Final = {"w": 500, "W": 1000}
_RATE = 8000
_RAMP_MS = 4
# Both tones together stay below full scale.
_AMPLITUDE = 8000
_LOW_HZ = (697, 770, 852, 941)
_HIGH_HZ = (1209, 1336, 1477, 1633)
_ROWS = ("123A", "456B", "789C", "*0#D")
_PLACES = {key: (low, high) for low, row in enumerate(_ROWS) for high, key in enumerate(row)}
KEYS: Final = frozenset(_PLACES)

# What counts as a key's tone, in a piece as short as this: a frame may hold only the beginning of one.
_PIECE_MS = 5
# The share of a piece's power that lies at the best low and the best high tone together, and at each of them.
_BOTH_SHARE = 0.75
_EACH_SHARE = 0.08
_FAINTEST_POWER = 2.0e4  # mean square; about -56 dB below full scale


def _tone(key: str) -> bytes:
    low, high = _PLACES[key]
    seconds = np.arange(TONE_MS * BYTES_PER_MS) / _RATE
    pair = np.sin(2 * np.pi * _LOW_HZ[low] * seconds) + np.sin(2 * np.pi * _HIGH_HZ[high] * seconds)
    edge = 0.5 - 0.5 * np.cos(np.pi * np.arange(_RAMP_MS * BYTES_PER_MS) / (_RAMP_MS * BYTES_PER_MS))
    pair[: len(edge)] *= edge
    pair[-len(edge) :] *= edge[::-1]
    samples = np.rint(_AMPLITUDE * pair).astype(np.int32)
    return bytes(g711.MULAW_ENCODED[samples + g711.FULL_SCALE])


def is_sequence(text: str) -> bool:
    """True for keys, and waits between them."""
    return bool(KEYS & set(text)) and set(text) <= KEYS | WAITS_MS.keys()


def sequence_ms(text: str) -> int:
    """How long a sequence sounds."""
    return sum(WAITS_MS.get(key, TONE_MS + PAUSE_MS) for key in text)


def sequence(text: str, *, lead_ms: int = 0) -> str:
    """A sequence of keys and waits as base64 mu-law, in one piece; `lead_ms` of silence before it."""
    pieces = [g711.MULAW_SILENCE * (lead_ms * BYTES_PER_MS)]
    pieces += [
        g711.MULAW_SILENCE * (WAITS_MS[key] * BYTES_PER_MS)
        if key in WAITS_MS
        else _tone(key) + g711.MULAW_SILENCE * (PAUSE_MS * BYTES_PER_MS)
        for key in text
    ]
    return base64.b64encode(b"".join(pieces)).decode("ascii")


def _waves(length: int) -> NDArray[np.complex128]:
    """One row a frequency: low ones first. Correlated with them, a sound tells how much of each it holds."""
    at = np.arange(length) / _RATE
    return np.array([np.exp(-2j * np.pi * hz * at) for hz in (*_LOW_HZ, *_HIGH_HZ)])


_FRAME = 20 * BYTES_PER_MS
_PIECE = _PIECE_MS * BYTES_PER_MS
_WAVES: Final = {length: _waves(length) for length in (_PIECE * 2, _FRAME)}


def is_heard_in(payload: str) -> bool:
    """True when a frame of mu-law, as base64, holds a key's tone or a part of one.

    It would rather take a word for a key than a key for a word: ask only where keys may not be heard.
    """
    try:
        codes = np.frombuffer(base64.b64decode(payload), dtype=np.uint8)
    except ValueError:
        return False
    sound = g711.MULAW_DECODED[codes].astype(np.float64)
    for length, waves in _WAVES.items():
        for start in range(0, max(len(sound) - length + 1, 1), _PIECE):
            if _is_pair(sound[start : start + length], waves):
                return True
    return False


def _is_pair(piece: NDArray[np.float64], waves: NDArray[np.complex128]) -> bool:
    if len(piece) < _PIECE:
        return False
    power = float(np.mean(piece**2))
    if power < _FAINTEST_POWER:
        return False
    # The mean square of the sine at each frequency that fits the piece best.
    held = 2 * np.abs(waves[:, : len(piece)] @ piece) ** 2 / len(piece) ** 2
    low, high = float(held[:4].max()) / power, float(held[4:].max()) / power
    return low + high >= _BOTH_SHARE and min(low, high) >= _EACH_SHARE
