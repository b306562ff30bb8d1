"""The stream socket end to end: handshake, frames by the clock, marks, clear, keys, and every way it can end."""

import base64
import json

import pytest
from twilio.request_validator import RequestValidator

from sandbox.carrier import calls
from sandbox.carrier.state import InlineDocument

TOKEN = "0123456789abcdef0123456789abcdef"


def media(message: dict, audio: bytes) -> str:
    payload = base64.b64encode(audio).decode()
    return json.dumps({"event": "media", "streamSid": message["streamSid"], "media": {"payload": payload}})


def simple(message: dict, event: str, **fields: object) -> str:
    return json.dumps({"event": event, "streamSid": message["streamSid"], **fields})


async def test_the_handshake_is_signed_over_the_url_of_the_document(open_world):
    async with open_world() as world:
        await world.streaming_call()
        (upgrade,) = world.application.upgrades
        signature = upgrade["X-Twilio-Signature"]
        assert RequestValidator(TOKEN).validate(world.application.media_url, {}, signature)
        assert "Sec-WebSocket-Extensions" not in upgrade


async def test_connected_start_and_fifty_frames_a_second_while_the_caller_is_silent(open_world):
    async with open_world() as world:
        call = await world.streaming_call()
        await world.step(1000)
        messages = world.application.messages
        assert [message["event"] for message in messages[:2]] == ["connected", "start"]
        start = messages[1]
        assert start["start"]["customParameters"] == {"token": "k3J"}
        assert start["start"]["callSid"] == call.sid
        frames = world.application.events("media")
        assert [int(frame["media"]["timestamp"]) for frame in frames] == list(range(20, 1001, 20))
        assert [int(frame["media"]["chunk"]) for frame in frames] == list(range(1, 51))
        assert [int(frame["sequenceNumber"]) for frame in frames] == list(range(2, 52))
        assert {frame["media"]["payload"] for frame in frames} == {base64.b64encode(b"\xff" * 160).decode()}
        assert all(type(frame["sequenceNumber"]) is str for frame in frames)


async def test_what_the_caller_says_arrives_sample_by_sample(open_world):
    async with open_world() as world:
        call = await world.streaming_call()
        await world.step(110)
        spoken = bytes(range(1, 121)) * 10
        call.line.say(spoken)
        await world.step(290)
        received = b"".join(base64.b64decode(frame["media"]["payload"]) for frame in world.application.events("media"))
        assert received == b"\xff" * 880 + spoken + b"\xff" * (3200 - 880 - len(spoken))


async def test_played_audio_is_heard_at_eight_bytes_a_millisecond_however_fast_it_came(open_world):
    async with open_world() as world:
        audio = bytes(range(1, 101)) * 40
        world.application.answer_start(lambda m: media(m, audio[:3000]), lambda m: media(m, audio[3000:]))
        call = await world.streaming_call()
        await world.step(300)
        call.line.run()
        assert bytes(call.line.outbound.past) == audio[:2400]
        await world.step(300)
        assert bytes(call.line.outbound.past) == audio + b"\xff" * 800


async def test_marks_come_back_when_they_were_played(open_world):
    async with open_world() as world:
        world.application.answer_start(
            lambda m: simple(m, "mark", mark={"name": "empty"}),
            lambda m: media(m, b"\x01" * 800),
            lambda m: simple(m, "mark", mark={"name": "a"}),
            lambda m: media(m, b"\x02" * 808),
            lambda m: simple(m, "mark", mark={"name": "b"}),
        )
        call = await world.streaming_call()
        assert [mark["mark"]["name"] for mark in world.application.events("mark")] == ["empty"]
        await world.step(600)
        assert [mark["mark"]["name"] for mark in world.application.events("mark")] == ["empty", "a", "b"]
        (log,) = call.streams
        started = log.started_at_ms
        assert [(each["why"], each["at_ms"] - started) for each in log.marks_returned] == [
            ("played", 0),
            ("played", 100),
            ("played", 201),
        ]


async def test_clear_returns_every_mark_at_once_and_tells_how_much_was_played(open_world):
    async with open_world() as world:

        async def interrupted(ws, application):
            async for frame in ws:
                message = json.loads(frame.data)
                application.messages.append(message)
                if message["event"] == "start":
                    await ws.send_str(media(message, b"\x01" * 8000))
                    for name in ("a", "b"):
                        await ws.send_str(simple(message, "mark", mark={"name": name}))
                elif message["event"] == "media" and message["media"]["timestamp"] == "300":
                    await ws.send_str(simple(message, "clear"))
                    await ws.send_str(media(message, b"\x02" * 80))

        world.application.media = interrupted
        call = await world.streaming_call()
        await world.step(400)
        assert [mark["mark"]["name"] for mark in world.application.events("mark")] == ["a", "b"]
        (clear,) = [each for each in call.streams[0].received if each["type"] == "clear"]
        assert (clear["played_of_filling_ms"], clear["dropped_ms"], clear["marks"]) == (300, 700, ["a", "b"])
        call.line.run()
        assert bytes(call.line.outbound.past) == b"\x01" * 2400 + b"\x02" * 80 + b"\xff" * 720


async def test_keys_arrive_after_their_press(open_world):
    async with open_world() as world:
        call = await world.streaming_call()
        await world.step(40)
        world.carrier.spawn(calls.press(world.carrier, call=call, keys="1#"))
        await world.step(80)
        assert world.application.events("dtmf") == []
        await world.step(320)
        assert [message["dtmf"] for message in world.application.events("dtmf")] == [
            {"track": "inbound_track", "digit": "1"},
            {"track": "inbound_track", "digit": "#"},
        ]
        sequence = [int(m["sequenceNumber"]) for m in world.application.messages if "sequenceNumber" in m]
        assert sequence == list(range(1, len(sequence) + 1))


async def test_nonsense_is_dropped_with_one_warning(open_world):
    async with open_world() as world:
        world.application.answer_start(
            lambda _: "{",
            lambda m: json.dumps({"event": "clear", "streamSid": "MZ" + m["streamSid"][2:][::-1] + "0"}),
            lambda m: simple(m, "media", media={"payload": "@"}),
            lambda m: media(m, b"\x01" * 160),
        )
        call = await world.streaming_call()
        await world.step(60)
        assert world.problems() == [("warning", 31951)]
        assert [each["type"] for each in call.streams[0].received] == ["dropped"] * 3 + ["media"]
        assert call.line.outbound.played == 160


async def test_over_ten_minutes_of_audio_is_dropped_with_a_warning(open_world):
    async with open_world() as world:
        minute = b"\x01" * 480_000
        world.application.answer_start(*[lambda m: media(m, minute)] * 11)
        call = await world.streaming_call()
        assert await world.step(1000, until=lambda: bool(world.problems()))
        assert world.problems() == [("warning", 31931)]
        assert 4_800_000 <= call.line.outbound.accepted < 5_280_000


async def test_the_caller_hangs_up_and_the_stream_says_stop(open_world):
    async with open_world() as world:
        call = await world.streaming_call()
        await world.step(100)
        calls.hang_up(call, by="caller")
        await world.step(0)
        assert world.application.messages[-1]["event"] == "stop"
        assert world.application.messages[-1]["stop"]["callSid"] == call.sid
        assert call.status == "completed"
        (log,) = call.streams
        assert (log.ended_by, log.state) == ("carrier", "closed")
        assert world.application.got("/after") == []
        events = [form["StreamEvent"] for form in world.application.got("/stream-status")]
        assert events == ["stream-started", "stream-stopped"]
        assert world.application.got("/stream-status")[0]["StreamName"] == "ai"


@pytest.mark.parametrize(("action", "path"), [("", "/after"), ("/ended", "/ended")])
async def test_when_the_application_closes_the_flow_goes_on(open_world, action, path):
    async with open_world() as world:

        async def closes_at_200_ms(ws, application):
            async for frame in ws:
                message = json.loads(frame.data)
                application.messages.append(message)
                if message["event"] == "start":
                    await ws.send_str(media(message, b"\x01" * 8000))
                elif message.get("media", {}).get("timestamp") == "200":
                    await ws.close()

        world.application.media = closes_at_200_ms
        call = await world.streaming_call(action=action)
        await world.until_ended(call)
        assert [len(world.application.got(each)) for each in ("/after", "/ended")] == [
            path == "/after",
            path == "/ended",
        ]
        (log,) = call.streams
        assert (log.ended_by, log.close_code) == ("application", 1000)
        assert ("warning", 31921) in world.problems()
        assert bytes(call.line.outbound.past[:1600]) == b"\x01" * 1600
        assert call.line.outbound.past[1600] != 1


async def test_a_broken_connection_is_31903_and_the_flow_goes_on(open_world):
    async with open_world() as world:

        async def dies(ws, application):
            async for frame in ws:
                if json.loads(frame.data)["event"] == "media":
                    application.transport.abort()
                    return

        async def remember_transport(ws, application):
            application.transport = ws._req.transport
            await dies(ws, application)

        world.application.media = remember_transport
        call = await world.streaming_call()
        await world.until_ended(call)
        assert call.streams[0].ended_by == "broken"
        assert world.problems() == [("error", 31903)]
        assert len(world.application.got("/after")) == 1
        assert len(world.application.upgrades) == 1


async def test_a_refused_handshake_is_31920_and_the_next_verb_runs(open_world):
    async with open_world() as world:
        world.application.refuse_media = 403
        call = await world.streaming_call()
        await world.until_ended(call)
        assert world.problems() == [("error", 31920)]
        assert call.streams[0].state == "refused"
        assert len(world.application.got("/after")) == 1
        (form,) = world.application.got("/stream-status")
        assert form["StreamEvent"] == "stream-error"
        assert "403" in form["StreamError"]


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ws://127.0.0.1:9/media/?token=1", 31920),
        ("ws://voice.example.com/media/", 31920),
        ("https://voice.example.com/media/", 31920),
        ("/media/", 31920),
        ("ws://127.0.0.1:9/media/", 31902),
    ],
)
async def test_a_wrong_stream_url_opens_no_socket(open_world, url, code):
    async with open_world() as world:
        await world.streaming_call(url=url)
        assert world.problems()[0] == ("error", code)
        assert world.application.upgrades == []


async def test_new_instructions_end_the_stream_with_stop_and_a_second_one_starts_at_zero(open_world):
    async with open_world() as world:
        call = await world.streaming_call(action="/ended")
        await world.step(500)
        again = world.application.pages["/voice"].replace('action="/ended"', "").replace("/after", "https://x.test/")
        calls.redirect(call, source=InlineDocument(again))
        await world.step(100)
        starts = world.application.events("start")
        assert len({start["streamSid"] for start in starts}) == 2
        assert len({start["start"]["callSid"] for start in starts}) == 1
        assert [message["event"] for message in world.application.messages].count("stop") == 1
        timestamps = [int(frame["media"]["timestamp"]) for frame in world.application.events("media")]
        assert timestamps == [*range(20, 501, 20), *range(20, 101, 20)]
        assert world.application.got("/ended") == []


async def test_frames_do_not_drift_on_a_real_clock(open_world):
    async with open_world(stepped=False) as world:
        call = await world.streaming_call()
        await world.carrier.clock.sleep(400)
        (log,) = call.streams
        elapsed = world.carrier.clock.now_ms() - log.started_at_ms
        assert elapsed // 20 - 10 <= len(log.frame_timestamps) <= elapsed // 20 + 1
        calls.hang_up(call, by="caller")
        await call.ended.wait()
