"""Opening the WebSocket of a media stream: the signed upgrade, what counts as a refusal, and the ways to end it."""

import asyncio
import socket
import struct
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from sandbox.carrier.signature import sign
from sandbox.carrier.state import Call, Carrier
from sandbox.carrier.stream_log import StreamLog
from sandbox.carrier.stream_reports import StreamReports
from sandbox.carrier.ws_frames import Raw

_HANDSHAKE_MS = 5_000
_LARGEST_MESSAGE = 16 * 1024 * 1024
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_USER_AGENT = "Twilio.TmeWs/1.0"


class HandshakeFailed(Exception):
    """No stream: 31920 for a wrong URL or an answer other than 101, 31902 when nobody listens."""

    def __init__(self, code: int, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


async def open_socket(carrier: Carrier, url: str) -> aiohttp.ClientWebSocketResponse:
    """Shake hands with `url`, signed over the URL exactly as the document wrote it. Raises `HandshakeFailed`."""
    problem = _problem_with(url)
    if problem:
        raise HandshakeFailed(31920, problem)
    headers = {"X-Twilio-Signature": sign(auth_token=carrier.auth_token, url=url), "User-Agent": _USER_AGENT}
    opening = carrier.session().ws_connect(
        URL(url, encoded=True),
        headers=headers,
        compress=0,
        max_msg_size=_LARGEST_MESSAGE,
        timeout=aiohttp.ClientWSTimeout(ws_close=0.5),
    )
    try:
        with carrier.waiting():
            return await carrier.clock.within(_HANDSHAKE_MS, opening)
    except aiohttp.WSServerHandshakeError as refused:
        raise HandshakeFailed(31920, f"the handshake answered {refused.status}", status=refused.status) from refused
    except aiohttp.ClientConnectorError as unreachable:
        raise HandshakeFailed(31902, f"connection refused: {unreachable}") from unreachable
    except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as broken:
        raise HandshakeFailed(31920, f"the handshake failed: {broken!r}") from broken


async def open_logged(
    carrier: Carrier, call: Call, log: StreamLog, reports: StreamReports
) -> aiohttp.ClientWebSocketResponse | None:
    """The open socket of a stream; None when the handshake was refused, which is reported."""
    try:
        ws = await open_socket(carrier, log.url)
    except HandshakeFailed as failed:
        log.state, log.ended_by, log.ended_at_ms = "refused", "refused", carrier.clock.now_ms()
        carrier.ledger.add("stream", call_sid=call.sid, stream_sid=log.sid, url=log.url, status=failed.status)
        reports.error(failed.code, str(failed))
        reports.event("stream-error")
        return None
    carrier.ledger.add("stream", call_sid=call.sid, stream_sid=log.sid, url=log.url, status=101)
    return ws


def write_raw(ws: aiohttp.ClientWebSocketResponse, raw: Raw) -> None:
    """Write bytes under the WebSocket library, which would refuse to send them."""
    ws._writer.transport.write(raw.data)  # the library has no public way to break its own rules


def break_off(ws: aiohttp.ClientWebSocketResponse) -> None:
    """End the TCP connection under the WebSocket, without a close frame: what a network failure looks like."""
    tcp = ws.get_extra_info("socket")
    if tcp is not None:
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        tcp.shutdown(socket.SHUT_RDWR)


async def close(ws: aiohttp.ClientWebSocketResponse) -> None:
    """Close with 1000; whoever does not answer the close is not waited for long."""
    try:
        await asyncio.wait_for(ws.close(code=1000), timeout=1.0)
    except TimeoutError:
        break_off(ws)


async def try_again(carrier: Carrier, *, url: str, greeting: tuple[str, ...], wait_ms: float) -> dict[str, object]:
    """Open the same URL once more and repeat the greeting, as someone who overheard it would; answers how it went."""
    began_ms = carrier.clock.now_ms()
    try:
        ws = await open_socket(carrier, url)
    except HandshakeFailed as failed:
        return {"outcome": "refused", "status": failed.status}
    try:
        for text in greeting:
            await ws.send_str(text)
        frame = await carrier.clock.within(wait_ms, ws.receive())
    except TimeoutError:
        outcome = "left open"
    except (ConnectionError, aiohttp.ClientError):
        outcome = "closed"
    else:
        outcome = "served" if frame.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY) else "closed"
    after_ms = carrier.clock.now_ms() - began_ms
    await close(ws)
    return {"outcome": outcome, "close_code": ws.close_code, "after_ms": after_ms}


def _problem_with(url: str) -> str:
    parts = urlsplit(url)
    if parts.query or "?" in url:
        return "the stream URL must not have a query string"
    if parts.scheme not in ("wss", "ws") or not parts.hostname:
        return "the stream URL must be an absolute wss:// address"
    if parts.scheme == "ws" and parts.hostname not in _LOOPBACK:
        return "ws:// is only possible to this machine: the stream URL must be wss://"
    return ""
