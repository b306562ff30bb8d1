"""When the caller speaks, where the carrier says so now and then, and writes their words down whole."""

from calls.voice.relay_air import MS_PER_CHARACTER

# Speech of which nothing is written down for so long is none: noise, or its end was never told.
LONGEST_BREATH_MS = 20_000


class CallerSpeech:
    """The caller's speech that is not written down yet."""

    def __init__(self) -> None:
        self.is_on = False
        self._from_ms: int | None = None
        self._until_ms: int | None = None
        self._told_ms = 0  # when anything was last told of it

    def heard(self, *, is_on: bool, now_ms: int) -> None:
        """The carrier hears the caller speak, or not any more."""
        self.is_on, self._told_ms = is_on, now_ms
        self._until_ms = None if is_on else now_ms
        if is_on and self._from_ms is None:
            self._from_ms = now_ms

    def partly_written(self, now_ms: int) -> None:
        """Some of the words are there, and more will come."""
        self.is_on, self._told_ms = True, now_ms

    def written(self, text: str, now_ms: int) -> tuple[int, int]:
        """The words are whole: from when to when they were said, reckoned where the carrier has not told."""
        ended_ms = now_ms if self._until_ms is None else self._until_ms
        started_ms = max(ended_ms - len(text) * MS_PER_CHARACTER, 0)
        if self._from_ms is not None:
            started_ms = min(self._from_ms, ended_ms)
        self.is_on, self._from_ms, self._until_ms = False, None, None
        return started_ms, ended_ms

    def doubt(self, now_ms: int) -> None:
        """Time has passed."""
        if self.is_on and now_ms - self._told_ms > LONGEST_BREATH_MS:
            self.is_on, self._from_ms, self._until_ms = False, None, None
