"""Several rings at once. What a ring says is shown when it is done, as a whole, so that it can be read."""

import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import IO

from tests import rings
from tests.rings import Ring, Running

PATIENCE_S = 60  # for rings that were interrupted and stop what they have started

Start = Callable[[str, IO[str] | None], Running | Ring]


class Lanes:
    """So many rings at once; `start` begins one, or says what became of it when it cannot be run."""

    def __init__(self, count: int, start: Start) -> None:
        self._count = count
        self._start = start
        self._lock = threading.Lock()
        self._at_work: list[Running] = []
        self._is_stopped = False

    def run(self, names: Sequence[str]) -> list[Ring]:
        """Run them in this order, each as soon as a lane is free."""
        with ThreadPoolExecutor(self._count) as lanes:
            try:
                if self._count == 1 or len(names) == 1:
                    return [self._alone(name) for name in names]
                print(f"--- {', '.join(names)}: {self._count} at a time, each is shown when it is done", flush=True)
                return list(lanes.map(self._beside_others, names))
            except BaseException as why:
                # At a terminal Ctrl-C has reached them as it has reached us.
                self._interrupt(is_told=isinstance(why, KeyboardInterrupt))
                raise

    def _alone(self, name: str) -> Ring:
        print(f"--- {name}", flush=True)
        return self._to_its_end(name, None)

    def _beside_others(self, name: str) -> Ring:
        rings.VAR.mkdir(parents=True, exist_ok=True)
        with (rings.VAR / f"{name}.log").open("w+", encoding="utf-8", errors="replace") as output:
            ring = self._to_its_end(name, output)
            output.seek(0)
            with self._lock:
                print(f"--- {name}\n{output.read().strip()}", flush=True)
        return ring

    def _to_its_end(self, name: str, output: IO[str] | None) -> Ring:
        if self._is_stopped:
            return Ring(name, remark="interrupted", is_bad=True)
        begun = self._start(name, output)
        if isinstance(begun, Ring):
            return begun
        with self._lock:
            self._at_work.append(begun)
        ring = begun.result()
        with self._lock:
            self._at_work.remove(begun)
        return ring

    def _interrupt(self, *, is_told: bool) -> None:
        """Begin no more, and let those at work clear up."""
        with self._lock:
            self._is_stopped = True
            left = [ring.process for ring in self._at_work]
        for process in left if not is_told else ():
            process.send_signal(signal.SIGINT)
        for process in left:
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
