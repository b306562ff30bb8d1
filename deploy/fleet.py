"""The processes of one launcher: started together, stopped together, those that hold calls before the others."""

import os
import signal
import time
from collections.abc import Callable, Collection
from typing import Any

from honcho.manager import Manager

from deploy import processes
from deploy.console import Console
from deploy.processes import Mark

# A second wish to stop within a second of the first is the same wish: a terminal that closes sends several signals.
SAME_WISH_S = 1.0
HURRIED_S = 3.0


class Fleet(Manager):
    """honcho's manager with what it lacks: a signal at any moment is safe, patience is ours to choose, the process
    numbers are known before the first line is shown, and processes named in ``first`` may end before the others are
    told to.

    You must call :meth:`loop` in the main thread; it returns when every process has ended. Each further signal hurries
    the end: the second leaves nobody more than a few seconds, the third none.
    """

    def __init__(
        self,
        *,
        console: Console,
        patience_s: float,
        on_started: Callable[[dict[str, Mark], list[Mark]], None],
        first: Collection[str] = (),
        first_patience_s: float = 0.0,
    ) -> None:
        super().__init__(printer=console)
        self._patience_s = patience_s
        self._first = set(first)
        self._first_patience_s = first_patience_s
        self._on_started = on_started
        self._asked_at: float | None = None
        self._hurried_at: float | None = None
        self._told: dict[str, float] = {}  # whom, and when
        self._has_explained = False
        self.died: list[str] = []
        self.why = ""

    @property
    def is_stopping(self) -> bool:
        """Whether the end has begun."""
        return self._asked_at is not None

    def give_up(self, why: str) -> None:
        """Stop everything from another thread, unless it is stopping already."""
        if not self.is_stopping:
            self.why = why
            os.kill(os.getpid(), signal.SIGTERM)

    def terminate(self) -> None:
        """Stop everything: asked for by a signal, or by the loop when a process has ended on its own."""
        now = time.monotonic()
        if self._asked_at is None:
            self._asked_at = now
            self.died = [name for name, known in self._processes.items() if "returncode" in known]
        elif self._hurried_at is None and now - self._asked_at > SAME_WISH_S:
            self._hurried_at = now
            if self._all_started():
                self._tell(self._processes)
        elif self._hurried_at is not None and now - self._hurried_at > SAME_WISH_S and self._all_started():
            super().kill()
        if self._all_started():
            self._go_on_ending()

    def kill(self) -> None:
        """Nothing yet: the patience of honcho is over, and ours decides."""

    def _all_stopped(self) -> bool:
        # The loop asks each time round: the place to look whether the next ones must be told, or ended by force.
        if self._asked_at is not None:
            self._go_on_ending()
        return bool(super()._all_stopped())

    def _any_stopped(self) -> bool:
        # Also after a signal that came before all had started, or to which nobody listens.
        return self._asked_at is not None or super()._any_stopped()

    def _go_on_ending(self) -> None:
        """Tell those whose turn it is to end, and end by force those who have had their time."""
        assert self._asked_at is not None
        waited_s = time.monotonic() - self._asked_at
        living = {name for name, known in self._processes.items() if "returncode" not in known}
        calls = living & self._first
        others_wait = bool(calls) and self._hurried_at is None and waited_s < self._first_patience_s
        self._tell((calls if others_wait else living) - self._told.keys())
        if others_wait and waited_s > SAME_WISH_S and not self._has_explained:
            self._has_explained = True
            self._printer.say(f"Calls in progress may go on for {self._first_patience_s:.0f} s; Ctrl-C ends them now.")
        for name in living & self._told.keys():
            if time.monotonic() > self._last_moment(name):
                self._procmgr.kill(self._processes[name]["pid"])

    def _last_moment(self, name: str) -> float:
        if self._hurried_at is not None:
            return self._hurried_at + HURRIED_S
        return self._told[name] + self._patience_s + (self._first_patience_s if name in self._first else 0.0)

    def _tell(self, names: Collection[str]) -> None:
        for name in names:
            if "returncode" not in self._processes[name]:
                self._told.setdefault(name, time.monotonic())
                self._procmgr.terminate(self._processes[name]["pid"])

    def _start(self) -> None:
        super()._start()
        if hasattr(signal, "SIGHUP"):
            signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))  # the terminal was closed
        while not self._all_started():
            self._note(self.events.get())
        children = {name: processes.mark(known["pid"]) for name, known in self._processes.items()}
        watchers = [processes.mark(known["process"].pid) for known in self._processes.values()]
        self._on_started(
            {name: child for name, child in children.items() if child}, [watcher for watcher in watchers if watcher]
        )

    def _note(self, message: Any) -> None:
        if message.type == "start":
            self._processes[message.name]["pid"] = message.data["pid"]
        elif message.type == "stop":
            self._processes[message.name]["returncode"] = message.data["returncode"]
            self.returncode = message.data["returncode"]
        else:
            self._printer.write(message)
