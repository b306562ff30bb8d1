"""How soon is a caller answered, and how many callers a second does one core answer?

One web process of the product, as `make serve` starts it, has a core to itself; the stores and the callers have the
others. Every caller's request is signed, stored with its call and answered with a document; when it is answered the
carrier reports the call's end, which is stored too. In the same run, in turns, a bare ASGI program on the same server
checks the same signature and writes one row.
"""

import asyncio
import os
import statistics
import subprocess
from dataclasses import dataclass
from typing import Any

from benchmarks import cores
from benchmarks.goals import Goal, Outcome
from benchmarks.product import Product, pinned, stop, wait_until
from benchmarks.surroundings import VAR, with_stores
from benchmarks.webhooks import bare
from benchmarks.webhooks.carrier import Answers, Carrier
from contactcenter import serving
from deploy import programs

RATE = 100  # calls a second
ROUNDS, QUICK_ROUNDS = 3, 1
SECONDS, QUICK_SECONDS = 10.0, 4.0
AT_ONCE = 16
VOICE_P99_MS, STATUS_P99_MS, BARE_RATIO = 50.0, 150.0, 10.0
_NUMBER = 14
_FOLDER = VAR / "webhooks"


@dataclass(frozen=True, slots=True)
class Row:
    """What one program did at one pace."""

    voice: Answers
    status: Answers
    cpu_ms: float  # processor time of the web process for one request
    waited: float  # share of the time in which somebody else had its core

    def told(self) -> dict[str, Any]:
        """The row for a file of results."""
        kinds = {"voice": self.voice, "status": self.status}
        return {
            **{name: answers.told() for name, answers in kinds.items()},
            "cpu_ms": round(self.cpu_ms, 3),
            "waited": round(self.waited, 3),
        }


def run(*, quick: bool = False, **_: Any) -> Outcome:
    """Both programs in turns, at a fixed pace and as fast as they go."""
    seconds, rounds = (QUICK_SECONDS, QUICK_ROUNDS) if quick else (SECONDS, ROUNDS)
    with cores.shared_out() as shares, with_stores():
        product = Product(var=_FOLDER, number=_NUMBER)
        product.fill()
        product.say_bridges_are_there("vm-1", "vm-2")  # as in production: they hold the calls, this process none
        measured: dict[str, dict[str, list[Row]]] = {name: {"paced": [], "most": []} for name in ("product", "bare")}
        for _round in range(rounds):
            for name, rows in measured.items():
                for way, row in _measure(name, product, shares, seconds).items():
                    rows[way].append(row)
    middle = {name: {way: _middle(each) for way, each in rows.items()} for name, rows in measured.items()}
    told = {
        name: {way: row.told() | {"rounds": rounds, "a_second": row.voice.a_second} for way, row in rows.items()}
        for name, rows in middle.items()
    }
    return Outcome(_goals(middle), told, _table(middle))


def _measure(name: str, product: Product, shares: cores.Cores, seconds: float) -> dict[str, Row]:
    process = _served(name, product, shares)
    try:
        carrier = Carrier(product)
        asyncio.run(carrier.ring(count=50, rate=25))  # what is loaded at the first request is loaded
        rows = {}
        for way, rate in (("paced", RATE), ("most", 0)):
            watch = cores.Stopwatch(process.pid, shares.measured)
            voice, status = asyncio.run(carrier.ring(count=int(seconds * RATE), rate=rate, at_once=AT_ONCE))
            spent = watch.stop()
            requests = len(voice.took_ms) + len(status.took_ms)
            rows[way] = Row(voice, status, spent.cpu_s * 1000 / requests, spent.waited)
        return rows
    finally:
        stop(process)


def _served(name: str, product: Product, shares: cores.Cores) -> "subprocess.Popen[bytes]":
    port = str(product.port)
    if name == "product":
        command = programs.web("uvicorn", host="127.0.0.1", port=port)
        return product.serve(command, model="http://127.0.0.1:9", core=shares.measured, name=name, env={})
    command = [
        "benchmarks.webhooks.bare:application" if word == serving.APPLICATION else word
        for word in serving.command("uvicorn", host="127.0.0.1", port=port)
    ]
    log = _FOLDER / f"{name}.log"
    env = {**os.environ, **bare.environment(product)}
    process = pinned(command, shares.measured, env=env, log=log)
    wait_until(product.answers, process, log)
    return process


def _middle(rows: list[Row]) -> Row:
    """The round whose p99 is in the middle; the machine has moods."""
    p99 = statistics.median_low(row.voice.quantile_ms(0.99) for row in rows)
    return next(row for row in rows if row.voice.quantile_ms(0.99) == p99)


def _goals(rows: dict[str, dict[str, Row]]) -> list[Goal]:
    ours, bare_row = rows["product"], rows["bare"]
    paced = ours["paced"]
    wrong = sum(answers.wrong for row in ours.values() for answers in (row.voice, row.status))
    return [
        Goal("callers who were not connected, ends not taken", "", wrong, 0),
        Goal(f"a caller's document at {RATE} calls a second, p99", "ms", paced.voice.quantile_ms(0.99), VOICE_P99_MS),
        Goal("a call's end stored at the same pace, p99", "ms", paced.status.quantile_ms(0.99), STATUS_P99_MS),
        Goal(
            "processor time for a request, times the bare program's",
            "x",
            paced.cpu_ms / bare_row["paced"].cpu_ms,
            BARE_RATIO,
        ),
    ]


def _table(rows: dict[str, dict[str, Row]]) -> str:
    head = (
        f"{'':<28}{'calls/s':>9}{'voice p50':>11}{'p95':>8}{'p99':>8}{'end p50':>9}{'p99':>8}{'CPU ms':>9}{'waited':>8}"
    )
    lines = [head]
    for name, ways in rows.items():
        for way, row in ways.items():
            voice, status = row.voice, row.status
            label = f"{name}, {f'{RATE} calls a second' if way == 'paced' else f'{AT_ONCE} at once'}"
            figures = "".join(
                f"{voice.quantile_ms(part):>{width}.1f}" for part, width in ((0.5, 11), (0.95, 8), (0.99, 8))
            )
            ends = f"{status.quantile_ms(0.5):>9.1f}{status.quantile_ms(0.99):>8.1f}"
            lines.append(f"{label:<28}{voice.a_second:>9.0f}{figures}{ends}{row.cpu_ms:>9.2f}{row.waited:>8.0%}")
    return "\n".join(lines)
