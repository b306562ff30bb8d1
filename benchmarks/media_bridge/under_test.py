"""One bridge under test: its process on a core of its own, the far ends on another, calls added and taken away."""

import os
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from benchmarks import cores
from benchmarks.media_bridge.both_ends import FarEnds, Window
from benchmarks.media_bridge.variants import Variant
from benchmarks.product import MEDIA_PATH, Product, pinned, stop, wait_until
from tests.journeys.house import free_port

SETTLE_S = 3.0  # after calls have begun: their greeting, their first turns
STRAGGLERS_S = 1.2  # frames later than this are lost
DISTURBED = 0.12  # share of the time
_AT_ONCE = 25  # calls that begin together
_DRAIN_S = 25.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run takes place: what all variants share."""

    var: Path
    cores: cores.Cores
    program: list[str]  # of the far ends
    is_compiled: bool
    product: Product | None


@dataclass(frozen=True, slots=True)
class Measured:
    """One window."""

    calls: int
    talking: int  # at its end
    window: Window
    spent: cores.Spent
    far_ends_share: float  # of their core
    rss_mb: float

    @property
    def cpu_ms(self) -> float:
        """Processor milliseconds per call and second."""
        return self.spent.cpu_s * 1000 / self.spent.seconds / max(self.calls, 1)

    def passes(self, bar_ms: float) -> bool:
        """True when 99 of 100 frames passed within the bar, none was lost, and every call is still there."""
        p99 = self.window.up.percentile_ms(99)
        return p99 is not None and p99 <= bar_ms and self.window.lost == 0 and self.talking == self.calls

    @property
    def is_disturbed(self) -> bool:
        """True when the process had to wait for its core; its own threads' turns are a few hundredths."""
        return self.spent.waited > DISTURBED


class UnderTest:
    """A bridge and its far ends, running. Use it as a context."""

    def __init__(self, variant: Variant, place: Place) -> None:
        self.variant, self._place = variant, place
        self._calls = 0
        self._process: subprocess.Popen[bytes] | None = None
        product = place.product if variant.is_product else None
        self.port = product.port if product is not None else free_port()
        self._ends = FarEnds(
            place.program,
            carrier_port=self.port,
            path=MEDIA_PATH if product is not None else "/",
            signature=product.signature if product is not None else "none",
            is_pcm=variant.is_pcm,
            does_clear=variant.does_clear,
        )
        try:
            self._start(product)
        except BaseException:  # also when somebody interrupts it: no process is left behind
            self._ends.stop()
            raise

    def _start(self, product: Product | None) -> None:
        assert self.variant.command is not None
        model = f"http://127.0.0.1:{self._ends.model_port}"
        command = self.variant.command(self.port, model)
        if product is not None:
            measured, name = self._place.cores.measured, self.variant.name
            self._process = product.serve(command, model=model, core=measured, name=name, env=self.variant.env)
        else:
            log = self._place.var / f"{self.variant.name}.log"
            self._process = pinned(command, self._place.cores.measured, env=os.environ, log=log)
            wait_until(lambda: _listens(self.port), self._process, log)
        self.is_favoured = cores.favour(self._process.pid) and cores.favour(self._ends.pid)
        self._rss_mb = cores.rss_mb(self._process.pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.stop()
        if self._process is not None:
            stop(self._process)

    def hold(self, calls: int, *, settle_s: float = SETTLE_S) -> None:
        """Bring the calls under way to this number and let them settle."""
        talking = self.totals()["talking"]
        if talking > calls:
            self._ends.ask(f"hang_up {talking - calls}")
            self._wait_for_calm()
        for begun in range(talking, calls, _AT_ONCE):
            for sid, ticket in self._tickets(min(_AT_ONCE, calls - begun)):
                self._ends.add(sid, ticket)
            time.sleep(0.2)
        self._calls = calls
        time.sleep(settle_s)

    def _tickets(self, count: int) -> list[tuple[str, str]]:
        product = self._place.product if self.variant.is_product else None
        if product is not None:
            return product.tickets(count)
        first = self.totals()["calls"] + 1
        return [(f"CA{number:032x}", str(number)) for number in range(first, first + count)]

    def _wait_for_calm(self) -> None:
        """A bridge that was asked too much works off what has piled up."""
        for _ in range(15):
            self._ends.ask("open")
            time.sleep(0.5)
            self._ends.ask("close")
            time.sleep(0.5)
            p99 = self._ends.window().up.percentile_ms(99)
            if p99 is not None and p99 <= self.variant.bar_ms:
                return

    def measure(self, seconds: float) -> Measured:
        """One window of this length with the calls under way."""
        assert self._process is not None
        core = self._place.cores.measured
        ends_before = cores.cpu_s(self._ends.pid)
        self._ends.ask("open")
        watch = cores.Stopwatch(self._process.pid, core)
        time.sleep(seconds)
        spent = watch.stop()
        self._ends.ask("close")
        share = (cores.cpu_s(self._ends.pid) - ends_before) / spent.seconds
        rss = (cores.rss_mb(self._process.pid) - self._rss_mb) / max(self._calls, 1)
        time.sleep(STRAGGLERS_S)
        window = self._ends.window()
        return Measured(self._calls, self.totals()["talking"], window, spent, share, rss)

    def totals(self) -> dict[str, Any]:
        """Everything counted since the beginning."""
        return self._ends.ask("totals")

    def end(self) -> dict[str, Any]:
        """Let every call end as it falls silent; everything counted, once both sides' sockets are closed or overdue."""
        self._ends.ask("end")
        end = time.monotonic() + _DRAIN_S
        while time.monotonic() < end:
            totals = self.totals()
            if not totals["carrier_sockets"] and not totals["model_sockets"]:
                return totals
            time.sleep(0.2)
        return self.totals()


def _listens(port: int) -> bool:
    with suppress(OSError):
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    return False
