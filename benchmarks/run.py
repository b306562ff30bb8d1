"""`make bench`: measure, print, write results/<name>.json, exit non-zero when a goal is missed.

`make bench ARGS="media_bridge --quick"`: one benchmark of several, and in little time.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import contacts, conversation, fanout, gate, imports, machine, media_bridge, transcoding, webhooks
from benchmarks.goals import Outcome
from benchmarks.media_bridge import variants
from benchmarks.surroundings import VAR

BENCHMARKS: dict[str, Callable[..., Outcome]] = {
    "conversation": conversation.run,
    "media_bridge": media_bridge.run,
    "transcoding": transcoding.run,
    "fanout": fanout.run,
    "gate": gate.run,
    "import": imports.run,
    "contacts": contacts.run,
    "webhooks": webhooks.run,
}
RESULTS = ROOT / "benchmarks" / "results"


def main() -> int:
    """Run the benchmarks asked for, all of them when none is named."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(BENCHMARKS)}; all when none is named")
    parser.add_argument("--quick", action="store_true", help="about a minute each; figures are rough")
    parser.add_argument("--calls", type=int, default=0, help="conversation: how many calls to hold (40)")
    parser.add_argument("--only", default="", help="media_bridge: variants, with commas between them")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(BENCHMARKS):
        parser.error(f"unknown benchmark: {', '.join(sorted(unknown))}")
    if unknown := {name for name in asked.only.split(",") if name} - set(variants.NAMES):
        parser.error(f"unknown variant: {', '.join(sorted(unknown))}")
    is_good = True
    for name in asked.names or BENCHMARKS:
        print(f"--- {name}", flush=True)
        outcome = BENCHMARKS[name](quick=asked.quick, calls=asked.calls, only=asked.only)
        tell(name, outcome, is_whole=not (asked.quick or asked.only))
        is_good &= all(goal.is_met for goal in outcome.goals)
    return 0 if is_good else 1


def tell(name: str, outcome: Outcome, *, is_whole: bool) -> None:
    """Print the table and the goals; keep everything in a file, that of a quick run or of a few variants in `var`."""
    if outcome.table:
        print(outcome.table)
    for goal in outcome.goals:
        print(goal.line())
    result = {
        "machine": machine.described(),
        "measured": outcome.measured,
        "goals": [goal.as_row() for goal in outcome.goals],
    }
    folder = RESULTS if is_whole else VAR
    file = folder / f"{name}.json"
    file.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(f"written to {file.relative_to(ROOT)}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
