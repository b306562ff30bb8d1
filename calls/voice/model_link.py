"""The model's sessions over the life of a call: opened, lost, opened again, and renewed before they expire.

A session that is lost is opened anew at once; each failure in a row waits a little longer, and after a few the model
counts as lost for this call. A session also ends by itself after the time it names when it begins; so a spare is opened
well before that, and takes over in a pause of the conversation, or without one when there is no more time.

All times are milliseconds of the caller's media clock.
"""

from calls.voice.effects import OpenModel, OpenSpare, SwitchModel

# Waits before the next try, by failures in a row; when they are used up, the model is given up.
RETRY_AFTER_MS = (0, 500)
# From the beginning, or from a loss, until the model must be there: what covers the silence wears thin after that.
READY_LIMIT_MS = 8_000
# A loss in the middle of a pause is not told to the caller unless it lasts this long.
MISSED_AFTER_MS = 1_300
# A spare is opened this long before the end, but never earlier than in the last fifth of a session's life.
SPARE_BEFORE_MS = 300_000
# This long before the end the spare takes over, whoever is speaking.
SWITCH_BEFORE_MS = 10_000


class ModelLink:
    """Whether the model is there, and what to do about it."""

    def __init__(self) -> None:
        self._failures = 0  # in a row
        self._down_since_ms: int | None = 0
        self._spare_from_ms: int | None = None
        self._switch_by_ms = 0
        self._is_spare_asked = False
        self._has_spare = False
        self._spare_life_ms: int | None = None

    @property
    def down_since_ms(self) -> int | None:
        """Since when no session is open; None while one is."""
        return self._down_since_ms

    def ready(self, now_ms: int, expires_in_ms: int | None) -> None:
        """A session is open."""
        self._down_since_ms = None
        self._is_spare_asked = self._has_spare = False
        self._spare_from_ms = None
        if expires_in_ms is not None:
            self._spare_from_ms = now_ms + max(expires_in_ms - SPARE_BEFORE_MS, expires_in_ms * 4 // 5)
            self._switch_by_ms = now_ms + max(expires_in_ms - SWITCH_BEFORE_MS, expires_in_ms * 9 // 10)

    def lost(self, now_ms: int, *, is_permanent: bool) -> OpenModel | None:
        """The session died, or could not be opened: the next try, or None when there have been enough."""
        if self._down_since_ms is None:
            self._down_since_ms = now_ms
        self._has_spare = self._is_spare_asked = False
        self._failures += 1
        if is_permanent or self._failures > len(RETRY_AFTER_MS):
            return None
        return OpenModel(RETRY_AFTER_MS[self._failures - 1])

    def renew(self, now_ms: int) -> None:
        """Another session is wanted, with other settings: in the next pause, or soon without one."""
        self._spare_from_ms, self._switch_by_ms = now_ms, now_ms + SWITCH_BEFORE_MS
        self._is_spare_asked = self._has_spare = False

    def worked(self) -> None:
        """The model was heard: earlier failures are forgotten."""
        self._failures = 0

    def is_missed(self, now_ms: int) -> bool:
        """True when nobody may have asked for anything, but the caller will soon wonder where we are."""
        return self._down_since_ms is not None and now_ms - self._down_since_ms >= MISSED_AFTER_MS

    def is_overdue(self, now_ms: int) -> bool:
        """True when the caller has waited long enough for a session to open."""
        return self._down_since_ms is not None and now_ms - self._down_since_ms >= READY_LIMIT_MS

    def spare_ready(self, expires_in_ms: int | None) -> None:
        """The second session is open."""
        self._has_spare, self._spare_life_ms = self._is_spare_asked, expires_in_ms

    def spare_lost(self, now_ms: int) -> None:
        """The second session is not there: try again a little later."""
        self._has_spare = self._is_spare_asked = False
        if self._spare_from_ms is not None:
            self._spare_from_ms = now_ms + RETRY_AFTER_MS[-1]

    def is_ending(self, now_ms: int) -> bool:
        """True in the last part of a session's life: then `due` has something to say."""
        return self._spare_from_ms is not None and self._down_since_ms is None and now_ms >= self._spare_from_ms

    def due(self, now_ms: int, *, is_pause: bool) -> OpenSpare | SwitchModel | None:
        """What is to be done about a session that ends soon; `is_pause`: nobody speaks and nothing is expected."""
        if not self.is_ending(now_ms):
            return None
        if not self._is_spare_asked:
            self._is_spare_asked = True
            return OpenSpare()
        if self._has_spare and (is_pause or now_ms >= self._switch_by_ms):
            self.ready(now_ms, self._spare_life_ms)
            return SwitchModel()
        return None
