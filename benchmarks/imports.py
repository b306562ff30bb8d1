"""How fast a registry comes in, and in how much memory: `import`, beside a bare COPY of the same rows in the same run.

The import checks every line, keeps a checkpoint, drops doubles, sorts, indexes and swaps; the bare COPY writes the same
numbers, ready made, into a table without anything, and does nothing else.
"""

import time
from pathlib import Path
from typing import Any

import psycopg

from benchmarks import number_files
from benchmarks.goals import Goal, Outcome
from benchmarks.surroundings import VAR, with_stores

ROWS, QUICK_ROWS, FEW_ROWS = 10_000_000, 1_000_000, 500_000
# Ten million in minutes, and memory that does not grow with the file.
ALL_S = 300.0
MEMORY_MB, MORE_MEMORY_MB = 300.0, 60.0
_NUMBER = 12
_FOLDER = VAR / "import"
_COPY_BYTES = 1 << 20
FORMS = {
    "area code, number": ("%d,%07d\r\n", ""),
    "CSV with names": ('"Somebody, Some",%d-%07d,2026-11-20\r\n', "name,phone,listed\r\n"),
}


def run(*, quick: bool = False, **_: Any) -> Outcome:
    """Load a whole registry, and a smaller one in the slower form."""
    rows = QUICK_ROWS if quick else ROWS
    with with_stores():
        env = number_files.environment("import", _NUMBER)
        number_files.migrate(env)
        whole = _loaded("area code, number", rows, env)
        few = _loaded("area code, number", FEW_ROWS, env)
        named = _loaded("CSV with names", FEW_ROWS, env)
        bare = _bare(rows, env["DATABASE_URL"])
    measured = {"registry": whole, "few": few, "csv": named, "bare": bare}
    grown = whole["memory_most_mb"] - few["memory_most_mb"]
    measured["ratio_to_bare_copy"] = whole["all_s"] / bare["copy_s"]
    measured["ratio_to_copy_and_index"] = whole["all_s"] / (bare["copy_s"] + bare["index_s"])
    goals = [
        Goal(f"{rows:,} rows of a registry, from the file to in force", "s", whole["all_s"], ALL_S * rows / ROWS),
        Goal("most memory of the worker", "MB", whole["memory_most_mb"], MEMORY_MB),
        Goal(f"more of it than for {FEW_ROWS:,} rows", "MB", grown, MORE_MEMORY_MB),
    ]
    return Outcome(goals, measured, _table(measured))


def _loaded(form: str, rows: int, env: dict[str, str]) -> dict[str, Any]:
    file = _FOLDER / f"{rows}.csv"
    number_files.write(file, rows, FORMS[form][0], head=FORMS[form][1])
    try:
        told = number_files.told_by("benchmarks.loading", str(file), f"{form} {rows}", "state", env=env)
    finally:
        file.unlink()
    return told | {"rows_per_s": rows / told["all_s"]}


def _bare(rows: int, database_url: str) -> dict[str, Any]:
    """The same numbers by COPY into a bare table, and an index on it."""
    file = _FOLDER / "bare.txt"
    number_files.write(file, rows, "1%d%07d\n")
    try:
        with psycopg.connect(database_url, autocommit=True) as link:
            link.execute("CREATE TABLE bare (number bigint NOT NULL)")
            copied = _timed(lambda: _copy(link, file))
            indexed = _timed(lambda: link.execute("CREATE UNIQUE INDEX ON bare (number)"))
            link.execute("DROP TABLE bare")
    finally:
        file.unlink()
    return {"rows": rows, "copy_s": copied, "index_s": indexed, "rows_per_s": rows / copied}


def _copy(link: psycopg.Connection, file: Path) -> None:
    with file.open("rb") as content, link.cursor().copy("COPY bare FROM STDIN") as copy:
        while block := content.read(_COPY_BYTES):
            copy.write(block)


def _timed(job: Any) -> float:
    began = time.perf_counter()
    job()
    return time.perf_counter() - began


def _table(measured: dict[str, Any]) -> str:
    lines = [f"{'':<28}{'rows':>12}{'s':>8}{'rows/s':>12}{'CPU s':>8}{'MB':>8}"]
    for name in ("registry", "few", "csv"):
        one = measured[name]
        lines.append(
            f"{name:<28}{one['rows']:>12,}{one['all_s']:>8.1f}{one['rows_per_s']:>12,.0f}{one['cpu_s']:>8.1f}"
            f"{one['memory_most_mb']:>8.0f}"
        )
    bare = measured["bare"]
    lines.append(f"{'bare COPY':<28}{bare['rows']:>12,}{bare['copy_s']:>8.1f}{bare['rows_per_s']:>12,.0f}")
    lines.append(f"the import takes {measured['ratio_to_bare_copy']:.1f} times the bare COPY,")
    lines.append(f"and {measured['ratio_to_copy_and_index']:.1f} times COPY and an index")
    return "\n".join(lines)
