"""Break one line of the product at a time, and see that the suite notices.

    make test-the-tests            all of them
    tests/break_the_core.py mark   those whose name contains a word

Each breakage is made in a copy of the tree; the tests named beside it must turn red there. A breakage that no test
notices, or whose line is not there any more, is a failure of this run.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = shutil.ignore_patterns("var", ".venv", ".git", "*.pyc", "__pycache__", ".*_cache", ".hypothesis")


@dataclass(frozen=True, slots=True)
class Breakage:
    """One line as it is, as it must not be, and the tests that must see it."""

    name: str
    file: str
    line: str
    broken: str
    tests: str


def breakages() -> list[Breakage]:
    """Every breakage of the table beside this file."""
    table = tomllib.loads((ROOT / "tests" / "breakages.toml").read_text(encoding="utf-8"))
    return [Breakage(**row) for row in table["breakages"]]


def main(words: list[str]) -> int:
    """Break, test, tell; the exit code."""
    chosen = [b for b in breakages() if all(word in b.name for word in words)]
    unnoticed = []
    with tempfile.TemporaryDirectory(prefix="broken-") as folder:
        for n, breakage in enumerate(chosen, 1):
            tree = Path(folder) / f"{n}"
            shutil.copytree(ROOT, tree, ignore=LEFT_OUT)
            is_noticed, said = _is_noticed(tree, breakage)
            print(f"{'noticed  ' if is_noticed else 'UNNOTICED'}  {breakage.name}  {said}", flush=True)
            if not is_noticed:
                unnoticed.append(breakage.name)
            shutil.rmtree(tree)
    print(f"{len(chosen) - len(unnoticed)} of {len(chosen)} breakages noticed")
    return 1 if unnoticed or not chosen else 0


def _is_noticed(tree: Path, breakage: Breakage) -> tuple[bool, str]:
    """Break the line in this copy and run its tests: True when they turn red for it."""
    file = tree / breakage.file
    text = file.read_text(encoding="utf-8")
    if text.count(breakage.line) != 1:
        return False, f"({breakage.file} has the line {text.count(breakage.line)} times)"
    file.write_text(text.replace(breakage.line, breakage.broken), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", breakage.tests],
        cwd=tree,
        env=os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    last = (done.stdout.strip().splitlines() or [""])[-1]
    return done.returncode == 1 and " failed" in last, f"({last})"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
