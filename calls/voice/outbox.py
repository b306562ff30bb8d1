"""The effects a session has decided and not given out yet.

Orders to the model are held back until it is ready and then released in order, so not a byte of the caller is lost
while the model connects.
"""

from typing import Any

from calls.voice import effects as e


class Outbox:
    """What is to be done, in order."""

    def __init__(self) -> None:
        self._effects: list[e.Effect] = []
        self._held: list[e.ToModel] | None = []  # None once the model is ready

    @property
    def is_model_ready(self) -> bool:
        """True once orders to the model go straight out."""
        return self._held is None

    def model_ready(self) -> None:
        """Release what was held back for the model."""
        if self._held is not None:
            held, self._held = self._held, None
            self._effects.extend(held)

    def put(self, *effects: e.Effect) -> None:
        """Order something of the carrier, the books or the shell."""
        self._effects.extend(effects)

    def to_model(self, *effects: e.ToModel) -> None:
        """Order something of the model."""
        if self._held is None:
            self._effects.extend(effects)
        else:
            self._held.extend(effects)

    def note(self, kind: str, at_ms: int, **data: Any) -> None:
        """Keep that something happened."""
        self._effects.append(e.Noted(kind, at_ms, data))

    def take(self) -> list[e.Effect]:
        """Everything decided since the last time."""
        effects, self._effects = self._effects, []
        return effects
