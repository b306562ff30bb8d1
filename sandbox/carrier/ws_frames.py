"""Single WebSocket frames as bytes (RFC 6455, 5.2), well-formed or not: what a proper library refuses to send."""

import struct
from dataclasses import dataclass

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
_MASK = b"\x37\xfa\x21\x3d"  # the example key of RFC 6455, 5.7: nothing here is a secret
_MEDIUM, _LONG = 126, 127


@dataclass(frozen=True, slots=True)
class Raw:
    """Bytes for the connection as they are, under the WebSocket library."""

    data: bytes


def frame(
    opcode: int,
    payload: bytes = b"",
    *,
    is_final: bool = True,
    reserved: int = 0,
    is_masked: bool = True,
    announced: int | None = None,
) -> Raw:
    """One frame of a client. `reserved` are the three RSV bits; `announced` is a length that need not be true."""
    length = len(payload) if announced is None else announced
    head = bytes([(0x80 if is_final else 0) | reserved << 4 | opcode])
    mask_bit = 0x80 if is_masked else 0
    if length < _MEDIUM:
        head += bytes([mask_bit | length])
    elif length < 1 << 16:
        head += bytes([mask_bit | _MEDIUM]) + struct.pack("!H", length)
    else:
        head += bytes([mask_bit | _LONG]) + struct.pack("!Q", length)
    if not is_masked:
        return Raw(head + payload)
    masked = bytes(octet ^ _MASK[place % 4] for place, octet in enumerate(payload))
    return Raw(head + _MASK + masked)


def fragments(opcode: int, payload: bytes, *, count: int) -> Raw:
    """A whole message in so many frames."""
    size = -(-len(payload) // count)
    pieces = [payload[start : start + size] for start in range(0, len(payload), size)]
    whole = b""
    for number, piece in enumerate(pieces):
        code = opcode if number == 0 else CONTINUATION
        whole += frame(code, piece, is_final=number == len(pieces) - 1).data
    return Raw(whole)


def closing(code: int, reason: bytes = b"") -> Raw:
    """A close frame with this code, whatever the code."""
    return frame(CLOSE, struct.pack("!H", code) + reason)
