"""What to do when nobody speaks.

Two silences are told apart. The caller's: nothing is expected from the model; after a while the assistant asks whether
anybody is there, and in the end says goodbye. (A caller who waits for somebody's decision is not asked, but kept
company.) The model's: something is expected and does not come. Then a few words of our own say so, sooner when its
session is known to be dead; after them a soft tone tells that the line is alive, and after too long the session counts
as dead whatever its socket says.
"""

from enum import Enum, auto

# Words of our own: this long into an answer that does not come, or after the model was lost.
FILLER_AFTER_MS = 1_200
FILLER_AFTER_LOSS_MS = 700
# Then a sign of life after each such pause.
COMFORT_EVERY_MS = 2_500
# A model that was asked and makes no sound for this long is lost.
STALL_LIMIT_MS = 9_000
# A caller who waits for a decision hears from us after such a silence.
COMPANY_AFTER_MS = 6_000
# How often the assistant asks whether anybody is there before it gives up.
PROMPTS = 2


class Pause(Enum):
    """What a silence calls for."""

    FILLER = auto()
    COMFORT = auto()
    COMPANY = auto()
    PROMPT = auto()
    GIVE_UP = auto()
    MODEL_STALLED = auto()


class Pauses:
    """The clock of silence; `prompts` is how often the caller was asked already."""

    def __init__(self, *, prompt_after_ms: int, prompts: int = 0) -> None:
        self._prompt_after_ms = prompt_after_ms
        self._sound_ms = 0  # the last moment somebody was heard
        self._comfort_ms = 0  # the last sign of life of our own
        self._is_filled = False
        self._expected_ms: int | None = None  # since when the model is waited for
        self.prompts = prompts
        self._before: tuple[int, int] | None = None  # sound and prompts before speech that may be none

    def caller_active(self, now_ms: int) -> None:
        """The caller spoke or pressed a key."""
        self._sound(now_ms)
        self.prompts, self._before = 0, None

    def maybe_speech(self, now_ms: int) -> None:
        """Something that sounds like speech began or went on; whether it is any will be known when it is written."""
        if self._before is None:
            self._before = (self._sound_ms, self.prompts)
        self._sound(now_ms)

    def was_speech(self) -> None:
        """It was speech: the caller is there."""
        self.prompts, self._before = 0, None

    def was_noise(self) -> None:
        """It was no speech: the silence before it goes on."""
        if self._before is not None:
            (self._sound_ms, self.prompts), self._before = self._before, None

    def sound(self, now_ms: int) -> None:
        """The caller hears the assistant, or is speaking, at this moment."""
        if now_ms > self._sound_ms:
            self._sound(now_ms)

    def _sound(self, now_ms: int) -> None:
        self._sound_ms, self._is_filled = now_ms, False

    def new_session(self) -> None:
        """The model's session is another one from here: it gets its own time to answer."""
        self._expected_ms = None

    def due(
        self,
        now_ms: int,
        *,
        is_model_expected: bool,
        down_since_ms: int | None = None,
        is_decision_awaited: bool = False,
    ) -> Pause | None:
        """What this silence calls for now; each answer is given once. `down_since_ms`: no session is open since."""
        if is_model_expected:
            return self._while_expected(now_ms, down_since_ms)
        self._expected_ms = None
        silent_ms = now_ms - self._sound_ms
        if is_decision_awaited:
            if silent_ms < COMPANY_AFTER_MS:
                return None
            self._sound(now_ms)
            return Pause.COMPANY
        if self._prompt_after_ms and silent_ms >= self._prompt_after_ms:
            self._sound(now_ms)
            self.prompts += 1
            return Pause.PROMPT if self.prompts <= PROMPTS else Pause.GIVE_UP
        return None

    def _while_expected(self, now_ms: int, down_since_ms: int | None) -> Pause | None:
        if self._expected_ms is None:
            self._expected_ms = now_ms
        silent_ms = now_ms - max(self._sound_ms, self._expected_ms)
        if down_since_ms is None and silent_ms >= STALL_LIMIT_MS:
            return Pause.MODEL_STALLED
        if not self._is_filled:
            is_due = silent_ms >= FILLER_AFTER_MS
            if down_since_ms is not None:
                heard_ms = max(self._sound_ms, down_since_ms)
                is_due = is_due or now_ms - max(heard_ms, self._expected_ms) >= FILLER_AFTER_LOSS_MS
            if is_due:
                self._is_filled, self._comfort_ms = True, now_ms
                return Pause.FILLER
        elif now_ms - self._comfort_ms >= COMFORT_EVERY_MS:
            self._comfort_ms = now_ms
            return Pause.COMFORT
        return None
