"""What is read from a request that asks for a WebSocket, and what is answered otherwise."""

import pytest

from contactcenter import upgrade

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
GOOD = {
    b"host": b"us.example",
    b"upgrade": b"websocket",
    b"connection": b"Upgrade",
    b"sec-websocket-version": b"13",
    b"sec-websocket-key": KEY,
}


def request(first: bytes = b"GET /here?a=b?c HTTP/1.1", **more: bytes | None) -> bytes:
    """A request with some headers changed or left out."""
    headers = GOOD | {name.replace("_", "-").encode(): value for name, value in more.items()}
    lines = [name + b": " + value for name, value in headers.items() if value is not None]
    return b"\r\n".join((first, *lines, b"", b""))


def test_what_was_asked_for_is_read() -> None:
    asked = upgrade.read(request(sec_websocket_protocol=b"a , b,,c"))
    assert (asked.path, asked.query, asked.key, asked.subprotocols) == (b"/here", b"a=b?c", KEY, ["a", "b", "c"])
    assert (b"host", b"us.example") in asked.headers


@pytest.mark.parametrize("connection", [b"upgrade", b"keep-alive, Upgrade", b"Upgrade,foo"])
def test_a_connection_may_be_more_than_upgraded(connection: bytes) -> None:
    least = upgrade.read(request(connection=connection, upgrade=b"WebSocket, h2c")).request
    assert upgrade.read(least).key == KEY


@pytest.mark.parametrize(
    "wrong",
    [
        request(b"POST / HTTP/1.1"),
        request(b"GET / HTTP/1.0"),
        request(b"GET /"),
        request(upgrade=b"h2c"),
        request(upgrade=None),
        request(connection=b"keep-alive"),
        request(connection=None),
        request(sec_websocket_key=None),
        request(sec_websocket_key=b"short"),
        request(sec_websocket_key=b"dGhlIHNhbXBsZSBub25jZQ"),
        request(sec_websocket_key="\u00fc".encode() + KEY),
        request().replace(b"host: us.example", b"host"),
        request().replace(b"\r\n\r\n", b"\r\nsec-websocket-key: " + KEY + b"\r\n\r\n"),
    ],
)
def test_what_does_not_ask_for_a_websocket_as_it_should(wrong: bytes) -> None:
    with pytest.raises(upgrade.BadUpgrade) as bad:
        upgrade.read(wrong)
    assert bad.value.answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")


@pytest.mark.parametrize("version", [b"8", b"14", None])
def test_another_version_is_told_ours(version: bytes | None) -> None:
    with pytest.raises(upgrade.BadUpgrade) as bad:
        upgrade.read(request(sec_websocket_version=version))
    assert bad.value.answer.startswith(b"HTTP/1.1 426 Upgrade Required\r\nsec-websocket-version: 13\r\n")


def test_an_answer_is_whole() -> None:
    assert upgrade.answer(299, [(b"X-Own", b"1"), (b"Content-Type", b"a/b")], b"12") == (
        b"HTTP/1.1 299 \r\nx-own: 1\r\ncontent-type: a/b\r\ncontent-length: 2\r\nconnection: close\r\n\r\n12"
    )


def test_nothing_can_be_smuggled_into_an_answer() -> None:
    with pytest.raises(ValueError, match="line break"):
        upgrade.answer(403, [(b"x-own", b"1\r\nset-cookie: a=b")])
