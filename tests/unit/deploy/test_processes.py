"""Telling our own processes from strangers with the same number."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from deploy import processes
from deploy.processes import Mark

WAIT = "import signal; print(flush=True); signal.pause()"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); signal.pause()"


@pytest.fixture
def start() -> Iterator[object]:
    running: list[subprocess.Popen[str]] = []

    def begin(program: str, *, own_group: bool = True) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, start_new_session=own_group
        )
        running.append(process)
        assert process.stdout is not None
        process.stdout.readline()
        return process

    yield begin
    for process in running:
        process.kill()
        process.communicate()


def mark_of(process: subprocess.Popen[str]) -> Mark:
    found = processes.mark(process.pid)
    assert found is not None
    return found


def test_a_living_process_is_recognised(start) -> None:
    known = mark_of(start(WAIT))
    assert processes.is_alive(known)
    assert processes.mark(known.pid) == known


def test_a_stranger_with_the_same_number_is_not(start) -> None:
    known = mark_of(start(WAIT))
    assert not processes.is_alive(Mark(pid=known.pid, born="at another time"))


def test_remains_nobody_has_collected_are_not_alive(start) -> None:
    process = start(WAIT)
    known = mark_of(process)
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert processes.mark(process.pid) is None
    assert not processes.is_alive(known)


def test_a_polite_process_is_ended_politely(start) -> None:
    process = start(WAIT)
    processes.end([mark_of(process)], patience_s=10)
    assert process.wait() == -signal.SIGTERM


def test_a_deaf_process_is_ended_by_force(start) -> None:
    process = start(DEAF)
    processes.end([mark_of(process)], patience_s=0)
    assert process.wait() == -signal.SIGKILL


def test_strangers_are_left_alone(start) -> None:
    process = start(WAIT)
    processes.end([Mark(pid=process.pid, born="at another time")], patience_s=0)
    assert process.poll() is None


def test_a_group_ends_with_its_leader(start) -> None:
    child = "import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'])"
    leader = start(f"{child}; print(p.pid, flush=True); p.wait()")
    (grandchild,) = psutil.Process(leader.pid).children()
    known = processes.mark(grandchild.pid)
    assert known is not None
    processes.end([mark_of(leader)], patience_s=10)
    assert processes.wait_gone([known], patience_s=10)


def test_only_the_process_itself_ends_when_it_leads_no_group(start) -> None:
    process = start(WAIT, own_group=False)
    processes.end([mark_of(process)], patience_s=10)
    assert process.wait() == -signal.SIGTERM
