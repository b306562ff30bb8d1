"""How many decisions a second does the gate make on one core, and how long does a look-up take, with full books?

Ten million registered numbers, two further lists, a million consents. One process, one connection; the database is on
the other cores. A round trip to the database and a look-up in a bare table of the same numbers are measured in between,
so that the figures can be read as ratios.
"""

from typing import Any

from benchmarks import cores, number_files
from benchmarks.goals import Goal, Outcome
from benchmarks.surroundings import VAR, with_stores

ROWS, QUICK_ROWS = 10_000_000, 500_000
OTHER_ROWS = 200_000
CONSENTS, QUICK_CONSENTS = 1_000_000, 50_000
LOOK_UP_MS, LOOK_UP_P99_RATIO = 1.0, 4.0
LEAST_PER_S, LEAST_PER_S_TOGETHER = 300.0, 2000.0
_START = 100_000_000  # the other lists hold numbers that are not registered
_NUMBER = 13
_FOLDER = VAR / "gate"


def run(*, quick: bool = False, **_: Any) -> Outcome:
    """Fill the books, then ask."""
    rows, consents = (QUICK_ROWS, QUICK_CONSENTS) if quick else (ROWS, CONSENTS)
    with cores.shared_out() as shares, with_stores():
        env = number_files.environment("gate", _NUMBER)
        number_files.migrate(env)
        loads = [
            _loaded(name, kind, count, start, env)
            for name, kind, count, start in (
                ("National registry", "national", rows, 0),
                ("Litigators", "litigator", OTHER_ROWS, _START),
                ("Protected lines", "protected", OTHER_ROWS, _START + OTHER_ROWS),
            )
        ]
        told = number_files.told_by(
            "benchmarks.deciding", str(rows), str(consents), str(shares.measured), str(500 if quick else 4000), env=env
        )
    told["loads"] = loads
    return Outcome(_goals(told), told, _table(told))


def _goals(told: dict[str, Any]) -> list[Goal]:
    """Of p99 only a ratio: where strangers share the cores, even a bare look-up takes milliseconds then."""
    standing, bare = told["standing"], told["bare"]
    return [
        Goal("where a number stands on every list, p50", "ms", standing["p50_ms"], LOOK_UP_MS),
        Goal("the same, processor time of both sides", "ms", standing["cpu_ms"], LOOK_UP_MS),
        Goal("the same, p99, of a bare look-up's p99", "x", standing["p99_ms"] / bare["p99_ms"], LOOK_UP_P99_RATIO),
        Goal("decisions a second of processor time", "1/s", told["assess"]["per_cpu_s"], LEAST_PER_S, is_least=True),
        Goal(
            "the same of a dry run, many at once",
            "1/s",
            told["together"]["per_cpu_s"],
            LEAST_PER_S_TOGETHER,
            is_least=True,
        ),
    ]


def _loaded(name: str, kind: str, rows: int, start: int, env: dict[str, str]) -> dict[str, Any]:
    file = _FOLDER / "numbers.csv"
    number_files.write(file, rows, "%d,%07d\n", start=start)
    try:
        return number_files.told_by("benchmarks.loading", str(file), name, kind, env=env)
    finally:
        file.unlink()


def _table(told: dict[str, Any]) -> str:
    lines = [f"{'':<40}{'p50 ms':>9}{'p99 ms':>9}{'round trips':>13}{'CPU ms':>9}{'a second':>10}{'of CPU':>9}"]
    trip = told["round_trip"]["p50_ms"]
    for key, name in (
        ("round_trip", "a round trip to the database"),
        ("bare", "a look-up in a bare table"),
        ("standing", "where a number stands on every list"),
        ("together", f"a decision of {told['at_once']} at once (dry run)"),
        ("assess", "a decision, nothing kept"),
        ("authorize", "a decision, kept, with its permit"),
    ):
        one = told[key]
        lines.append(
            f"{name:<40}{one['p50_ms']:>9.3f}{one['p99_ms']:>9.3f}{one['p50_ms'] / trip:>13.1f}{one['cpu_ms']:>9.3f}"
            f"{one['per_s']:>10,.0f}{one['per_cpu_s']:>9,.0f}"
        )
    answers = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(told["answers"].items()))
    return "\n".join([*lines, f"answers: {answers}"])
