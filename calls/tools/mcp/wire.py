"""The Model Context Protocol on the wire: what is sent, and what an answer says.

Two ways of speaking it are known. With a session: `initialize` first, and an id that the server may hand out
(https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http). Without one, since
2026-07-28: each request says in `_meta` and in headers what it needs
(https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http).
"""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SESSIONLESS = "2026-07-28"
WITH_SESSIONS = ("2025-11-25", "2025-06-18")  # the first is what we ask for
UNSUPPORTED_VERSION = -32022
NO_SUCH_METHOD = -32601
WRONG_ARGUMENTS = -32602
_CLIENT = {"name": "contactcenter", "version": "1"}
_META = "io.modelcontextprotocol/"
_SESSION = re.compile(r"[!-~]{1,256}")
_PLAIN = re.compile(r"[ -~]+")
_VERSION = re.compile(r"[0-9A-Za-z.-]{1,20}")


class Useless(Exception):
    """An answer that cannot be used; `str()` says why, for people, and holds no word of the server's.

    `code` is the error's number when the server has sent one (JSON-RPC 2.0, 5.1), `versions` what it says it speaks.
    """

    def __init__(self, words: str, *, code: int | None = None, versions: tuple[str, ...] = (), status: int = 0) -> None:
        super().__init__(words)
        self.code, self.versions, self.status = code, versions, status


@dataclass(frozen=True, slots=True)
class Message:
    """A request or a notification: its body, and the headers that belong to it. `id` None: nothing is answered."""

    body: bytes
    headers: Mapping[str, str]
    id: int | None


def request(
    method: str, params: Mapping[str, Any] | None = None, *, number: int, version: str = "", session: str = ""
) -> Message:
    """A request. `version` empty: none is agreed upon yet."""
    told = dict(params or {})
    headers = _headers(method, version, session)
    if version == SESSIONLESS:
        told["_meta"] = {
            f"{_META}protocolVersion": version,
            f"{_META}clientInfo": _CLIENT,
            f"{_META}clientCapabilities": {},
        }
        headers["Mcp-Method"] = method
        if method == "tools/call":
            headers["Mcp-Name"] = _header_value(str(told["name"]))
    whole = {"jsonrpc": "2.0", "id": number, "method": method, **({"params": told} if told else {})}
    return Message(_json(whole), headers, number)


def notification(method: str, *, version: str, session: str) -> Message:
    """A notification, which is answered with 202 and nothing else."""
    return Message(_json({"jsonrpc": "2.0", "method": method}), _headers(method, version, session), None)


def initialize(number: int) -> Message:
    """The first request of a session."""
    params = {"protocolVersion": WITH_SESSIONS[0], "capabilities": {}, "clientInfo": _CLIENT}
    return request("initialize", params, number=number)


def _headers(method: str, version: str, session: str) -> dict[str, str]:
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    if version and method != "initialize":
        headers["MCP-Protocol-Version"] = version
    if session:
        headers["Mcp-Session-Id"] = session
    return headers


def _header_value(text: str) -> str:
    if _PLAIN.fullmatch(text) and text == text.strip() and not text.startswith("=?"):
        return text
    return f"=?base64?{base64.b64encode(text.encode()).decode()}?="


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


@dataclass(slots=True)
class Events:
    """A stream of events (WHATWG HTML, 9.2), read as it comes until the answer to one request is in it."""

    number: int | None
    found: dict[str, Any] | None = None
    wanted: str = ""  # what the server asks of us before it answers
    _rest: bytes = b""
    _data: list[bytes] = field(default_factory=list)

    def feed(self, part: bytes) -> bool:
        """Take the next bytes; True when nothing more is waited for."""
        *lines, self._rest = (self._rest + part).split(b"\n")
        return any(self._line(line.removesuffix(b"\r")) for line in lines) or self._is_over()

    def _is_over(self) -> bool:
        return self.found is not None or bool(self.wanted)

    def _line(self, line: bytes) -> bool:
        if line.startswith(b"data:"):
            self._data.append(line[5:].removeprefix(b" "))
        elif not line and self._data and not self._is_over():
            self._message(_parsed(b"\n".join(self._data)))
            self._data.clear()
        return self._is_over()

    def _message(self, message: Any) -> None:
        if not isinstance(message, dict):
            return
        if _is_answer(message, self.number):
            self.found = message
        elif "id" in message and message.get("method") not in (None, "ping"):
            self.wanted = str(message["method"])


def result(
    message: Message, *, status: int, content_type: str, body: bytes, events: Events | None = None
) -> dict[str, Any]:
    """What the answer to a request says. Raises Useless."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "text/event-stream" and status < 400 and events is not None:
        if events.wanted:
            raise Useless("The server asks something of us before it answers, which is not done here.")
        found: Any = events.found
    else:
        found = _parsed(body) if kind == "application/json" else None
    if isinstance(found, dict) and isinstance(error := found.get("error"), dict):
        raise _error(error, status)
    if status >= 400:
        raise Useless(_refusal(status), status=status)
    if kind not in ("application/json", "text/event-stream"):
        raise Useless(f"The server answered with {_named(kind)} instead of JSON.")
    if not isinstance(found, dict) or not _is_answer(found, message.id) or not isinstance(found.get("result"), dict):
        raise Useless("The server's answer is not one of the Model Context Protocol.")
    return dict(found["result"])


def _error(error: Mapping[str, Any], status: int) -> Useless:
    code, data = error.get("code"), error.get("data")
    number = code if isinstance(code, int) and not isinstance(code, bool) and abs(code) < 10**6 else 0
    listed = data.get("supported") if isinstance(data, dict) else None
    versions = tuple(
        one
        for one in (listed if isinstance(listed, list) else [])[:10]
        if isinstance(one, str) and _VERSION.fullmatch(one)
    )
    return Useless(f"The server answered with error {number}.", code=number, versions=versions, status=status)


def _refusal(status: int) -> str:
    hint = {
        401: ": the secret is wrong",
        403: ": the secret may not do this",
        404: ": there is nothing at this address",
        405: ": there is no MCP server at this address",
    }
    return f"The server answered with HTTP {status}{hint.get(status, '')}."


def _named(kind: str) -> str:
    return kind if re.fullmatch(r"[a-z]+/[a-z0-9.+-]{1,40}", kind) else "something"


def _is_answer(message: Mapping[str, Any], number: int | None) -> bool:
    """One with the id that was asked with; an error may have none, when the server could not read it."""
    if "method" in message or message.get("jsonrpc") != "2.0":
        return False
    return message.get("id") == number or (message.get("id") is None and "error" in message)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return None


def _no_number(word: str) -> Any:
    raise ValueError(word)


def agreed_version(initialized: Mapping[str, Any]) -> str:
    """The version of a session that has begun. Raises Useless for one that is not understood."""
    version = initialized.get("protocolVersion")
    if not isinstance(version, str) or version not in WITH_SESSIONS:
        said = version if isinstance(version, str) and _VERSION.fullmatch(version) else "another version"
        raise Useless(f"The server speaks {said}; understood here are {', '.join((SESSIONLESS, *WITH_SESSIONS))}.")
    _require_tools(initialized)
    return version


def is_sessionless(discovered: Mapping[str, Any]) -> bool:
    """Whether the answer to `server/discover` says that sessions are not needed. Raises Useless if it has no tools."""
    versions = discovered.get("supportedVersions")
    if not isinstance(versions, list) or SESSIONLESS not in versions:
        return False
    _require_tools(discovered)
    return True


def _require_tools(said: Mapping[str, Any]) -> None:
    capabilities = said.get("capabilities")
    if not isinstance(capabilities, dict) or not isinstance(capabilities.get("tools"), dict):
        raise Useless("The server offers no tools.")


def session_of(headers: Mapping[str, str]) -> str:
    """The id of a session that has begun; empty when the server keeps none. Raises Useless."""
    session = headers.get("mcp-session-id", "")
    if session and not _SESSION.fullmatch(session):
        raise Useless("The server's session has an id that cannot be sent back.")
    return session


def page(listed: Mapping[str, Any]) -> tuple[list[Any], str]:
    """The tools of a page of the list, and where the next one is; empty at the end. Raises Useless."""
    tools, cursor = listed.get("tools"), listed.get("nextCursor") or ""
    if not isinstance(tools, list) or not isinstance(cursor, str) or len(cursor) > 1000:
        raise Useless("The server's list of tools is none.")
    return tools, cursor
