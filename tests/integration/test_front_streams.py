"""The front and the carrier's streams: which bridge they reach, and how both ends end together."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
import uvloop

from tests.integration.behind_front import HANDSHAKE, LIMIT_S, SWITCHED, Build, a_loop, fronts
from tests.journeys.house import eventually


@pytest.fixture(params=[uvloop.new_event_loop, asyncio.new_event_loop], ids=["uvloop", "asyncio"])
def loop(request: pytest.FixtureRequest) -> Iterator[asyncio.AbstractEventLoop]:
    """Of the kind the front runs on, and of the other kind, which forgives other things."""
    with a_loop(request.param) as loop:
        yield loop


@pytest.fixture
async def build(loop: asyncio.AbstractEventLoop) -> AsyncIterator[Build]:
    async with fronts(loop) as make:
        yield make


async def test_a_stream_is_spliced_and_its_path_arrives_as_it_was_signed(build: Build) -> None:
    scene = await build()
    carrier = await scene.client()
    await carrier.say(HANDSHAKE % b"vm-2/")
    far = await scene.bridges[1].next()
    head = await far.until(b"\r\n\r\n")
    assert head.startswith(b"GET /twilio/media/vm-2/ HTTP/1.1\r\nHost: us.example\r\nConnection: Upgrade\r\n")
    assert b"X-Twilio-Signature: c2lnbmVk\r\n" in head
    await far.say(SWITCHED + b"first")
    assert await carrier.until(b"first") == SWITCHED + b"first"
    for _ in range(3):
        await carrier.say(b"\x81frame")
        assert await far.until(b"frame") == b"\x81frame"
        await far.say(b"\x81answer")
        assert await carrier.until(b"answer") == b"\x81answer"


async def test_streams_are_spread_and_a_dead_bridge_is_passed_over(build: Build) -> None:
    scene = await build()
    await scene.stream(bridge=0)
    await scene.stream(bridge=1)
    scene.bridges[0].server.close()
    await scene.stream(bridge=1)
    await scene.stream(name=b"vm-1/", bridge=1)


async def test_a_bridge_that_takes_the_connection_and_says_nothing_is_passed_over_too(build: Build) -> None:
    scene = await build(answer_s=0.2)
    await scene.stream(name=b"vm-1/", bridge=0)
    carrier = await scene.client()
    await carrier.say(HANDSHAKE % b"vm-1/")
    hung = await scene.bridges[0].next()
    far = await scene.bridges[1].next()
    await far.until(b"\r\n\r\n")
    await far.say(SWITCHED)
    assert await carrier.until(b"\r\n\r\n") == SWITCHED
    await hung.until(b"\r\n\r\n")
    assert await hung.rest() == b"", "and is let go"


async def test_a_bridge_that_is_being_started_anew_is_waited_for(build: Build) -> None:
    scene = await build(wait_s=LIMIT_S)
    scene.bridges[0].server.close()
    carrier = await scene.client()
    await carrier.say(HANDSHAKE % b"vm-1/")
    dying = await scene.bridges[1].next()  # so the first has been asked in vain
    await scene.bridges[0].start()
    dying.writer.close()
    far = await scene.bridges[0].next()
    await far.until(b"\r\n\r\n")
    await far.say(SWITCHED)
    assert await carrier.until(b"\r\n\r\n") == SWITCHED


async def test_it_is_not_waited_for_for_ever(build: Build) -> None:
    scene = await build(wait_s=0.1)
    for bridge in scene.bridges:
        bridge.server.close()
    carrier = await scene.client()
    await carrier.say(HANDSHAKE % b"")
    assert (await carrier.rest()).startswith(b"HTTP/1.1 502 ")


async def test_a_bridge_s_refusal_is_passed_on_as_it_is(build: Build) -> None:
    scene = await build()
    carrier = await scene.client()
    await carrier.say(HANDSHAKE % b"")
    await scene.bridges[0].answer(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
    assert await carrier.until(b"\r\n\r\n") == b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize("end", ["close", "reset"])
@pytest.mark.parametrize("side", ["bridge", "carrier"])
async def test_the_end_of_one_side_is_the_end_of_the_other_at_once(build: Build, side: str, end: str) -> None:
    scene = await build()
    carrier, far = await scene.stream(bridge=0)
    goes, stays = (far, carrier) if side == "bridge" else (carrier, far)
    await goes.say(b"last words")
    assert await stays.until(b"words") == b"last words"
    began = asyncio.get_running_loop().time()
    if end == "close":
        goes.writer.close()
    else:
        goes.reset()
    assert await stays.rest() == (b"reset" if end == "reset" else b"")
    assert asyncio.get_running_loop().time() - began < 0.2
    eventually(lambda: scene.bridges[0].upstream.open == 0, within_s=LIMIT_S)


async def test_when_nobody_answers_the_client_reads_a_sentence(build: Build) -> None:
    scene = await build()
    for one in (*scene.web, *scene.bridges):
        one.server.close()
    for request in (b"POST / HTTP/1.1\r\nHost: us\r\nContent-Length: 2\r\n\r\nhi", HANDSHAKE % b""):
        client = await scene.client()
        await client.say(request)
        answer = await client.rest()
        assert answer.startswith(b"HTTP/1.1 502 ")
        assert b"Nobody answers here at the moment." in answer
