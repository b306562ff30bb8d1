"""The ways in which the model can be told to misbehave. All are off until `POST /_sandbox/faults` switches them on."""

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


@dataclass(slots=True)
class Faults:
    """Switches, each with what it does. Counts run down with use."""

    refuse_connects: int = 0  #: so many of the next connections get `refuse_status` instead of a WebSocket
    refuse_status: int = 500
    accept_delay_ms: float = 0  #: the WebSocket handshake takes so long
    hold_accepts: int = 0  #: 1: WebSocket handshakes wait until this is 0 again
    close_responses: int = 0  #: so many of the next responses end with a closed socket, after `close_after_deltas`
    close_after_deltas: int = 2  #: audio deltas sent before the socket closes
    close_code: int = 1011
    close_abruptly: bool = False  #: the TCP connection goes without a close frame
    odd_events: list[str] = field(default_factory=list)  #: sent once, right after the next `response.created`
    error_events: list[dict[str, Any]] = field(default_factory=list)  #: error objects, sent with the next response
    first_audio_delay_ms: float = 0  #: added to the thinking time of every response
    transcription_failures: int = 0  #: so many of the next transcriptions fail
    response_failures: int = 0  #: so many of the next responses end with status failed
    response_failure_code: str = "server_error"
    half_open: bool = False  #: nothing is answered any more, pings included; the connections stay open
    session_expires_in_ms: float | None = None  #: life of sessions that connect from now on, instead of 60 minutes

    def set(self, switches: dict[str, Any]) -> None:
        """Set the given switches and leave the others. ValueError for an unknown switch or a value that cannot be."""
        known = {one.name: getattr(Faults(), one.name) for one in fields(self)}
        for name, value in switches.items():
            if name not in known:
                raise ValueError(f"no such fault: {name}")
            standard = known[name]
            fits = isinstance(value, int | float) if isinstance(standard, int | float) else isinstance(value, list)
            if name == "response_failure_code":
                fits = isinstance(value, str)
            if standard is None:
                fits = value is None or isinstance(value, int | float)
            if not fits:
                raise ValueError(f"{name} cannot be {value!r}")
        if switches.get("refuse_status", 500) not in _REFUSALS:
            raise ValueError(f"refuse_status must be one of {', '.join(map(str, _REFUSALS))}")
        for name in switches.get("odd_events", []):
            OddEvent(name)
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
        return (self.refuse_status, *_REFUSALS[self.refuse_status])
