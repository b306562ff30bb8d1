"""G.711 arithmetic on base64 text: how long a payload plays, and silence of a given length.

G.711 at 8000 Hz is one byte a sample, so eight bytes a millisecond (ITU-T G.711; the media stream's only format).
"""

import base64
import math
from functools import cache

from calls.voice import g711

BYTES_PER_MS = 8


def payload_bytes(payload: str) -> int:
    """How many bytes a base64 text stands for, without decoding it."""
    length = len(payload)
    if payload.endswith("=="):
        return length * 3 // 4 - 2
    if payload.endswith("="):
        return length * 3 // 4 - 1
    return length * 3 // 4


def silence(ms: int) -> str:
    """Base64 mu-law silence of `ms` milliseconds."""
    return base64.b64encode(g711.MULAW_SILENCE * (ms * BYTES_PER_MS)).decode("ascii")


@cache
def comfort_tone() -> str:
    """Base64 mu-law of a soft, short tone: the sign that the line is alive while the assistant thinks.

    220 ms at 440 Hz, about -30 dBm0, with slow edges so that it does not click.
    """
    length, rate = 220 * BYTES_PER_MS, 8000
    samples = (
        int(700 * math.sin(math.pi * n / length) * math.sin(2 * math.pi * 440 * n / rate)) for n in range(length)
    )
    return base64.b64encode(bytes(g711.MULAW_ENCODED[sample + g711.FULL_SCALE] for sample in samples)).decode("ascii")
