"""The fast lane of a socket, where the server has one: text is handed over as it arrives, and sent without waiting."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol

_EXTENSION = "contactcenter.frames"


class Lane(Protocol):
    """What such a server puts into the scope's extensions, beside the plain ASGI way."""

    def listen(self, take: Callable[[str], object]) -> None:
        """Hand every text message to `take`, in order, first what has been waiting; the plain way tells the rest."""

    def send_texts(self, texts: Iterable[str]) -> bool:
        """Send at once; False when the other side reads slowly: wait for `drained`. Raises OSError when it is gone."""

    async def drained(self) -> None:
        """Wait until the other side has read enough, or is gone."""


def of(scope: dict[str, Any]) -> Lane | None:
    """The lane of this connection."""
    found: Lane | None = (scope.get("extensions") or {}).get(_EXTENSION)
    return found
