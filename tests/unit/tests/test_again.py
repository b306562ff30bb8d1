"""Failed tests that are asked again: what fails alone has failed, and what passes only alone is told."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests import again, rings
from tests.rings import Ring

ONE = "tests/journeys/test_a.py::test_one[uvicorn]"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[list[str]]:
    """What pytest is asked, which answers by what the test puts into `tmp_path / "answer.xml"`."""
    commands: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        answer = (tmp_path / "answer.xml").read_text()
        (report,) = [Path(word.partition("=")[2]) for word in command if word.startswith("--junitxml=")]
        report.write_text(answer)
        return subprocess.CompletedProcess(command, 1 if "<failure" in answer else 0)

    monkeypatch.setattr(rings, "VAR", tmp_path)
    monkeypatch.setattr("tests.again.subprocess.run", run)
    return commands


def answers(folder: Path, inside: str) -> None:
    case = f'<testcase classname="tests.journeys.test_a" name="test_one[uvicorn]">{inside}</testcase>'
    (folder / "answer.xml").write_text(f"<testsuite>{case}</testsuite>")


def a_ring(*failures: str, name: str = "journeys") -> Ring:
    return Ring(name, passed=5, failed=len(failures), failures=list(failures), is_bad=bool(failures))


def test_what_passes_alone_has_passed_and_is_told_by_name(asked: list[list[str]], tmp_path: Path) -> None:
    answers(tmp_path, "")
    ring = a_ring(ONE)
    again.ask(ring, {})
    assert (ring.passed, ring.failed, ring.is_bad) == (6, 0, False)
    assert ring.remark == f"passed only alone: {ONE}"
    assert ONE in asked[0]
    assert ONE in rings.summary([ring])
    assert rings.summary([ring]).endswith("\npassed")


def test_what_fails_alone_has_failed(asked: list[list[str]], tmp_path: Path) -> None:
    answers(tmp_path, '<failure message="no"/>')
    ring = a_ring(ONE)
    again.ask(ring, {})
    assert (ring.passed, ring.failed, ring.is_bad, ring.remark) == (5, 1, True, "")
    assert rings.summary([ring]).endswith("FAILED")


def test_a_test_that_is_not_found_any_more_has_not_passed(asked: list[list[str]], tmp_path: Path) -> None:
    (tmp_path / "answer.xml").write_text("<testsuite/>")
    ring = a_ring(ONE)
    again.ask(ring, {})
    assert ring.is_bad


@pytest.mark.parametrize(
    "ring",
    [
        a_ring(),
        a_ring(*(f"tests/journeys/test_a.py::test_{n}" for n in range(again.MOST + 1))),
        a_ring("tests/unit/test_a.py::test_one", name="unit"),
        Ring("journeys", failed=1, failures=[ONE], skipped=["a: b"], is_bad=True),
        Ring("journeys", remark="pytest ended with code 3", is_bad=True),
    ],
    ids=["nothing failed", "too many", "no ring of real time", "something was skipped", "a crash"],
)
def test_nothing_else_is_asked_again(ring: Ring, asked: list[list[str]]) -> None:
    before = (ring.passed, ring.failed, ring.is_bad, ring.remark)
    again.ask(ring, {})
    assert asked == []
    assert (ring.passed, ring.failed, ring.is_bad, ring.remark) == before
