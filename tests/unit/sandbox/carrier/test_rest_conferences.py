"""Conferences and participants over REST: look, mute, hold, announce, coach, add, remove, end."""

import pytest

from sandbox import music, speech
from sandbox.carrier import calls
from tests.unit.sandbox.carrier.conferring import ROOM, a_room, conference, enter, events, heard, room_of, say
from tests.unit.sandbox.carrier.sound import channels


async def update(world, room, who, **form):
    status, row = await world.rest("POST", f"/Conferences/{room.sid}/Participants/{who}.json", data=form)
    await world.step(0)
    return status, row


async def test_a_conference_looks_like_the_carriers(open_world):
    async with open_world() as world:
        room, customer, _ = await a_room(world)
        _, row = await world.rest("GET", f"/Conferences/{room.sid}.json")
        assert (row["friendly_name"], row["status"], row["reason_conference_ended"]) == (ROOM, "in-progress", None)
        status, row = await world.rest("POST", f"/Conferences/{room.sid}.json", data={"Status": "completed"})
        assert (status, row["status"], row["reason_conference_ended"]) == (200, "completed", "conference-ended-via-api")
        await world.step(0)
        left = world.application.got("/room")[-3:]
        assert [form.get("ReasonParticipantLeft") for form in left] == ["conference_ended_via_api"] * 2 + [None]
        assert customer.is_live
        _, row = await world.rest("GET", f"/Conferences/{room.sid}/Participants.json")
        assert row["participants"] == []
        assert (await world.rest("POST", f"/Conferences/{room.sid}.json", data={"Status": "completed"}))[0] == 400


async def test_conferences_are_listed_newest_first_and_filtered(open_world):
    async with open_world() as world:
        for name in ("one", "two"):
            await enter(world, name=name)
        _, page = await world.rest("GET", "/Conferences.json?Status=init")
        assert [row["friendly_name"] for row in page["conferences"]] == ["two", "one"]
        _, page = await world.rest("GET", "/Conferences.json?FriendlyName=one")
        assert [row["friendly_name"] for row in page["conferences"]] == ["one"]
        _, error = await world.rest("GET", "/Conferences.json?Status=over")
        assert error["code"] == 20001


async def test_participants_go_by_call_or_label(open_world):
    async with open_world() as world:
        room, customer, other = await a_room(world)
        _, page = await world.rest("GET", f"/Conferences/{room.sid}/Participants.json")
        assert [(row["call_sid"], row["label"], row["status"]) for row in page["participants"]] == [
            (customer.sid, "customer", "connected"),
            (other.sid, "agent-3", "connected"),
        ]
        for who in ("customer", customer.sid):
            _, row = await world.rest("GET", f"/Conferences/{room.sid}/Participants/{who}.json")
            assert (row["call_sid"], row["muted"], row["hold"], row["coaching"]) == (customer.sid, False, False, False)
        for path in (
            f"{room.sid}/Participants/nobody",
            f"CF{'0' * 32}/Participants/customer",
            f"{ROOM}/Participants/x",
        ):
            status, error = await world.rest("GET", f"/Conferences/{path}.json")
            assert (status, error["code"]) == (404, 20404)


async def test_mute_is_heard_at_once_and_reported_once(open_world):
    async with open_world() as world:
        room, customer, other = await a_room(world)
        for _ in range(2):
            status, row = await update(world, room, "customer", Muted="true")
            assert (status, row["muted"]) == (200, True)
        await say(world, customer, "anchor basket")
        await update(world, room, customer.sid, Muted="false")
        await say(world, customer, "candle lemon")
        assert heard(other) == "candle lemon"
        assert events(world)[3:] == ["participant-mute", "participant-unmute"]
        assert [form["Muted"] for form in world.application.got("/room")[3:]] == ["true", "false"]


async def test_hold_plays_music_to_one_and_takes_them_out_of_the_talk(open_world):
    async with open_world() as world:
        world.application.pages["/hold"] = "<Response><Say>river</Say><Pause/></Response>"
        room, customer, other = await a_room(world)
        await update(world, room, "customer", Hold="true", HoldUrl=world.application.base + "/hold")
        since = customer.line.run()
        await say(world, customer, "anchor basket")
        await say(world, other, "candle lemon")
        assert set(heard(customer, since=since).split()) == {"river"}
        assert heard(other) is None
        assert world.application.requests[-1]["method"] == "GET"
        await update(world, room, "customer", Hold="false")
        since = customer.line.run()
        await say(world, other, "pepper")
        assert heard(customer, since=since) == "pepper"
        assert events(world)[3:] == ["participant-hold", "participant-unhold"]


async def test_hold_without_an_address_is_the_carriers_own_music(open_world):
    async with open_world() as world:
        room, customer, _ = await a_room(world)
        await update(world, room, "customer", Hold="true")
        await world.step(1000)
        assert music.while_waiting()[:4000] in bytes(customer.line.outbound.past)


async def test_an_announcement_to_everybody_and_one_to_one(open_world):
    async with open_world() as world:
        base = world.application.base
        world.application.pages |= {"/all": "<Response><Say>anchor</Say></Response>"}
        world.application.pages |= {"/one": "<Response><Say>basket</Say></Response>"}
        room, customer, other = await a_room(world)
        await world.rest("POST", f"/Conferences/{room.sid}.json", data={"AnnounceUrl": base + "/all"})
        await world.step(1500)
        await update(world, room, "customer", AnnounceUrl=base + "/one")
        await world.step(1500)
        assert (heard(customer), heard(other)) == ("anchor basket", "anchor")
        assert events(world)[3:] == ["announcement-end"] * 2
        assert [form["AnnounceUrl"] for form in world.application.got("/room")[3:]] == [base + "/all", base + "/one"]


async def test_an_announcement_that_cannot_be_played_is_reported(open_world):
    async with open_world() as world:
        room, _, _ = await a_room(world)
        await update(world, room, "customer", AnnounceUrl=world.application.base + "/nothing")
        await world.step(100)
        form = world.application.got("/room")[-1]
        assert (form["StatusCallbackEvent"], bool(form["ReasonAnnouncementFailed"])) == ("announcement-fail", True)


async def test_a_supervisor_listens_coaches_barges_and_stops(open_world):
    async with open_world() as world:
        room, customer, agent = await a_room(world)
        boss = await enter(world, 'beep="false" muted="true" participantLabel="supervisor-1"')
        await say(world, customer, "anchor")
        await update(world, room, "supervisor-1", Muted="false", Coaching="true", CallSidToCoach=agent.sid)
        await say(world, boss, "basket")
        _, row = await update(world, room, "supervisor-1", Coaching="false")
        assert (row["coaching"], row["call_sid_to_coach"]) == (False, agent.sid)
        await say(world, boss, "candle")
        assert (heard(customer), heard(agent), heard(boss)) == ("candle", "anchor basket candle", "anchor")
        assert "participant-modify" in events(world)


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"Muted": "yes"}, 20001),
        ({"Status": "completed"}, 20001),
        ({"Coaching": "true"}, 13240),
        ({"Coaching": "true", "CallSidToCoach": f"CA{'0' * 32}"}, 13240),
        ({"HoldUrl": "/hold"}, 21205),
        ({"AnnounceUrl": "announce"}, 21205),
        ({"HoldMethod": "PUT"}, 20001),
    ],
)
async def test_a_change_that_is_refused_changes_nothing(open_world, form, code):
    async with open_world() as world:
        room, customer, _ = await a_room(world)
        before = (room.members[customer.sid].muted, room.members[customer.sid].is_coaching, events(world))
        status, error = await update(world, room, "customer", **form)
        assert (status, error["code"]) == (400, code)
        assert (room.members[customer.sid].muted, room.members[customer.sid].is_coaching, events(world)) == before


async def test_who_is_removed_goes_on_with_what_follows(open_world):
    async with open_world() as world:
        room, customer, other = await a_room(world)
        assert (await world.raw("DELETE", f"/Conferences/{room.sid}/Participants/agent-3.json")).status == 204
        await world.step(100)
        form = world.application.got("/room")[-1]
        assert (form["ReasonParticipantLeft"], form["ParticipantLabel"]) == ("participant_updated_via_api", "agent-3")
        assert (other.is_live, other.verbs[-1].verb) == (True, "Pause")
        await world.raw("DELETE", f"/Conferences/{room.sid}/Participants/{customer.sid}.json")
        await world.step(100)
        assert room.reason_ended == "last-participant-kicked"


async def test_an_end_on_exit_that_was_set_later_counts(open_world):
    async with open_world() as world:
        room, customer, other = await a_room(world)
        _, row = await update(world, room, "customer", EndConferenceOnExit="true")
        assert row["end_conference_on_exit"] is True
        calls.hang_up(customer, by="caller")
        await world.step(20)
        assert (room.status, other.is_live) == ("completed", True)


async def test_the_recording_of_a_conference_can_be_paused(open_world):
    async with open_world() as world:
        anna = await enter(world, 'beep="false" record="record-from-start" trim="do-not-trim"')
        bob = await enter(world)
        room = room_of(world)
        path = f"/Conferences/{room.sid}/Recordings/Twilio.CURRENT.json"
        await say(world, anna, "anchor")
        await world.rest("POST", path, data={"Status": "paused"})
        await say(world, anna, "basket")
        await world.rest("POST", path, data={"Status": "in-progress"})
        await say(world, anna, "candle")
        for call in (anna, bob):
            calls.hang_up(call, by="caller")
        await world.step(500)
        assert speech.recognise(channels(world, room.recordings[0], count=1)[0]) == "anchor candle"
        _, page = await world.rest("GET", f"/Recordings.json?ConferenceSid={room.sid}")
        assert [row["source"] for row in page["recordings"]] == ["Conference"]


async def test_documents_go_where_rest_sends_them_out_of_a_room(open_world):
    async with open_world() as world:
        world.application.pages["/next"] = '<Response><Say>anchor</Say><Pause length="60"/></Response>'
        _, customer, other = await a_room(world)
        await world.rest("POST", f"/Calls/{customer.sid}.json", data={"Url": world.application.base + "/next"})
        await world.step(1500)
        assert (heard(customer), other.is_live) == ("anchor", True)
        calls.redirect(customer, source=conference('beep="false" participantLabel="customer"'))
        await world.step(100)
        await say(world, other, "basket")
        assert heard(customer) == "anchor basket"
