"""How the Realtime API says no: the error object of `error` events and of failed HTTP requests."""

from typing import Any


class Refused(Exception):
    """A client event that is not accepted. The session stays alive; the client gets an `error` event.

    `code` and `param` are the API's own words: the error code, and the path of the offending field.
    """

    def __init__(self, code: str, message: str, *, param: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.param = param


def error_object(
    message: str,
    *,
    code: str | None,
    param: str | None = None,
    error_type: str = "invalid_request_error",
) -> dict[str, Any]:
    """The `error` object as it stands in HTTP bodies; `error` events add `event_id` to it."""
    return {"type": error_type, "code": code, "message": message, "param": param}
