"""The effects a session has decided and not given out yet.

Orders to the model are dropped while no session of it is open: what it must know is put together anew when one is
(`memory`, `recent_sound`), so nothing stale is ever sent to it.
"""

from typing import Any

from calls.voice import effects as e


class Outbox:
    """What is to be done, in order."""

    def __init__(self) -> None:
        self._effects: list[e.Effect] = []
        self.is_model_open = False

    @property
    def has_any(self) -> bool:
        """True while something waits to be given out."""
        return bool(self._effects)

    def put(self, *effects: e.Effect) -> None:
        """Order something of the carrier, the books or the shell."""
        self._effects.extend(effects)

    def put_first(self, effect: e.ToModel) -> None:
        """Order something of the model that goes before everything that waits."""
        self._effects.insert(0, effect)

    def to_model(self, *effects: e.ToModel) -> None:
        """Order something of the model, if it is there."""
        if self.is_model_open:
            self._effects.extend(effects)

    def note(self, kind: str, at_ms: int, **data: Any) -> None:
        """Keep that something happened."""
        self._effects.append(e.Noted(kind, at_ms, data))

    def take(self) -> list[e.Effect]:
        """Everything decided since the last time."""
        effects, self._effects = self._effects, []
        return effects
