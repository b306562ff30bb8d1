"""`<Dial>` of somebody: a leg of its own rings there, both hear each other, and the action learns how it went."""

import pytest

from sandbox import music, signals, speech
from sandbox.carrier import agents, calls
from tests.unit.sandbox.carrier.conferring import heard, say

BOB, ACTION = "+14155559999", "/dialled"


async def dialling(world, document: str):
    """A caller whose document dials; after it the call goes on for a while."""
    world.configure()
    world.application.pages["/voice"] = f"<Response>{document}</Response>"
    world.application.pages[ACTION] = '<Response><Pause length="60"/></Response>'
    return await world.call()


def leg_of(world, call):
    """The leg that a call dialled."""
    (leg,) = [each for each in world.carrier.calls.values() if each.parent_sid == call.sid]
    return leg


def register(world, who=BOB, **facts):
    world.carrier.agents[who] = agents.read({"after_ms": 1000, **facts})


async def outcome(world) -> dict[str, str]:
    """What the action was asked with."""
    assert await world.step(60_000, until=lambda: bool(world.application.got(ACTION)))
    return world.application.got(ACTION)[0]


async def test_a_dial_leaves_a_trace_and_rings_out_where_nobody_is(open_world):
    async with open_world() as world:
        number = f"<Number>{BOB}</Number>"
        call = await dialling(world, f'<Dial timeout="10" action="{ACTION}" callerId="+14155550101">{number}</Dial>')
        await world.step(3000)
        call.line.run()
        assert music.ringback()[:4000] in bytes(call.line.outbound.past)
        form = await outcome(world)
        (dial,) = world.carrier.ledger.since(kind="dial")
        assert (dial["to"], dial["caller_id"], dial["call_sid"]) == (BOB, "+14155550101", call.sid)
        assert (form["DialCallStatus"], form["DialBridged"]) == ("no-answer", "false")
        assert form["DialCallSid"] == dial["leg_sid"] == leg_of(world, call).sid
        _, row = await world.rest("GET", f"/Calls.json?ParentCallSid={call.sid}")
        assert [(each["direction"], each["status"]) for each in row["calls"]] == [("outbound-dial", "no-answer")]


@pytest.mark.parametrize(("pickup", "status"), [("busy", "busy"), ("rejects", "busy"), ("fails", "failed")])
async def test_how_it_may_not_be_answered(open_world, pickup, status):
    async with open_world() as world:
        register(world, pickup=pickup)
        await dialling(world, f'<Dial action="{ACTION}">{BOB}</Dial>')
        assert (await outcome(world))["DialCallStatus"] == status


async def test_both_hear_each_other_until_one_hangs_up(open_world):
    async with open_world() as world:
        register(world, greeting="Hello.", steps=[{"when": "after_ms", "after_ms": 9000, "hang_up": True}])
        base = world.application.base
        events = f'statusCallback="{base}/leg" statusCallbackEvent="initiated ringing answered completed"'
        call = await dialling(world, f'<Dial action="{ACTION}"><Number {events}>{BOB}</Number></Dial>')
        await world.step(3000)
        leg = leg_of(world, call)
        await say(world, call, "anchor basket")
        await say(world, leg, "candle lemon")
        assert (heard(call), heard(leg)) == ("Hello. candle lemon", "anchor basket")
        form = await outcome(world)
        assert (form["DialCallStatus"], form["DialBridged"], form["DialCallDuration"]) == ("completed", "true", "9")
        forms = world.application.got("/leg")
        assert [each["CallStatus"] for each in forms] == ["initiated", "ringing", "in-progress", "completed"]
        assert {each["ParentCallSid"] for each in forms} == {call.sid}
        assert (leg.ended_by, call.is_live) == ("callee", True)


async def test_the_callers_hang_up_ends_both_and_tells_the_action(open_world):
    async with open_world() as world:
        register(world)
        call = await dialling(world, f'<Dial action="{ACTION}">{BOB}</Dial>')
        await world.step(3000)
        calls.hang_up(call, by="caller")
        await world.step(100)
        assert leg_of(world, call).status == "completed"
        (form,) = world.application.got(ACTION)
        assert (form["CallStatus"], form["DialCallStatus"], form["DialBridged"]) == ("completed", "completed", "true")


async def test_a_hang_up_while_it_rings_cancels_the_leg(open_world):
    async with open_world() as world:
        call = await dialling(world, f"<Dial>{BOB}</Dial>")
        await world.step(1000)
        calls.hang_up(call, by="caller")
        await world.step(100)
        assert leg_of(world, call).status == "canceled"


async def test_rest_can_end_the_leg_and_not_redirect_it(open_world):
    async with open_world() as world:
        register(world)
        call = await dialling(world, f'<Dial action="{ACTION}">{BOB}</Dial>')
        await world.step(3000)
        path = f"/Calls/{leg_of(world, call).sid}.json"
        status, error = await world.rest("POST", path, data={"Twiml": "<Response/>"})
        assert (status, error["code"]) == (400, 20001)
        assert (await world.rest("POST", path, data={"Status": "completed"}))[1]["status"] == "completed"
        assert (await outcome(world))["DialCallStatus"] == "completed"


@pytest.mark.parametrize(
    ("noun", "who"),
    [
        ("<Client>agent_3</Client>", "client:agent_3"),
        ('<Client><Identity>agent_3</Identity><Parameter name="a" value="b"/></Client>', "client:agent_3"),
        ("<Sip>sip:bob@pbx.example.com;transport=tls</Sip>", "sip:bob@pbx.example.com"),
    ],
)
async def test_clients_and_sip_addresses(open_world, noun, who):
    async with open_world() as world:
        register(world, who, pickup="rejects")
        await dialling(world, f'<Dial action="{ACTION}">{noun}</Dial>')
        form = await outcome(world)
        assert form["DialCallStatus"] == "busy"
        assert form.get("DialSipResponseCode") == ("603" if who.startswith("sip:") else None)


async def test_with_answer_on_bridge_it_keeps_ringing_until_somebody_answers(open_world):
    async with open_world() as world:
        register(world, after_ms=4000)
        call = await dialling(world, f'<Dial answerOnBridge="true">{BOB}</Dial>')
        await world.step(3000)
        assert call.status == "ringing"
        await world.step(2000)
        assert call.status == "in-progress"
        assert call.line.answered_at_ms == leg_of(world, call).line.answered_at_ms


async def test_a_time_limit_and_a_star(open_world):
    async with open_world() as world:
        register(world)
        call = await dialling(world, f'<Dial timeLimit="5" action="{ACTION}">{BOB}</Dial>')
        assert (await outcome(world))["DialCallDuration"] == "5"
        assert call.is_live
    async with open_world() as world:
        register(world)
        call = await dialling(world, f'<Dial hangupOnStar="true" action="{ACTION}">{BOB}</Dial>')
        await world.step(3000)
        world.carrier.spawn(calls.press(world.carrier, call=call, keys="*"))
        assert (await outcome(world))["DialCallStatus"] == "completed"


@pytest.mark.parametrize(
    ("dial", "code"),
    [
        ("<Dial>911</Dial>", 13224),
        ("<Dial><Number>555-0100</Number></Dial>", 13224),
        ("<Dial><Number>client:bob</Number></Dial>", 13224),
        ("<Dial><Client>two words</Client></Dial>", 13224),
        ("<Dial><Sip>bob</Sip></Dial>", 13224),
        ('<Dial callerId="+12125550000">+14155559999</Dial>', 13214),
    ],
)
async def test_a_wrong_dial_is_an_error_and_nothing_leaves(open_world, dial, code):
    async with open_world() as world:
        await dialling(world, dial)
        assert world.problems() == [("error", code)]
        assert world.carrier.ledger.since(kind="dial") == []


async def test_ordered_keys_are_heard_at_the_other_end(open_world):
    async with open_world() as world:
        register(world)
        call = await dialling(world, f'<Dial><Number sendDigits="w12">{BOB}</Number></Dial>')
        await world.step(3000)
        leg = leg_of(world, call)
        leg.line.run()
        assert "".join(key.key for key in signals.find_keys(bytes(leg.line.outbound.past))) == "12"
        assert speech.recognise(bytes(leg.line.outbound.past)) is None
