"""Nobody is faster than the other can take; and the fast lane, in which text goes in and out without waiting."""

import asyncio
import itertools
from typing import Any

import pytest
from uvicorn.protocols.utils import ClientDisconnected
from websockets.exceptions import ConnectionClosedError

from calls.consumers import lane
from contactcenter.fast_frames import Frames
from contactcenter.fast_ws import EXTENSION
from tests.unit.contactcenter.on_loopback import on_either_loop, run, serving

PIECE = "x" * 10_000


async def until_stuck(counts: "itertools.count[int]", one: asyncio.Task[None]) -> int:
    """Wait until the task makes no more progress: its count stays the same while the event loop turns many times."""
    seen = still = -1
    while still < 200 and not one.done():
        now = int(repr(counts)[6:-1])
        still = still + 1 if now == seen else 0
        seen = now
        await asyncio.sleep(0.001 if still > 100 else 0)
    return seen


@on_either_loop
def test_an_application_that_does_not_read_is_not_drowned(loop: str) -> None:
    """What waits is bounded; the client feels it; and nothing is lost when reading goes on."""

    async def scene() -> None:
        may_read = asyncio.Event()
        got: list[str] = []

        async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
            await receive()
            await send({"type": "websocket.accept"})
            await may_read.wait()
            while (event := await receive())["type"] == "websocket.receive":
                got.append(event["text"])

        async with serving(app) as s:
            client = await s.client()
            sent = itertools.count()

            async def say() -> None:
                while next(sent) < 3000:
                    await client.send(PIECE)

            saying = asyncio.create_task(say())
            assert await until_stuck(sent, saying) < 3000
            frames: Frames = s.scopes[0]["extensions"][EXTENSION]
            assert len(frames._events) < 100
            may_read.set()
            await saying
            await client.close()
            await s.told("disconnect")
            assert (len(got), set(got)) == (3000, {PIECE})

    run(loop, scene())


@on_either_loop
@pytest.mark.parametrize("lane", ["plain", "fast"])
def test_a_client_that_does_not_read_is_waited_for(loop: str, lane: str) -> None:
    async def scene() -> None:
        sent = itertools.count()
        apps: list[asyncio.Task[None]] = []

        async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
            task = asyncio.current_task()
            assert task is not None
            apps.append(task)
            frames: Frames = scope["extensions"][EXTENSION]
            await receive()
            await send({"type": "websocket.accept"})
            while (n := next(sent)) < 3000:
                text = f"{n} {PIECE}"
                if lane == "plain":
                    await send({"type": "websocket.send", "text": text})
                elif not frames.send_texts([text]):
                    await frames.drained()

        async with serving(app) as s:
            client = await s.client(max_queue=4)
            assert await until_stuck(sent, apps[0]) < 3000
            heard = [int((await client.recv()).split(" ")[0]) for _ in range(3000)]
            assert heard == list(range(3000))
            await client.close()

    run(loop, scene())


@on_either_loop
def test_who_waits_for_a_client_that_vanishes_is_told(loop: str) -> None:
    async def scene() -> None:
        told = asyncio.Event()

        async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
            await receive()
            await send({"type": "websocket.accept"})
            try:
                while True:
                    await send({"type": "websocket.send", "text": PIECE})
            except ClientDisconnected:
                told.set()

        async with serving(app) as s:
            client = await s.client(max_queue=1)
            await client.recv()
            client.transport.abort()
            await told.wait()

    run(loop, scene())


# --- the fast lane ----------------------------------------------------------------------------------------------------


def taking(got: list[str], began: asyncio.Event, listen_at: asyncio.Event) -> Any:
    """An application that takes text by the fast lane once told to, and says every word again at once."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        frames: Frames = scope["extensions"][EXTENSION]

        def take(text: str) -> None:
            got.append(text)
            if text == "fault":
                raise ZeroDivisionError
            frames.send_texts([text])

        await receive()
        await send({"type": "websocket.accept"})
        began.set()
        await listen_at.wait()
        assert lane.of(scope) is frames
        frames.listen(take)
        while (event := await receive())["type"] == "websocket.receive":
            assert "text" not in event
            await send({"type": "websocket.send", "bytes": event["bytes"]})

    return app


@on_either_loop
def test_text_is_handed_over_in_order_beginning_with_what_has_waited(loop: str) -> None:
    async def scene() -> None:
        got: list[str] = []
        began, listen_at = asyncio.Event(), asyncio.Event()
        async with serving(taking(got, began, listen_at)) as s:
            client = await s.client()
            await began.wait()
            said = [f"{n} " + "ü" * (n % 100) for n in range(200)]

            async def say() -> None:
                for n, text in enumerate(said):
                    await client.send([text[:1], text[1:]] if n % 7 == 0 else text)
                    if n == 50:
                        listen_at.set()

            saying = asyncio.create_task(say())
            assert [await client.recv() for _ in said] == said
            await saying
            assert got == said
            await client.send(b"still told the plain way")
            assert await client.recv() == b"still told the plain way"
            await client.close(1001)
            assert (await s.told("disconnect"))["code"] == 1001

    run(loop, scene())


def test_a_taker_that_fails_ends_its_connection_alone() -> None:
    async def scene() -> None:
        got: list[str] = []
        began, listen_at = asyncio.Event(), asyncio.Event()
        listen_at.set()
        async with serving(taking(got, began, listen_at)) as s:
            one, other = await s.client(), await s.client()
            for client in (one, other):
                await client.send("well")
                assert await client.recv() == "well"
            await one.send("fault")
            await one.send("never heard")
            with pytest.raises(ConnectionClosedError):
                await one.recv()
            assert one.close_code == 1011
            assert (await s.told("disconnect"))["code"] == 1011
            await other.send("well")
            assert await other.recv() == "well"
            assert got == ["well", "well", "fault", "well"]
            await other.close()

    run("uvloop", scene())


@on_either_loop
def test_a_taker_may_pause(loop: str) -> None:
    async def scene() -> None:
        got: list[str] = []
        frames: list[Frames] = []
        paused = asyncio.Event()

        async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
            frames.append(scope["extensions"][EXTENSION])

            def take(text: str) -> None:
                got.append(text)
                if text == "enough":
                    frames[0].pause_reading()
                    paused.set()

            await receive()
            await send({"type": "websocket.accept"})
            frames[0].listen(take)
            await receive()

        async with serving(app) as s:
            client = await s.client()
            await client.send("enough")
            await paused.wait()
            await client.send("later")
            for _ in range(20):
                await asyncio.sleep(0)
            assert got == ["enough"]
            frames[0].resume_reading()
            await client.close()
            await s.told("disconnect")
            assert got == ["enough", "later"]

    run(loop, scene())


@on_either_loop
def test_several_messages_are_sent_at_once_among_others_in_order(loop: str) -> None:
    said = [*("x" * size for size in (0, 1, 125, 126, 300, 65_535, 65_536, 100_000)), "ü" * 63]

    async def scene() -> None:
        async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
            frames: Frames = scope["extensions"][EXTENSION]
            await receive()
            await send({"type": "websocket.accept"})
            frames.send_texts(["first"])
            frames.send_texts(said)
            await send({"type": "websocket.send", "text": "last"})
            await send({"type": "websocket.close"})
            with pytest.raises(ClientDisconnected):
                frames.send_texts(["too", "late"])

        async with serving(app) as s:
            client = await s.client()
            assert [text async for text in client] == ["first", *said, "last"]
            await client.wait_closed()

    run(loop, scene())
