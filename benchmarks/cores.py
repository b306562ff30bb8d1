"""Who runs on which core: the process under test has one to itself as far as the machine allows."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_NICE = 10


@dataclass(frozen=True, slots=True)
class Cores:
    """`measured` belongs to the process under test; everything else of ours stays on the others."""

    measured: int
    others: frozenset[int]

    @property
    def are_apart(self) -> bool:
        """False on a machine with a single core: figures then contain the far ends' own work."""
        return self.measured not in self.others


@contextmanager
def shared_out() -> Iterator[Cores]:
    """Keep the last core this process may use for the process under test, and stay on the others ourselves."""
    allowed = sorted(os.sched_getaffinity(0))
    measured = allowed[-1]
    others = frozenset(allowed[:-1]) or frozenset(allowed)
    os.sched_setaffinity(0, others)  # what we start from here on inherits it, the stores included
    try:
        yield Cores(measured, others)
    finally:
        os.sched_setaffinity(0, allowed)


def favour(pid: int) -> bool:
    """Let a process, the leader of its session, go before strangers on its core; False where we may not.

    Linux weighs sessions first and processes within one second, where it groups them at all (sched(7), autogroup).
    """
    try:
        os.setpriority(os.PRIO_PROCESS, pid, -_NICE)
        group = Path(f"/proc/{pid}/autogroup")
        if group.exists():
            group.write_text(f"-{_NICE}", encoding="ascii")
    except OSError:
        return False
    return True


def cpu_s(pid: int) -> float:
    """Processor time a process has used so far, all its threads, in user and kernel mode."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def rss_mb(pid: int) -> float:
    """Resident memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


def waited_s(pid: int) -> float:
    """Time the main thread of a process was ready to run and did not, because somebody else did."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[1]) / 1e9
    except (OSError, IndexError):  # a kernel without these statistics
        return 0.0


def busy_s(core: int) -> float:
    """Time a core has not been idle so far, stolen time included: what others do there disturbs the measurement."""
    for line in Path("/proc/stat").read_text(encoding="ascii").splitlines():
        if line.startswith(f"cpu{core} "):
            user, nice, system, _idle, _wait, irq, softirq, steal = (int(word) for word in line.split()[1:9])
            return (user + nice + system + irq + softirq + steal) / _TICKS
    return 0.0


@dataclass(frozen=True, slots=True)
class Spent:
    """What a stretch of time cost: of the process under test, and of strangers on its core."""

    seconds: float
    cpu_s: float
    strangers: float  # share of the core
    waited: float  # share of the time

    @property
    def core_share(self) -> float:
        """How much of a core the process used."""
        return self.cpu_s / self.seconds


class Stopwatch:
    """Measures what a process spends from `__init__` to `stop`."""

    def __init__(self, pid: int, core: int) -> None:
        self._pid, self._core = pid, core
        self._began = (time.monotonic(), cpu_s(pid), busy_s(core), waited_s(pid))

    def stop(self) -> Spent:
        """The cost so far."""
        seconds = time.monotonic() - self._began[0]
        spent = cpu_s(self._pid) - self._began[1]
        strangers = max(busy_s(self._core) - self._began[2] - spent, 0.0) / seconds
        return Spent(seconds, spent, strangers, (waited_s(self._pid) - self._began[3]) / seconds)
