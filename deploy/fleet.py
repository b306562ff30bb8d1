"""The processes of one launcher: started together, stopped together."""

import os
import signal
import time
from collections.abc import Callable
from typing import Any

from honcho.manager import Manager

from deploy import processes
from deploy.console import Console
from deploy.processes import Mark


class Fleet(Manager):
    """honcho's manager with what it lacks: a signal at any moment is safe, patience is ours to choose, and the
    process numbers are known before the first line is shown.

    You must call :meth:`loop` in the main thread; it returns when every process has ended.
    """

    def __init__(
        self, *, console: Console, patience_s: float, on_started: Callable[[dict[str, Mark], list[Mark]], None]
    ) -> None:
        super().__init__(printer=console)
        self._patience_s = patience_s
        self._on_started = on_started
        self._asked_at: float | None = None
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
        impatient = self._asked_at is not None and time.monotonic() - self._asked_at > 1
        if self._asked_at is None:
            self._asked_at = time.monotonic()
            self.died = [name for name, known in self._processes.items() if "returncode" in known]
        if not self._all_started():
            return  # the loop comes back to this once it knows whom to stop
        super().terminate()
        if impatient:
            super().kill()

    def kill(self) -> None:
        """End by force what is left once patience is over; the loop asks again and again."""
        if self._asked_at is not None and time.monotonic() - self._asked_at > self._patience_s:
            super().kill()

    def _any_stopped(self) -> bool:
        # Also after a signal that came before all had started, or to which nobody listens.
        return self._asked_at is not None or super()._any_stopped()

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
