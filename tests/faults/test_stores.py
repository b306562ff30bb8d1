"""The database or Redis is away: callers are answered, calls go on, and everything is written down afterwards."""

import asyncio
import time
from contextlib import suppress
from xml.etree import ElementTree as ET

import pytest
from aiohttp import ClientSession, ClientTimeout, TCPConnector

from tests import given
from tests.faults.carrier import STATUS, VOICE, Carrier
from tests.faults.case import Case, quantile
from tests.faults.cut import Cable, Wire
from tests.faults.house import Exposed
from tests.faults.talkers import Talkers
from tests.journeys.house import eventually

# New calls a second in the full size: what one process takes beside the twenty it holds when nothing is away. What more
# would do is the webhooks' benchmark's to tell.
RATE = 15


@pytest.mark.fault("stores away")
async def test_callers_do_not_notice_that_a_store_is_away(case: Case, house: Exposed, crowd: Talkers) -> None:
    await asyncio.to_thread(crowd.settle)
    await asyncio.to_thread(crowd.look)
    took: list[float] = []
    ways = [(cable, how) for how in (Wire.CUT, Wire.HANGING) for cable in (house.postgres, house.redis)]
    for cable, how in ways:
        took += await _ask_without(case, house, cable, how, count=case.size // len(ways))
        if cable is house.postgres:
            await asyncio.to_thread(_stay_away, house, cable, how, 10.0 if case.is_full else 1.0)
    if case.is_full:
        await asyncio.to_thread(crowd.prove)
    found = await asyncio.to_thread(crowd.look)
    case.did(case.size)
    case.reached("answer, p100, ms", quantile(took, 1.0))
    case.reached("live calls that ended", found.ended)
    case.reached("turns lost or doubled", found.turns_lost)
    case.reached("journals not written down afterwards", await asyncio.to_thread(_not_written, house))
    case.reached("floors not live again", not _is_floor_live(house))


def _not_written(house: Exposed) -> float:
    """What is left in the journals after some patience; those who are on the line put more into them all the time."""
    with suppress(AssertionError):
        eventually(house.is_quiet)
        return 0.0
    return house.counted("calls_journal_depth")


def _stay_away(house: Exposed, cable: Cable, how: Wire, seconds: float) -> None:
    """Away for longer, while the calls talk: what they say must wait in the journal, and not get lost."""
    before = house.counted("calls_journal_depth")
    with house.without(cable, how):
        end = time.monotonic() + seconds
        eventually(lambda: time.monotonic() > end and house.counted("calls_journal_depth") >= before, within_s=60)
    eventually(lambda: house.counted("calls_journal_waiting") == 0, what="a database that takes again")


async def _ask_without(case: Case, house: Exposed, cable: Cable, how: Wire, *, count: int) -> list[float]:
    took: list[float] = []
    # No limit: a webhook that waited for a connection of ours would be counted as one that was answered late.
    async with ClientSession(connector=TCPConnector(limit=0), timeout=ClientTimeout(20)) as client:
        carrier = Carrier(house, client)

        async def ask(n: int) -> None:
            if case.is_full:
                await asyncio.sleep(n / RATE)
            sid = given.a_sid()
            began = time.perf_counter()
            status, document = await carrier.post(VOICE, carrier.ring(sid))
            took.append((time.perf_counter() - began) * 1000)
            asked.append(sid)
            case.reached("webhooks without valid TwiML", not _is_twiml(status, document))

        asked: list[str] = []
        with house.without(cable, how):
            await asyncio.gather(*(ask(n) for n in range(count)))
        for sid in asked:
            await carrier.post(STATUS, carrier.ring(sid) | {"CallStatus": "completed", "SequenceNumber": "3"})
    return took


def _is_twiml(status: int, document: str) -> bool:
    try:
        return status == 200 and ET.fromstring(document).tag == "Response" and len(ET.fromstring(document)) > 0
    except ET.ParseError:
        return False


def _is_floor_live(house: Exposed) -> bool:
    """A change reaches a browser that watches, with nothing restarted."""
    from websockets.sync.client import connect

    session = house.sign_in()
    cookie = "; ".join(f"{name}={value}" for name, value in session.cookies.items())
    address = f"ws{house.url.removeprefix('http')}/live/?floor=1"
    with connect(address, additional_headers={"Cookie": cookie, "Origin": house.url}, compression=None) as socket:
        sid = house.call()
        end = time.monotonic() + 10
        while time.monotonic() < end:
            if str(socket.recv(timeout=10)):
                house.ask("POST", f"calls/{sid}/hangup")
                return True
    return False
