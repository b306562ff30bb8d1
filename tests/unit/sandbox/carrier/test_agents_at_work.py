"""Each agent of the folder, offered a call as contact centres do: asked for a key, then brought into a conference."""

import pytest
from aiohttp import web

from sandbox.carrier import agents, rooms
from tests.unit.sandbox.carrier.conferring import ROOM, enter, heard, told
from tests.unit.sandbox.carrier.conftest import NUMBER

BOB = "+14155550177"
KNOWN = agents.load_all()
GATHER = '<Gather numDigits="1" timeout="5" action="/key"><Say>anchor basket candle lemon</Say></Gather>'
ASK = f"<Response>{GATHER}</Response>"
JOIN = f'<Response><Dial><Conference beep="false" participantLabel="agent-3">{ROOM}</Conference></Dial></Response>'


async def offered(world, name: str):
    """The customer waits in the room, and the agent's leg as it was after 40 seconds."""

    async def key(_request, params):
        document = JOIN if params["Digits"] == "1" else "<Response><Hangup/></Response>"
        return web.Response(text=document, content_type="text/xml")

    world.carrier.agents[BOB] = KNOWN[name]
    world.application.pages |= {"/offer": ASK, "/key": key}
    customer = await enter(world, told(world) + ' participantLabel="customer" waitUrl=""')
    base = world.application.base
    form = {"To": BOB, "From": NUMBER, "Url": base + "/offer", "Timeout": "20", "MachineDetection": "Enable"}
    form |= {"AsyncAmd": "true", "AsyncAmdStatusCallback": base + "/machine"}
    _, row = await world.rest("POST", "/Calls.json", data=form)
    leg = world.carrier.calls[row["sid"]]
    await world.step(40_000)
    return customer, leg


@pytest.mark.parametrize(
    ("name", "status", "ended_by", "digits", "is_in_room"),
    [
        ("accepts", "in-progress", "", ["1"], True),
        ("listens", "in-progress", "", ["1"], True),
        ("clicks", "completed", "application", [], False),
        ("declines", "completed", "application", ["2"], False),
        ("leaves_briefing", "completed", "callee", [], False),
        ("leaves_room", "completed", "callee", ["1"], False),
        ("voicemail", "completed", "application", [], False),
        ("never_answers", "no-answer", "callee", [], False),
        ("busy", "busy", "callee", [], False),
        ("rejects", "busy", "callee", [], False),
        ("fails", "failed", "callee", [], False),
    ],
)
async def test_what_becomes_of_an_offer(open_world, name, status, ended_by, digits, is_in_room):
    async with open_world() as world:
        customer, leg = await offered(world, name)
        assert (leg.status, leg.ended_by) == (status, ended_by)
        assert [form["Digits"] for form in world.application.got("/key")] == digits
        assert (rooms.find(world.carrier, ROOM).find("agent-3") is not None) == is_in_room
        assert customer.is_live


def test_every_agent_was_offered_a_call():
    (marks,) = [mark for mark in test_what_becomes_of_an_offer.pytestmark if mark.name == "parametrize"]
    assert {row[0] for row in marks.args[1]} == set(KNOWN)


async def test_what_the_agent_says_in_the_room_is_heard_by_the_customer_only_then(open_world):
    async with open_world() as world:
        customer, leg = await offered(world, "accepts")
        assert heard(customer) == "please note harbor lantern river"
        assert heard(leg) == "anchor basket candle lemon"
        (visit,) = leg.visits
        assert visit.joined_at_ms > leg.line.answered_at_ms + 3000


async def test_who_leaves_the_room_was_there_for_five_seconds(open_world):
    async with open_world() as world:
        _, leg = await offered(world, "leaves_room")
        (visit,) = leg.visits
        assert visit.left_at_ms - visit.joined_at_ms == pytest.approx(5000, abs=40)
        assert visit.reason == "participant_hung_up"


@pytest.mark.parametrize(("name", "answered_by"), [("voicemail", "machine_start"), ("accepts", "human")])
async def test_who_it_is_is_told_beside_the_offer(open_world, name, answered_by):
    async with open_world() as world:
        await offered(world, name)
        assert [form["AnsweredBy"] for form in world.application.got("/machine")] == [answered_by]
