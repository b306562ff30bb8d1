"""Telling a process we started from a stranger that was given its number later.

A process id alone proves nothing after a hard kill or a restart of the machine: the number may belong to somebody
else by now. A :class:`Mark` is the number together with the moment the process was born, as the kernel tells it.
"""

import os
import platform
import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

LOOK_AGAIN_S = 0.05


@dataclass(frozen=True, slots=True)
class Mark:
    """One process, beyond doubt: ``born`` differs for every process that ever had this ``pid``."""

    pid: int
    born: str


def mark(pid: int) -> Mark | None:
    """The mark of a living process; None when there is none by that number, or only its unreaped remains."""
    born = _born(pid)
    return None if born is None else Mark(pid=pid, born=born)


def own_mark() -> Mark:
    """The mark of the process that asks."""
    found = mark(os.getpid())
    assert found is not None, "a process can always see itself"
    return found


def is_alive(known: Mark) -> bool:
    """Whether that very process still runs."""
    return _born(known.pid) == known.born


def command_line(pid: int) -> list[str]:
    """The words a process was started with; empty when it is gone or hides them."""
    try:
        return psutil.Process(pid).cmdline()
    except psutil.Error:
        return []


def end(marks: Iterable[Mark], *, patience_s: float) -> None:
    """End processes and the groups they lead: politely first, after ``patience_s`` seconds by force.

    Processes that are gone, or whose number has passed to a stranger, are left alone.
    """
    left = [known for known in marks if _send(known, signal.SIGTERM)]
    if wait_gone(left, patience_s=patience_s):
        return
    for known in left:
        _send(known, signal.SIGKILL)
    wait_gone(left, patience_s=2)


def wait_gone(marks: Iterable[Mark], *, patience_s: float) -> bool:
    """Wait until none of these processes runs any more; False when ``patience_s`` seconds were not enough."""
    left = list(marks)
    deadline = time.monotonic() + patience_s
    while left := [known for known in left if is_alive(known)]:
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK_AGAIN_S)
    return True


def _send(known: Mark, signum: signal.Signals) -> bool:
    if not is_alive(known):
        return False
    try:
        if os.getpgid(known.pid) == known.pid:
            os.killpg(known.pid, signum)
        else:
            os.kill(known.pid, signum)
    except ProcessLookupError:
        return False
    return True


def _born(pid: int) -> str | None:
    if platform.system() == "Linux":
        return _born_on_linux(pid)
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.2f}"
    except psutil.Error:
        return None


def _born_on_linux(pid: int) -> str | None:
    """Clock ticks since boot, with the id of the boot: unlike a time of day it survives corrections of the clock.

    Fields 3 (state) and 22 (starttime) of proc_pid_stat(5), counted after the command name, which may hold spaces.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    if fields[0] in "ZX":
        return None
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return f"{boot}:{fields[19]}"
