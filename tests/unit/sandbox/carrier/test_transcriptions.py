"""A transcription tells what is said on both sides of a call, sentence by sentence, until it is stopped."""

import json

import numpy as np
import pytest

from sandbox import audio, speech
from sandbox.carrier import calls
from sandbox.carrier.state import InlineDocument

ANSWER = "Please tell me about your tents."
REQUEST = "Thank you very much."


def line_of(text: str, voice: str = "caller") -> bytes:
    return speech.say(text, voice=voice).audio


async def transcribed(world, attributes: str = "", *, then: str = '<Pause length="600"/>'):
    world.configure()
    start = f'<Start><Transcription statusCallbackUrl="/transcription" {attributes}/></Start>'
    world.application.pages["/voice"] = f"<Response>{start}{then}</Response>"
    return await world.call()


def told(world, event: str = "transcription-content") -> list[dict[str, str]]:
    return [form for form in world.application.got("/transcription") if form["TranscriptionEvent"] == event]


def words(world) -> list[tuple[str, str]]:
    return [
        (form["Track"], json.loads(form["TranscriptionData"])["transcript"])
        for form in told(world)
        if form["Final"] == "true"
    ]


async def test_both_sides_are_told_apart_and_in_order(open_world):
    async with open_world() as world:
        call = await transcribed(world, then='<Say>anchor basket</Say><Pause length="600"/>')
        await world.step(2500)
        call.line.say(line_of(ANSWER))
        await world.step(4000)
        assert words(world) == [("outbound_track", "anchor basket"), ("inbound_track", ANSWER)]


async def test_what_a_report_holds(open_world):
    async with open_world() as world:
        attributes = (
            'name="floor" inboundTrackLabel="customer" outboundTrackLabel="agent" languageCode="en-GB" '
            'transcriptionEngine="deepgram" speechModel="nova" hints="tent,stove"'
        )
        call = await transcribed(world, attributes)
        call.line.say(line_of(ANSWER))
        await world.step(4000)
        calls.hang_up(call, by="caller")
        await world.step(100)
        started, content, stopped = world.application.got("/transcription")
        assert started["TranscriptionEvent"] == "transcription-started"
        assert started["TranscriptionSid"].startswith("GT")
        assert (started["Name"], started["Track"], started["LanguageCode"]) == ("floor", "both_tracks", "en-GB")
        assert (started["InboundTrackLabel"], started["OutboundTrackLabel"]) == ("customer", "agent")
        assert (started["TranscriptionEngine"], started["PartialResults"]) == ("deepgram", "false")
        assert json.loads(started["ProviderConfiguration"]) == {"speechModel": "nova", "hints": "tent,stove"}
        assert json.loads(content["TranscriptionData"]) == {"transcript": ANSWER, "confidence": 0.95}
        assert (content["Final"], "Stability" in content) == ("true", False)
        assert stopped["TranscriptionEvent"] == "transcription-stopped"
        assert [each["SequenceId"] for each in (started, content, stopped)] == ["1", "2", "3"]
        assert {each["CallSid"] for each in (started, content, stopped)} == {call.sid}
        assert all(each["Timestamp"].endswith("Z") for each in (started, content, stopped))


@pytest.mark.parametrize(("track", "heard"), [("inbound_track", ANSWER), ("outbound_track", "anchor basket")])
async def test_one_side_alone(open_world, track, heard):
    async with open_world() as world:
        call = await transcribed(world, f'track="{track}"', then='<Say>anchor basket</Say><Pause length="600"/>')
        call.line.say(line_of(ANSWER))
        await world.step(4000)
        assert words(world) == [(track, heard)]


async def test_partial_results_come_while_someone_speaks(open_world):
    async with open_world() as world:
        call = await transcribed(world, 'partialResults="true" track="inbound_track"')
        call.line.say(line_of(f"{ANSWER}"))
        await world.step(1400)
        partial, *_ = told(world)
        assert (partial["Final"], partial["Stability"]) == ("false", "0.9")
        beginning = json.loads(partial["TranscriptionData"])["transcript"]
        assert ANSWER.startswith(beginning)
        assert beginning != ANSWER
        await world.step(3000)
        assert words(world) == [("inbound_track", ANSWER)]


async def test_it_goes_on_through_new_instructions(open_world):
    async with open_world() as world:
        call = await transcribed(world)
        calls.redirect(call, source=InlineDocument('<Response><Pause length="600"/></Response>'))
        await world.step(100)
        call.line.say(line_of(ANSWER))
        await world.step(4000)
        assert words(world) == [("inbound_track", ANSWER)]


async def test_the_last_words_before_a_hang_up_are_told(open_world):
    async with open_world() as world:
        call = await transcribed(world)
        call.line.say(line_of(REQUEST))
        await world.step(len(line_of(REQUEST)) / 8)
        assert words(world) == []
        calls.hang_up(call, by="caller")
        await world.step(100)
        assert words(world) == [("inbound_track", REQUEST)]
        assert len(told(world, "transcription-stopped")) == 1


async def test_stop_by_name_ends_it(open_world):
    async with open_world() as world:
        then = '<Pause/><Stop><Transcription name="a"/></Stop><Pause length="600"/>'
        call = await transcribed(world, 'name="a"', then=then)
        await world.step(1100)
        assert len(told(world, "transcription-stopped")) == 1
        call.line.say(line_of(ANSWER))
        await world.step(4000)
        assert (words(world), world.problems()) == ([], [])


async def test_nothing_of_that_name_to_stop_is_a_warning(open_world):
    async with open_world() as world:
        await transcribed(world, then='<Stop><Transcription name="b"/></Stop><Pause length="600"/>')
        await world.step(100)
        assert world.problems() == [("warning", 12200)]


async def test_a_name_can_run_once_at_a_time(open_world):
    async with open_world() as world:
        again = '<Start><Transcription name="a"/></Start><Pause length="600"/>'
        call = await transcribed(world, 'name="a"', then=again)
        await world.step(100)
        assert world.problems() == [("error", 32650)]
        assert (len(call.transcriptions), call.is_live) == (1, True)


async def test_keys_noise_and_clicks_are_no_words(open_world):
    async with open_world() as world:
        call = await transcribed(world)
        world.carrier.spawn(calls.press(world.carrier, call=call, keys="4242"))
        await world.step(2000)
        call.line.say(b"\x10\x90" * 4000)
        await world.step(3000)
        assert told(world) == []


async def test_two_voices_at_once_are_not_nothing(open_world):
    async with open_world() as world:
        call = await transcribed(world)
        loud, quiet = audio.decode_mulaw(line_of(ANSWER)), audio.decode_mulaw(line_of(REQUEST)) // 4
        mixed = loud.astype(np.int32)
        mixed[: len(quiet)] += quiet
        call.line.say(audio.encode_mulaw(mixed))
        await world.step(4000)
        ((_, heard),) = words(world)
        assert set(heard.split()) & set(ANSWER.split())


async def test_over_rest_it_is_started_and_stopped(open_world):
    async with open_world() as world:
        call = await transcribed(world)
        path = f"/Calls/{call.sid}/Transcriptions"
        facts = {"Name": "rest", "Track": "inbound_track", "StatusCallbackUrl": world.application.base + "/other"}
        status, started = await world.rest("POST", f"{path}.json", data=facts)
        assert (status, started["status"], started["name"]) == (201, "in-progress", "rest")
        assert started["uri"].endswith(f"/Transcriptions/{started['sid']}.json")
        assert (await world.rest("POST", f"{path}.json", data=facts))[1]["code"] == 32650
        status, stopped = await world.rest("POST", f"{path}/rest.json", data={"Status": "stopped"})
        assert (status, stopped["sid"], stopped["status"]) == (200, started["sid"], "stopped")
        await world.step(100)
        events = [form["TranscriptionEvent"] for form in world.application.got("/other")]
        assert events == ["transcription-started", "transcription-stopped"]


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"StatusCallbackUrl": "/relative"}, 21205),
        ({"Track": "both"}, 20001),
        ({"PartialResults": "yes"}, 20001),
        ({"Engine": "google"}, 20001),
    ],
)
async def test_over_rest_wrong_wishes_are_refused(open_world, facts, code):
    async with open_world() as world:
        call = await transcribed(world)
        status, answer = await world.rest("POST", f"/Calls/{call.sid}/Transcriptions.json", data=facts)
        assert (status, answer["code"]) == (400, code)


async def test_over_rest_only_a_call_in_progress_can_be_transcribed(open_world):
    async with open_world() as world:
        call = await transcribed(world)
        path = f"/Calls/{call.sid}/Transcriptions"
        assert (await world.rest("POST", f"{path}/nobody.json", data={"Status": "stopped"}))[0] == 404
        calls.hang_up(call, by="caller")
        await world.step(100)
        assert (await world.rest("POST", f"{path}.json", data={}))[1]["code"] == 21220


async def test_in_a_conference_the_others_are_the_outbound_side(open_world):
    async with open_world() as world:
        room = '<Dial><Conference beep="false">room</Conference></Dial>'
        customer = await transcribed(world, then=room)
        world.application.pages["/voice"] = f"<Response>{room}</Response>"
        agent = await world.call(from_="+12125550111")
        await world.step(500)
        customer.line.say(line_of(REQUEST))
        await world.step(4000)
        agent.line.say(line_of(ANSWER))
        await world.step(5000)
        assert words(world) == [("inbound_track", REQUEST), ("outbound_track", ANSWER)]
