"""Every test in its ring, one summary at the end: `tests/run.py [RING …] [-k WORDS] [-- pytest's own arguments]`.

A test that is skipped counts as failed: what cannot run here is said in the summary, not passed over.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)

from deploy import stores
from tests import chromium

RINGS = ("house", "unit", "integration", "faults", "journeys", "browser")
WITHOUT_STORES = ("house", "unit")
NOTHING_COLLECTED = 5  # pytest's exit code
# Rings whose tests share nothing and take long enough to be worth two processes. Journeys wait for other processes most
# of the time; those of one file and server stay together, and the servers come one after the other.
SPREAD = {"unit": ["-n", "2"], "journeys": ["-n", "2", "--dist", "loadgroup", "--no-loadscope-reorder"]}


@dataclass(slots=True)
class Ring:
    """What became of one ring."""

    name: str
    passed: int = 0
    failed: int = 0
    skipped: list[str] = field(default_factory=list)
    seconds: float = 0.0
    remark: str = ""
    is_bad: bool = False


def main(arguments: list[str]) -> int:
    """Run the rings asked for, all of them when none is named; the exit code."""
    parser = argparse.ArgumentParser(prog="tests/run.py", description=__doc__)
    parser.add_argument("rings", nargs="*", metavar="RING", help=f"{', '.join(RINGS)}; all when none is named")
    parser.add_argument("-k", metavar="WORDS", help="only tests whose names match, as in pytest")
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    asked = parser.parse_args(arguments[:cut])
    if unknown := set(asked.rings) - set(RINGS):
        parser.error(f"unknown ring: {', '.join(sorted(unknown))}")
    for_pytest = [*(["-k", asked.k] if asked.k else []), *arguments[cut + 1 :]]
    names = [name for name in RINGS if name in (asked.rings or RINGS) and (ROOT / "tests" / name).is_dir()]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        rings = run_all(names, for_pytest)
    except stores.UnableToStart as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(summary(rings))
    return 1 if any(ring.is_bad for ring in rings) else 0


def run_all(names: list[str], for_pytest: list[str]) -> list[Ring]:
    """Run rings one after the other, with stores brought up once for those that need them."""
    rings = [run(name, for_pytest, dict(os.environ)) for name in names if name in WITHOUT_STORES]
    rest = [name for name in names if name not in WITHOUT_STORES]
    if not rest:
        return rings
    env = dict(os.environ)
    with stores.start(
        ROOT / "var" / "test",
        for_tests=True,
        postgres=not env.get("DATABASE_URL"),
        valkey=not env.get("REDIS_URL"),
    ) as brought:
        env["DATABASE_URL"] = env.get("DATABASE_URL") or brought.database_url
        env["REDIS_URL"] = env.get("REDIS_URL") or brought.redis_url
        for name in rest:
            if name == "browser":
                browser = chromium.find_or_install()
                if browser is None:
                    rings.append(without_browser(in_ci=env.get("CI", "").lower() in ("1", "true")))
                    continue
                env["CHROMIUM"] = browser
            rings.append(run(name, for_pytest, env))
    return rings


def run(name: str, for_pytest: list[str], env: dict[str, str]) -> Ring:
    """Run one ring in a process of its own; pytest's short output goes to the screen."""
    report = ROOT / "var" / "test" / f"{name}.xml"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    print(f"--- {name}", flush=True)
    began = time.monotonic()
    spread = SPREAD.get(name, []) if (os.cpu_count() or 1) > 1 and not for_pytest else []
    command = [sys.executable, "-m", "pytest", f"tests/{name}", "-q", f"--junitxml={report}", *spread, *for_pytest]
    code = subprocess.run(command, cwd=ROOT, env=env, check=False).returncode
    ring = read(name, report)
    ring.seconds = time.monotonic() - began
    only_some = any(word.startswith("-k") for word in for_pytest)
    ring.is_bad = bool(ring.failed or ring.skipped) or code not in (0, NOTHING_COLLECTED if only_some else 0)
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
            failed.add(test)
        elif (skipped := case.find("skipped")) is not None:
            ring.skipped.append(f"{test}: {skipped.get('message', '')}")
        else:
            ring.passed += 1
    ring.failed = len(failed)
    return ring


def without_browser(*, in_ci: bool) -> Ring:
    """The browser ring on a machine where no Chromium can be had."""
    remark = "NOT RUN: no Chromium here and none could be installed (set CHROMIUM to one)"
    return Ring("browser", remark=remark, is_bad=in_ci)


def summary(rings: list[Ring]) -> str:
    """The table at the end, and the name of everything that was skipped."""
    lines = ["", f"{'ring':<14}{'passed':>8}{'failed':>8}{'skipped':>9}{'seconds':>9}"]
    lines += [
        f"{ring.name:<14}{ring.passed:>8}{ring.failed:>8}{len(ring.skipped):>9}{ring.seconds:>9.1f}  {ring.remark}"
        for ring in rings
    ]
    lines += [f"skipped, which counts as failed: {name}" for ring in rings for name in ring.skipped]
    not_run = [ring.name for ring in rings if ring.remark and not ring.is_bad]
    verdict = "passed" + (f", but {', '.join(not_run)} did not run" if not_run else "")
    lines.append("FAILED" if any(ring.is_bad for ring in rings) else verdict)
    return "\n".join(line.rstrip() for line in lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
