"""The audio formats of a session, and the way between them and the mu-law that everything in here works on.

`audio/pcmu` passes unchanged. `audio/pcma` is recoded. `audio/pcm` (16 bit, 24000 Hz) is averaged down to 8000 Hz,
which is enough for levels and for likeness. Speech in mu-law is recognised by its bytes, speech in the others by sound.
"""

from enum import StrEnum

import numpy as np

from sandbox import audio


class Format(StrEnum):
    """The `type` of an audio format object."""

    PCM = "audio/pcm"
    PCMU = "audio/pcmu"
    PCMA = "audio/pcma"

    @property
    def bytes_per_ms(self) -> int:
        """Bytes of one millisecond."""
        return 48 if self is Format.PCM else 8

    @property
    def bytes_per_sample(self) -> int:
        """Bytes that become one sample at 8000 Hz."""
        return 6 if self is Format.PCM else 1


def to_mulaw(data: bytes, source: Format) -> bytes:
    """Session audio -> mu-law at 8000 Hz. Only whole samples (`bytes_per_sample`) may be given."""
    if source is Format.PCMU:
        return data
    if source is Format.PCMA:
        return audio.encode_mulaw(audio.decode_alaw(data))
    return audio.encode_mulaw(np.frombuffer(data, dtype="<i2").reshape(-1, 3).mean(axis=1))


def from_mulaw(data: bytes, target: Format) -> bytes:
    """Mu-law at 8000 Hz -> session audio. Made for a whole utterance: up to 24 kHz it goes through its spectrum."""
    if target is Format.PCMU:
        return data
    samples = audio.decode_mulaw(data)
    if target is Format.PCMA:
        return audio.encode_alaw(samples)
    if not data:
        return b""
    raised = np.fft.irfft(np.fft.rfft(samples), 3 * len(samples)) * 3
    return np.clip(np.rint(raised), -32768, 32767).astype("<i2").tobytes()
