"""Keys the caller presses, gathered into one entry."""

# An entry is complete after this long without a key, or at once with the finish key.
ENTRY_PAUSE_MS = 1_200
FINISH_KEY = "#"


class Keypad:
    """The entry being keyed."""

    def __init__(self) -> None:
        self._keys = ""
        self._last_ms = 0
        self._is_finished = False

    @property
    def is_empty(self) -> bool:
        """True while no entry has been begun."""
        return not self._keys

    def press(self, digit: str, now_ms: int) -> None:
        """Take one key."""
        self._last_ms = now_ms
        if digit == FINISH_KEY and self._keys:
            self._is_finished = True
        else:
            self._keys += digit

    def drain(self) -> str:
        """The keys of an entry that is not complete, for who asks for it now."""
        keys, self._keys, self._is_finished = self._keys, "", False
        return keys

    def take(self, now_ms: int) -> str:
        """The entry, once it is complete; empty before."""
        if not self._keys or not (self._is_finished or now_ms >= self._last_ms + ENTRY_PAUSE_MS):
            return ""
        keys, self._keys, self._is_finished = self._keys, "", False
        return keys
