"""Calls that we place: what is refused, how the far end takes them, and what is reported of them."""

import pytest

from sandbox.carrier import agents
from sandbox.carrier.agents import Agent, Pickup
from sandbox.carrier.personas import read_steps
from tests.unit.sandbox.carrier.conftest import NUMBER

BOB = "+14155550177"
EVENTS = ("initiated", "ringing", "answered", "completed")


async def dial(world, *, to=BOB, **more):
    """Place a call whose document is `/leg`, and report everything to `/leg-status`."""
    base = world.application.base
    events = more.pop("events", EVENTS)
    form = [("To", to), ("From", NUMBER), ("Url", f"{base}/leg"), ("StatusCallback", f"{base}/leg-status")]
    form = [(name, more.pop(name, value)) for name, value in form]
    form += [("StatusCallbackEvent", event) for event in events] + list(more.items())
    form = [(name, value) for name, value in form if value is not None]
    return await world.rest("POST", "/Calls.json", data=form)


async def placed(world, **more):
    status, row = await dial(world, **more)
    assert status == 201, row
    return world.carrier.calls[row["sid"]]


def register(world, who=BOB, **facts):
    world.carrier.agents[who] = agents.read(facts)


def reported(world):
    return [form["CallStatus"] for form in world.application.got("/leg-status")]


async def test_a_call_is_queued_first_and_looks_like_the_carriers(open_world):
    async with open_world() as world:
        status, row = await dial(world)
        assert status == 201
        assert (row["status"], row["direction"], row["to"], row["from"]) == ("queued", "outbound-api", BOB, NUMBER)
        assert (row["duration"], row["start_time"], row["answered_by"], row["parent_call_sid"]) == (None,) * 4
        assert row["phone_number_sid"] == world.carrier.number_of(NUMBER).sid
        _, found = await world.rest("GET", f"/Calls/{row['sid']}.json")
        assert found == row
        (entry,) = world.carrier.ledger.since(kind="dial")
        assert (entry["to"], entry["caller_id"], entry["call_sid"]) == (BOB, NUMBER, row["sid"])


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"To": None}, 21201),
        ({"To": "555-0100"}, 21211),
        ({"To": "client:"}, 21211),
        ({"To": "client:two words"}, 21211),
        ({"To": "sip:nobody"}, 21211),
        ({"To": "+15005550001"}, 21217),
        ({"To": "+15005550002"}, 21214),
        ({"To": "+15005550003"}, 21215),
        ({"From": None}, 21213),
        ({"From": "+12125550000"}, 21210),
        ({"From": "client:bob"}, 21212),
        ({"Url": None}, 21205),
        ({"Url": "/leg"}, 21205),
        ({"Url": None, "Twiml": "x" * 4001}, 20001),
        ({"FallbackUrl": "fallback"}, 21205),
        ({"StatusCallback": "/status"}, 21609),
        ({"StatusCallback": "https://my_host.example.com/"}, 21609),
        ({"events": ("started",)}, 21626),
        ({"Timeout": "601"}, 20001),
        ({"Timeout": "soon"}, 20001),
        ({"TimeLimit": "0"}, 20001),
        ({"SendDigits": "12x"}, 20001),
        ({"MachineDetection": "Yes"}, 20001),
        ({"MachineDetection": "Enable", "MachineDetectionSpeechThreshold": "999"}, 20001),
        ({"Record": "yes"}, 20001),
        ({"ApplicationSid": "AP" + "0" * 32}, 20001),
        ({"Colour": "blue"}, 20001),
    ],
)
async def test_what_the_carrier_refuses(open_world, form, code):
    async with open_world() as world:
        status, error = await dial(world, **form)
        assert (status, error["code"]) == (400, code)
        assert not world.carrier.calls


@pytest.mark.parametrize("to", ["client:agent_3", "sip:bob@pbx.example.com;transport=tls?X-Call=7"])
async def test_who_can_be_dialled_beside_telephones(open_world, to):
    async with open_world() as world:
        register(world, to.partition(";")[0], after_ms=500)
        world.application.pages["/leg"] = "<Response><Hangup/></Response>"
        call = await placed(world, to=to, From="client:desk")
        await world.until_ended(call)
        assert (call.status, call.to, call.from_) == ("completed", to.partition(";")[0], "client:desk")


async def test_an_answered_call_is_priced_by_the_minute_begun_some_time_after_its_end(open_world):
    async with open_world() as world:
        register(world, after_ms=500)
        world.application.pages["/leg"] = '<Response><Pause length="61"/></Response>'
        call = await placed(world)
        await world.until_ended(call, within_ms=90_000)
        _, row = await world.rest("GET", f"/Calls/{call.sid}.json")
        assert row["price"] is None
        await world.step(30_000)
        _, row = await world.rest("GET", f"/Calls/{call.sid}.json")
        assert (row["price"], row["price_unit"]) == ("-0.02800", "USD")


async def test_an_answered_call_runs_its_document_and_reports_each_step(open_world):
    async with open_world() as world:
        register(world, after_ms=2000, greeting="Hello.")
        world.application.pages["/leg"] = "<Response><Say>anchor basket</Say></Response>"
        call = await placed(world)
        await world.step(1000)
        assert call.status == "ringing"
        assert world.application.got("/leg") == []
        await world.until_ended(call)
        (form,) = world.application.got("/leg")
        assert (form["CallStatus"], form["Direction"], form["To"]) == ("in-progress", "outbound-api", BOB)
        assert "StirVerstat" not in form
        assert reported(world) == ["initiated", "ringing", "in-progress", "completed"]
        forms = world.application.got("/leg-status")
        assert [each["SequenceNumber"] for each in forms] == ["0", "1", "2", "3"]
        assert {each["CallbackSource"] for each in forms} == {"call-progress-events"}
        assert (forms[-1]["SipResponseCode"], forms[-1]["CallDuration"]) == ("200", str(call.duration_s))
        assert all("CallDuration" not in each for each in forms[:-1])


@pytest.mark.parametrize(
    ("pickup", "status", "sip_code", "rings"),
    [
        (Pickup.BUSY, "busy", "486", False),
        (Pickup.REJECTS, "busy", "603", True),
        (Pickup.FAILS, "failed", "503", False),
        (Pickup.NEVER, "no-answer", "487", True),
    ],
)
async def test_how_a_far_end_may_not_answer(open_world, pickup, status, sip_code, rings):
    async with open_world() as world:
        register(world, pickup=pickup)
        call = await placed(world, Timeout="20")
        await world.until_ended(call)
        assert (call.status, call.duration_s, call.line.answered_at_ms) == (status, 0, None)
        assert reported(world) == ["initiated", *(["ringing"] if rings else []), status]
        last = world.application.got("/leg-status")[-1]
        assert (last["SipResponseCode"], last["CallDuration"]) == (sip_code, "0")
        assert world.application.got("/leg") == []


async def test_an_address_nobody_registered_rings_out(open_world):
    async with open_world() as world:
        call = await placed(world, Timeout="10", events=("completed",))
        await world.step(10_200)
        assert call.status == "ringing"
        await world.step(200)
        assert call.status == "no-answer"
        (form,) = world.application.got("/leg-status")
        assert (form["CallStatus"], form["SequenceNumber"]) == ("no-answer", "0")


async def update(world, call, **form):
    return await world.rest("POST", f"/Calls/{call.sid}.json", data=form)


async def test_a_call_canceled_while_queued_tells_nobody(open_world):
    async with open_world() as world:
        call = await placed(world)
        assert (await update(world, call, Status="canceled"))[0] == 200
        await world.step(1000)
        assert (call.status, world.application.requests) == ("canceled", [])


@pytest.mark.parametrize("status", ["canceled", "completed"])
async def test_a_ringing_call_can_be_canceled_and_not_redirected(open_world, status):
    async with open_world() as world:
        call = await placed(world)
        await world.step(1000)
        code, error = await update(world, call, Url=world.application.base + "/other")
        assert (code, error["code"]) == (400, 21220)
        assert (await update(world, call, Status=status))[1]["status"] == "canceled"
        await world.step(100)
        assert reported(world) == ["initiated", "ringing", "canceled"]
        code, error = await update(world, call, Status="completed")
        assert (code, error["code"]) == (400, 21220)


async def test_an_answered_call_can_be_redirected_hung_up_and_not_canceled(open_world):
    async with open_world() as world:
        register(world, after_ms=500)
        world.application.pages |= {"/leg": '<Response><Pause length="60"/></Response>'}
        world.application.pages |= {"/other": '<Response><Pause length="60"/></Response>'}
        call = await placed(world)
        await world.step(1000)
        code, error = await update(world, call, Status="canceled")
        assert (code, error["code"]) == (400, 21220)
        await update(world, call, Url=world.application.base + "/other")
        await world.step(100)
        assert len(world.application.got("/other")) == 1
        assert (await update(world, call, Status="completed"))[1]["status"] == "completed"
        assert call.ended_by == "application"


async def test_the_callee_may_hang_up(open_world):
    async with open_world() as world:
        register(world, after_ms=500, steps=[{"when": "after_ms", "after_ms": 3000, "hang_up": True}])
        world.application.pages["/leg"] = '<Response><Pause length="60"/></Response>'
        call = await placed(world)
        await world.until_ended(call)
        assert (call.status, call.ended_by, call.duration_s) == ("completed", "callee", 3)


async def test_a_time_limit_ends_the_call(open_world):
    async with open_world() as world:
        register(world, after_ms=500)
        call = await placed(world, TimeLimit="5", Url=None, Twiml='<Response><Pause length="60"/></Response>')
        await world.until_ended(call)
        assert (call.duration_s, call.ended_by) == (5, "carrier")


async def test_keys_are_pressed_when_they_are_asked_for(open_world):
    async with open_world() as world:
        world.carrier.agents[BOB] = Agent(
            after_ms=500,
            steps=read_steps([{"when": "gather", "after_ms": 3000, "press": "2"}, {"when": "gather", "press": "1"}]),
        )
        gather = '<Response><Gather numDigits="1" action="/{}"><Say>anchor</Say></Gather></Response>'
        world.application.pages |= {"/leg": gather.format("key"), "/key": gather.format("again")}
        world.application.pages["/again"] = "<Response><Hangup/></Response>"
        call = await placed(world)
        await world.until_ended(call)
        assert [form["Digits"] for path in ("/key", "/again") for form in world.application.got(path)] == ["2", "1"]
        first, second = [verb for verb in call.verbs if verb.verb == "Gather"]
        assert first.ended_at_ms - first.started_at_ms == pytest.approx(3100, abs=60)
        assert second.ended_at_ms - second.started_at_ms < 300


async def test_ordered_keys_are_sent_before_the_document(open_world):
    async with open_world() as world:
        register(world, after_ms=500)
        world.application.pages["/leg"] = "<Response><Hangup/></Response>"
        call = await placed(world, SendDigits="wW1#", MachineDetection="Enable")
        await world.until_ended(call)
        (form,) = world.application.got("/leg")
        assert "AnsweredBy" not in form
        assert call.duration_s == 2  # 0.5 + 1.0 + twice 0.2


async def test_an_ordered_recording_is_named_when_the_call_is_completed(open_world):
    async with open_world() as world:
        register(world, after_ms=500, greeting="Hello.")
        world.application.pages["/leg"] = "<Response><Say>anchor basket</Say></Response>"
        base = world.application.base
        more = {"Record": "true", "RecordingChannels": "dual", "RecordingStatusCallback": base + "/recording"}
        call = await placed(world, Trim="do-not-trim", **more)
        await world.until_ended(call)
        (recording,) = call.recordings
        last = world.application.got("/leg-status")[-1]
        assert (last["RecordingSid"], last["RecordingDuration"]) == (recording.sid, str(call.duration_s))
        (form,) = world.application.got("/recording")
        assert (form["RecordingSource"], form["RecordingChannels"]) == ("OutboundAPI", "2")
