"""Music for waiting callers: whatever is uploaded becomes what the carrier plays: 16-bit WAV, 8000 samples a second."""

import io
from dataclasses import dataclass
from typing import IO

import numpy as np
import numpy.typing as npt
import soundfile

Samples = npt.NDArray[np.float64]
RATE = 8000
LARGEST_BYTES = 25 * 1024 * 1024
LONGEST_S = 300
SHORTEST_S = 3
# Loud music hurts on a telephone, and quiet music is lost in its hiss.
_PEAK = 10 ** (-9 / 20)


class NotMusic(Exception):
    """The file cannot be played to callers; `str()` says why, for a person."""


@dataclass(frozen=True, slots=True)
class Converted:
    """A WAV file as the carrier plays it."""

    wav: bytes
    duration_ms: int


def convert(file: IO[bytes], *, size: int) -> Converted:
    """Check an upload and make it fit for the line. Raises NotMusic."""
    if size > LARGEST_BYTES:
        raise NotMusic(f"The file is larger than {LARGEST_BYTES // 1024 // 1024} MB.")
    try:
        with soundfile.SoundFile(file) as sound:
            if sound.frames > LONGEST_S * sound.samplerate:
                raise NotMusic(f"The piece is longer than {LONGEST_S // 60} minutes.")
            samples = sound.read(dtype="float64", always_2d=True).mean(axis=1)
            rate = sound.samplerate
    except (soundfile.SoundFileError, ValueError, TypeError, RuntimeError) as error:
        raise NotMusic("This is no sound file that can be read: WAV, FLAC, OGG and MP3 can.") from error
    if len(samples) < SHORTEST_S * rate:
        raise NotMusic(f"The piece is shorter than {SHORTEST_S} seconds.")
    peak = float(np.max(np.abs(samples)))
    if peak < 1e-4:
        raise NotMusic("The piece is silent.")
    line = _at_line_rate(samples, rate) * (_PEAK / peak)
    into = io.BytesIO()
    soundfile.write(into, np.clip(line, -1, 1), RATE, format="WAV", subtype="PCM_16")
    return Converted(into.getvalue(), len(line) * 1000 // RATE)


def _at_line_rate(samples: Samples, rate: int) -> Samples:
    """Resampled in the frequency domain: what the line cannot carry is cut off before it could fold back."""
    length = len(samples) * RATE // rate
    spectrum = np.fft.rfft(samples)
    wanted = length // 2 + 1
    kept = np.zeros(wanted, dtype=complex)
    count = min(wanted, len(spectrum))
    kept[:count] = spectrum[:count]
    line: Samples = np.fft.irfft(kept, n=length) * (length / len(samples))
    return line


def part(wav: bytes, *, number: int, seconds: int) -> bytes:
    """The n-th stretch of a converted piece, as a WAV file of its own; after the last comes the first again."""
    samples, rate = soundfile.read(io.BytesIO(wav), dtype="float64")
    size = seconds * rate
    count = max(-(-len(samples) // size), 1)
    start = number % count * size
    into = io.BytesIO()
    soundfile.write(into, samples[start : start + size], rate, format="WAV", subtype="PCM_16")
    return into.getvalue()
