"""Webhooks by the hundred a second: every one is answered. The figures are told, and are those of this machine."""

import asyncio
import time

import pytest
from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector

from tests import given
from tests.faults.carrier import STATUS, Carrier
from tests.faults.case import Case, quantile
from tests.faults.house import Exposed
from tests.journeys.house import eventually

RATE = 200  # a second
AT_ONCE = 64
# Each is a call of its own that nobody had heard of; they are written down one after the other, behind the answers.
CAUGHT_UP_S = 900.0


@pytest.mark.fault("webhook burst")
async def test_every_webhook_of_a_burst_is_answered(case: Case, house: Exposed) -> None:
    async with ClientSession(connector=TCPConnector(limit=AT_ONCE), timeout=ClientTimeout(60)) as client:
        carrier = Carrier(house, client)
        sid = given.a_sid()
        await carrier.ticket(sid)  # the addresses are loaded
        await carrier.hang_up(sid)
        steady = await _burst(case, carrier, case.size * 2 // 3, every_s=1 / RATE)
        case.reached("answer at 200 a second, p99, ms", quantile(steady.took_ms, 0.99))
        case.reached("reached at 200 a second, requests per second", steady.per_second)
        at_once = await _burst(case, carrier, case.size // 3, every_s=0)
        case.reached("answer at full speed, p99, ms", quantile(at_once.took_ms, 0.99))
        case.reached("reached at full speed, requests per second", at_once.per_second)
    began = time.monotonic()
    await asyncio.to_thread(
        eventually, lambda: not house.counted("calls_journal_depth"), within_s=CAUGHT_UP_S, what="the books"
    )
    case.reached("until the books have caught up, s", time.monotonic() - began)
    case.did(case.size)


class _Burst:
    def __init__(self) -> None:
        self.took_ms: list[float] = []
        self.per_second = 0.0


async def _burst(case: Case, carrier: Carrier, count: int, *, every_s: float) -> _Burst:
    burst = _Burst()
    room = asyncio.Semaphore(AT_ONCE)

    async def one(n: int) -> None:
        await asyncio.sleep(n * every_s)
        async with room:
            form = carrier.ring(given.a_sid()) | {"CallStatus": "completed", "SequenceNumber": "3"}
            began = time.perf_counter()
            try:
                status, _ = await carrier.post(STATUS, form)
            except (ClientError, TimeoutError):
                status = 599
            burst.took_ms.append((time.perf_counter() - began) * 1000)
            case.reached("answers 5xx or none", status >= 500)

    began = time.perf_counter()
    await asyncio.gather(*(one(n) for n in range(count)))
    burst.per_second = count / (time.perf_counter() - began)
    return burst
