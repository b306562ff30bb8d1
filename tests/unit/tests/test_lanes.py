"""Rings side by side: how many, what is shown, and what is left when somebody interrupts them."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import IO

import pytest

from tests.lanes import Lanes
from tests.rings import Ring

LIMIT_S = 20.0


class Played:
    """A ring played by one line of Python."""

    def __init__(self, name: str, line: str, output: IO[str] | None, before_its_end: Callable[[], object]) -> None:
        self.name = name
        self.process = subprocess.Popen([sys.executable, "-c", line], stdout=output, stderr=output)
        self._before_its_end = before_its_end

    def result(self) -> Ring:
        self._before_its_end()
        return Ring(self.name, passed=1, is_bad=self.process.wait(LIMIT_S) != 0)


def test_two_run_at_once_and_each_is_shown_as_a_whole(capfd: pytest.CaptureFixture[str]) -> None:
    both = threading.Barrier(2, timeout=LIMIT_S)
    line = "for n in range(3): print('{name}', n, flush=True)"

    def start(name: str, output: IO[str] | None) -> Played:
        return Played(name, line.format(name=name), output, both.wait)

    done = Lanes(2, start).run(["unit", "house"])  # type: ignore[arg-type]
    assert [(ring.name, ring.is_bad) for ring in done] == [("unit", False), ("house", False)]
    shown = capfd.readouterr().out
    for name in ("unit", "house"):
        assert f"--- {name}\n{name} 0\n{name} 1\n{name} 2\n" in shown


def test_no_more_run_at_once_than_there_are_lanes() -> None:
    at_work: set[str] = set()
    most: list[int] = []

    def start(name: str, output: IO[str] | None) -> Played:
        at_work.add(name)
        most.append(len(at_work))
        return Played(name, "", output, lambda: at_work.discard(name))

    assert len(Lanes(2, start).run([f"ring {n}" for n in range(5)])) == 5  # type: ignore[arg-type]
    assert max(most) <= 2


def test_with_one_lane_they_follow_each_other_and_speak_for_themselves() -> None:
    outputs = []

    def start(name: str, output: IO[str] | None) -> Played:
        outputs.append(output)
        return Played(name, "", output, lambda: None)

    assert [ring.name for ring in Lanes(1, start).run(["unit", "house"])] == ["unit", "house"]  # type: ignore[arg-type]
    assert outputs == [None, None]


def test_one_that_cannot_be_run_is_in_the_result() -> None:
    done = Lanes(2, lambda name, output: Ring(name, remark="no browser")).run(["browser", "unit"])
    assert [ring.remark for ring in done] == ["no browser", "no browser"]


def test_when_we_are_told_to_stop_nobody_is_left_at_work() -> None:
    begun: list[Played] = []

    def start(name: str, output: IO[str] | None) -> Played:
        line = "import signal; signal.signal(signal.SIGINT, signal.SIG_DFL); print('here', flush=True); signal.pause()"
        begun.append(played := Played(name, line, output, both.wait))
        return played

    def stop() -> None:
        both.wait()
        os.kill(os.getpid(), signal.SIGTERM)

    both = threading.Barrier(3, timeout=LIMIT_S)
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    stopper = threading.Thread(target=stop)
    stopper.start()
    try:
        with pytest.raises(SystemExit):
            Lanes(2, start).run(["journeys", "browser", "unit"])  # type: ignore[arg-type]
    finally:
        stopper.join()
        signal.signal(signal.SIGTERM, before)
    assert sorted(ring.name for ring in begun) == ["browser", "journeys"]
    assert all(ring.process.wait(LIMIT_S) != 0 for ring in begun)
