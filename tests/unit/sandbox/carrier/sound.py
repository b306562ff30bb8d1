"""Looking into sound: tones and their share of it, and what a finished recording holds."""

import wave

import numpy as np

from sandbox import audio
from sandbox.carrier import recordings


def tone(hz: int, *, ms: int = 300) -> bytes:
    """A pure tone as mu-law bytes."""
    return audio.encode_mulaw(6000 * np.sin(2 * np.pi * hz * np.arange(ms * audio.BYTES_PER_MS) / audio.RATE))


def share(sound: bytes, hz: int) -> float:
    """How much of the power of a sound lies at this frequency."""
    samples = audio.decode_mulaw(sound).astype(np.float64)
    turn = np.exp(-2j * np.pi * hz * np.arange(len(samples)) / audio.RATE)
    return float(2 * abs(samples @ turn) ** 2 / len(samples) ** 2 / np.mean(samples**2))


def channels(world, recording, *, count: int) -> list[bytes]:
    """The sound of a finished recording as mu-law bytes, channel by channel."""
    with wave.open(str(recordings.media_path(world.carrier, recording, channels=count))) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    return [audio.encode_mulaw(samples[place::count]) for place in range(count)]
