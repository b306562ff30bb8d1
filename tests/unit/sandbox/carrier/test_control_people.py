"""Agents and conferences through the control routes."""

import pytest

from tests.unit.sandbox.carrier.asking import ask
from tests.unit.sandbox.carrier.conferring import enter


async def test_agents_are_registered_by_their_address(open_world):
    async with open_world() as world:
        path = "/_sandbox/agents/client%3Aagent_3"
        status, row = await ask(world, "PUT", path, {"persona": "declines", "after_ms": 100})
        assert status == 200, row
        assert (status, row["address"], row["after_ms"], row["status"]) == (200, "client:agent_3", 100, "")
        assert [step["press"] for step in row["steps"]] == ["2"]
        _, listed = await ask(world, "GET", "/_sandbox/agents")
        assert [each["address"] for each in listed["agents"]] == ["client:agent_3"]
        assert {"accepts", "voicemail"} <= {each["name"] for each in listed["personas"]}
        assert (await ask(world, "DELETE", path))[0] == 204
        assert world.carrier.agents == {}


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("911", {}),
        ("client%3A", {}),
        ("%2B14155550177", {"persona": "anybody"}),
        ("%2B14155550177", {"pickup": "later"}),
        ("%2B14155550177", {"steps": 7}),
        ("%2B14155550177", {"colour": "blue"}),
    ],
)
async def test_an_agent_that_makes_no_sense_is_refused(open_world, address, body):
    async with open_world() as world:
        status, error = await ask(world, "PUT", f"/_sandbox/agents/{address}", body)
        assert status == 400
        assert error["error"]


async def test_rooms_and_visits_are_shown(open_world):
    async with open_world() as world:
        anna, _ = await enter(world, 'beep="false" participantLabel="customer"'), await enter(world)
        _, body = await ask(world, "GET", "/_sandbox/rooms")
        (room,) = body["rooms"]
        assert (room["name"], room["status"], len(room["members"])) == ("call-7", "in-progress", 2)
        assert room["members"][0] | {"joined_at_ms": 0} == {
            "call_sid": anna.sid,
            "label": "customer",
            "joined_at_ms": 0,
            "muted": False,
            "held": False,
            "coaching": "",
        }
        _, detail = await ask(world, "GET", f"/_sandbox/calls/{anna.sid}")
        assert [visit["room_sid"] for visit in detail["visits"]] == [room["sid"]]
        assert detail["direction"] == "inbound"


async def test_the_clock_stops_when_somebody_is_in_a_room_or_out_of_it(open_world):
    async with open_world() as world:
        anna = await enter(world, dial='timeLimit="3"')
        for wanted, within_ms in ((True, 0), (False, 2980)):
            body = {"advance_ms": 10_000, "until": {"call": anna.sid, "is_in_room": wanted}}
            _, done = await ask(world, "POST", "/_sandbox/clock", body)
            assert (done["reached"], done["advanced_ms"]) == (True, within_ms)
