"""What keeps a secret from being known while it is about to be keyed, or has just been.

The secret itself is keyed while the call is not with us at all. Around that a caller may be too early, or go on keying
after the last digit was taken; keys are then told to nobody, and sound like a key's tone is silenced before it goes to
the model. At the moment in which the call leaves nothing is passed on at all.
"""

from enum import Enum, auto

from calls.voice import key_tones
from calls.voice.audio import BYTES_PER_MS, payload_bytes, silence

# After the secret was keyed, keys are nobody's until none was pressed for this long.
QUIET_MS = 3_000


class _Level(Enum):
    OPEN = auto()
    GUARDED = auto()  # keys are dropped, tones silenced
    CLOSED = auto()  # nothing passes


class Seal:
    """The seal of one conversation."""

    def __init__(self, *, is_after_capture: bool = False) -> None:
        self._level = _Level.GUARDED if is_after_capture else _Level.OPEN
        self._until_ms: int | None = QUIET_MS if is_after_capture else None
        self._is_tone = False
        self.dropped = 0
        self.is_on = is_after_capture

    @property
    def is_closed(self) -> bool:
        """True while nothing at all is passed on."""
        return self._level is _Level.CLOSED

    def guard(self) -> None:
        """A secret will be asked for: from here on no key is known."""
        self._set(_Level.GUARDED)

    def close(self) -> None:
        """The call is about to leave for it."""
        self._set(_Level.CLOSED)

    def _set(self, level: _Level) -> None:
        self._level, self._until_ms, self.is_on = level, None, True

    def lift(self) -> None:
        """It is not asked for after all, or it is long over."""
        self._level, self._until_ms, self.is_on, self._is_tone = _Level.OPEN, None, False, False

    def drops_key(self, now_ms: int) -> bool:
        """A key was pressed: True when nobody may know which."""
        if not self.is_on:
            return False
        self.dropped += 1
        if self._until_ms is not None:
            self._until_ms = now_ms + QUIET_MS
        return True

    def due(self, now_ms: int) -> bool:
        """Lift what is only left over from a capture, when nobody keys any more; True when it was lifted now."""
        if self._until_ms is None or now_ms < self._until_ms:
            return False
        self.lift()
        return True

    def passed(self, payload: str) -> str:
        """What the model may hear of a frame: the frame, or silence of its length."""
        was_tone, self._is_tone = self._is_tone, key_tones.is_heard_in(payload)
        if self._level is _Level.CLOSED or self._is_tone or was_tone:  # a tone's end may fill too little of a frame
            return silence(payload_bytes(payload) // BYTES_PER_MS)
        return payload

    def take_dropped(self) -> int:
        """How many keys nobody knows, since this was last asked."""
        dropped, self.dropped = self.dropped, 0
        return dropped
