"""The test runner's own sums."""

import subprocess
import sys
import time
from pathlib import Path
from typing import IO

import pytest

from tests import chromium, run
from tests.run import Ring

REPORT = """<?xml version="1.0"?>
<testsuites><testsuite>
  <testcase classname="tests.unit.a" name="test_good"/>
  <testcase classname="tests.unit.a" name="test_bad"><failure message="no"/></testcase>
  <testcase classname="tests.unit.a" name="test_bad"><error message="and its end"/></testcase>
  <testcase classname="tests.unit.a" name="test_left_out"><skipped message="no reason"/></testcase>
</testsuite></testsuites>
"""


def test_a_report_is_counted_and_a_test_that_fails_twice_fails_once(tmp_path: Path) -> None:
    (tmp_path / "unit.xml").write_text(REPORT)
    ring = run.read("unit", tmp_path / "unit.xml")
    assert (ring.passed, ring.failed, ring.skipped) == (1, 1, ["tests.unit.a.test_left_out: no reason"])


def test_no_report_counts_nothing(tmp_path: Path) -> None:
    assert run.read("unit", tmp_path / "none.xml") == Ring("unit")


def test_a_skipped_test_is_named_and_spoils_the_run() -> None:
    text = run.summary([Ring("unit", passed=3, skipped=["tests.unit.a.test_x: why"], is_bad=True)])
    assert "tests.unit.a.test_x: why" in text
    assert text.endswith("FAILED")


def test_browser_tests_that_could_not_run_are_said_to_have_not() -> None:
    text = run.summary([Ring("unit", passed=3), run.without_browser(in_ci=False)])
    assert "NOT RUN" in text
    assert text.endswith("passed, but browser did not run")


def test_in_ci_they_fail_the_run() -> None:
    assert run.summary([run.without_browser(in_ci=True)]).endswith("FAILED")


def test_only_what_shares_nothing_runs_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run.os, "cpu_count", lambda: 2)
    assert run.lanes(["integration", "journeys", "browser"]) == [["integration"], ["journeys", "browser"]]
    assert run.lanes(["integration", "browser"]) == [["integration"], ["browser"]]
    assert run.lanes(["journeys"]) == [["journeys"]]
    monkeypatch.setattr(run.os, "cpu_count", lambda: 1)
    assert run.lanes(["journeys", "browser"]) == [["journeys"], ["browser"]]


def a_ring(words: str, *, name: str = "unit") -> run.Begun:
    process = subprocess.Popen([sys.executable, "-c", words], stdout=subprocess.PIPE)
    return run.Begun(name, process, Path("none.xml"), time.monotonic(), only_some=False)


def test_a_ring_that_is_told_to_stop_may_tidy_up() -> None:
    tidy = "import signal\ntry: print('up', flush=True); signal.pause()\nexcept KeyboardInterrupt: print('tidy')"
    ring = a_ring(f"import signal; signal.signal(2, signal.default_int_handler)\n{tidy}")
    assert ring.process.stdout is not None
    ring.process.stdout.readline()
    run.end(ring.process, because=SystemExit(143))
    assert ring.process.communicate()[0] == b"tidy\n"


def test_a_ring_that_does_not_stop_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "TIDYING_S", 0.01)
    ring = a_ring("import signal; signal.signal(2, signal.SIG_IGN); print('up', flush=True); signal.pause()")
    assert ring.process.stdout is not None
    ring.process.stdout.readline()
    run.end(ring.process, because=KeyboardInterrupt())
    assert ring.process.returncode == -9
    ring.process.stdout.close()


def test_rings_that_run_at_once_are_told_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def begin(name: str, _: list[str], __: dict[str, str], *, output: IO[bytes] | None = None) -> run.Begun:
        process = subprocess.Popen([sys.executable, "-c", f"print('words of {name}')"], stdout=output)
        return run.Begun(name, process, Path("none.xml"), time.monotonic(), only_some=False)

    monkeypatch.setattr(run, "begin", begin)
    rings = run.run_together(["journeys", "browser"], [], {})
    assert [ring.name for ring in rings] == ["journeys", "browser"]
    said = capfd.readouterr().out
    assert said.splitlines() == ["words of journeys", "--- browser, which ran at the same time", "words of browser"]


def test_an_unknown_ring_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run.main(["unti"])
    assert "unknown ring: unti" in capsys.readouterr().err


def program(path: Path) -> Path:
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_the_browser_somebody_names_comes_first(tmp_path: Path) -> None:
    named, other = program(tmp_path / "mine"), program(tmp_path / "chromium")
    assert chromium.find({"CHROMIUM": str(named), "PATH": str(tmp_path)}) == str(named)
    assert chromium.find({"PATH": str(tmp_path)}) == str(other)


def test_no_browser_is_no_browser(tmp_path: Path) -> None:
    assert chromium.find({"PATH": str(tmp_path)}) is None
    assert chromium.find({"CHROMIUM": str(tmp_path / "gone"), "PATH": str(tmp_path)}) is None
