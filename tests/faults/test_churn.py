"""An hour of calls, one after the other: what they leave behind in the process is nothing."""

import asyncio
import contextlib
import gc
import json
import random
import tracemalloc
from collections.abc import AsyncIterator
from typing import Any

import psutil
import pytest
from asgiref.sync import sync_to_async

from calls import journal, metrics
from calls.consumers.books import Account
from calls.consumers.bridge import Bridge, Line
from calls.intake import Conversation
from calls.intake.conversation import begun
from calls.models import Call
from calls.tools import workshop
from calls.tools.answer import ToolAnswer
from calls.voice import messages as m
from tests import given
from tests.faults import odd
from tests.faults.case import Case
from tests.faults.test_frames import frames
from tests.unit.calls.voice.talk import HELLO, Talk

pytestmark = pytest.mark.django_db(transaction=True)
WARM_UP = 400  # calls: caches are filled, and every word of the vendors that becomes a label has been seen
BRIDGES_SHARE = 12  # one call in so many goes through a whole bridge


def on_paper(dice: random.Random) -> None:
    """A call through a session: greeted, asked, answered, a tool, a model that dies; the caller leaves at any time."""
    talk = Talk(greeting=HELLO).says(HELLO, 400, item="g", response="rg")
    for turn in range(dice.randrange(3)):
        talk.wait(dice.randrange(200, 900)).caller_starts(f"c{turn}").wait(300).caller_stops(f"c{turn}", "And then?")
        talk.says("Then this.", 600, item=f"a{turn}", response=f"r{turn}", ends=dice.random() < 0.8)
        if dice.random() < 0.3:
            talk.model(m.ToolCalled(f"r{turn}", f"t{turn}", "end_call", "{}")).tool(m.ToolFinished(f"t{turn}", "Done."))
        if dice.random() < 0.2:
            talk.model(m.ModelLost()).wait(200).model(m.ModelReady())
    talk.carrier(m.StreamStopped())
    talk.session.time_is_up()
    talk.collect()


class Model:
    """The model's side of a bridge, without a socket."""

    def __init__(self, dice: random.Random) -> None:
        self._events = [json.dumps(dice.choice(odd.of_model(dice))) for _ in range(20)]
        self._is_closed = asyncio.Event()

    def left_ms(self) -> None:
        return None

    def send(self, _: str) -> None: ...

    def listen(self, *_: object) -> bool:
        return False

    def deafen(self) -> None: ...

    async def __aiter__(self) -> AsyncIterator[list[str]]:
        for event in self._events:
            yield [event]
            await asyncio.sleep(0)
        await self._is_closed.wait()

    async def close(self) -> None:
        self._is_closed.set()


async def through_a_bridge(call: Call, conversation: Conversation, dice: random.Random) -> None:
    """A call through a whole bridge: its carrier and its model are lists."""
    texts = iter([text for _, text in frames(dice)][: dice.randrange(20, 120)])

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0)
        text = next(texts, None)
        return {"type": "websocket.disconnect", "code": 1000} if text is None else _text(text)

    async def send(_: dict[str, Any]) -> None:
        await asyncio.sleep(0)

    async def opening() -> Any:
        return Model(dice)

    account = Account(call.pk, call.epoch, call.started_at, 0, "gpt-realtime-2.1")
    model = asyncio.create_task(opening())
    line = Line(receive, send, "MZ1")
    bridge = Bridge(line=line, call=call, conversation=conversation, model=model, account=account)
    await bridge.run(m.StreamStarted("MZ1", "CA1", "audio/x-mulaw", 8000, 1, {}))


def _text(text: str) -> dict[str, Any]:
    return {"type": "websocket.receive", "text": text}


class Weight:
    """What the process holds."""

    def __init__(self) -> None:
        gc.collect()
        self.objects = len(gc.get_objects())
        self.bytes = tracemalloc.get_traced_memory()[0]
        self.tasks = len(asyncio.all_tasks())
        self.files = psutil.Process().num_fds()


@pytest.mark.fault("churn")
async def test_calls_leave_nothing_behind(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calls.consumers.bridge.LAST_WORDS_S", 0)
    monkeypatch.setattr(workshop, "run", _answered)  # benches are processes, and another case's subject
    call = await sync_to_async(given.a_call)()
    conversation = begun(call, await sync_to_async(_live)(call), is_recorded=True, opening=None)
    dice = case.dice()

    async def some(count: int) -> None:
        for n in range(count):
            on_paper(dice)
            if n % BRIDGES_SHARE == 0:
                await through_a_bridge(call, conversation, dice)
                await journal.settled()

    tracemalloc.start()
    await some(WARM_UP)
    before = Weight()
    await some(case.size)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(5):  # what is on its way out goes; what has been left behind stays
            while len(asyncio.all_tasks()) > before.tasks:  # noqa: ASYNC110  an end announces nothing
                await asyncio.sleep(0.02)
    after = Weight()
    tracemalloc.stop()
    case.did(case.size)
    case.reached("objects grown, per call", max(0, after.objects - before.objects) / case.size)
    case.reached("memory grown, bytes per call", max(0, after.bytes - before.bytes) / case.size)
    case.reached("tasks left", max(0, after.tasks - before.tasks))
    case.reached("descriptors left", max(0, after.files - before.files))
    assert metrics.MODEL_SOCKETS_OPEN._value.get() == 0


async def _answered(**_: Any) -> ToolAnswer:
    return ToolAnswer("Done.")


def _live(call: Call) -> Any:
    from agents import prompts

    assert call.prompt_version is not None
    return prompts.rendered(call.prompt_version)
