"""Participants who are dialled straight into a conference over REST."""

import pytest

from sandbox import speech
from sandbox.carrier import agents, calls
from tests.unit.sandbox.carrier.conferring import ROOM, a_room, enter, events, heard, room_of, say
from tests.unit.sandbox.carrier.conftest import NUMBER
from tests.unit.sandbox.carrier.sound import channels

BOB = "+14155550177"


async def add(world, name=ROOM, **form):
    """Dial somebody into a conference."""
    wanted = {"To": BOB, "From": NUMBER, "Label": "agent-7", "Beep": "false"} | form
    return await world.rest("POST", f"/Conferences/{name}/Participants.json", data=wanted)


async def test_somebody_is_dialled_into_the_room(open_world):
    async with open_world() as world:
        world.carrier.agents[BOB] = agents.read({"after_ms": 500, "voice": "caller-f1"})
        room, customer, _ = await a_room(world)
        status, row = await add(world, StatusCallback=world.application.base + "/leg-status")
        assert (status, row["status"], row["label"], row["conference_sid"]) == (201, "queued", "agent-7", room.sid)
        await world.step(500)
        _, row = await world.rest("GET", f"/Conferences/{room.sid}/Participants/agent-7.json")
        assert row["status"] == "ringing"
        await world.step(500)
        _, row = await world.rest("GET", f"/Conferences/{room.sid}/Participants/agent-7.json")
        assert row["status"] == "connected"
        bob = world.carrier.calls[row["call_sid"]]
        await say(world, bob, "anchor basket", voice="caller-f1")
        assert heard(customer) == "anchor basket"
        await world.raw("DELETE", f"/Conferences/{room.sid}/Participants/agent-7.json")
        await world.until_ended(bob)
        assert [form["CallStatus"] for form in world.application.got("/leg-status")] == ["completed"]


@pytest.mark.parametrize(("pickup", "status"), [("busy", "busy"), ("never", "no-answer"), ("fails", "failed")])
async def test_who_cannot_be_reached_is_reported_as_a_participant_that_left(open_world, pickup, status):
    async with open_world() as world:
        world.carrier.agents[BOB] = agents.read({"pickup": pickup})
        room, _, _ = await a_room(world)
        _, row = await add(world, Timeout="5")
        await world.step(6000)
        form = world.application.got("/room")[-1]
        assert form["StatusCallbackEvent"] == "participant-leave"
        facts = ("CallSid", "ParticipantLabel", "ParticipantCallStatus", "ReasonParticipantLeft")
        assert [form[name] for name in facts] == [row["call_sid"], "agent-7", status, "participant_add_failed"]
        assert len(room.members) == 2


async def test_a_new_room_is_opened_by_who_is_dialled_first(open_world):
    async with open_world() as world:
        world.carrier.agents[BOB] = agents.read({"after_ms": 500})
        base = world.application.base
        settings = {"ConferenceStatusCallback": base + "/room", "ConferenceStatusCallbackEvent": "start join end"}
        recorded = {"ConferenceRecord": "true", "ConferenceRecordingStatusCallback": base + "/rec"}
        status, _ = await add(world, "new-room", **settings, **recorded, EndConferenceOnExit="true")
        assert status == 201
        await world.step(1000)
        carol = await enter(world, name="new-room")
        room = room_of(world, "new-room")
        await say(world, carol, "anchor basket")
        _, page = await world.rest("GET", f"/Conferences/{room.sid}/Recordings.json")
        (row,) = page["recordings"]
        assert (row["conference_sid"], row["status"], row["channels"]) == (room.sid, "in-progress", 1)
        (bob,) = [call for call in world.carrier.calls.values() if call.is_outgoing]
        calls.hang_up(bob, by="caller")
        await world.step(500)
        assert events(world) == ["participant-join", "participant-join", "conference-start", "conference-end"]
        (form,) = world.application.got("/rec")
        assert form["ConferenceSid"] == room.sid
        assert speech.recognise(channels(world, room.recordings[0], count=1)[0]) == "anchor basket"


async def test_a_leg_that_is_dialled_in_can_be_recorded_on_two_channels(open_world):
    async with open_world() as world:
        world.carrier.agents[BOB] = agents.read({"after_ms": 500})
        _, customer, _ = await a_room(world)
        _, row = await add(world, Record="true", RecordingChannels="dual", Trim="do-not-trim")
        await world.step(1000)
        bob = world.carrier.calls[row["call_sid"]]
        await say(world, bob, "anchor basket")
        await say(world, customer, "candle lemon")
        calls.hang_up(bob, by="caller")
        await world.step(500)
        left, right = channels(world, bob.recordings[0], count=2)
        assert (speech.recognise(left), speech.recognise(right)) == ("anchor basket", "candle lemon")


async def test_a_machine_is_reported_beside_the_conference(open_world):
    async with open_world() as world:
        greeting = "We are sorry, we cannot take your call right now. Please try again in a few minutes. Goodbye."
        world.carrier.agents[BOB] = agents.read({"after_ms": 500, "voice": "assistant", "greeting": greeting})
        await a_room(world)
        await add(world, MachineDetection="Enable", AmdStatusCallback=world.application.base + "/amd")
        await world.step(5000)
        (form,) = world.application.got("/amd")
        assert form["AnsweredBy"] == "machine_start"


@pytest.mark.parametrize(
    ("name", "form", "code"),
    [
        (ROOM, {"Label": "customer"}, 16025),
        (ROOM, {"Label": "x" * 129}, 20001),
        (ROOM, {"Coaching": "true"}, 13240),
        (ROOM, {"Coaching": "true", "CallSidToCoach": f"CA{'0' * 32}"}, 13240),
        (ROOM, {"Timeout": "4"}, 20001),
        (ROOM, {"MaxParticipants": "1"}, 20001),
        (ROOM, {"ConferenceRecord": "yes"}, 20001),
        (ROOM, {"ConferenceStatusCallbackEvent": "started"}, 21626),
        (ROOM, {"To": "bob"}, 21211),
        (ROOM, {"From": "+12125550000"}, 21210),
        (ROOM, {"Url": "http://x.invalid/"}, 20001),
        ("x" * 129, {}, 20001),
        (f"CF{'0' * 32}", {}, 20404),
    ],
)
async def test_a_participant_who_is_refused_is_not_dialled(open_world, name, form, code):
    async with open_world() as world:
        await a_room(world)
        status, error = await add(world, name, **form)
        assert (status, error["code"]) == (404 if code == 20404 else 400, code)
        assert world.carrier.ledger.since(kind="dial") == []


async def test_a_participant_on_the_way_can_be_called_off(open_world):
    async with open_world() as world:
        room, _, _ = await a_room(world)
        _, row = await add(world)
        await world.step(1000)
        path = f"/Conferences/{room.sid}/Participants/agent-7.json"
        status, error = await world.rest("POST", path, data={"Muted": "true"})
        assert (status, error["code"]) == (400, 21220)
        assert (await world.raw("DELETE", path)).status == 204
        await world.step(100)
        assert world.carrier.calls[row["call_sid"]].status == "canceled"
        assert world.application.got("/room")[-1]["ReasonParticipantLeft"] == "participant_add_failed"


async def test_the_end_of_a_room_calls_off_who_is_on_the_way(open_world):
    async with open_world() as world:
        room, _, _ = await a_room(world)
        _, row = await add(world)
        await world.step(1000)
        await world.rest("POST", f"/Conferences/{room.sid}.json", data={"Status": "completed"})
        await world.step(100)
        assert world.carrier.calls[row["call_sid"]].status == "canceled"
