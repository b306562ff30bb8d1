"""Conferences: who hears whom, when they begin and end, and what is reported."""

import pytest

from sandbox import audio, music, speech
from sandbox.carrier import calls, rooms
from sandbox.carrier.state import InlineDocument
from tests.unit.sandbox.carrier.conferring import ROOM, conference, enter, events, heard, room_of, say, told
from tests.unit.sandbox.carrier.sound import channels, share, tone


async def test_everybody_hears_the_others_and_never_themselves(open_world):
    async with open_world() as world:
        anna, bob, carol = [await enter(world) for _ in range(3)]
        await say(world, anna, "anchor basket")
        await say(world, bob, "candle lemon")
        assert (heard(anna), heard(bob), heard(carol)) == (
            "candle lemon",
            "anchor basket",
            "anchor basket candle lemon",
        )


async def test_sound_passes_byte_for_byte_and_with_the_delay_of_the_buffer(open_world):
    async with open_world() as world:
        anna, bob = [await enter(world, 'beep="false" jitterBufferSize="off"') for _ in range(2)]
        await world.step(100)
        spoken = bytes(range(1, 101)) * 16
        began = bob.line.run()
        anna.line.say(spoken)
        await world.step(400)
        bob.line.run()
        assert bytes(bob.line.outbound.past)[began + 160 : began + 160 + len(spoken)] == spoken
        large = await enter(world, 'beep="false"')
        await world.step(100)
        began = large.line.run()
        anna.line.say(spoken)
        await world.step(400)
        large.line.run()
        assert bytes(large.line.outbound.past).index(spoken) == began + 160 + 480


async def test_two_who_speak_at_once_are_both_in_what_a_third_hears(open_world):
    async with open_world() as world:
        anna, bob, carol = [await enter(world, 'beep="false" jitterBufferSize="off"') for _ in range(3)]
        await world.step(100)
        began = carol.line.run()
        for call, hz in ((anna, 500), (bob, 1200)):
            call.line.say(tone(hz))
        await world.step(400)
        carol.line.run()
        mixed = bytes(carol.line.outbound.past)[began + 160 : began + 160 + 2400]
        assert [share(mixed, hz) > 0.4 for hz in (500, 1200, 800)] == [True, True, False]


async def test_the_first_one_waits_with_music_and_the_second_ends_the_wait(open_world):
    async with open_world() as world:
        anna = await enter(world, told(world))
        await world.step(2000)
        room = room_of(world)
        assert (room.status, events(world)) == ("init", ["participant-join"])
        anna.line.run()
        assert music.while_waiting()[:4000] in bytes(anna.line.outbound.past)
        await enter(world)
        assert (room.status, events(world)[1:]) == ("in-progress", ["participant-join", "conference-start"])
        began = anna.line.run()
        await world.step(1000)
        anna.line.run()
        assert audio.level_dbfs(bytes(anna.line.outbound.past)[began + 800 :]) < -90


async def test_those_who_may_not_start_wait_for_one_who_may(open_world):
    async with open_world() as world:
        waiting = told(world) + ' startConferenceOnEnter="false"'
        anna, bob = await enter(world, waiting), await enter(world, waiting)
        await say(world, anna, "anchor basket")
        assert (room_of(world).status, heard(bob)) == ("init", None)
        await enter(world)
        await say(world, anna, "candle lemon")
        assert (room_of(world).status, heard(bob)) == ("in-progress", "candle lemon")


async def test_a_wait_document_is_played_again_and_again_with_its_own_verbs(open_world):
    async with open_world() as world:
        base = world.application.base
        world.application.pages |= {
            "/wait": "<Response><Say>anchor</Say><Pause/><Redirect>/more</Redirect></Response>",
            "/more": "<Response><Say>basket</Say></Response>",
        }
        anna = await enter(world, f'waitUrl="{base}/wait"')
        await world.step(6000)
        assert heard(anna).startswith("anchor basket anchor basket")
        assert world.application.got("/wait")[0]["CallSid"] == anna.sid


@pytest.mark.parametrize("page", ["<Response><Hangup/></Response>", "<Response><Sing/></Response>", None])
async def test_a_wait_document_that_cannot_be_played_leaves_silence(open_world, page):
    async with open_world() as world:
        world.application.pages |= {"/wait": page} if page else {}
        anna = await enter(world, f'waitUrl="{world.application.base}/wait"')
        await world.step(1000)
        assert [kind for kind, _ in world.problems()] == ["error"]
        assert (heard(anna), anna.is_live, room_of(world).status) == (None, True, "init")


async def test_an_empty_wait_address_is_silence(open_world):
    async with open_world() as world:
        anna = await enter(world, 'waitUrl=""')
        await world.step(1000)
        anna.line.run()
        assert audio.level_dbfs(bytes(anna.line.outbound.past)) < -90


async def test_new_instructions_take_a_call_out_of_the_room(open_world):
    async with open_world() as world:
        anna, bob = await enter(world, told(world)), await enter(world)
        calls.redirect(bob, source=InlineDocument("<Response><Say>anchor</Say><Pause/></Response>"))
        await world.step(100)
        left = world.application.got("/room")[-1]
        assert (left["CallSid"], left["ReasonParticipantLeft"], left["ParticipantCallStatus"]) == (
            bob.sid,
            "participant_updated_via_api",
            "in-progress",
        )
        assert room_of(world).is_started
        await say(world, anna, "candle lemon")
        assert heard(bob) == "anchor"


async def test_a_taken_label_is_16025_and_the_next_verb_follows(open_world):
    async with open_world() as world:
        await enter(world, 'participantLabel="customer"')
        bob = await enter(world, 'participantLabel="customer"', dial='action="http://x.invalid/"')
        assert world.problems() == [("error", 16025)]
        assert bob.verbs[-1].verb == "Pause"
        assert len(room_of(world).members) == 1


async def test_a_full_room_takes_nobody(open_world):
    async with open_world() as world:
        calls_ = [await enter(world, 'maxParticipants="2"') for _ in range(3)]
        assert [bool(call.visits) for call in calls_] == [True, True, False]
        assert calls_[2].is_live


async def test_coaching_somebody_who_is_not_there_is_13240(open_world):
    async with open_world() as world:
        await enter(world)
        call = await enter(world, f'coach="CA{"0" * 32}"')
        assert world.problems() == [("error", 13240)]
        assert call.visits == []


async def test_a_coach_hears_all_and_is_heard_by_one(open_world):
    async with open_world() as world:
        customer, agent = await enter(world), await enter(world)
        coach = await enter(world, f'beep="false" coach="{agent.sid}"')
        await say(world, coach, "anchor basket")
        await say(world, customer, "candle lemon")
        assert (heard(agent), heard(customer), heard(coach)) == ("anchor basket candle lemon", None, "candle lemon")


async def test_who_is_muted_hears_and_is_not_heard(open_world):
    async with open_world() as world:
        anna, bob = await enter(world, 'muted="true" beep="false"'), await enter(world)
        await say(world, anna, "anchor basket")
        await say(world, bob, "candle lemon")
        assert (heard(anna), heard(bob)) == ("candle lemon", None)


@pytest.mark.parametrize(
    ("beep", "enters", "exits"),
    [("true", True, True), ("false", False, False), ("onEnter", True, False), ("onExit", False, True)],
)
async def test_beeps(open_world, beep, enters, exits):
    async with open_world() as world:
        anna, _ = await enter(world, 'jitterBufferSize="off" beep="false"'), await enter(world)
        began = anna.line.run()
        bob = await enter(world, f'beep="{beep}"')
        await world.step(500)
        calls.hang_up(bob, by="caller")
        await world.step(500)
        anna.line.run()
        sound = bytes(anna.line.outbound.past)[began:]
        assert (music.somebody_came() in sound, music.somebody_left() in sound) == (enters, exits)


async def test_after_the_room_the_action_is_asked(open_world):
    async with open_world() as world:
        base = world.application.base
        world.application.pages["/after"] = '<Response><Pause length="60"/></Response>'
        anna = await enter(world, dial=f'action="{base}/after"')
        bob = await enter(world, 'endConferenceOnExit="true"')
        await world.step(3000)
        calls.hang_up(bob, by="caller")
        await world.step(100)
        (form,) = world.application.got("/after")
        assert (form["DialCallStatus"], form["DialCallDuration"], form["CallStatus"]) == (
            "answered",
            "3",
            "in-progress",
        )
        assert anna.is_live


async def test_a_hang_up_in_the_room_asks_the_action_all_the_same(open_world):
    async with open_world() as world:
        anna = await enter(world, dial=f'action="{world.application.base}/after"')
        calls.hang_up(anna, by="caller")
        await world.step(100)
        (form,) = world.application.got("/after")
        assert (form["CallStatus"], form["DialCallStatus"]) == ("completed", "answered")


async def test_a_star_leaves_the_room_when_it_may(open_world):
    async with open_world() as world:
        anna, bob = await enter(world, dial='hangupOnStar="true"'), await enter(world)
        for call in (anna, bob):
            world.carrier.spawn(calls.press(world.carrier, call=call, keys="*"))
        await world.step(500)
        assert [bool(call.visits[0].left_at_ms) for call in (anna, bob)] == [True, False]
        assert anna.visits[0].reason == "participant_hung_up"


async def test_a_time_limit_leaves_the_room(open_world):
    async with open_world() as world:
        anna = await enter(world, dial='timeLimit="5"')
        await world.step(4900)
        assert anna.visits[0].left_at_ms is None
        await world.step(200)
        assert (anna.visits[0].left_at_ms - anna.visits[0].joined_at_ms, anna.is_live) == (5000, True)


async def test_a_room_that_is_over_makes_place_for_another_of_its_name(open_world):
    async with open_world() as world:
        anna = await enter(world)
        first = room_of(world)
        calls.hang_up(anna, by="caller")
        await world.step(20)
        assert rooms.find(world.carrier, ROOM) is None
        await enter(world)
        assert (first.status, room_of(world) is first) == ("completed", False)


async def test_a_call_recording_goes_on_through_a_conference_with_one_side_on_each_channel(open_world):
    async with open_world() as world:
        start = f'<Start><Recording trim="do-not-trim" recordingStatusCallback="{world.application.base}/rec"/></Start>'
        document = InlineDocument(f"<Response>{start}{conference().twiml.removeprefix('<Response>')}")
        anna, bob = await enter(world), await enter(world)
        calls.redirect(anna, source=document)
        await world.step(100)
        await say(world, anna, "anchor basket")
        await say(world, bob, "candle lemon")
        calls.redirect(anna, source=InlineDocument("<Response><Say>river</Say></Response>"))
        await world.until_ended(anna)
        (recording,) = anna.recordings
        left, right = channels(world, recording, count=2)
        assert (speech.recognise(left), speech.recognise(right)) == ("anchor basket", "candle lemon river")


async def test_a_conference_recording_is_mono_and_without_the_coach(open_world):
    async with open_world() as world:
        base = world.application.base
        recorded = f'record="record-from-start" trim="do-not-trim" recordingStatusCallback="{base}/rec"'
        anna, bob = await enter(world, f'beep="false" {recorded}'), await enter(world)
        coach = await enter(world, f'beep="false" coach="{bob.sid}"')
        room = room_of(world)
        await say(world, anna, "anchor basket")
        await say(world, coach, "pepper")
        await say(world, bob, "candle lemon")
        for call in (anna, bob, coach):
            calls.hang_up(call, by="caller")
        await world.step(500)
        (form,) = world.application.got("/rec")
        facts = ("RecordingSource", "RecordingChannels", "ConferenceSid", "CallSid", "RecordingStatus")
        assert [form[name] for name in facts] == ["Conference", "1", room.sid, anna.sid, "completed"]
        (recording,) = room.recordings
        assert speech.recognise(channels(world, recording, count=1)[0]) == "anchor basket candle lemon"


async def test_the_sound_of_a_room_does_not_depend_on_how_time_is_stepped(open_world):
    async with open_world() as world:
        anna, bob = await enter(world), await enter(world)
        anna.line.say(speech.say("anchor basket candle").audio)
        for ms in (1, 33.3, 7, 250, 20, 19.5, 1000, 2000):
            await world.carrier.clock.advance(ms)
        assert heard(bob) == "anchor basket candle"
