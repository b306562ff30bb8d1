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
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import Any

import structlog
from django.db import close_old_connections
from django.utils import timezone

from calls import metrics
from calls.models import Call
from calls.tools.answer import ToolAnswer

# What a run may use; then its bench is killed, and the model is told.
TIME_LIMIT_S = 8.0
_CPU_LIMIT_S = 5
_MEMORY_LIMIT_BYTES = 1024 * 1024 * 1024
_RUNS_AT_ONCE = 8

Run = tuple[str, str, str, int, int, frozenset[str]]  # call id, tool, arguments, call, epoch, granted
log = structlog.get_logger(__name__)
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["calls.preloaded"])
_threads = ThreadPoolExecutor(max_workers=_RUNS_AT_ONCE, thread_name_prefix="tool")


class _Bench:
    """One process in which runs are made, one after the other."""

    def __init__(self) -> None:
        self._line, theirs = _context.Pipe()
        self._process = _context.Process(target=_work, args=(theirs,), name="tools", daemon=True)
        self._process.start()
        theirs.close()

    def run(self, asked: Run) -> ToolAnswer:
        """Raises TimeoutError, EOFError or OSError; the bench is of no use then."""
        self._line.send(asked)
        if not self._line.poll(TIME_LIMIT_S):
            raise TimeoutError
        output, is_error, hang_up, leaves_line = self._line.recv()
        return ToolAnswer(output, is_error=is_error, hang_up=hang_up, leaves_line=leaves_line)

    def kill(self) -> None:
        self._line.close()
        self._process.kill()
        self._process.join()
        self._process.close()


_idle: deque[_Bench] = deque()


async def open_up() -> None:
    """Have a bench ready ahead of the first tool, off the event loop."""
    await asyncio.get_running_loop().run_in_executor(_threads, lambda: _idle.append(_Bench()))


async def run(
    *, call_id: str, name: str, arguments: str, call: Call, epoch: int, granted: frozenset[str]
) -> ToolAnswer:
    """Run a tool for a call, within limits. Never raises: what goes wrong is told to the model."""
    asked = (call_id, name, arguments, call.pk, epoch, granted)
    return await asyncio.get_running_loop().run_in_executor(_threads, _run, asked)


def _run(asked: Run) -> ToolAnswer:
    name, call_pk = asked[1][:40], asked[3]
    bench = None
    try:
        bench = _idle.popleft() if _idle else _Bench()
        answer = bench.run(asked)
    except (TimeoutError, EOFError, OSError) as error:
        metrics.TOOLS_KILLED.labels(name).inc()
        log.warning("tool killed or dead", tool=name, call=call_pk, error=type(error).__name__)
        if bench is not None:
            bench.kill()
        return ToolAnswer("The tool failed or took too long. It may have done its work or not.", is_error=True)
    _idle.append(bench)
    return answer


def _work(line: Connection) -> None:
    """In the process of a bench: run what is asked until nobody asks any more."""
    os.nice(10)  # audio comes first
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_LIMIT_BYTES, _MEMORY_LIMIT_BYTES))
    while True:
        try:
            asked: Run = line.recv()
        except (EOFError, OSError):
            return
        used = resource.getrusage(resource.RUSAGE_SELF)
        limit = int(used.ru_utime + used.ru_stime) + _CPU_LIMIT_S
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
        try:
            line.send(_answer(*asked))
        except OSError:
            return  # whoever asked is gone; what came of it is in the books
        close_old_connections()


def _answer(
    call_id: str, name: str, arguments: str, call_pk: int, epoch: int, granted: frozenset[str]
) -> tuple[Any, ...]:
    from calls import tools  # loaded in the server process; the one that carries calls need not have it

    try:
        tool_call = tools.ToolCall(call_id, name, arguments, epoch)
        call = Call.objects.get(pk=call_pk)
        answer = tools.run(tool_call=tool_call, call=call, granted=granted, now=timezone.now())
    except Exception:  # whatever a tool does wrong ends here, and the model is told
        log.exception("tool failed", tool=name[:40], call=call_pk)
        return "The tool failed.", True, False, False
    return answer.output, answer.is_error, answer.hang_up, answer.leaves_line
