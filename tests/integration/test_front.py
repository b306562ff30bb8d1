"""The front and requests: what arrives behind it, what comes back, and what happens when somebody goes."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import h11
import pytest
import uvloop

from deploy import front
from deploy.front_exchange import LARGEST_HEAD
from tests.integration.behind_front import PLAIN, Build, a_loop, fronts


@pytest.fixture(params=[uvloop.new_event_loop, asyncio.new_event_loop], ids=["uvloop", "asyncio"])
def loop(request: pytest.FixtureRequest) -> Iterator[asyncio.AbstractEventLoop]:
    """Of the kind the front runs on, and of the other kind, which forgives other things."""
    with a_loop(request.param) as loop:
        yield loop


@pytest.fixture
async def build(loop: asyncio.AbstractEventLoop) -> AsyncIterator[Build]:
    async with fronts(loop) as make:
        yield make


async def test_the_request_arrives_byte_for_byte_and_connections_are_kept(build: Build) -> None:
    scene = await build()
    client = await scene.client()
    target = b"/twilio/voice/%2F%e2%82%ac/?a=%20+b&a=1&empty="
    for turn in (0, 1, 0):
        await client.say(b"GET %b HTTP/1.1\r\nHost: us.example:8000\r\nX-Twilio-Signature: aB+/=\r\n\r\n" % target)
        head = await scene.web[turn].answer()
        assert head.startswith(b"GET %b HTTP/1.1\r\nHost: us.example:8000\r\nX-Twilio-Signature: aB+/=\r\n" % target)
        assert await client.until(b"well") == PLAIN


async def test_where_it_comes_from_is_said_by_us_alone(build: Build) -> None:
    scene = await build()
    client = await scene.client()
    await client.say(b"GET / HTTP/1.1\r\nHost: us\r\nX-Forwarded-For: 6.6.6.6\r\nX_Forwarded_Proto: https\r\n\r\n")
    head = (await scene.web[0].answer()).lower()
    assert b"6.6.6.6" not in head
    assert b"https" not in head
    assert b"x-forwarded-for: 127.0.0.1\r\nx-forwarded-proto: http\r\nx-forwarded-host: us\r\n" in head


async def test_a_proxy_that_is_believed_is_quoted(build: Build) -> None:
    scene = await build(believe="127.0.0.1")
    client = await scene.client()
    await client.say(b"GET / HTTP/1.1\r\nHost: us\r\nX-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\n\r\n")
    head = await scene.web[0].answer()
    assert b"X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\n" in head


async def test_a_body_with_a_length_flows_both_ways_unbuffered(build: Build) -> None:
    scene = await build()
    client = await scene.client()
    await client.say(b"POST / HTTP/1.1\r\nHost: us\r\nContent-Length: 10\r\n\r\nhello")
    far = await scene.web[0].next()
    assert (await far.until(b"\r\n\r\nhello")).startswith(b"POST / HTTP/1.1\r\n"), "the half that is there has arrived"
    await far.say(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nback")
    assert (await client.until(b"back")).startswith(b"HTTP/1.1 200 OK\r\n"), (
        "an answer may begin before its question ends"
    )
    await client.say(b"world")
    assert await far.until(b"world") == b"world"
    await far.say(b"back")
    assert await client.until(b"back") == b"back"
    await client.say(b"GET / HTTP/1.1\r\nHost: us\r\n\r\n")
    await scene.web[1].answer()
    assert await client.until(b"well") == PLAIN


async def test_chunks_are_chunks_on_the_other_side_and_come_one_by_one(build: Build) -> None:
    scene = await build()
    client = await scene.client()
    await client.say(b"POST / HTTP/1.1\r\nHost: us\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
    far = await scene.web[0].next()
    assert b"transfer-encoding: chunked" in (await far.until(b"5\r\nhello\r\n")).lower()
    await client.say(b"0\r\n\r\n")
    await far.until(b"0\r\n\r\n")
    await far.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for event in (b"data: one\n\n", b"data: two\n\n"):
        await far.say(b"%x\r\n%b\r\n" % (len(event), event))
        assert (await client.until(event)).endswith(event)
    await far.say(b"0\r\n\r\n")
    assert await client.until(b"0\r\n\r\n")


async def test_a_part_of_a_recording_keeps_its_range(build: Build) -> None:
    scene = await build()
    client = await scene.client()
    await client.say(b"GET /tape HTTP/1.1\r\nHost: us\r\nRange: bytes=2-4\r\n\r\n")
    part = b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 2-4/9\r\nContent-Length: 3\r\n\r\nabc"
    assert b"Range: bytes=2-4\r\n" in await scene.web[0].answer(part)
    assert await client.until(b"abc") == part


async def test_large_bodies_pass_and_a_slow_reader_slows_the_sender_down(build: Build) -> None:
    scene = await build()
    client = await scene.client()
    size = 30_000_000
    await client.say(b"GET /big HTTP/1.1\r\nHost: us\r\n\r\n")
    far = await scene.web[0].next()
    await far.until(b"\r\n\r\n")

    async def send() -> None:
        await far.say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        for _ in range(300):
            await far.say(bytes(size // 300))

    sending = asyncio.create_task(send())
    head = await client.until(b"\r\n\r\n")
    assert not sending.done(), "nobody has read it yet, so it cannot all be in the front"
    body = await asyncio.wait_for(client.reader.readexactly(size), 20)
    assert head.endswith(b"Content-Length: %d\r\n\r\n" % size)
    assert len(body) == size
    await sending


async def test_who_waits_for_a_go_ahead_gets_it(build: Build) -> None:
    scene = await build()
    client = await scene.client()
    await client.say(b"POST / HTTP/1.1\r\nHost: us\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    assert (await client.until(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
    await client.say(b"hi")
    far = await scene.web[0].next()
    assert b"expect" not in (await far.until(b"hi")).lower()
    await far.say(PLAIN)
    assert await client.until(b"well") == PLAIN


async def test_head_has_no_body_and_an_old_client_gets_no_chunks(build: Build) -> None:
    scene = await build()
    client = await scene.client()
    await client.say(b"HEAD / HTTP/1.1\r\nHost: us\r\n\r\n")
    await scene.web[0].answer(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n")
    await client.until(b"Content-Length: 4\r\n\r\n")
    old = await scene.client()
    await old.say(b"GET / HTTP/1.0\r\n\r\n")
    await scene.web[1].answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwell\r\n0\r\n\r\n")
    assert (await old.rest()).endswith(b"\r\n\r\nwell")


async def test_a_client_that_goes_away_ends_what_is_done_for_it(build: Build) -> None:
    scene = await build()
    client = await scene.client()
    await client.say(b"GET /events HTTP/1.1\r\nHost: us\r\n\r\n")
    far = await scene.web[0].next()
    await far.until(b"\r\n\r\n")
    await far.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")
    await client.until(b"x\r\n")
    client.writer.close()
    assert await far.rest() in (b"", b"reset")


async def test_half_a_request_body_is_never_taken_for_a_whole_one(build: Build) -> None:
    scene = await build()
    client = await scene.client()
    await client.say(b"POST / HTTP/1.1\r\nHost: us\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
    far = await scene.web[0].next()
    await far.until(b"hello\r\n")
    client.writer.close()
    assert b"0\r\n\r\n" not in await far.rest()


async def test_half_an_answer_is_never_taken_for_a_whole_one(build: Build) -> None:
    scene = await build()
    client = await scene.client()
    await client.say(b"GET / HTTP/1.1\r\nHost: us\r\n\r\n")
    far = await scene.web[0].next()
    await far.until(b"\r\n\r\n")
    await far.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
    await client.until(b"hello\r\n")
    far.writer.close()
    assert await client.rest() == b"reset"


async def test_a_question_may_be_put_again_and_an_order_may_not(build: Build) -> None:
    scene = await build()
    client = await scene.client()
    await client.say(b"GET / HTTP/1.1\r\nHost: us\r\n\r\n")
    (await scene.web[0].next()).reset()
    await scene.web[1].answer()
    assert await client.until(b"well") == PLAIN
    await client.say(b"POST / HTTP/1.1\r\nHost: us\r\nContent-Length: 2\r\n\r\nhi")
    far = await scene.web[1].next()
    await far.until(b"hi")
    far.reset()
    assert (await client.rest()).startswith(b"HTTP/1.1 502 ")
    assert scene.web[0].connections.empty()


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: us\r\nX: " + b"a" * LARGEST_HEAD + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: us\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: us\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
        (b"GET / HTTP/1.1\r\nHost: us\r\n Folded: x\r\n\r\n", 200),
        (b"CONNECT elsewhere:25 HTTP/1.1\r\nHost: elsewhere:25\r\n\r\n", 405),
    ],
)
async def test_what_is_no_request_gets_no_further(build: Build, request_bytes: bytes, status: int) -> None:
    scene = await build()
    client = await scene.client()
    await client.say(request_bytes)
    if status == 200:
        await scene.web[0].answer()
    assert (await client.until(b"\r\n")).startswith(b"HTTP/1.1 %d" % status)
    assert all(one.connections.empty() for one in scene.web)


async def test_who_connects_and_says_nothing_is_let_go(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "HEAD_S", 0.1)
    scene = await build()
    silent, slow = await scene.client(), await scene.client()
    await slow.say(b"GET / HTTP/1.1\r\nHost:")
    assert [await silent.rest(), await slow.rest()] == [b"", b""]


async def test_the_longest_waiting_makes_room(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "MOST_WAITING", 2)
    scene = await build()
    first = await scene.client()
    await first.say(b"GET / HT")
    others = [await scene.client() for _ in range(2)]
    assert await first.rest() == b"reset"
    await others[0].say(b"GET / HTTP/1.1\r\nHost: us\r\n\r\n")
    await scene.web[0].answer()
    assert await others[0].until(b"well") == PLAIN


async def test_pipelined_requests_are_answered_in_order(build: Build) -> None:
    scene = await build()
    client = await scene.client()
    await client.say(b"GET /1 HTTP/1.1\r\nHost: us\r\n\r\nGET /2 HTTP/1.1\r\nHost: us\r\n\r\n")
    assert (await scene.web[0].answer()).startswith(b"GET /1 ")
    assert (await scene.web[1].answer()).startswith(b"GET /2 ")
    assert await client.until(b"well") + await client.until(b"well") == PLAIN * 2


async def test_a_smuggled_second_request_stays_a_body(build: Build) -> None:
    """Both framings at once: h11 takes the chunks, and what goes on carries only these."""
    scene = await build()
    client = await scene.client()
    await client.say(
        b"POST / HTTP/1.1\r\nHost: us\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nGET /\r\n0\r\n\r\n"
    )
    far = await scene.web[0].next()
    seen = h11.Connection(h11.SERVER)
    seen.receive_data(await far.until(b"0\r\n\r\n"))
    head, body = seen.next_event(), seen.next_event()
    assert b"content-length" not in dict(head.headers)
    assert bytes(body.data) == b"GET /"
    await far.say(PLAIN)
    await client.until(b"well")
