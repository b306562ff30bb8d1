"""The fire drill over the sandbox: `python -m tests.drill --calls 20 --kills 5`.

Silence is measured on the samples each caller was played, by the sandbox. A call counts as resumed when its assistant
answers with the word it was told before the strike. The books are held against what the model said it had heard.
"""

import argparse
import itertools
import json
import os
import platform
import sys
from datetime import UTC, datetime

from deploy import stores
from tests.drill import books
from tests.drill.drill import BETWEEN_STRIKES_S, Drill
from tests.drill.figures import Figures
from tests.journeys.fleet import Fleet
from tests.journeys.house import ROOT

HOWS = ("kill", "stop", "tool")


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
        figures = hold(calls=asked.calls, hows=list(itertools.islice(itertools.cycle(asked.how), asked.kills)))
    print(figures.table())
    write(figures)
    for lack in figures.missed():
        print(f"falls short: {lack}", file=sys.stderr)
    return 1 if figures.missed() else 0


def hold(*, calls: int, hows: list[str], apart_s: float = BETWEEN_STRIKES_S) -> Figures:
    """Start the product as production runs it, and hold a drill on it."""
    print(f"starting the product for {calls} callers …", flush=True)
    house = Fleet(clock="real")
    try:
        with books.opened(house.env["DATABASE_URL"]) as read:
            return Drill(house, read).hold(calls=calls, hows=hows, apart_s=apart_s)
    finally:
        house.stop()


def write(figures: Figures) -> None:
    """Keep the figures, with the machine and the moment they are of, in var/drill.json."""
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    report = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine} | figures.as_json()
    (ROOT / "var" / "drill.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
