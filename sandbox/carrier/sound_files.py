"""Reading the sound file of a `<Play>` into telephone audio.

Only what needs no conversion of rate is taken: raw mu-law (`audio/basic`, `audio/x-mulaw`) and 8000 Hz 16-bit WAV.
"""

import io
import wave

import numpy as np

from sandbox import audio
from sandbox.carrier.twiml import TwimlError

_RAW = ("audio/basic", "audio/x-mulaw", "audio/pcmu")


def read(body: bytes, *, content_type: str) -> bytes:
    """The mu-law bytes of a file (its first channel). Raises `TwimlError` 12300 for what this carrier does not play."""
    if content_type in _RAW:
        return body
    if not content_type.startswith("audio/"):
        raise TwimlError(12300, f"Invalid Content-Type: {content_type or 'none'} is no audio")
    try:
        with wave.open(io.BytesIO(body), "rb") as file:
            shape = (file.getframerate(), file.getsampwidth())
            samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2" if shape[1] == 2 else "<u1")
            first_channel = samples[:: file.getnchannels()]
    except (wave.Error, EOFError) as unreadable:
        raise TwimlError(12300, f"the audio file is no PCM WAV: {unreadable}") from unreadable
    if shape != (audio.RATE, 2):
        raise TwimlError(12300, f"this carrier plays 16-bit WAV at 8000 Hz, not {shape[1] * 8}-bit at {shape[0]} Hz")
    return audio.encode_mulaw(first_channel)
