"""What the fast lanes of our servers have in common: where an application finds one, and a text as it is sent."""

# The extension of the scope by which a connection offers its lane, beside the plain way of ASGI.
EXTENSION = "contactcenter.frames"


def framed(payload: bytes) -> bytes:
    """A text message, encoded already, as a server sends it (RFC 6455, section 5.2)."""
    size = len(payload)
    if size < 126:
        return bytes((0x81, size)) + payload
    length = b"\x81\x7e" + size.to_bytes(2) if size < 65536 else b"\x81\x7f" + size.to_bytes(8)
    return length + payload
