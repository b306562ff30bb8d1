"""The test runner's own sums."""

from pathlib import Path

import pytest

from tests import chromium, rings, run
from tests.rings import Ring

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
    ring = rings.read("unit", tmp_path / "unit.xml")
    assert (ring.passed, ring.failed, ring.skipped) == (1, 1, ["tests.unit.a.test_left_out: no reason"])


def test_no_report_counts_nothing(tmp_path: Path) -> None:
    assert rings.read("unit", tmp_path / "none.xml") == Ring("unit")


def test_a_skipped_test_is_named_and_spoils_the_run() -> None:
    text = rings.summary([Ring("unit", passed=3, skipped=["tests.unit.a.test_x: why"], is_bad=True)])
    assert "tests.unit.a.test_x: why" in text
    assert text.endswith("FAILED")


def test_browser_tests_that_could_not_run_are_said_to_have_not() -> None:
    text = rings.summary([Ring("unit", passed=3), rings.without_browser(in_ci=False)])
    assert "NOT RUN" in text
    assert text.endswith("passed, but browser did not run")


def test_in_ci_they_fail_the_run() -> None:
    assert rings.summary([rings.without_browser(in_ci=True)]).endswith("FAILED")


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
