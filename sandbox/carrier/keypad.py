"""Waiting for keys: what is pressed on a call while a verb listens, by whoever holds its telephone."""

from types import TracebackType

from sandbox.carrier.state import Call


class Keypad:
    """The keys pressed from the moment this context is entered; outside of it nobody notes them."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._pressed: list[str] = []

    def __enter__(self) -> "Keypad":
        self._call.key_listeners.append(self._press)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._call.key_listeners.remove(self._press)

    def _press(self, key: str) -> None:
        self._pressed.append(key)

    def take(self) -> list[str]:
        """The keys since the last time, in order."""
        taken, self._pressed = self._pressed, []
        return taken
