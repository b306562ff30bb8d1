"""The fire drill over the sandbox: `python -m tests.drill --calls 20 --kills 5`.

Silence is measured on the samples each caller was played, by the sandbox. A call counts as resumed when its assistant
answers with the word it was told before the strike.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from deploy import stores
from tests.drill import books
from tests.drill.books import Books
from tests.drill.callers import REFUSAL, Caller, call_in
from tests.drill.figures import Figures
from tests.journeys.fleet import Fleet
from tests.journeys.house import ROOT, eventually

HOWS = ("kill", "stop", "tool")
GREETING = "Thank you for calling"
_APART_S = 0.3
_PATIENCE_S = 90.0
# A silence that lies here around a strike, in milliseconds, is the strike's.
_BEFORE_MS, _AFTER_MS = 200, 7000


def main(arguments: list[str]) -> int:
    """Hold the drill; 0 when nothing falls short."""
    parser = argparse.ArgumentParser(prog="python -m tests.drill", description=__doc__.partition("\n")[0])
    parser.add_argument("--calls", type=int, default=20, help="callers on the line (default: %(default)s)")
    parser.add_argument("--kills", type=int, default=5, help="bridges ended in turn (default: %(default)s)")
    parser.add_argument("--how", nargs="+", choices=HOWS, default=list(HOWS), help="in turn (default: all)")
    asked = parser.parse_args(arguments)
    with stores.start(
        ROOT / "var" / "test",
        for_tests=True,
        postgres=not os.environ.get("DATABASE_URL"),
        valkey=not os.environ.get("REDIS_URL"),
    ) as brought:
        os.environ.setdefault("DATABASE_URL", brought.database_url)
        os.environ.setdefault("REDIS_URL", brought.redis_url)
        figures = hold(calls=asked.calls, kills=asked.kills, hows=asked.how)
    print(figures.table())
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    report = figures.as_json() | {"at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine}
    (ROOT / "var" / "drill.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    for lack in figures.missed():
        print(f"falls short: {lack}", file=sys.stderr)
    return 1 if figures.missed() else 0


def hold(*, calls: int, kills: int, hows: list[str]) -> Figures:
    """Bring the callers on the line, strike, and look what became of each."""
    print(f"starting the product with {calls} callers …", flush=True)
    house = Fleet(clock="real")
    try:
        with books.opened(house.env["DATABASE_URL"]) as read:
            return Drill(house, read).hold(calls=calls, kills=kills, hows=hows)
    finally:
        house.stop()


class Drill:
    """One drill on a house that is up."""

    def __init__(self, house: Fleet, read: Books) -> None:
        self._house = house
        self._read = read
        self._callers: dict[str, Caller] = {}
        self._figures = Figures()

    def hold(self, *, calls: int, kills: int, hows: list[str]) -> Figures:
        """The whole of it."""
        for n in range(calls):
            caller = call_in(self._house, n)
            self._callers[caller.sid] = caller
            time.sleep(_APART_S)
        for caller in self._callers.values():
            self._until(lambda caller=caller: self._has_said(caller, caller.promise, since=0), caller.promise)
        print("everybody is talking", flush=True)
        self._figures.calls = calls
        for n in range(kills):
            self._strike(hows[n % len(hows)])
        for caller in self._callers.values():
            self._house.ask("POST", f"calls/{caller.sid}/hangup")
            greetings = [turn for turn in self._read.said(caller.sid) if turn.text.startswith(GREETING)]
            self._figures.greeted_twice += len(greetings) > 1
        self._count_effects()
        return self._figures

    def _until(self, look: Any, what: str) -> None:
        eventually(look, within_s=_PATIENCE_S, what=what)

    def _has_said(self, caller: Caller, text: str, *, since: float) -> bool:
        return any(turn.text == text and turn.at > since for turn in self._read.said(caller.sid))

    # --- a strike -----------------------------------------------------------------------------------------------

    def _strike(self, how: str) -> None:
        command = [sys.executable, "manage.py", "fire_drill", "--yes", "--json", "--how", how]
        drill = subprocess.Popen(
            command, cwd=ROOT, env=self._house.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        if how == "tool":
            assert drill.stderr is not None
            drill.stderr.readline()  # it waits for a tool by now
            self._put_a_tool_to_work()
        printed, complaints = drill.communicate(timeout=180)
        if not printed:
            raise SystemExit(f"the drill did not strike: {complaints}")
        struck = json.loads(printed)
        at = datetime.fromisoformat(struck["at"]).timestamp()
        callers = [self._callers[self._read.sid_of(call)] for call in struck["calls"]]
        print(
            f"{how}: {struck['bridge']} with {len(callers)} calls; new streams after "
            + ", ".join(f"{seconds:.2f}" for seconds in sorted(struck["resumed"].values()))
            + " s",
            flush=True,
        )
        self._figures.strikes += 1
        self._figures.turns_lost += struck["turns_lost"]
        for caller in callers:
            self._see_what_became(caller, how, at)

    def _put_a_tool_to_work(self) -> None:
        """A caller asks for something that the carrier takes its time over."""
        rule = {"method": "POST", "path": "Recordings", "times": 1, "delay_ms": 2500, "after_effect": True}
        self._house.ask("POST", "faults", json={"rest_delays": [rule]})
        free = next(caller for caller in self._callers.values() if not self._refusals(caller.sid))
        self._house.ask("POST", f"calls/{free.sid}/say", json={"text": REFUSAL})

    def _see_what_became(self, caller: Caller, how: str, at: float) -> None:
        self._figures.struck += 1
        with suppress(AssertionError):
            self._until(lambda: self._has_said(caller, caller.proof, since=at), caller.proof)
            self._figures.resumed += 1
        silences = self._house.ask("GET", f"calls/{caller.sid}/silences.json", params={"over_ms": 20})
        struck_ms = self._since_answer_ms(at, silences["answered_at_ms"])
        around = [
            silence["ms"]
            for silence in silences["silences"]
            if silence["start_ms"] < struck_ms + _AFTER_MS and silence["end_ms"] > struck_ms - _BEFORE_MS
        ]
        self._figures.silences.setdefault(how, []).append(max(around, default=0) / 1000)

    def _since_answer_ms(self, at: float, answered_at_ms: float) -> float:
        now_ms = self._house.ask("GET", "clock")["now_ms"]
        return float(now_ms - (time.time() - at) * 1000 - answered_at_ms)

    # --- effects ------------------------------------------------------------------------------------------------

    def _refusals(self, sid: str) -> int:
        """How often the carrier was asked to stop the tape of this call."""
        return sum(
            entry["method"] == "POST" and "Recordings" in entry["url"] and "stopped" in str(entry["params"])
            for entry in self._house.on_line(sid)["rest"]
        )

    def _count_effects(self) -> None:
        for sid in self._callers:
            count = self._refusals(sid)
            self._figures.effects += count > 0
            self._figures.effects_repeated += max(count - 1, 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
