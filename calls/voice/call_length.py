"""A call has a greatest length: shortly before it the caller is told, and at it the assistant says goodbye."""

from enum import Enum, auto

WARN_BEFORE_MS = 60_000


class Length(Enum):
    """What the length of the call calls for."""

    WARN = auto()
    END = auto()


class CallLength:
    """The clock of one call; `limit_ms` 0: it may last for ever. `elapsed_ms` passed before this stream began."""

    def __init__(self, *, limit_ms: int, elapsed_ms: int = 0) -> None:
        self._end_ms = limit_ms - elapsed_ms if limit_ms else None
        self._is_warned = limit_ms <= 2 * WARN_BEFORE_MS  # a limit this short comes without a warning
        self._is_ended = False

    def is_near(self, now_ms: int) -> bool:
        """True in the last minute: then `due` has something to say."""
        return self._end_ms is not None and not self._is_ended and now_ms >= self._end_ms - WARN_BEFORE_MS

    def due(self, now_ms: int, *, is_pause: bool) -> Length | None:
        """What it is time for; the warning waits for a pause of the conversation. Each is given once."""
        if self._end_ms is None or self._is_ended:
            return None
        if now_ms >= self._end_ms:
            self._is_ended = True
            return Length.END
        if is_pause and not self._is_warned and now_ms >= self._end_ms - WARN_BEFORE_MS:
            self._is_warned = True
            return Length.WARN if now_ms < self._end_ms - WARN_BEFORE_MS // 2 else None  # too late to be true
        return None
