"""How fast do a campaign's contacts come in from a file, and how long does the dry run take that asks about each?

A file of a million people in CSV, with names and spelt numbers, goes the way of every file: taken in, read in pieces by
one worker with a checkpoint, every number read and looked for among those that are there, each name encrypted. Then one
worker makes the campaign's dry run of some of them. A smaller file tells where they live too, which is kept for each
person; and a small one shows whether memory grows with the file.
"""

from collections.abc import Callable
from typing import Any

from benchmarks import cores, number_files
from benchmarks.goals import Goal, Outcome
from benchmarks.surroundings import VAR, with_stores

ROWS, QUICK_ROWS, FEW_ROWS = 1_000_000, 100_000, 20_000
ASKED, QUICK_ASKED = 200_000, 20_000
ALL_S, MORE_MEMORY_MB = 120.0, 40.0
_NUMBER = 14
_FOLDER = VAR / "contacts"
_HEAD, _HEAD_AT_HOME = "phone,name,order\n", "phone,name,state,time zone\n"


def _line(area: int, rest: int) -> str:
    return f'"({area}) {rest:07d}",Carol M{rest % 9973} Reed,the order {rest} of last week\n'


def _line_at_home(area: int, rest: int) -> str:
    state, zone = (("NY", "America/New_York"), ("TX", "America/Chicago"))[rest % 2]
    return f"+1{area}{rest:07d},Carol M{rest % 9973} Reed,{state},{zone}\n"


def run(*, quick: bool = False, **_: Any) -> Outcome:
    """Take in a large file, and smaller ones."""
    rows, asked = (QUICK_ROWS, QUICK_ASKED) if quick else (ROWS, ASKED)
    with cores.shared_out() as shares, with_stores():
        env = number_files.environment("contacts", _NUMBER)
        number_files.migrate(env)
        core = str(shares.measured)
        measured = {
            "few": _taken(FEW_ROWS, _HEAD, _line, core, 0, env),
            "all": _taken(rows, _HEAD, _line, core, asked, env),
            "at home": _taken(rows // 10, _HEAD_AT_HOME, _line_at_home, core, 0, env),
        }
    whole = measured["all"]
    grown = whole["memory_most_mb"] - measured["few"]["memory_most_mb"]
    goals = [
        Goal(f"{rows:,} contacts, from the file into the campaign", "s", whole["all_s"], ALL_S * rows / ROWS),
        Goal(f"more memory of the worker than for {FEW_ROWS:,}", "MB", grown, MORE_MEMORY_MB),
    ]
    return Outcome(goals, measured, _table(measured))


def _taken(
    rows: int, head: str, line: Callable[[int, int], str], core: str, asked: int, env: dict[str, str]
) -> dict[str, Any]:
    file = _FOLDER / "people.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="ascii") as out:
        out.write(head)
        out.writelines(line(area, rest) for area, rest in number_files.numbers(rows))
    try:
        return number_files.told_by("benchmarks.taking_in", str(file), core, str(asked), env=env)
    finally:
        file.unlink()


def _table(measured: dict[str, Any]) -> str:
    lines = [f"{'':<12}{'rows':>12}{'s':>8}{'rows/s':>10}{'CPU s':>8}{'database':>10}{'MB':>7}"]
    lines += [
        f"{name:<12}{one['rows']:>12,}{one['all_s']:>8.1f}{one['rows'] / one['all_s']:>10,.0f}{one['cpu_s']:>8.1f}"
        f"{one['database_cpu_s']:>10.1f}{one['memory_most_mb']:>7.0f}"
        for name, one in measured.items()
    ]
    dry = measured["all"]["dry_run"]
    each_ms = 1000 * (dry["cpu_s"] + dry["database_cpu_s"]) / dry["contacts"]
    lines.append(
        f"dry run: {dry['contacts']:,} contacts in {dry['all_s']:.1f} s, {dry['contacts'] / dry['all_s']:,.0f} a second"
        f", {each_ms:.2f} ms of processor time each"
    )
    return "\n".join(lines)
