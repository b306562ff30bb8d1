"""The two codes of digital telephony, mu-law and A-law, as tables that are built once (ITU-T G.711).

Encoding tables are asked by the sample plus `FULL_SCALE`, so that index 0 is the most negative sample; with
`take(…, mode="clip")` what is louder than 16 bits becomes the loudest code instead of an error.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

FULL_SCALE: Final = 32768
MULAW_SILENCE: Final = b"\xff"  # +0
# A-law has no zero: its two innermost codes stand for +8 and -8 of 32768.
ALAW_SILENCE: Final = b"\xd5"
_MULAW_BIAS = 0x84
_MULAW_CLIP = 32635
_ALAW_MASK = 0x55  # every second bit travels inverted
_SIGN = 0x80

_CODES = np.arange(256, dtype=np.int32)
_SAMPLES = np.arange(-FULL_SCALE, FULL_SCALE, dtype=np.int32)


def _highest_bit(values: NDArray[np.int32]) -> NDArray[np.int32]:
    """The place of the highest bit that is set, from 0; the values are positive."""
    return np.frexp(values)[1].astype(np.int32) - 1


def _decode_mulaw() -> NDArray[np.int16]:
    code = ~_CODES
    magnitude = ((((code & 0x0F) << 3) + _MULAW_BIAS) << (code >> 4 & 7)) - _MULAW_BIAS
    return np.where(code & _SIGN, -magnitude, magnitude).astype(np.int16)


def _encode_mulaw() -> NDArray[np.uint8]:
    magnitude = np.minimum(np.abs(_SAMPLES), _MULAW_CLIP) + _MULAW_BIAS
    segment = _highest_bit(magnitude) - 7
    code = np.where(_SAMPLES < 0, _SIGN, 0) | segment << 4 | magnitude >> (segment + 3) & 0x0F
    return np.asarray(~code & 0xFF, dtype=np.uint8)


def _decode_alaw() -> NDArray[np.int16]:
    code = _CODES ^ _ALAW_MASK
    segment, step = code >> 4 & 7, code & 0x0F
    magnitude = np.where(segment == 0, (step << 4) + 8, ((step << 4) + 0x108) << np.maximum(segment - 1, 0))
    return np.where(code & _SIGN, magnitude, -magnitude).astype(np.int16)


def _encode_alaw() -> NDArray[np.uint8]:
    # Folded by one's complement: -1 to -16 are the innermost negative step as 0 to 15 are the positive one.
    magnitude = np.where(_SAMPLES < 0, ~_SAMPLES, _SAMPLES) >> 4
    segment = np.maximum(_highest_bit(np.maximum(magnitude, 1)) - 3, 0)
    code = np.where(_SAMPLES < 0, 0, _SIGN) | segment << 4 | magnitude >> np.maximum(segment - 1, 0) & 0x0F
    return np.asarray(code ^ _ALAW_MASK, dtype=np.uint8)


MULAW_DECODED: Final = _decode_mulaw()
MULAW_ENCODED: Final = _encode_mulaw()
ALAW_DECODED: Final = _decode_alaw()
ALAW_ENCODED: Final = _encode_alaw()


def _recoded(decoded: NDArray[np.int16], encoded: NDArray[np.uint8]) -> bytes:
    """One code as the other, for `bytes.translate`. Both signs alike: the positive half, and its mirror image."""
    positive = encoded[decoded[_SIGN:].astype(np.int32) + FULL_SCALE]
    return np.concatenate((positive ^ _SIGN, positive)).tobytes()


MULAW_TO_ALAW: Final = _recoded(MULAW_DECODED, ALAW_ENCODED)
# But for silence: A-law's quietest codes become the two zeros of mu-law, not a hum of +8.
ALAW_TO_MULAW: Final = _recoded(ALAW_DECODED, MULAW_ENCODED).translate(bytes.maketrans(b"\xfe\x7e", b"\xff\x7f"))
