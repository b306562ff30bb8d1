"""Signals that come at a bad moment."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_behind: dict[int, Any] = {}  # what to do with each signal when nothing is under way
_noted: list[int] = []
_depth = 0


@contextmanager
def undisturbed() -> Iterator[None]:
    """Put off being stopped until the block is done: half a start of a database is worse than a second's wait.

    Programs started inside need a session of their own, or Ctrl-C reaches them all the same. In other threads than the
    main one, which never see signals, this does nothing.
    """
    global _depth  # noqa: PLW0603  (the main thread's alone)
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # A signal may come between any two steps of this. So our handler does what the one behind it would do, unless a
    # block is under way: it may stand too early or too late, for one signal or for all, and no wish to stop is lost.
    if not _depth:
        _noted.clear()
        for signum in STOP_SIGNALS:
            _stand_before(signum)
    _depth += 1
    try:
        yield
    finally:
        _depth -= 1
        if not _depth:
            for signum in STOP_SIGNALS:
                signal.signal(signum, _behind[signum])
    if not _depth and _noted:
        signal.raise_signal(signal.Signals(_noted[0]))


def _stand_before(signum: int) -> None:
    handler = signal.getsignal(signum)
    if handler is not _heed:
        _behind[signum] = signal.SIG_DFL if handler is None else handler
        signal.signal(signum, _heed)


def _heed(signum: int, frame: Any) -> None:
    if _depth:
        _noted.append(signum)
        return
    handler = _behind[signum]
    if callable(handler):
        handler(signum, frame)
    elif handler is signal.SIG_DFL:
        signal.signal(signum, signal.SIG_DFL)
        signal.raise_signal(signum)
