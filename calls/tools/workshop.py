"""Where tools are run: in processes of their own, with limits, which can be killed.

A tool may hang, spin or eat memory; the process that carries calls must feel nothing of it. Benches are forked from a
server process that has loaded everything, kept for the next run, and replaced when a run has misbehaved. A run that
outlives the process that asked for it finishes its work and writes down what came of it.
"""

import asyncio
import multiprocessing
import os
import resource
import sys
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

import structlog
from django.db import close_old_connections
from django.utils import timezone

from agents.tool_specs import LONGEST_RUN_S, TOOLS
from calls import metrics
from calls.models import Call
from calls.tools.answer import ToolAnswer

# What a run may use; then its bench is killed, and the model is told.
TIME_LIMIT_S = LONGEST_RUN_S
_CPU_LIMIT_S = 5
_MEMORY_LIMIT_BYTES = 1024 * 1024 * 1024
_RUNS_AT_ONCE = 8

log = structlog.get_logger(__name__)
_PRELOADED = "calls.preloaded"
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload([_PRELOADED])
_threads = ThreadPoolExecutor(max_workers=_RUNS_AT_ONCE, thread_name_prefix="tool")


@dataclass(frozen=True, slots=True)
class _Job:
    """What a bench is asked for: `do` with these arguments, in its own process; `call` and `tool` for the logs."""

    do: "Callable[..., ToolAnswer | None]"
    call: int
    tool: str
    arguments: dict[str, Any] = field(default_factory=dict)


class _Bench:
    """One process in which runs are made, one after the other."""

    def __init__(self) -> None:
        self._line, theirs = _context.Pipe()
        self._process = _context.Process(target=_work, args=(theirs,), name="tools", daemon=True)
        self._process.start()
        theirs.close()

    def run(self, job: _Job) -> ToolAnswer | None:
        """Raises TimeoutError, EOFError or OSError; the bench is of no use then."""
        self._line.send(job)
        if not self._line.poll(_limit_s(job.tool)):
            raise TimeoutError
        answer: ToolAnswer | None = self._line.recv()
        return answer

    def kill(self) -> None:
        self._line.close()
        self._process.kill()
        self._process.join()
        self._process.close()


def _limit_s(tool: str) -> float:
    """How long a run may take; tools that an admin has defined keep a time of their own within it."""
    return min(TIME_LIMIT_S, TOOLS[tool].timeout_s) if tool in TOOLS else TIME_LIMIT_S


_idle: deque[_Bench] = deque()


async def open_up(*, with_library: str = "") -> None:
    """Have a bench ready ahead of the first tool, off the event loop; with a vendor's library where tools need it."""
    if with_library:
        _context.set_forkserver_preload([_PRELOADED, with_library])
    await asyncio.get_running_loop().run_in_executor(_threads, lambda: _idle.append(_Bench()))


async def run(
    *, call_id: str, name: str, arguments: str, call: Call, epoch: int, granted: frozenset[str]
) -> ToolAnswer:
    """Run a tool for a call, within limits. Never raises: what goes wrong is told to the model."""
    asked = {"call_id": call_id, "name": name, "arguments": arguments, "epoch": epoch, "granted": granted}
    answer = await _at_a_bench(_Job(_answer, call.pk, name[:40], asked))
    assert answer is not None
    return answer


async def settle(*, approval_id: int, tool: str, call: Call, epoch: int) -> ToolAnswer | None:
    """What came of a tool that had to be approved, which is carried out if that is due; None while it is not known."""
    return await _at_a_bench(_Job(_settle, call.pk, tool, {"approval_id": approval_id, "epoch": epoch}))


async def look_up(*, call: Call, wanted: tuple[str, ...]) -> bool:
    """Ask servers for these variables of the call's prompt; True when something has become known. Never raises."""
    answer = await _at_a_bench(_Job(_look_up, call.pk, "look_up", {"wanted": wanted}))
    return answer is not None and not answer.is_error


async def _at_a_bench(job: _Job) -> ToolAnswer | None:
    return await asyncio.get_running_loop().run_in_executor(_threads, _run, job)


def _run(job: _Job) -> ToolAnswer | None:
    bench = None
    try:
        bench = _idle.popleft() if _idle else _Bench()
        answer = bench.run(job)
    except (TimeoutError, EOFError, OSError) as error:
        metrics.TOOLS_KILLED.labels(job.tool).inc()
        log.warning("tool killed or dead", tool=job.tool, call=job.call, error=type(error).__name__)
        if bench is not None:
            bench.kill()
        return ToolAnswer("The tool failed or took too long. It may have done its work or not.", is_error=True)
    _idle.append(bench)
    return answer


def _work(line: Connection) -> None:
    """In the process of a bench: run what is asked until nobody asks any more."""
    os.nice(5)  # audio comes first; but a caller waits for this too
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_LIMIT_BYTES, _MEMORY_LIMIT_BYTES))
    while True:
        try:
            job: _Job = line.recv()
        except (EOFError, OSError):
            return
        used = resource.getrusage(resource.RUSAGE_SELF)
        limit = int(used.ru_utime + used.ru_stime) + _CPU_LIMIT_S
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
        try:
            line.send(job.do(call_pk=job.call, **job.arguments))
        except OSError:
            return  # whoever asked is gone; what came of it is in the books
        close_old_connections()


def _answer(
    *, call_pk: int, call_id: str, name: str, arguments: str, epoch: int, granted: frozenset[str]
) -> ToolAnswer:
    from calls import tools  # loaded in the server process; the one that carries calls need not have it

    try:
        tool_call = tools.ToolCall(call_id, name, arguments, epoch)
        call = Call.objects.get(pk=call_pk)
        return tools.run(tool_call=tool_call, call=call, granted=granted, now=timezone.now())
    except Exception:  # whatever a tool does wrong ends here, and the model is told
        log.exception("tool failed", tool=name[:40], call=call_pk)
        return ToolAnswer("The tool failed.", is_error=True)


def _look_up(*, call_pk: int, wanted: tuple[str, ...]) -> ToolAnswer | None:
    from calls.tools import look_ups

    try:
        is_news = look_ups.fetch(call=Call.objects.get(pk=call_pk), wanted=wanted, now=timezone.now())
    except Exception:  # as above; the variables stay empty
        log.exception("look-up failed", call=call_pk)
        return None
    return ToolAnswer("") if is_news else None


def _settle(*, call_pk: int, approval_id: int, epoch: int) -> ToolAnswer | None:
    from calls import tools

    try:
        call = Call.objects.get(pk=call_pk)
        return tools.settle(approval_id=approval_id, call=call, epoch=epoch, now=timezone.now())
    except Exception:  # as above; what was begun is in the books, and is looked at again
        log.exception("approved tool failed", approval=approval_id, call=call_pk)
        return None
