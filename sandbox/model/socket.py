"""GET /v1/realtime: the handshake with its refusals, and the pump between a WebSocket and a session."""

import asyncio
import hmac
from email.utils import format_datetime

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from sandbox.model.refusal import error_object
from sandbox.model.session import Session
from sandbox.model.session_shape import MODELS
from sandbox.model.state import STATE, ModelState
from sandbox.model.wire import Close, Frame, Wire

_MAX_MESSAGE_BYTES = 24 * 1024 * 1024
"""15 MiB of audio in base64, and the JSON around it."""
_SHUTDOWN_ANSWER_S = 0.1
"""A server that is being shut down hears no answer any more (aiohttp drops what comes in), so it hardly waits."""
_LOOK_AGAIN_S = 0.005
_BETA_RETIRED = "The Realtime Beta API is no longer supported. Please use /v1/realtime for the GA API."
_BETA_CLOSE_CODE = 4000

routes = web.RouteTableDef()


@routes.get("/v1/realtime")
async def realtime(request: web.Request) -> web.StreamResponse:
    """One Realtime session over one WebSocket."""
    state = request.app[STATE]
    refusal = _refuse(request, state)
    if refusal is not None:
        return refusal
    if "call_id" in request.query:
        return await _control_a_call(request, state)
    if state.faults.accept_delay_ms:
        await state.clock.sleep(state.faults.accept_delay_ms)
    while state.faults.hold_accepts and not _is_gone(request):  # noqa: ASYNC110  a switch announces nothing
        await asyncio.sleep(_LOOK_AGAIN_S)
    socket = web.WebSocketResponse(max_msg_size=_MAX_MESSAGE_BYTES, compress=False, autoping=False, autoclose=False)
    socket.headers["Date"] = format_datetime(state.clock.date(), usegmt=True)
    await socket.prepare(request)
    if "OpenAI-Beta" in request.headers:
        await _refuse_beta(socket, state)
        return socket
    session = state.open_session(model=request.query["model"])
    session.start()
    carrying = asyncio.create_task(_carry(socket, session, state, request.transport))
    state.carrying.add(carrying)
    try:
        await carrying
    finally:
        if not session.closed_by:
            session.closed_by, session.close_code = "client", socket.close_code
        session.stop()
        state.carrying.discard(carrying)
    return socket


async def _control_a_call(request: web.Request, state: ModelState) -> web.StreamResponse:
    """A control socket: the session is there already, and stays when the socket goes."""
    session = state.sip.session_of(request.query["call_id"])
    if session is None:
        return error_response(404, "No session found for the provided call_id.", code="call_id_not_found")
    socket = web.WebSocketResponse(max_msg_size=_MAX_MESSAGE_BYTES, compress=False, autoping=False, autoclose=False)
    socket.headers["Date"] = format_datetime(state.clock.date(), usegmt=True)
    await socket.prepare(request)
    session.attach()
    carrying = asyncio.create_task(_carry(socket, session, state, request.transport))
    state.carrying.add(carrying)
    try:
        await carrying
    finally:
        session.detach()
        state.carrying.discard(carrying)
    return socket


def _is_gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


async def end_sessions(app: web.Application) -> None:
    """On shutdown: end every session as the API does when it goes away."""
    state = app[STATE]
    for session in state.sessions.values():
        session.wire.close(WSCloseCode.GOING_AWAY, "server shutdown", answer_s=_SHUTDOWN_ANSWER_S)
    if state.carrying:
        await asyncio.wait(state.carrying)


async def _carry(
    socket: web.WebSocketResponse, session: Session, state: ModelState, transport: asyncio.Transport | None
) -> None:
    """Both directions, until the client goes or the session ends the connection."""
    reader = asyncio.create_task(_read(socket, session, state, transport))
    writer = asyncio.create_task(_write(socket, session.wire, state))
    try:
        await asyncio.wait({reader, writer}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        reader.cancel()
        writer.cancel()
        await asyncio.wait({reader, writer})
    # Nobody reads any more, so closing can wait for the client's own close frame.
    close = None if writer.cancelled() else writer.result()
    if close is None:
        return
    session.closed_by, session.close_code = "model", close.code
    if close.code is not None:
        closing = asyncio.create_task(socket.close(code=close.code, message=close.reason.encode()))
        await asyncio.wait({closing}, timeout=close.answer_s)
        closing.cancel()
        await asyncio.wait({closing})
    elif transport is not None:
        transport.abort()


async def _read(
    socket: web.WebSocketResponse, session: Session, state: ModelState, transport: asyncio.Transport | None
) -> None:
    async for message in socket:
        await _receive(message, socket, session, state)
    if not session.wire.is_stalled:
        await socket.close(drain=False)
        return
    # A stalled connection does not answer the client's close either: it stays until the client drops it.
    while transport is not None and not transport.is_closing():  # noqa: ASYNC110  a transport announces nothing
        await asyncio.sleep(_LOOK_AGAIN_S)


async def _receive(message: WSMessage, socket: web.WebSocketResponse, session: Session, state: ModelState) -> None:
    appended = 0
    if message.type is WSMsgType.PING:
        if not state.faults.half_open and not session.wire.is_stalled:
            await socket.pong(message.data)
    elif message.type is WSMsgType.BINARY:
        session.receive_binary()
    elif message.type is WSMsgType.TEXT:
        before = len(session.listening.buffer.received)
        session.receive(message.data)
        appended = len(session.listening.buffer.received) - before
        state.received_audio_bytes += appended
    if not appended:
        state.note_traffic()


async def _write(socket: web.WebSocketResponse, wire: Wire, state: ModelState) -> Close | None:
    """Send what the session puts out; returns how it wants the connection to end, or None when the client has gone."""
    while True:
        frame: Frame = await wire.outbox.get()
        state.note_traffic()
        try:
            if isinstance(frame, str):
                await socket.send_str(frame)
            elif isinstance(frame, bytes):
                await socket.send_bytes(frame)
            else:
                return frame
        except ConnectionResetError:
            return None


async def _refuse_beta(socket: web.WebSocketResponse, state: ModelState) -> None:
    """The retired beta is told so over the socket, which then closes: that is how the API does it."""
    wire = Wire(clock=state.clock, faults=state.faults)
    wire.emit_error(error_object(_BETA_RETIRED, code="beta_api_shape_disabled"))
    frame = wire.outbox.get_nowait()
    await socket.send_str(str(frame))
    await socket.close(code=_BETA_CLOSE_CODE, message=b"invalid_request_error.beta_api_shape_disabled")


def _refuse(request: web.Request, state: ModelState) -> web.Response | None:
    """The HTTP answer to a handshake that is not accepted, or None."""
    if state.faults.use_up("refuse_connects"):
        status, error_type, code, message = state.faults.refusal()
        refusal = error_response(status, message, code=code, error_type=error_type)
        if state.faults.refuse_retry_after_s is not None:
            refusal.headers["Retry-After"] = f"{state.faults.refuse_retry_after_s:g}"
        return refusal
    return refuse_key(request, state) or _refuse_target(request)


def refuse_key(request: web.Request, state: ModelState) -> web.Response | None:
    """The HTTP answer to a request without the right key, or None."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        return error_response(401, "Missing bearer authentication in header", code=None)
    if not hmac.compare_digest(key.encode(), state.api_key.encode()):
        return error_response(401, f"Incorrect API key provided: {key[:3]}***.", code="invalid_api_key")
    return None


def _refuse_target(request: web.Request) -> web.Response | None:
    if request.query.get("intent") == "transcription":
        return error_response(404, "Only conversation sessions exist here, no transcription.", code="not_found")
    if "call_id" in request.query:
        return None
    model = request.query.get("model")
    if model is None:
        return error_response(
            400, "Missing required parameter: 'model'.", code="missing_required_parameter", param="model"
        )
    if model not in MODELS:
        message = f"The model `{model}` does not exist or you do not have access to it."
        return error_response(404, message, code="model_not_found", param="model")
    if request.headers.get("Upgrade", "").lower() != "websocket":
        return error_response(400, "This is a WebSocket endpoint.", code="invalid_request")
    return None


def error_response(
    status: int, message: str, *, code: str | None, param: str | None = None, error_type: str = "invalid_request_error"
) -> web.Response:
    """A refusal as the API writes it."""
    error = error_object(message, code=code, param=param, error_type=error_type)
    return web.json_response({"error": error}, status=status)
