"""A model that speaks another code than the line: base64 to base64, both ways, for one call.

The line is always mu-law at 8000 Hz, and so is everything the session sees, counts and keeps. A model may be spoken to
in A-law, or in PCM16 at 24000 Hz. Milliseconds are the same on both sides of a transcoder, whatever the code: a frame
of 20 ms is 160 bytes of mu-law or of A-law, and 480 samples (960 bytes) of PCM.

Nothing here raises. A text that is not base64 is silence of the length it seems to have: the model's clock, which
counts what it was sent, stays with the line's.

What 20 ms cost, base64 to base64 (`benchmarks/transcoding.py`; AMD EPYC, 2 shared cores, Python 3.11, 2026-11-28):
A-law 1 us either way; PCM 12 us to the model, and 11 us from it, 7 us in pieces of 200 ms.
"""

import binascii
from enum import StrEnum
from typing import Protocol

from calls.voice import effects as e
from calls.voice import g711
from calls.voice import messages as m
from calls.voice.audio import payload_bytes
from calls.voice.resampling import Lowered, Raised


class ModelAudio(StrEnum):
    """The code in which a model hears and speaks."""

    PCMU = "pcmu"
    PCMA = "pcma"
    PCM24K = "pcm24k"

    @property
    def bytes_per_ms(self) -> int:
        """Bytes of one millisecond."""
        return 48 if self is ModelAudio.PCM24K else 8


class Half(Protocol):
    """One direction: sound in one code as sound in another, piece by piece."""

    @property
    def silence(self) -> bytes:
        """The byte that means silence where the sound comes from."""

    def convert(self, data: bytes) -> bytes:
        """The next piece, converted."""

    def reset(self) -> None:
        """What comes next does not belong to what came before."""


class Recoded:
    """One code of G.711 as the other: byte by byte, without memory."""

    def __init__(self, table: bytes, *, silence: bytes) -> None:
        self.silence = silence
        self._table = table

    def reset(self) -> None:
        """Nothing is remembered."""

    def convert(self, data: bytes) -> bytes:
        """The next piece."""
        return data.translate(self._table)


class Transcoder:
    """Both directions of one call. Pieces must be given in the order they belong in."""

    def __init__(self, *, to_model: Half, from_model: Half) -> None:
        self._to_model = to_model
        self._from_model = from_model
        self._item_id = ""

    def to_model(self, payload: str) -> str:
        """Mu-law from the line, as the model wants it."""
        return _converted(payload, self._to_model)

    def from_model(self, payload: str, *, item_id: str = "") -> str:
        """The model's voice as mu-law, perhaps empty. Each item begins afresh, as after `reset_from_model`."""
        if item_id != self._item_id:
            self._item_id = item_id
            self.reset_from_model()
        return _converted(payload, self._from_model)

    def reset_from_model(self) -> None:
        """The voice was cut: nothing of it, not even half a sample, may sound in what comes next."""
        self._from_model.reset()

    def for_the_model(self, effect: e.ToModel) -> e.ToModel:
        """An order to the model: the caller's sound in the model's code, everything else as it is."""
        return e.AppendAudio(self.to_model(effect.payload)) if type(effect) is e.AppendAudio else effect

    def on_the_line(self, message: m.ModelMessage) -> m.ModelMessage:
        """A message of the model: its voice in the line's code, everything else as it is."""
        if type(message) is not m.AudioDelta:
            return message
        return m.AudioDelta(
            message.response_id, message.item_id, self.from_model(message.payload, item_id=message.item_id)
        )


def transcoder(kind: ModelAudio) -> Transcoder | None:
    """The transcoder of a new call; None where the model speaks as the line does and no byte is touched."""
    match kind:
        case ModelAudio.PCMU:
            return None
        case ModelAudio.PCMA:
            return Transcoder(
                to_model=Recoded(g711.MULAW_TO_ALAW, silence=g711.MULAW_SILENCE),
                from_model=Recoded(g711.ALAW_TO_MULAW, silence=g711.ALAW_SILENCE),
            )
        case ModelAudio.PCM24K:
            return Transcoder(to_model=Raised(), from_model=Lowered())


def _converted(payload: str, half: Half) -> str:
    try:
        data = binascii.a2b_base64(payload, strict_mode=True)
    except ValueError:  # not base64, or not even ASCII
        data = b""
    length = payload_bytes(payload)
    if len(data) != length:
        data = half.silence * length
    return binascii.b2a_base64(half.convert(data), newline=False).decode("ascii")
