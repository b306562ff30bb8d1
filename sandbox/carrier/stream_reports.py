"""What the carrier tells about a media stream: status callbacks, and errors and warnings in its debugger (the ledger).

https://www.twilio.com/docs/voice/twiml/stream and `…/docs/api/errors/319xx`.
"""

from sandbox.carrier import callbacks
from sandbox.carrier.state import Call, Carrier
from sandbox.carrier.stream_log import StreamLog

CONNECTION_BROKEN = 31903
CLOSED_BY_FAR_END = 31921  # informational when the application meant to close
BUFFER_FULL = 31931
INVALID_MESSAGE = 31951


class StreamReports:
    """The reporting side of one stream; without a callback address only the ledger is written."""

    def __init__(self, carrier: Carrier, call: Call, log: StreamLog, *, to: tuple[str, str] | None) -> None:
        self._carrier, self._call, self._log, self._to = carrier, call, log, to

    def event(self, event: str) -> None:
        """Send the callback `stream-started`, `stream-stopped` or `stream-error`."""
        if self._to is None:
            return
        url, method = self._to
        params = [
            ("AccountSid", self._carrier.account_sid),
            ("CallSid", self._call.sid),
            ("StreamSid", self._log.sid),
            ("StreamName", self._log.name),
            ("StreamEvent", event),
            ("Timestamp", self._carrier.clock.date().isoformat(timespec="milliseconds").replace("+00:00", "Z")),
        ]
        if event == "stream-error":
            params.append(("StreamError", self._log.error))
        callbacks.send(
            self._carrier, call=self._call, kind="stream", event=event, url=url, method=method, params=tuple(params)
        )

    def error(self, code: int, message: str) -> None:
        """The stream ended for this reason."""
        self._log.error_code, self._log.error = code, message
        self._write("error", code, message)

    def closed(self, close_code: int) -> None:
        """The application closed the socket: noted, because the debugger of the real carrier shows it too."""
        message = f"the far end closed the WebSocket with {close_code}"
        self._log.error_code, self._log.error = CLOSED_BY_FAR_END, message
        self._write("warning", CLOSED_BY_FAR_END, message)

    def warn(self, code: int, message: str) -> None:
        """Something was dropped; each kind is reported once per stream."""
        if self._log.warn(code, message):
            self._write("warning", code, message)

    def _write(self, kind: str, code: int, message: str) -> None:
        self._carrier.ledger.add(kind, call_sid=self._call.sid, code=code, message=message, stream_sid=self._log.sid)
