"""How a conversation ends: the goodbye is heard to its last sample, then the line is released.

Three ways lead here. The model calls `end_call`: if it said goodbye in the same response, that is played out; if not,
it is asked to say one. The caller has been silent for long: the last sentence is played out. Or the model says goodbye
and forgets to hang up: after a grace period without a word from the caller the line is released all the same.
A caller who speaks up again cancels the end, unless the call may not go on.
"""

import re

from calls.voice.messages import EndReason

# Longest time from the wish to end until the line is released, whatever the model does.
LIMIT_MS = 15_000
# A forgotten hang-up is noticed this long after the goodbye was heard.
GRACE_MS = 5_000

_FAREWELL = re.compile(
    r"\b(good\s?bye|bye(?:[\s-]bye)?|have a (?:good|nice|great|lovely|wonderful) (?:day|evening|night|weekend|one)|"
    r"farewell|take care)\b[\s.!,]*$",
    re.IGNORECASE,
)


def is_farewell(text: str) -> bool:
    """True when what the assistant said ends in a goodbye."""
    return _FAREWELL.search(text.strip()) is not None


class Closing:
    """Whether and why the call is about to end."""

    def __init__(self) -> None:
        self._reason: EndReason | None = None
        self._since_ms = 0
        self._has_goodbye = False
        self._farewell_heard_ms: int | None = None
        self._is_final = False
        self._called_off: tuple[EndReason, int, bool] | None = None

    @property
    def is_under_way(self) -> bool:
        """True once the end of the call is decided."""
        return self._reason is not None

    @property
    def has_goodbye(self) -> bool:
        """True once the end is decided and its words are on their way, or were heard."""
        return self._reason is not None and self._has_goodbye

    @property
    def needs_goodbye(self) -> bool:
        """True while the end is decided and nothing has been said to the caller yet."""
        return self._reason is not None and not self._has_goodbye

    @property
    def is_in_sight(self) -> bool:
        """True once the end is decided, or the assistant was heard to say goodbye: from then on ask `due`."""
        return self._reason is not None or self._farewell_heard_ms is not None

    def begin(self, reason: EndReason, now_ms: int, *, has_goodbye: bool, is_final: bool = False) -> None:
        """Decide the end; `has_goodbye` when the words of farewell are already on their way, `is_final` when nothing
        the caller says changes it any more.
        """
        if self._reason is None or is_final:
            self._reason, self._since_ms = reason, now_ms
        self._is_final = self._is_final or is_final
        self._has_goodbye = self._has_goodbye or has_goodbye

    def goodbye_asked(self) -> None:
        """The model was asked for the words of farewell."""
        self._has_goodbye = True

    def caller_spoke(self) -> bool:
        """The caller is not done: returns True when an end already decided was called off."""
        if self._is_final:
            return False
        if self._reason is not None:
            self._called_off = (self._reason, self._since_ms, self._has_goodbye)
        was_under_way = self._reason is not None
        self._reason, self._has_goodbye, self._farewell_heard_ms = None, False, None
        return was_under_way

    def was_noise(self) -> None:
        """What sounded like the caller was none: an end that it called off stands."""
        if self._called_off is not None and self._reason is None:
            self._reason, self._since_ms, self._has_goodbye = self._called_off
        self._called_off = None

    def was_speech(self) -> None:
        """The caller did speak: the end that it called off is forgotten."""
        self._called_off = None

    def assistant_heard(self, text: str, now_ms: int) -> None:
        """A turn of the assistant was heard to its end."""
        self._farewell_heard_ms = now_ms if is_farewell(text) else None

    def due(self, now_ms: int, *, is_quiet: bool) -> EndReason | None:
        """The reason to release the line now, if it is time; `is_quiet`: nothing to come from the model or buffer."""
        if self._reason is not None:
            if (is_quiet and self._has_goodbye) or now_ms >= self._since_ms + LIMIT_MS:
                return self._reason
            return None
        if self._farewell_heard_ms is not None and is_quiet and now_ms >= self._farewell_heard_ms + GRACE_MS:
            return EndReason.ASSISTANT_FAREWELL
        return None
