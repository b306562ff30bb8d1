"""Whoever knocks at the stream's door: wrong hands, wrong tickets, floods, and nonsense after a good start."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import suppress

import psycopg
import pytest
from aiohttp import ClientSession, ClientTimeout, TCPConnector
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests import given
from tests.faults import odd
from tests.faults.carrier import Carrier
from tests.faults.case import Case, quantile
from tests.faults.house import Exposed
from tests.faults.talkers import Talkers
from tests.journeys.house import eventually

AT_ONCE = 8
MESSAGES = 50  # on one fuzzed socket


@pytest.fixture
async def carrier(house: Exposed) -> AsyncIterator[Carrier]:
    async with ClientSession(connector=TCPConnector(limit=64), timeout=ClientTimeout(20)) as client:
        yield Carrier(house, client)


async def in_turn(jobs: list[Callable[[], Coroutine[None, None, None]]], at_once: int = AT_ONCE) -> None:
    """Do all of these, a few at a time."""
    waiting = iter(jobs)

    async def work() -> None:
        for job in waiting:
            await job()

    await asyncio.gather(*(work() for _ in range(at_once)))


class Attempts:
    """Attempts to get in that must all fail."""

    def __init__(self, house: Exposed, carrier: Carrier) -> None:
        self._house, self._carrier = house, carrier
        self.let_in = self.sound = 0
        self.took_ms: list[float] = []

    async def knock(self, how: str, dice: random.Random, sid: str, spent: str, good: str) -> None:
        """One attempt."""
        carrier = self._carrier
        made_up = "".join(dice.choice("abcdefgh:.-_") for _ in range(dice.choice((0, 1, 60, 4000))))
        other = given.a_sid()
        first: dict[str, str | None] = {
            "no start": None,
            "spent ticket": carrier.start(sid, spent),
            "made-up ticket": carrier.start(sid, made_up),
            "altered ticket": carrier.start(sid, good[:-1] + ("A" if good[-1] != "A" else "B")),
            "another call": carrier.start(other, good),
            "media first": odd.text(odd.of_carrier()[0], random.Random(4)),
            "no json": made_up or "x",
        }
        signatures = {"unsigned": "", "forged": made_up[:28] or "x", "other address": carrier.signature("wss://x/y/")}
        try:
            async with carrier.socket(signed=signatures.get(how)) as socket:
                began = time.perf_counter()
                if (message := first.get(how)) is not None:
                    await socket.send(message)
                with suppress(ConnectionClosed):
                    while True:
                        self.sound += len(await socket.recv())
                if message is not None:
                    self.took_ms.append((time.perf_counter() - began) * 1000)
                self.let_in += how in signatures or socket.close_code != 1008
        except InvalidHandshake:
            self.let_in += how not in signatures


@pytest.mark.fault("handshakes")
async def test_nobody_else_is_let_in(case: Case, house: Exposed, carrier: Carrier) -> None:
    sid, other = given.a_sid(), given.a_sid()
    spent, good = await carrier.ticket(sid), await carrier.ticket(other)
    async with carrier.socket() as socket:
        await carrier.begin(socket, sid, spent)
        await socket.recv()  # served: the ticket is spent now
        with psycopg.connect(house.books_url, autocommit=True) as books:
            books.execute("UPDATE calls_stream SET expires_at = now() + interval '1 day' WHERE opened_at IS NULL")
        before = len(house.model_session_ids())
        attempts, dice = Attempts(house, carrier), case.dice()
        hows = ["unsigned", "forged", "other address", "spent ticket", "made-up ticket", "altered ticket"]
        hows += ["another call", "media first", "no json"]
        drawn = [dice.choice(hows) if n % 40 else "no start" for n in range(case.size)]
        await in_turn(
            [lambda how=how, n=n: attempts.knock(how, case.dice(n), sid, spent, good) for n, how in enumerate(drawn)]
        )
        opened = len(house.model_session_ids()) - before
        with suppress(ConnectionClosed):  # a stream on which nothing has come for so long counts as lost
            await socket.send(carrier.stop(odd.STREAM))
    for one in (sid, other):
        await carrier.hang_up(one)
    case.did(case.size)
    case.reached("let in", attempts.let_in)
    case.reached("bytes of sound sent", attempts.sound)
    case.reached("sessions of the model opened", opened)
    case.reached("from the wrong message to the close, p99, ms", quantile(attempts.took_ms, 0.99))


@pytest.mark.fault("fuzzed sockets")
async def test_arbitrary_messages_end_a_stream_at_most(case: Case, house: Exposed, carrier: Carrier) -> None:
    sids = [given.a_sid() for _ in range(case.size // MESSAGES)]
    logged = len(house.log("web"))

    async def talk(sid: str) -> None:
        dice = case.dice(sids.index(sid))
        stream = given.a_sid("MZ")
        ticket = await carrier.ticket(sid)
        with suppress(ConnectionClosed):
            async with carrier.socket() as socket:
                await carrier.begin(socket, sid, ticket, stream=stream)
                for n in range(MESSAGES):
                    genuine = odd.of_carrier(sequence=n + 2, at_ms=n * 20, stream=stream)
                    message = dice.choice(genuine[:-1]) if n < MESSAGES // 2 else odd.message(genuine, dice)
                    text = odd.text(message, dice if n >= MESSAGES // 2 else random.Random(4))
                    await socket.send(text.encode("utf-8", "replace").decode())
                await socket.send(carrier.stop(stream))
        await carrier.hang_up(sid)

    await in_turn([lambda sid=sid: talk(sid) for sid in sids])
    eventually(house.is_quiet, what="the end of every stream")
    with psycopg.connect(house.books_url) as books:
        query = "SELECT count(*) FROM calls_call c JOIN calls_leg l ON l.call_id = c.id WHERE l.leg_sid = ANY(%s) AND "
        (left,) = books.execute(query + "c.phase <> 'closed'", (sids,)).fetchone() or (0,)
    said = house.log("web")[logged:]
    case.did(case.size)
    case.reached("exceptions in the log", said.count("Traceback") + said.count("bridge failed"))
    case.reached("calls left open", left)
    assert "Traceback" not in said, said[said.index("Traceback") - 300 :][:3000]


@pytest.mark.fault("socket flood")
async def test_a_flood_of_sockets_is_not_felt_by_calls(
    case: Case, house: Exposed, crowd: Talkers, carrier: Carrier
) -> None:
    await asyncio.to_thread(crowd.settle)
    await asyncio.to_thread(crowd.look)
    dice = case.dice()
    writers: list[asyncio.StreamWriter] = []
    kinds = {
        "silent": b"",
        "half a line": b"GET /twilio/media/ HTT",
        "half a head": b"GET /twilio/media/ HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n",
        "endless head": b"GET / HTTP/1.1\r\nX: " + b"x" * 200_000,
        "no body": b"POST /twilio/voice/ HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nCallSid=",
        "unsigned": b"GET /twilio/media/ HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    }
    for _ in range(case.size):
        _, writer = await asyncio.open_connection("127.0.0.1", house.port)
        writers.append(writer)
        with suppress(ConnectionError):
            writer.write(kinds[dice.choice(list(kinds))])
            await writer.drain()
    large = "x" * 10_000_000
    for message in (large, "//8A" * 2_500_000, '{"event":"media","media":{"payload":"@@"}}', '{"event":"weather"}'):
        with suppress(ConnectionClosed):
            async with carrier.socket(max_size=None) as socket:
                await socket.send(message)
                await socket.wait_closed()
    if case.is_full:
        await asyncio.to_thread(crowd.prove)
    found = await asyncio.to_thread(crowd.look)
    case.did(case.size)
    case.reached("frames the calls lost", found.frames_lost)
    case.reached("turns the calls lost", found.turns_lost)
    case.reached("calls that ended", found.ended)
    for writer in writers:
        writer.close()
