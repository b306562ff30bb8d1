"""Where tools are run: whatever a tool does, the run is answered, the bench is replaced, and the next one works."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator

import psutil
import pytest
from asgiref.sync import sync_to_async

from calls import metrics
from calls.models import Call, ToolRun
from calls.tools import workshop
from calls.tools.answer import ToolAnswer
from tests import given
from tests.faults import bad_tools
from tests.journeys.house import eventually

pytestmark = pytest.mark.django_db(transaction=True)
db = sync_to_async
PATIENCE_S = 30.0  # longer than any machine takes; who is given up has less


@pytest.fixture
async def call(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Call]:
    """A call, and an empty workshop whose benches know bad tools; it is left empty."""
    made = await db(given.a_call)()
    bad_tools.open_workshop(monkeypatch, time_limit_s=PATIENCE_S)
    yield made
    bad_tools.close_workshop()


async def run(call: Call, name: str, *, call_id: str = "call_1", arguments: str = "{}") -> ToolAnswer:
    return await workshop.run(
        call_id=call_id, name=name, arguments=arguments, call=call, epoch=call.epoch, granted=frozenset(bad_tools.ALL)
    )


def killed(name: str) -> float:
    return float(metrics.TOOLS_KILLED.labels(name)._value.get())


@pytest.mark.parametrize("name", ["spin", "hang", "die"])
async def test_a_tool_that_does_not_answer_is_killed_and_the_model_is_told(
    call: Call, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = killed(name)
    with monkeypatch.context() as impatient:
        impatient.setattr(workshop, "TIME_LIMIT_S", 2.0)
        answer = await run(call, name)
    assert answer.is_error
    assert "may have done its work or not" in answer.output
    assert killed(name) == before + 1
    assert len(workshop._idle) == 0, "its bench is not used again"
    assert (await run(call, "work", call_id="call_2")).output == "Done."
    assert await ToolRun.objects.filter(tool=name, finished_at=None).acount() == 1, "nobody knows what it did"


@pytest.mark.parametrize("name", ["hoard", "fail"])
async def test_a_tool_that_fails_says_no_more_than_that(call: Call, name: str) -> None:
    answer = await run(call, name)
    assert (answer.is_error, answer.output) == (True, "The tool failed.")
    assert len(workshop._idle) == 1, "the bench is as good as before"
    assert (await run(call, "work", call_id="call_2")).output == "Done."


async def test_a_bench_that_is_killed_while_it_waits_costs_one_run_an_apology(call: Call) -> None:
    await run(call, "work")
    bench = workshop._idle[0]._process
    os.kill(bench.pid, signal.SIGKILL)
    eventually(lambda: not bench.is_alive(), what="the end of the bench")
    answer = await run(call, "work", call_id="call_2")
    assert answer.output == "Done." or answer.is_error
    assert (await run(call, "work", call_id="call_3")).output == "Done."


async def test_more_runs_than_benches_wait_and_all_are_answered(call: Call) -> None:
    answers = await asyncio.gather(*(run(call, "work", call_id=f"call_{n}") for n in range(30)))
    assert {answer.output for answer in answers} == {"Done."}
    assert len(workshop._idle) <= workshop._RUNS_AT_ONCE


async def test_the_same_tool_call_is_run_once_however_often_it_is_asked_for(call: Call) -> None:
    first = await run(call, "count", arguments=json.dumps({"a": "b"}))
    again = [await run(call, "count", arguments=json.dumps({"a": "b"})) for _ in range(3)]
    assert {answer.output for answer in (first, *again)} == {first.output}


async def test_who_does_not_hold_the_call_runs_nothing(call: Call) -> None:
    await db(call.fence)(now=given.NOON)
    stale = await workshop.run(
        call_id="c", name="work", arguments="{}", call=call, epoch=call.epoch - 1, granted=frozenset(bad_tools.ALL)
    )
    assert stale.is_error
    assert await ToolRun.objects.acount() == 0


@pytest.mark.parametrize(
    "arguments", ["", "[]", "{", "[" * 50_000, '{"a": 1e999}', '{"\\u0000": "\\u0000"}', "x" * 100_000]
)
async def test_no_arguments_break_a_bench(call: Call, arguments: str) -> None:
    answer = await run(call, "work", arguments=arguments)
    assert answer.output
    assert (await run(call, "work", call_id="call_2")).output == "Done."


async def test_sound_comes_first_and_memory_is_limited(call: Call) -> None:
    await run(call, "work")
    process = psutil.Process(workshop._idle[0]._process.pid)
    assert process.nice() > psutil.Process().nice()
    assert process.rlimit(psutil.RLIMIT_AS)[0] == workshop._MEMORY_LIMIT_BYTES
