"""The Model Context Protocol at `/mcp`, as its papers have it and no more lenient: 2025-06-18, 2025-11-25, 2026-07-28.

Older versions begin a session with `initialize` and send its id ever after; the newest has none, and says in headers
what is in the body. Lists have one tool a page, so that whoever reads them must turn pages. What a tool has done is
told in a stream of events, everything else in JSON.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sandbox.business.crm import TOOLS, Crm, Wrong

SESSIONLESS = "2026-07-28"
WITH_SESSIONS = ("2025-11-25", "2025-06-18")
_META = "io.modelcontextprotocol/"
_INFO = {"name": "marlow-crm", "version": "1.0"}
_CAPABILITIES = {"tools": {"listChanged": False}}


@dataclass
class McpState:
    """The customer file behind it, the versions it speaks, and its sessions with the version of each."""

    crm: Crm
    versions: tuple[str, ...] = (SESSIONLESS, *WITH_SESSIONS)
    sessions: dict[str, str] = field(default_factory=dict)
    ready: set[str] = field(default_factory=set)
    log: list[str] = field(default_factory=list)  # methods, in order; DELETE for the end of a session


MCP = web.AppKey("mcp", McpState)
routes = web.RouteTableDef()


class _Refusal(Exception):
    """A request that is answered with an error; `status` as HTTP has it."""

    def __init__(self, code: int, message: str, *, status: int = 400, data: Any = None) -> None:
        super().__init__(message)
        self.code, self.status, self.data = code, status, data


@routes.get("/mcp")
async def listen(request: web.Request) -> web.Response:
    """Nothing is told of the server's own accord."""
    return web.Response(status=405, headers={"Allow": "POST, DELETE"})


@routes.delete("/mcp")
async def end(request: web.Request) -> web.Response:
    """The end of a session."""
    state = request.app[MCP]
    if state.sessions.pop(request.headers.get("Mcp-Session-Id", ""), None) is None:
        return web.Response(status=404)
    state.log.append("DELETE")
    return web.Response(status=204)


@routes.post("/mcp")
async def post(request: web.Request) -> web.StreamResponse:
    """One message."""
    accepted = request.headers.get("Accept", "")
    if "application/json" not in accepted or "text/event-stream" not in accepted:
        return web.Response(status=406, text="both application/json and text/event-stream must be accepted")
    if request.content_type != "application/json":
        return web.Response(status=415)
    try:
        message = json.loads(await request.text())
    except ValueError:
        return _error(None, _Refusal(-32700, "no JSON"))
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0" or not isinstance(message.get("method"), str):
        return _error(None, _Refusal(-32600, "no JSON-RPC request"))
    state, number = request.app[MCP], message.get("id")
    params = message.get("params", {})
    try:
        if not isinstance(params, dict):
            raise _Refusal(-32602, "params is an object")
        if "id" in message and (isinstance(number, bool) or not isinstance(number, str | int)):
            raise _Refusal(-32600, "id is a text or a whole number")
        session = _check(state, request, message["method"], params)
        state.log.append(message["method"])
        if "id" not in message:
            if message["method"] == "notifications/initialized":
                state.ready.add(session)
            return web.Response(status=202)
        return await _answered(state, request, message["method"], params, number)
    except _Refusal as refusal:
        return _error(number, refusal)


def _check(state: McpState, request: web.Request, method: str, params: Mapping[str, Any]) -> str:
    """Version and session, before anything is done; the session's id."""
    version, session = request.headers.get("MCP-Protocol-Version", ""), request.headers.get("Mcp-Session-Id", "")
    if version == SESSIONLESS:
        _check_envelope(state, request, method, params)
        return ""
    if method == "initialize":
        if session:
            raise _Refusal(-32600, "a session has begun already")
        return ""
    if method == "server/discover":
        raise _Refusal(-32601, "no such method in this version", status=404)
    if not session:
        raise _Refusal(-32600, "Mcp-Session-Id is missing")
    if session not in state.sessions:
        raise _Refusal(-32600, "there is no such session", status=404)
    if version != state.sessions[session]:
        raise _Refusal(-32600, "MCP-Protocol-Version is not the one that was agreed upon")
    if method != "notifications/initialized" and session not in state.ready:
        raise _Refusal(-32600, "notifications/initialized has not come yet")
    return session


def _check_envelope(state: McpState, request: web.Request, method: str, params: Mapping[str, Any]) -> None:
    meta = params.get("_meta")
    if not isinstance(meta, dict) or not isinstance(meta.get(f"{_META}clientCapabilities"), dict):
        raise _Refusal(-32602, "params._meta lacks what each request must say")
    if meta.get(f"{_META}protocolVersion") != SESSIONLESS or request.headers.get("Mcp-Method") != method:
        raise _Refusal(-32020, "headers and body do not say the same")
    if method == "tools/call" and request.headers.get("Mcp-Name") != params.get("name"):
        raise _Refusal(-32020, "Mcp-Name is not the tool's name")
    if "Mcp-Session-Id" in request.headers:
        raise _Refusal(-32600, "there are no sessions in this version")
    if SESSIONLESS not in state.versions:
        data = {"supported": list(state.versions), "requested": SESSIONLESS}
        raise _Refusal(-32022, "this version is not spoken", data=data)


async def _answered(
    state: McpState, request: web.Request, method: str, params: Mapping[str, Any], number: Any
) -> web.StreamResponse:
    is_sessionless = request.headers.get("MCP-Protocol-Version") == SESSIONLESS
    more = {"resultType": "complete"} if is_sessionless else {}
    if method == "initialize" and not is_sessionless:
        return _begun(state, params, number)
    if method == "server/discover" and is_sessionless:
        found = {"supportedVersions": list(state.versions), "capabilities": _CAPABILITIES, "serverInfo": _INFO}
        return _result(number, found | more)
    if method == "tools/list":
        return _result(number, _page(params) | more)
    if method == "tools/call":
        return await _stream(request, number, _used(state, request, params) | more)
    raise _Refusal(-32601, "no such method", status=404)


def _begun(state: McpState, params: Mapping[str, Any], number: Any) -> web.Response:
    wanted, known = params.get("protocolVersion"), [one for one in state.versions if one != SESSIONLESS]
    if not isinstance(params.get("clientInfo"), dict) or not isinstance(params.get("capabilities"), dict):
        raise _Refusal(-32602, "clientInfo and capabilities are missing")
    if not known:
        raise _Refusal(-32022, "sessions are not spoken", data={"supported": list(state.versions)})
    version = wanted if wanted in known else known[0]
    session = secrets.token_urlsafe(18)
    state.sessions[session] = version
    result = {"protocolVersion": version, "capabilities": _CAPABILITIES, "serverInfo": _INFO}
    return _result(number, result, headers={"Mcp-Session-Id": session})


def _page(params: Mapping[str, Any]) -> dict[str, Any]:
    cursor = params.get("cursor", "0")
    if cursor not in [str(place) for place in range(len(TOOLS))]:
        raise _Refusal(-32602, "there is no such page")
    after = int(cursor) + 1
    more = {"nextCursor": str(after)} if after < len(TOOLS) else {}
    return {"tools": [TOOLS[int(cursor)]], **more}


def _used(state: McpState, request: web.Request, params: Mapping[str, Any]) -> dict[str, Any]:
    name, arguments = params.get("name"), params.get("arguments", {})
    if not isinstance(name, str) or not isinstance(arguments, dict):
        raise _Refusal(-32602, "name is a text and arguments an object")
    caller, key = request.headers.get("X-Caller", ""), request.headers.get("Idempotency-Key", "")
    try:
        return state.crm.use(name, arguments, caller=caller, key=key)
    except KeyError:
        raise _Refusal(-32602, "there is no such tool") from None
    except Wrong as wrong:
        raise _Refusal(-32602, str(wrong)) from None


async def _stream(request: web.Request, number: Any, result: Mapping[str, Any]) -> web.StreamResponse:
    """The answer as a stream of events, after a word about how far it is; whoever has read it may leave."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await response.prepare(request)
    progress = {"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info", "data": "looking"}}
    await response.write(b": here it comes\n\n")
    for message in (progress, {"jsonrpc": "2.0", "id": number, "result": result}):
        await response.write(f"event: message\ndata: {json.dumps(message)}\n\n".encode())
    return response


def _result(number: Any, result: Mapping[str, Any], *, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.json_response({"jsonrpc": "2.0", "id": number, "result": result}, headers=headers)


def _error(number: Any, refusal: _Refusal) -> web.Response:
    error: dict[str, Any] = {"code": refusal.code, "message": str(refusal)}
    if refusal.data is not None:
        error["data"] = refusal.data
    return web.json_response({"jsonrpc": "2.0", "id": number, "error": error}, status=refusal.status)
