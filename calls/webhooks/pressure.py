"""How many questions of the carrier's wait for their answer in this process: what can wait gives way to them."""

from collections.abc import Iterator
from contextlib import contextmanager

# A process that keeps up has no more at any moment.
_MANY = 4
_asked = 0


@contextmanager
def asked() -> Iterator[None]:
    """While inside, one more waits. Use it in the event loop alone."""
    global _asked  # noqa: PLW0603  (one per process)
    _asked += 1
    try:
        yield
    finally:
        _asked -= 1


def is_high() -> bool:
    """True while more wait than a process that keeps up would have."""
    return _asked > _MANY
