"""What to do when nobody speaks.

Two silences are told apart. The caller's: nothing is expected from the model; after a while the assistant asks whether
anybody is there, and in the end says goodbye. The model's: something is expected and does not come; a soft tone tells
the caller that the line is alive, and after too long the model counts as lost.
"""

from enum import Enum, auto

# The first sign of life while the model is thinking, and the pause between two signs.
COMFORT_AFTER_MS = 1_500
COMFORT_EVERY_MS = 2_500
# A model that was asked and makes no sound for this long is lost.
STALL_LIMIT_MS = 9_000
# How often the assistant asks whether anybody is there before it gives up.
PROMPTS = 2


class Pause(Enum):
    """What a silence calls for."""

    COMFORT = auto()
    PROMPT = auto()
    GIVE_UP = auto()
    MODEL_STALLED = auto()


class Pauses:
    """The clock of silence."""

    def __init__(self, *, prompt_after_ms: int) -> None:
        self._prompt_after_ms = prompt_after_ms
        self._sound_ms = 0  # the last moment somebody was heard
        self._comfort_ms = 0
        self._prompts = 0

    def caller_active(self, now_ms: int) -> None:
        """The caller spoke or pressed a key."""
        self._sound_ms = self._comfort_ms = now_ms
        self._prompts = 0

    def sound(self, now_ms: int) -> None:
        """The caller hears the assistant, or is speaking, at this moment."""
        self._sound_ms = self._comfort_ms = max(self._sound_ms, now_ms)

    def due(self, now_ms: int, *, is_model_expected: bool) -> Pause | None:
        """What this silence calls for now; each answer is given once."""
        silent_ms = now_ms - self._sound_ms
        if is_model_expected:
            if silent_ms >= STALL_LIMIT_MS:
                return Pause.MODEL_STALLED
            if silent_ms >= COMFORT_AFTER_MS and now_ms - self._comfort_ms >= COMFORT_AFTER_MS:
                self._comfort_ms = now_ms + COMFORT_EVERY_MS - COMFORT_AFTER_MS
                return Pause.COMFORT
            return None
        if self._prompt_after_ms and silent_ms >= self._prompt_after_ms:
            self._sound_ms = self._comfort_ms = now_ms
            self._prompts += 1
            return Pause.PROMPT if self._prompts <= PROMPTS else Pause.GIVE_UP
        return None
