"""Signals that come at a bad moment."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Put off being stopped until the block is done: half a start of a database is worse than a second's wait.

    Programs started inside need a session of their own, or Ctrl-C reaches them all the same. In other threads than the
    main one, which never see signals, this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    noted: list[int] = []
    before = {signum: signal.signal(signum, lambda signum, _: noted.append(signum)) for signum in STOP_SIGNALS}
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)
    if noted:
        signal.raise_signal(signal.Signals(noted[0]))
