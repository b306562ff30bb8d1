"""The rings of the tests: what each needs, how it is run in a process of its own, and what became of it."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var" / "test"
NAMES = ("house", "unit", "integration", "faults", "journeys", "browser")
WITHOUT_STORES = ("house", "unit")
# The order in which they begin: what takes longest goes first, so that nobody is left to run alone in the end.
LONGEST_FIRST = ("journeys", "integration", "browser", "faults", "unit", "house")
MOST_LANES = 2
NOTHING_COLLECTED = 5  # pytest's exit code
# Rings that take long enough to be worth several processes. Files that bring up something large keep to one of them;
# journeys have their own way to be shared out.
SPREAD = {
    "unit": ["-n", "2"],
    "integration": ["-n", "2", "--dist", "loadfile"],
    "journeys": ["-n", "3", "--dist", "loadscope", "--no-loadscope-reorder"],
}


# What waits for others' answers, or is looked at in real time, goes before what only computes.
GENTLE = ("nice", "-n", "5") if shutil.which("nice") else ()
IN_TIME = ("journeys", "browser", "integration")


def lanes() -> int:
    """How many rings this machine runs at once. The larger ones keep two cores busy by themselves already."""
    return min(MOST_LANES, os.cpu_count() or 1)


@dataclass(slots=True)
class Ring:
    """What became of one ring."""

    name: str
    passed: int = 0
    failed: int = 0
    failures: list[str] = field(default_factory=list)  # as pytest names them on its command line
    skipped: list[str] = field(default_factory=list)
    seconds: float = 0.0
    remark: str = ""
    is_bad: bool = False


class Running:
    """A ring at work in a process of its own."""

    def __init__(
        self, name: str, for_pytest: Sequence[str], env: dict[str, str], *, output: IO[str] | None = None
    ) -> None:
        self.name = name
        self._report = VAR / f"{name}.xml"
        self._is_narrowed = any(word.startswith("-k") for word in for_pytest)
        self._report.parent.mkdir(parents=True, exist_ok=True)
        self._report.unlink(missing_ok=True)
        self._began = time.monotonic()
        spread = SPREAD.get(name, []) if (os.cpu_count() or 1) > 1 and not for_pytest else []
        words = ["-m", "pytest", f"tests/{name}", "-q", f"--junitxml={self._report}", *spread, *for_pytest]
        gently = () if name in IN_TIME or for_pytest else GENTLE
        self.process = subprocess.Popen(
            [*gently, sys.executable, *words],
            cwd=ROOT,
            env=env,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
        )

    def result(self) -> Ring:
        """Wait for its end; what became of it."""
        code = self.process.wait()
        ring = read(self.name, self._report)
        ring.seconds = time.monotonic() - self._began
        ring.is_bad = bool(ring.failed or ring.skipped) or code not in (
            0,
            NOTHING_COLLECTED if self._is_narrowed else 0,
        )
        if ring.is_bad and not ring.failed and not ring.skipped:
            ring.remark = "no tests found" if code == NOTHING_COLLECTED else f"pytest ended with code {code}"
        return ring


def read(name: str, report: Path) -> Ring:
    """The counts of pytest's JUnit report; a test with an error around it counts as failed once."""
    ring = Ring(name)
    if not report.exists():
        return ring
    failed = set()
    for case in ET.parse(report).getroot().iter("testcase"):
        test = f"{case.get('classname', '')}.{case.get('name', '')}".strip(".")
        if case.find("failure") is not None or case.find("error") is not None:
            failed.add(f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name', '')}")
        elif (skipped := case.find("skipped")) is not None:
            ring.skipped.append(f"{test}: {skipped.get('message', '')}")
        else:
            ring.passed += 1
    ring.failed, ring.failures = len(failed), sorted(failed)
    return ring


def without_browser(*, in_ci: bool) -> Ring:
    """The browser ring on a machine where no Chromium can be had."""
    remark = "NOT RUN: no Chromium here and none could be installed (set CHROMIUM to one)"
    return Ring("browser", remark=remark, is_bad=in_ci)


def summary(rings: Sequence[Ring]) -> str:
    """The table at the end, and the name of everything that was skipped."""
    lines = ["", f"{'ring':<14}{'passed':>8}{'failed':>8}{'skipped':>9}{'seconds':>9}"]
    lines += [
        f"{ring.name:<14}{ring.passed:>8}{ring.failed:>8}{len(ring.skipped):>9}{ring.seconds:>9.1f}  {ring.remark}"
        for ring in rings
    ]
    lines += [f"skipped, which counts as failed: {name}" for ring in rings for name in ring.skipped]
    not_run = [ring.name for ring in rings if ring.remark and not ring.is_bad and not ring.passed]
    verdict = "passed" + (f", but {', '.join(not_run)} did not run" if not_run else "")
    lines.append("FAILED" if any(ring.is_bad for ring in rings) else verdict)
    return "\n".join(line.rstrip() for line in lines)
