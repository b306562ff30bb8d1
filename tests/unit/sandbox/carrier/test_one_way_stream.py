"""A one-way stream is a copy of a side of the call for whoever listens; the call does not notice."""

import base64
import json

import pytest

from sandbox import speech
from sandbox.carrier import calls
from sandbox.carrier.state import InlineDocument

SAID = speech.say("anchor basket", voice="assistant").audio
ANSWER = speech.say("Thank you very much.").audio


async def copied(world, attributes: str = 'track="both_tracks"', *, then: str = '<Pause length="600"/>'):
    world.configure()
    stream = f'<Stream url="{world.application.media_url}" statusCallback="/stream-status" {attributes}>'
    world.application.pages["/voice"] = (
        f'<Response><Start>{stream}<Parameter name="seat" value="7"/></Stream></Start>{then}</Response>'
    )
    return await world.call()


def sound(world, track: str) -> bytes:
    frames = [each["media"] for each in world.application.events("media")]
    return b"".join(base64.b64decode(each["payload"]) for each in frames if each["track"] == track)


def reported(world) -> list[str]:
    return [form["StreamEvent"] for form in world.application.got("/stream-status")]


async def test_both_sides_are_copied_sample_by_sample(open_world):
    async with open_world() as world:
        call = await copied(world, then='<Say>anchor basket</Say><Pause length="600"/>')
        call.line.say(ANSWER)
        await world.step(2000)
        (log,) = call.copies
        begin = int(log.started_at_call_ms * 8)
        assert sound(world, "outbound") == bytes(call.line.outbound.past[begin : begin + 16000])
        assert sound(world, "inbound") == bytes(call.line.inbound.past[begin : begin + 16000])
        assert SAID in sound(world, "outbound")
        assert ANSWER in sound(world, "inbound")


async def test_its_messages(open_world):
    async with open_world() as world:
        call = await copied(world, 'track="both_tracks" name="listener"')
        await world.step(100)
        connected, start, *frames = world.application.messages
        assert connected["event"] == "connected"
        assert start["start"]["tracks"] == ["inbound", "outbound"]
        assert start["start"]["customParameters"] == {"seat": "7"}
        assert start["start"]["callSid"] == call.sid
        media = [frame["media"] for frame in frames]
        assert [each["track"] for each in media] == ["inbound", "outbound"] * 5
        assert [each["chunk"] for each in media] == [str(1 + n // 2) for n in range(10)]
        assert [each["timestamp"] for each in media] == [str(20 + 20 * (n // 2)) for n in range(10)]
        assert [frame["sequenceNumber"] for frame in frames] == [str(n) for n in range(2, 12)]
        assert reported(world) == ["stream-started"]


@pytest.mark.parametrize(
    ("attributes", "tracks"), [("", {"inbound"}), ('track="outbound_track"', {"outbound"})], ids=["inbound", "outbound"]
)
async def test_one_side_alone(open_world, attributes, tracks):
    async with open_world() as world:
        await copied(world, attributes)
        await world.step(100)
        assert {each["media"]["track"] for each in world.application.events("media")} == tracks
        assert len(world.application.events("media")) == 5


async def test_it_outlives_documents_and_ends_with_the_call(open_world):
    async with open_world() as world:
        call = await copied(world)
        calls.redirect(call, source=InlineDocument('<Response><Pause length="600"/></Response>'))
        await world.step(500)
        assert call.copies[0].state == "open"
        calls.hang_up(call, by="caller")
        await world.step(100)
        (log,) = call.copies
        assert (log.state, log.ended_by, log.close_code) == ("closed", "carrier", 1000)
        assert world.application.messages[-1]["event"] == "stop"
        assert reported(world) == ["stream-started", "stream-stopped"]


async def test_stop_by_name(open_world):
    async with open_world() as world:
        then = '<Pause/><Stop><Stream name="a"/></Stop><Pause length="600"/>'
        call = await copied(world, 'name="a"', then=then)
        await world.step(1200)
        assert (call.copies[0].ended_by, call.is_live) == ("carrier", True)
        assert len(world.application.events("stop")) == 1
        assert world.problems() == []


async def test_a_listener_who_closes_ends_it_and_the_call_goes_on(open_world):
    async with open_world() as world:

        async def leaves(ws, application):
            async for frame in ws:
                if json.loads(frame.data).get("sequenceNumber") == "5":
                    await ws.close()

        world.application.media = leaves
        call = await copied(world)
        await world.step(500)
        (log,) = call.copies
        assert (log.state, log.ended_by, log.close_code) == ("closed", "application", 1000)
        assert call.is_live
        assert world.problems() == [("warning", 31921)]


async def test_what_a_listener_says_is_dropped(open_world):
    async with open_world() as world:
        world.application.answer_start(
            lambda m: json.dumps({"event": "media", "streamSid": m["streamSid"], "media": {"payload": "////"}})
        )
        call = await copied(world)
        await world.step(300)
        assert world.problems() == [("warning", 31951)]
        call.line.run()
        assert set(call.line.outbound.past) == {0xFF}


async def test_keys_are_not_told_and_are_heard(open_world):
    async with open_world() as world:
        call = await copied(world)
        world.carrier.spawn(calls.press(world.carrier, call=call, keys="5"))
        await world.step(500)
        assert world.application.events("dtmf") == []
        assert set(sound(world, "inbound")) != {0xFF}


async def test_a_refused_handshake_is_reported_and_the_call_goes_on(open_world):
    async with open_world() as world:
        world.application.refuse_media = 403
        call = await copied(world)
        await world.step(100)
        assert (call.copies[0].state, call.is_live) == ("refused", True)
        assert (world.problems(), reported(world)) == ([("error", 31920)], ["stream-error"])


async def test_it_runs_beside_the_assistants_stream(open_world):
    async with open_world() as world:
        call = await world.streaming_call()
        await world.step(200)
        url = world.application.media_url + "listen/"
        facts = {"Url": url, "Track": "both_tracks", "Parameter1.Name": "seat", "Parameter1.Value": "7"}
        status, made = await world.rest("POST", f"/Calls/{call.sid}/Streams.json", data=facts)
        assert (status, made["status"], made["sid"][:2]) == (201, "in-progress", "MZ")
        await world.step(100)
        assert [log.state for log in (*call.streams, *call.copies)] == ["open", "refused"]  # nobody serves that path
        assert call.copies[0].parameters == {"seat": "7"}


async def test_over_rest_it_is_started_and_stopped(open_world):
    async with open_world() as world:
        world.configure()
        world.application.pages["/voice"] = '<Response><Say>anchor</Say><Pause length="600"/></Response>'
        call = await world.call()
        path = f"/Calls/{call.sid}/Streams"
        facts = {"Url": world.application.media_url, "Name": "floor"}
        status, made = await world.rest("POST", f"{path}.json", data=facts)
        assert (status, made["name"]) == (201, "floor")
        await world.step(100)
        assert (await world.rest("POST", f"{path}.json", data=facts))[1]["code"] == 20001
        status, stopped = await world.rest("POST", f"{path}/floor.json", data={"Status": "stopped"})
        assert (status, stopped["sid"], stopped["status"]) == (200, made["sid"], "stopped")
        await world.step(100)
        assert (await world.rest("POST", f"{path}/floor.json", data={"Status": "stopped"}))[1]["code"] == 21220
        assert (await world.rest("POST", f"{path}/other.json", data={"Status": "stopped"}))[0] == 404


async def test_four_tracks_are_the_most(open_world):
    async with open_world() as world:
        call = await copied(world)
        path, url = f"/Calls/{call.sid}/Streams.json", world.application.media_url
        assert (await world.rest("POST", path, data={"Url": url, "Track": "both_tracks"}))[0] == 201
        status, answer = await world.rest("POST", path, data={"Url": url})
        assert (status, answer["code"]) == (400, 31941)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"Url": "https://x.test/media"}, 21205),
        ({"StatusCallback": "/relative"}, 21205),
        ({"Track": "both"}, 20001),
        ({"Parameter1.Value": "x"}, 20001),
        ({"Parameter100.Name": "x"}, 20001),
    ],
)
async def test_over_rest_wrong_wishes_are_refused(open_world, facts, code):
    async with open_world() as world:
        call = await copied(world)
        data = {"Url": world.application.media_url, **facts}
        status, answer = await world.rest("POST", f"/Calls/{call.sid}/Streams.json", data=data)
        assert (status, answer["code"]) == (400, code)


async def test_the_control_api_shows_it_apart(open_world):
    async with open_world() as world:
        call = await copied(world, 'name="a" track="both_tracks"')
        await world.step(100)
        async with world.http.get(f"{world.base}/_sandbox/calls/{call.sid}/stream.json") as response:
            shown = await response.json()
        assert shown["streams"] == []
        (log,) = shown["one_way"]
        assert (log["name"], log["tracks"], log["state"]) == ("a", ["inbound", "outbound"], "open")
