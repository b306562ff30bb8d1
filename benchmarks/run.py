"""`make bench`: measure, print a table, write results/<name>.json, exit non-zero when a goal is missed."""

import argparse
import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contactcenter.settings")

from deploy import stores


def main() -> int:
    """Bring the stores, measure, tell."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--calls", type=int, default=40, help="how many calls to hold (40)")
    calls = parser.parse_args().calls
    with stores.start(ROOT / "var" / "bench", for_tests=True) as brought:
        os.environ["DATABASE_URL"], os.environ["REDIS_URL"] = brought.database_url, brought.redis_url
        from benchmarks import conversation, machine

        goals, measured = conversation.run(calls=calls)
    result = {"machine": machine.described(), "measured": measured, "goals": [_row(goal) for goal in goals]}
    file = ROOT / "benchmarks" / "results" / "conversation.json"
    file.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    for goal in goals:
        verdict = "met" if goal.is_met else "MISSED"
        print(f"{goal.name:<56} {goal.value:8.1f} {goal.unit}   goal {goal.limit:g}   {verdict}")
    print(f"{json.dumps(measured)}\nwritten to {file.relative_to(ROOT)}")
    return 0 if all(goal.is_met for goal in goals) else 1


def _row(goal: "conversation.Goal") -> dict[str, object]:  # type: ignore[name-defined]  # noqa: F821
    return {
        "name": goal.name,
        "unit": goal.unit,
        "value": round(goal.value, 1),
        "limit": goal.limit,
        "met": goal.is_met,
    }


if __name__ == "__main__":
    sys.exit(main())
