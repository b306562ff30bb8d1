"""REST answers that come late or never: carried out before the wait, after it, or not at all."""

import asyncio

import aiohttp
import pytest

from sandbox.carrier.faults import Faults

CALL = r"/Calls/CA[0-9a-f]+\.json$"


async def a_call(world):
    world.configure()
    world.application.pages["/voice"] = '<Response><Say>anchor</Say><Pause length="60"/></Response>'
    call = await world.call()
    await world.step(500)
    return call


def hang_up(world, call):
    """A request that is under way."""
    return asyncio.ensure_future(world.rest("POST", f"/Calls/{call.sid}.json", data={"Status": "completed"}))


async def test_the_effect_comes_first_and_the_answer_late(open_world):
    async with open_world() as world:
        call = await a_call(world)
        world.carrier.faults.change({"rest_delays": [{"method": "POST", "path": CALL, "delay_ms": 3000}]})
        asked = hang_up(world, call)
        await asyncio.wait_for(call.ended.wait(), 5)
        await world.step(2980)
        assert not asked.done()
        await world.step(40)
        assert (await asked)[0] == 200
        (entry,) = world.carrier.ledger.since(kind="rest")
        assert (entry["status"], entry["ms"], entry["answer_lost"]) == (200, 3000, False)
        assert (await world.rest("GET", f"/Calls/{call.sid}.json"))[1]["status"] == "completed"


async def test_the_effect_comes_after_the_wait(open_world):
    async with open_world() as world:
        call = await a_call(world)
        rule = {"method": "POST", "path": CALL, "delay_ms": 3000, "after_effect": False}
        world.carrier.faults.change({"rest_delays": [rule]})
        asked = hang_up(world, call)
        await world.step(2980)
        assert call.is_live
        await world.step(40)
        assert (await asked)[0] == 200
        assert not call.is_live


@pytest.mark.parametrize("after_effect", [True, False])
async def test_the_answer_is_lost_with_or_without_the_effect(open_world, after_effect):
    async with open_world() as world:
        call = await a_call(world)
        rule = {"path": CALL, "after_effect": after_effect, "answer_lost": True}
        world.carrier.faults.change({"rest_delays": [rule]})
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await hang_up(world, call)
        assert call.is_live is not after_effect
        (entry,) = world.carrier.ledger.since(kind="rest")
        assert (entry["status"], entry["answer_lost"]) == (200 if after_effect else None, True)
        assert (await world.rest("GET", f"/Calls/{call.sid}.json"))[0] == 200, "one request was meant"


async def test_other_requests_are_answered_as_ever(open_world):
    async with open_world() as world:
        call = await a_call(world)
        rules = [{"method": "POST", "path": "/Recordings", "times": 9, "delay_ms": 60_000}]
        world.carrier.faults.change({"rest_delays": rules})
        assert (await world.rest("GET", f"/Calls/{call.sid}/Recordings.json"))[0] == 200
        assert (await hang_up(world, call))[0] == 200


def test_each_rule_is_used_up_by_itself_and_the_first_that_fits_counts():
    faults = Faults()
    faults.change(
        {
            "rest_delays": [
                {"method": "GET", "path": "Calls", "times": 2, "delay_ms": 1},
                {"path": "Calls", "times": 1, "delay_ms": 2},
            ]
        }
    )
    asked = [("POST", "/Calls"), ("GET", "/Calls"), ("GET", "/Calls"), ("GET", "/Calls"), ("GET", "/Numbers")]
    taken = [faults.take_rest_delay(method=method, path=path) for method, path in asked]
    assert [rule and rule.delay_ms for rule in taken] == [2, 1, 1, None, None]
    faults.change({"rest": {"count": 1}})
    assert faults.take_rest_delay(method="GET", path="/Calls") is None, "another section arms nothing anew"


@pytest.mark.parametrize(
    "rule",
    [
        {"method": "PUT"},
        {"path": "("},
        {"delay_ms": -1},
        {"delay_ms": "1"},
        {"after_effect": 1},
        {"status": 500},
        "x",
    ],
)
def test_wrong_delays_are_refused(rule):
    with pytest.raises(ValueError, match="rest_delays"):
        Faults().change({"rest_delays": [rule]})
