"""Tests that failed while everything ran at once are asked once more, one by one, with the machine to themselves.

Some follow calls in real time, and on a machine that is shared a moment comes when nothing keeps up. What passes only
alone is told by name, so that it is seen; what fails alone has failed.
"""

import subprocess
import sys
from collections.abc import Mapping

from tests import rings
from tests.rings import Ring

IN_REAL_TIME = ("journeys", "browser", "faults", "integration")
MOST = 12  # failures of a ring: more are no bad luck, even on a machine that is starved


def ask(ring: Ring, env: Mapping[str, str]) -> None:
    """Ask a ring's failed tests again, where that makes sense, and correct what became of it."""
    failed = ring.failures
    if ring.name not in IN_REAL_TIME or not 0 < len(failed) <= MOST or ring.skipped:
        return
    print(f"--- {ring.name}: again, alone: {', '.join(failed)}", flush=True)
    report = rings.VAR / f"{ring.name}-again.xml"
    report.unlink(missing_ok=True)
    words = ["-m", "pytest", *failed, "-q", f"--junitxml={report}"]
    code = subprocess.run([sys.executable, *words], cwd=rings.ROOT, env=dict(env), check=False).returncode
    second = rings.read(ring.name, report)
    ring.failed, ring.failures = second.failed, second.failures
    ring.passed += second.passed
    ring.is_bad = code != 0 or second.passed != len(failed)
    ring.remark = "" if ring.is_bad else f"passed only alone: {', '.join(failed)}"
