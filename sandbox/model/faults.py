"""The ways in which the model can be told to misbehave. All are off until `POST /_sandbox/faults` switches them on."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any


class OddEvent(StrEnum):
    """What a server should never send, and a client must survive."""

    NOT_JSON = "not_json"
    NOT_OBJECT = "not_object"
    UNKNOWN_TYPE = "unknown_type"
    MISSING_FIELDS = "missing_fields"
    BINARY = "binary"


_REFUSALS = {
    401: ("invalid_request_error", "invalid_api_key", "Incorrect API key provided."),
    403: ("invalid_request_error", "unsupported_country_region_territory", "Your region is not supported."),
    404: ("invalid_request_error", "model_not_found", "The model does not exist or you do not have access to it."),
    429: ("rate_limit_error", "rate_limit_exceeded", "Rate limit reached. Please try again later."),
    500: ("server_error", "server_error", "The server had an error while processing your request."),
    503: ("server_error", "server_overloaded", "The server is overloaded. Please try again later."),
}
_NO_QUOTA = ("insufficient_quota", "insufficient_quota", "You exceeded your current quota.")
CLOSE_AT = ("delta", "before_audio", "function_call")


@dataclass(slots=True)
class Faults:
    """Switches, each with what it does. Counts run down with use."""

    refuse_connects: int = 0  #: so many of the next connections get `refuse_status` instead of a WebSocket
    refuse_status: int = 500
    refuse_retry_after_s: float | None = None  #: the `Retry-After` header of refused connections
    refuse_no_quota: bool = False  #: refused connections name `insufficient_quota`; goes with status 429
    accept_delay_ms: float = 0  #: the WebSocket handshake takes so long
    hold_accepts: int = 0  #: 1: WebSocket handshakes wait until this is 0 again
    close_responses: int = 0  #: so many of the next responses end with a closed socket, at the moment `close_at`
    close_at: str = "delta"  #: `delta`: after `close_after_deltas` of them; `before_audio`; `function_call`: after one
    close_session: str = ""  #: only responses of this session; of whichever is next when empty
    close_after_deltas: int = 2  #: audio deltas sent before the socket closes
    close_turns: int = 0  #: so many of the next turns of callers close the socket, right after `speech_started`
    close_code: int = 1011
    close_abruptly: bool = False  #: the TCP connection goes without a close frame
    close_stalls: bool = False  #: instead of closing, that one session stalls: open, silent, and answers no ping
    odd_events: list[str] = field(default_factory=list)  #: sent once, right after the next `response.created`
    error_events: list[dict[str, Any]] = field(default_factory=list)  #: error objects, sent with the next response
    events_after_deltas: int = 0  #: odd and error events wait until a response has sent so many audio deltas
    first_audio_delay_ms: float = 0  #: added to the thinking time of every response
    slow_responses: int = 0  #: so many of the next spoken responses think `slow_first_audio_ms` longer
    slow_first_audio_ms: float = 5000
    rate_limits: list[dict[str, Any]] = field(
        default_factory=list
    )  #: `{name, limit, remaining, reset_seconds}` to send
    transcription_failures: int = 0  #: so many of the next transcriptions fail
    response_failures: int = 0  #: so many of the next responses end with status failed
    response_failure_code: str = "server_error"
    half_open: bool = False  #: nothing is answered any more, pings included; the connections stay open
    session_expires_in_ms: float | None = None  #: life of sessions that connect from now on, instead of 60 minutes

    def set(self, switches: dict[str, Any]) -> None:
        """Set the given switches and leave the others. ValueError for an unknown switch or a value that cannot be."""
        for name, value in switches.items():
            if name not in _TYPES:
                raise ValueError(f"no such fault: {name}")
            if not _TYPES[name](value):
                raise ValueError(f"{name} cannot be {value!r}")
        if switches.get("refuse_status", 500) not in _REFUSALS:
            raise ValueError(f"refuse_status must be one of {', '.join(map(str, _REFUSALS))}")
        if switches.get("close_at", "delta") not in CLOSE_AT:
            raise ValueError(f"close_at must be one of {', '.join(CLOSE_AT)}")
        for name in switches.get("odd_events", []):
            OddEvent(name)
        for limit in switches.get("rate_limits", []):
            _check_rate_limit(limit)
        for name, value in switches.items():
            setattr(self, name, value)

    def clear(self) -> None:
        """Behave again."""
        for one in fields(self):
            setattr(self, one.name, getattr(Faults(), one.name))

    def use_up(self, name: str) -> bool:
        """Whether a counted fault is due; counts it down."""
        left = getattr(self, name)
        if left > 0:
            setattr(self, name, left - 1)
        return bool(left > 0)

    def refusal(self) -> tuple[int, str, str, str]:
        """(status, error type, code, message) of a refused connection."""
        return (self.refuse_status, *(_NO_QUOTA if self.refuse_no_quota else _REFUSALS[self.refuse_status]))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def _is_count(value: Any) -> bool:
    return _is_number(value) and isinstance(value, int)


_CHECKS: dict[Any, Callable[[Any], bool]] = {
    int: _is_count,
    float: _is_number,
    bool: lambda value: isinstance(value, bool),
    str: lambda value: isinstance(value, str),
}
_CHECKS_OF: dict[str, Callable[[Any], bool]] = {
    "odd_events": lambda value: isinstance(value, list),
    "error_events": lambda value: isinstance(value, list) and all(isinstance(one, dict) for one in value),
    "rate_limits": lambda value: isinstance(value, list) and all(isinstance(one, dict) for one in value),
    "refuse_retry_after_s": lambda value: value is None or _is_number(value),
    "session_expires_in_ms": lambda value: value is None or _is_number(value),
}
_TYPES = {one.name: _CHECKS_OF.get(one.name) or _CHECKS[one.type] for one in fields(Faults)}


def _check_rate_limit(limit: dict[str, Any]) -> None:
    numbers = {name: value for name, value in limit.items() if name != "name"}
    known = {"limit", "remaining", "reset_seconds"}
    if limit.get("name") not in ("requests", "tokens") or not numbers.keys() <= known:
        raise ValueError(
            "rate_limits cannot be that: each names requests or tokens, and limit, remaining, reset_seconds"
        )
    if not all(map(_is_number, numbers.values())):
        raise ValueError(f"rate_limits cannot be {limit!r}")
