"""Looking for one sound in another."""

import io

import numpy as np
import soundfile
from numpy.typing import NDArray

from calls.models import Recording
from sandbox.audio import decode_mulaw
from tests.journeys.house import House

Sound = NDArray[np.float64]
RATE_MS = 8


def of_mulaw(data: bytes) -> Sound:
    """Mu-law bytes as samples."""
    return decode_mulaw(data).astype(np.float64)


def of_wav(data: bytes) -> list[Sound]:
    """The channels of a WAV file at 8 kHz."""
    samples, rate = soundfile.read(io.BytesIO(data), dtype="int16", always_2d=True)
    assert rate == 8000
    return [samples[:, channel].astype(np.float64) for channel in range(samples.shape[1])]


def likeness(clip: Sound, sound: Sound) -> tuple[float, int]:
    """How like the clip the sound is where it is most like it (1: the same), and where that is, in milliseconds."""
    if len(sound) < len(clip):
        sound = np.pad(sound, (0, len(clip) - len(sound)))
    size = 1 << (len(sound) + len(clip)).bit_length()
    product = np.fft.irfft(np.fft.rfft(sound, size) * np.conj(np.fft.rfft(clip, size)), size)[
        : len(sound) - len(clip) + 1
    ]
    energy = np.concatenate([[0.0], np.cumsum(sound**2)])
    local = np.sqrt(np.maximum(energy[len(clip) :] - energy[: -len(clip)], 1.0))
    alike = product / (local * np.sqrt((clip**2).sum()))
    best = int(np.argmax(alike))
    return float(alike[best]), best // RATE_MS


def fetch_in_ranges(house: House, recording: Recording) -> bytes:
    """The recording as a player fetches it: by ranges."""
    session, address, pieces = house.sign_in(), f"{house.url}/recordings/{recording.pk}/audio/", []
    step = recording.size_bytes // 3 + 1
    for first in range(0, recording.size_bytes, step):
        last = min(first + step, recording.size_bytes) - 1
        response = session.get(address, headers={"Range": f"bytes={first}-{last}"}, timeout=20)
        assert response.status_code == 206
        assert response.headers["Content-Range"] == f"bytes {first}-{last}/{recording.size_bytes}"
        pieces.append(response.content)
    return b"".join(pieces)
