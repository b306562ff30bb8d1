"""Tools that spin, hoard, hang, fail or die: each run is answered, and the loop that carries sound does not feel it."""

import asyncio
import time
from collections.abc import AsyncIterator

import psutil
import pytest
from asgiref.sync import sync_to_async

from calls.models import Call
from calls.tools import workshop
from calls.tools.answer import ToolAnswer
from tests import given
from tests.faults import bad_tools
from tests.faults.bad_tools import ALL, BAD
from tests.faults.case import Case, quantile

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 4
HEARTBEAT_S = 0.01


@pytest.fixture
async def call(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Call]:
    """A call, and a workshop whose benches know bad tools; none stays behind."""
    made = await sync_to_async(given.a_call)()
    bad_tools.open_workshop(monkeypatch, time_limit_s=3.0)
    yield made
    bad_tools.close_workshop()


async def run(call: Call, name: str, n: int) -> ToolAnswer:
    """One run of a tool, as the bridge has it made."""
    return await workshop.run(
        call_id=f"call_{n}", name=name, arguments="{}", call=call, epoch=call.epoch, granted=frozenset(ALL)
    )


@pytest.mark.fault("hogging tools")
async def test_every_run_is_answered_and_the_loop_does_not_feel_it(case: Case, call: Call) -> None:
    dice, pauses = case.dice(), [0.0]
    names = [*BAD, *(dice.choice(list(ALL)) for _ in range(case.size - len(BAD)))][: case.size]

    async def heartbeat() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(HEARTBEAT_S)
            pauses.append((time.perf_counter() - began - HEARTBEAT_S) * 1000)

    heart = asyncio.create_task(heartbeat())
    unanswered = 0
    for first in range(0, len(names), AT_ONCE):
        batch = names[first : first + AT_ONCE]
        for name, answer in zip(
            batch, await asyncio.gather(*(run(call, name, first + n) for n, name in enumerate(batch))), strict=True
        ):
            unanswered += not answer.output or answer.is_error != (name in BAD) or "secret" in answer.output
    heart.cancel()
    assert (await run(call, "work", 10_000)).output == "Done."
    benches = len(workshop._idle)
    bad_tools.close_workshop()
    case.did(len(names))
    case.reached("runs that were not answered", unanswered)
    case.reached("processes left behind", sum(_is_bench(one) for one in psutil.Process().children(recursive=True)))
    case.reached("longest pause of the event loop, ms", quantile(pauses, 1.0))
    assert benches <= workshop._RUNS_AT_ONCE


def _is_bench(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE and process.nice() == 10
    except psutil.NoSuchProcess:
        return False
