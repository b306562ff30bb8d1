"""The callbacks of a conference: what is told, to whom, with which parameters, and which of them a fault picks."""

from email.utils import parsedate_to_datetime

import pytest

from sandbox.carrier import calls
from tests.unit.sandbox.carrier.conferring import ROOM, enter, events, say, told


async def test_the_callbacks_have_the_parameters_of_the_carrier(open_world):
    async with open_world() as world:
        anna = await enter(world, told(world) + ' participantLabel="customer" endConferenceOnExit="true"')
        bob = await enter(world, 'participantLabel="agent-3" statusCallback="http://other.invalid/" muted="true"')
        calls.hang_up(anna, by="caller")
        await world.step(100)
        forms = world.application.got("/room")
        assert [form["StatusCallbackEvent"] for form in forms] == [
            *("participant-join", "participant-join", "conference-start"),
            *("participant-leave", "participant-leave", "conference-end"),
        ]
        assert [form["SequenceNumber"] for form in forms] == list("123456")
        assert {form["ConferenceSid"] for form in forms} == {anna.visits[0].room_sid}
        assert {(form["FriendlyName"], form["AccountSid"]) for form in forms} == {(ROOM, world.carrier.account_sid)}
        assert all(parsedate_to_datetime(form["Timestamp"]) for form in forms)
        first, second, start, left, removed, end = forms
        shown = ("CallSid", "ParticipantLabel", "Muted", "Hold", "Coaching", "EndConferenceOnExit")
        assert [first[name] for name in shown] == [anna.sid, "customer", "false", "false", "false", "true"]
        assert [second[name] for name in shown] == [bob.sid, "agent-3", "true", "false", "false", "false"]
        assert first["StartConferenceOnEnter"] == "true"
        assert "CallSid" not in start
        reasons = [(each["ReasonParticipantLeft"], each["ParticipantCallStatus"]) for each in (left, removed)]
        assert reasons == [("participant_hung_up", "completed"), ("moderator_ended_conference", "in-progress")]
        assert (end["ReasonConferenceEnded"], end["CallSidEndingConference"]) == (
            "participant-with-end-conference-on-exit-left",
            anna.sid,
        )
        assert end["ParticipantLabelEndingConference"] == "customer"
        assert bob.is_live


async def test_by_default_only_start_and_end_are_reported(open_world):
    async with open_world() as world:
        anna = await enter(world, f'statusCallback="{world.application.base}/room"')
        bob = await enter(world)
        for call in (anna, bob):
            calls.hang_up(call, by="caller")
            await world.step(40)
        assert events(world) == ["conference-start", "conference-end"]
        assert world.application.got("/room")[-1]["ReasonConferenceEnded"] == "last-participant-left"


async def test_who_speaks_is_reported_when_wanted(open_world):
    async with open_world() as world:
        anna, _ = await enter(world, told(world, start_events="speaker")), await enter(world)
        await say(world, anna, "anchor basket")
        await world.step(2000)
        assert events(world) == ["participant-speech-start", "participant-speech-stop"]
        assert world.application.got("/room")[0]["CallSid"] == anna.sid


@pytest.mark.parametrize("label", ["customer", "agent-3"])
async def test_a_fault_can_pick_the_callbacks_of_one_participant(open_world, label):
    async with open_world() as world:
        rule = {"action": "drop", "kind": "conference", "where": f"ParticipantLabel={label}"}
        world.carrier.faults.change({"callbacks": [rule]})
        await enter(world, told(world) + ' participantLabel="customer"')
        await enter(world, 'participantLabel="agent-3"')
        joined = [form for form in world.application.got("/room") if form["StatusCallbackEvent"] == "participant-join"]
        assert [form["ParticipantLabel"] for form in joined] == [{"customer": "agent-3"}.get(label, "customer")]
