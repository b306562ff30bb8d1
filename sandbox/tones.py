"""Marked tones: an audible modem, so that any text at all can be said over the line and be understood again.

A prepared clip exists for few sentences. Every other text is sent as tones, about 20 characters a second: each
half byte of its UTF-8 is one of sixteen frequencies for 25 ms (16-FSK). The frequencies are whole numbers of cycles
per symbol, so symbols join without a click and each symbol is always the same 200 bytes of mu-law.

A message is: three marker symbols (two frequencies at once, which no data symbol has), the length in bytes
(three half bytes), the text, and a check sum (CRC-8, two half bytes). The marker is found in the bytes as they
are, at any alignment, or by its sound; the data is demodulated by correlation and stands some noise. A message that
stops early
gives the words that were complete by then; one whose check sum is wrong gives nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sandbox import audio

_SYMBOL_BYTES = 200
_TONES_HZ = tuple(600 + 120 * step for step in range(16))
_AMPLITUDE = 4600
_MARKER_PAIRS = ((0, 15), (5, 10), (0, 15))
_MAX_TEXT_BYTES = 2000
_LENGTH_NIBBLES = 3
_CHECK_NIBBLES = 2
_CLEAR_SHARE = 0.5
"""Least share of a symbol's power that its best frequency must hold to count as heard."""
_MARKER_LIKENESS = 0.9
"""Least correlation with the marker's waveform that counts as a marker."""
_FAINTEST_POWER = 1e5
"""Mean square below which (about -50 dBFS) a symbol is taken for silence."""


@dataclass(frozen=True, slots=True)
class HeardTones:
    """A message found in a stretch of audio: where it lies (byte offsets) and the words that came through."""

    start: int
    end: int
    text: str


def modulate(text: str) -> bytes:
    """The text as mu-law bytes. Beyond 2000 bytes of UTF-8 it is several messages, cut at spaces if there are any."""
    return b"".join(_modulate_message(piece) for piece in _pieces(text))


def demodulate(data: bytes, *, is_recoded: bool = False) -> list[HeardTones]:
    """Every message in mu-law bytes, in order, without those of a wrong check sum or of less than a whole word.

    `is_recoded`: the bytes are not those that were sent, but sound like them.
    """
    found: list[HeardTones] = []
    for start in _markers_by_sound(data) if is_recoded else _markers(data):
        if not found or start >= found[-1].end:
            heard = _read_message(data, start)
            if heard is not None:
                found.append(heard)
    return found


def _markers(data: bytes) -> Iterator[int]:
    start = data.find(_MARKER)
    while start != -1:
        yield start
        start = data.find(_MARKER, start + len(_MARKER))


def _markers_by_sound(data: bytes) -> Iterator[int]:
    if len(data) < len(_MARKER):
        return
    sound, marker = audio.decode_mulaw(data).astype(np.float64), audio.decode_mulaw(_MARKER).astype(np.float64)
    energy = np.cumsum(np.concatenate(([0.0], sound**2)))
    local = np.maximum(energy[len(marker) :] - energy[: -len(marker)], len(marker) * _FAINTEST_POWER)
    alike = np.correlate(sound, marker, "valid") / np.sqrt(local * (marker @ marker))
    places = np.flatnonzero(alike >= _MARKER_LIKENESS)
    for near in np.split(places, np.flatnonzero(np.diff(places) > len(marker)) + 1):
        if len(near):
            yield int(near[alike[near].argmax()])


def _tone(*steps: int) -> bytes:
    seconds = np.arange(_SYMBOL_BYTES) / audio.RATE
    waves = [np.sin(2 * np.pi * _TONES_HZ[step] * seconds) for step in steps]
    return audio.encode_mulaw(_AMPLITUDE / len(steps) * np.sum(waves, axis=0))


_SYMBOLS = tuple(_tone(step) for step in range(16))
_NIBBLE_OF_SYMBOL = {symbol: nibble for nibble, symbol in enumerate(_SYMBOLS)}
_MARKER = b"".join(_tone(*pair) for pair in _MARKER_PAIRS)
_SINES = np.array([np.sin(2 * np.pi * hz * np.arange(_SYMBOL_BYTES) / audio.RATE) for hz in _TONES_HZ])
_COSINES = np.array([np.cos(2 * np.pi * hz * np.arange(_SYMBOL_BYTES) / audio.RATE) for hz in _TONES_HZ])


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    rest = text.strip()
    while rest:
        piece = rest.encode()[:_MAX_TEXT_BYTES].decode(errors="ignore")
        if len(piece) < len(rest) and " " in piece:
            piece = piece[: piece.rindex(" ")]
        pieces.append(piece)
        rest = rest[len(piece) :].lstrip()
    return pieces


def _modulate_message(text: str) -> bytes:
    payload = text.encode()
    length = len(payload)
    nibbles = [length >> 8, (length >> 4) & 15, length & 15]
    for byte in (*payload, _crc8(payload)):
        nibbles += [byte >> 4, byte & 15]
    return _MARKER + b"".join(_SYMBOLS[nibble] for nibble in nibbles)


def _read_message(data: bytes, start: int) -> HeardTones | None:
    position = start + len(_MARKER)
    header = _read_nibbles(data, position, _LENGTH_NIBBLES)
    if len(header) < _LENGTH_NIBBLES:
        return None
    length = (header[0] << 8) | (header[1] << 4) | header[2]
    position += _LENGTH_NIBBLES * _SYMBOL_BYTES
    nibbles = _read_nibbles(data, position, 2 * length + _CHECK_NIBBLES)
    end = position + len(nibbles) * _SYMBOL_BYTES
    octets = bytes((high << 4) | low for high, low in zip(nibbles[::2], nibbles[1::2], strict=False))
    if len(octets) == length + 1:
        payload, check = octets[:-1], octets[-1]
        return HeardTones(start, end, payload.decode(errors="replace")) if _crc8(payload) == check else None
    complete_words = octets[:length].decode(errors="ignore").rpartition(" ")[0]
    return HeardTones(start, end, complete_words) if complete_words else None


def _read_nibbles(data: bytes, position: int, count: int) -> list[int]:
    """Up to `count` half bytes from `position`; fewer when the tones stop before."""
    nibbles: list[int] = []
    for _ in range(count):
        block = data[position : position + _SYMBOL_BYTES]
        nibble = _NIBBLE_OF_SYMBOL.get(block)
        if nibble is None:
            nibble = _demodulate_symbol(block)
        if nibble is None:
            break
        nibbles.append(nibble)
        position += _SYMBOL_BYTES
    return nibbles


def _demodulate_symbol(block: bytes) -> int | None:
    if len(block) < _SYMBOL_BYTES:
        return None
    samples = audio.decode_mulaw(block).astype(np.float64)
    power = float(np.mean(samples**2))
    if power < _FAINTEST_POWER:
        return None
    # Mean square of the part of the signal at each frequency: 2/N^2 * (sine^2 + cosine^2 correlations).
    per_tone = 2 * ((_SINES @ samples) ** 2 + (_COSINES @ samples) ** 2) / _SYMBOL_BYTES**2
    best = int(np.argmax(per_tone))
    return best if per_tone[best] >= _CLEAR_SHARE * power else None


def _crc8(payload: bytes) -> int:
    """CRC-8 with polynomial 0x07, as in ITU-T I.432.1 without its final XOR."""
    remainder = 0
    for byte in payload:
        remainder ^= byte
        for _ in range(8):
            remainder = ((remainder << 1) ^ 0x07) & 0xFF if remainder & 0x80 else remainder << 1
    return remainder
