"""How much the carrier asks and tells this process just now: what can wait gives way to callers who cannot."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

# A process that keeps up has no more waiting at any moment.
_MANY = 4
# Nor is it told more in such a time than the end of a call brings. Each would be written down by itself, and the next
# would wait for it.
A_FLOOD, WITHIN_S = 5, 0.2
_asked = 0
_told: deque[float] = deque(maxlen=A_FLOOD)


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


def is_flooded_by_one_more(at_s: float) -> bool:
    """Count one more report, at this moment; True where more come than can be written down one by one."""
    is_flood = len(_told) == A_FLOOD and at_s - _told[0] < WITHIN_S
    _told.append(at_s)
    return is_flood
