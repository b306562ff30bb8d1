"""How soon a supervisor sees what happens: two hundred live calls, a hundred open floors, one web process.

A feeder says and stores what a bridge with that many calls would, over the real channel layer and the real books; a
hundred browser sockets with a signed-in session watch the floor. The delay is measured from the announcement to each
socket, by one clock. A row is rendered at most twice a second, and words on the floor once a second: half of that, on
average, is waiting by design.
"""

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from benchmarks import cores
from benchmarks.cores import Cores
from benchmarks.goals import Goal, Outcome
from benchmarks.product import Product
from benchmarks.surroundings import ROOT, VAR, with_stores
from deploy import programs

CALLS, VIEWERS = 200, 100
UPDATE_P95_MS = 300
# Near zero: a twentieth of what a call may cost in all.
ANNOUNCING_MS = 0.06
_DATABASE = 14
_TOKEN = re.compile(r"\b([tw])(\d{9,})[tw]\b")


def run(*, quick: bool = False, **_: Any) -> Outcome:
    """Watch the floor for a while."""
    with cores.shared_out() as shares, with_stores():
        product = Product(var=VAR / "fanout", number=_DATABASE)
        try:
            product.prepare()
            command = programs.web("uvicorn", host="127.0.0.1", port=str(product.port))
            web = product.serve(command, model="http://127.0.0.1:9", core=shares.measured, name="web", env={})
            try:
                return asyncio.run(_watch(product, web.pid, shares, seconds=12.0 if quick else 40.0))
            finally:
                web.terminate()
                web.wait(30)
        finally:
            product.stop()


class Floor:
    """What all browsers saw. The same message goes to each of them, so it is read once."""

    def __init__(self) -> None:
        self.delays_ms: dict[str, list[float]] = {"t": [], "w": []}
        self.turns_seen: set[str] = set()
        self.resyncs = self.messages = self.bytes = 0
        self._news: dict[str, list[tuple[str, int]]] = {}
        self._known: set[str] = set()

    def see(self, text: str, at_ns: int) -> None:
        """One message at one browser."""
        self.messages += 1
        self.bytes += len(text)
        head = text[:40]
        if '"resync"' in head:
            self.resyncs += 1
            return
        seq = head.partition('"seq": ')[2].partition(",")[0]
        if seq not in self._news:
            self._news[seq] = self._read(text)
        for kind, announced_ns in self._news[seq]:
            self.delays_ms[kind].append((at_ns - announced_ns) / 1e6)

    def _read(self, text: str) -> list[tuple[str, int]]:
        news = []
        for kind, announced in _TOKEN.findall(text):
            if announced not in self._known:
                self._known.add(announced)
                news.append((kind, int(announced)))
                if kind == "t":
                    self.turns_seen.add(announced)
        return news


@contextmanager
def _feeder(product: Product, seconds: float) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(ROOT / "benchmarks" / "floor_feeder.py"), str(CALLS), str(seconds)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=product.env, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as feeder:
        try:
            yield feeder
        finally:
            feeder.kill()


async def _watch(product: Product, web: int, shares: Cores, *, seconds: float) -> Outcome:
    with _feeder(product, seconds) as feeder:
        assert feeder.stdin is not None
        assert feeder.stdout is not None
        told = json.loads(feeder.stdout.readline())
        alone = cores.Stopwatch(web, shares.measured)
        for _ in range(2):
            told |= json.loads(await asyncio.to_thread(feeder.stdout.readline))
        nobody = alone.stop()
        seen = Floor()
        sockets = [await _open(product, told["session"]) for _ in range(VIEWERS)]
        readers = [asyncio.create_task(_read(socket, seen)) for socket in sockets]
        watched = cores.Stopwatch(web, shares.measured)
        feeder.stdin.write("talk\n")
        feeder.stdin.flush()
        told |= json.loads(await asyncio.to_thread(feeder.stdout.readline))
        spent = watched.stop()
        await asyncio.sleep(1.5)
        for socket in sockets:
            await socket.close()
        await asyncio.gather(*readers, return_exceptions=True)
    return _outcome(told, seen, nobody, spent)


async def _open(product: Product, session: str) -> ClientConnection:
    headers = {"Cookie": f"session={session}"}
    return await connect(
        f"ws://127.0.0.1:{product.port}/live/?floor=1",
        additional_headers=headers,
        origin=f"http://127.0.0.1:{product.port}",  # type: ignore[arg-type]
        compression=None,
        max_size=None,
        ping_interval=None,
    )


async def _read(socket: ClientConnection, seen: Floor) -> None:
    async for message in socket:
        seen.see(str(message), time.monotonic_ns())


def _outcome(told: dict[str, Any], seen: Floor, nobody: cores.Spent, spent: cores.Spent) -> Outcome:
    rows, words = sorted(seen.delays_ms["t"]), sorted(seen.delays_ms["w"])
    announcing_ms = (told["announced_s"] - told["silent_s"]) * 1000 / (CALLS * 8.0)
    share_seen = len(seen.turns_seen) / max(told["turns"], 1)
    goals = [
        Goal(f"row update at {VIEWERS} browsers, {CALLS} calls, p95", "ms", _at(rows, 95), UPDATE_P95_MS),
        Goal("turns that reached the floor", "", share_seen, 0.95, is_least=True),
        Goal("announcing a call with nobody watching, CPU per second", "ms", announcing_ms, ANNOUNCING_MS),
        Goal("web process with nobody watching, share of a core", "", nobody.core_share, 0.02),
    ]
    measured = {
        "calls": CALLS,
        "viewers": VIEWERS,
        "turns_announced": told["turns"],
        "turns_seen": len(seen.turns_seen),
        "row_update_ms": {f"p{percent}": _at(rows, percent) for percent in (50, 95, 99)},
        "floor_words_ms": {f"p{percent}": _at(words, percent) for percent in (50, 95, 99)},
        "messages_per_viewer_second": round(seen.messages / VIEWERS / spent.seconds, 2),
        "kb_per_viewer_second": round(seen.bytes / 1024 / VIEWERS / spent.seconds, 1),
        "resyncs": seen.resyncs,
        "web_core_share": round(spent.core_share, 3),
        "web_core_share_nobody_watching": round(nobody.core_share, 4),
        "announcing_ms_per_call_second": round(announcing_ms, 4),
        "feeder_core_share": round(told["spent_s"] / spent.seconds, 3),
    }
    return Outcome(goals, measured, "\n".join(f"{name:<34} {value}" for name, value in measured.items()))


def _at(values: list[float], percent: float) -> float | None:
    """A percentile of sorted values; None when there are none."""
    if not values:
        return None
    return round(values[min(int(len(values) * percent / 100), len(values) - 1)], 1)
