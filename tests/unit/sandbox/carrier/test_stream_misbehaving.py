"""A media stream that was told to misbehave does exactly that."""

import base64
import itertools
import json

import aiohttp

from sandbox.carrier import calls


def simple(message: dict, event: str, **fields: object) -> str:
    return json.dumps({"event": event, "streamSid": message["streamSid"], **fields})


async def test_the_spelling_of_frames_can_be_changed(open_world):
    async with open_world() as world:
        world.carrier.faults.change({"stream": {"json": "escaped"}})
        raw = []

        async def keep_raw(ws, _application):
            raw.extend([frame.data async for frame in ws])

        world.application.media = keep_raw
        call = await world.streaming_call()
        await world.step(40)
        calls.hang_up(call, by="caller")
        await world.step(0)
        assert '"event"' not in "".join(raw)
        assert [json.loads(text)["event"] for text in raw] == ["connected", "start", "media", "media", "stop"]


async def test_a_stream_without_start(open_world):
    async with open_world() as world:
        world.carrier.faults.change({"stream": {"no_start": True}})
        await world.streaming_call()
        await world.step(2000)
        assert [message["event"] for message in world.application.messages] == ["connected"]


async def test_media_before_start_and_start_twice(open_world):
    async with open_world() as world:
        world.carrier.faults.change({"stream": {"media_before_start": 2, "duplicate_start": True}})
        await world.streaming_call()
        await world.step(20)
        events = [message["event"] for message in world.application.messages]
        assert events == ["connected", "media", "media", "start", "start", "media"]


async def test_an_abrupt_end_of_the_connection(open_world):
    async with open_world() as world:
        world.carrier.faults.change({"stream": {"tcp_close_at": 5}})
        closed = []

        async def watch(ws, application):
            await application.listen(ws, application)
            closed.append(ws.close_code)

        world.application.media = watch
        call = await world.streaming_call()
        await world.until_ended(call)
        assert closed in ([None], [1006])
        assert len(world.application.events("media")) == 5
        assert world.problems() == [("error", 31903)]
        assert len(world.application.got("/after")) == 1


async def test_a_second_socket_with_the_same_parameters_is_tried(open_world):
    async with open_world() as world:
        world.carrier.faults.change({"stream": {"second_socket_at": 3}})

        async def once(ws, application):
            if len(application.upgrades) == 1:
                await application.listen(ws, application)
            else:
                await ws.receive()
                second = json.loads((await ws.receive()).data)
                application.messages.append(second)
                await ws.close(code=aiohttp.WSCloseCode.POLICY_VIOLATION)

        world.application.media = once
        call = await world.streaming_call()
        await world.step(200)
        first, second = world.application.events("start")
        assert second["start"]["customParameters"] == first["start"]["customParameters"]
        assert second["streamSid"] != first["streamSid"]
        assert call.streams[0].second_socket["outcome"] == "closed"
        assert call.streams[0].second_socket["close_code"] == 1008


async def test_late_marks_and_audible_keys(open_world):
    async with open_world() as world:
        world.carrier.faults.change({"stream": {"mark_delay_ms": 300, "audible_keys": True}})
        world.application.answer_start(lambda m: simple(m, "mark", mark={"name": "a"}))
        call = await world.streaming_call()
        await world.step(280)
        assert world.application.events("mark") == []
        await world.step(40)
        assert len(world.application.events("mark")) == 1
        world.carrier.spawn(calls.press(world.carrier, call=call, keys="5"))
        await world.step(300)
        call.line.run()
        assert call.line.inbound.past.strip(b"\xff")


async def test_jitter_delays_frames_and_none_overtakes_another(open_world):
    async with open_world() as world:
        world.carrier.faults.change({"stream": {"jitter_ms": 100}, "seed": 4})
        arrived = []

        async def watch(ws, application):
            async for frame in ws:
                application.messages.append(json.loads(frame.data))
                arrived.append(world.carrier.clock.now_ms())

        world.application.media = watch
        call = await world.streaming_call()
        said = bytes(range(1, 201)) * 40
        call.line.say(said)
        await world.step(2200)
        frames = world.application.events("media")
        stamps = [int(frame["media"]["timestamp"]) for frame in frames]
        assert stamps == list(range(20, 20 + 20 * len(stamps), 20))
        late = [at - call.streams[0].started_at_ms - stamp for at, stamp in zip(arrived[2:], stamps, strict=True)]
        assert min(late) >= 0
        assert 80 < max(late) <= 120
        assert len({round(before - after) for before, after in itertools.pairwise(late)}) > 20
        sound = b"".join(base64.b64decode(frame["media"]["payload"]) for frame in frames)
        assert said in sound, "the sound itself does not suffer"


async def test_a_carrier_that_stops_reading_lets_the_application_wait(open_world):
    async with open_world() as world:
        world.carrier.faults.change({"stream": {"stop_reading_at": 10, "stop_reading_ms": 2000}})
        payload = base64.b64encode(b"\x01" * 800).decode()

        async def talk(ws, application):
            async for frame in ws:
                message = json.loads(frame.data)
                application.messages.append(message)
                if message["event"] == "media":
                    await ws.send_str(simple(message, "media", media={"payload": payload}))

        world.application.media = talk
        call = await world.streaming_call()
        await world.step(2180)
        received = call.streams[0].media_bytes_received
        assert received == 9 * 800, "the answer to the tenth frame is not read any more"
        assert len(world.application.events("media")) > 100, "its own frames go on"
        await world.step(40)
        assert call.streams[0].media_bytes_received > 100 * 800


async def test_what_is_not_read_fills_the_socket_until_the_application_cannot_write(open_world):
    async with open_world() as world:
        world.carrier.faults.change({"stream": {"stop_reading_at": 2, "stop_reading_ms": 1000}})
        megabyte = base64.b64encode(b"\x01" * 750_000).decode()
        written = []

        async def flood(ws, application):
            async for frame in ws:
                message = json.loads(frame.data)
                if message.get("media", {}).get("timestamp") == "60":
                    for number in range(30):
                        await ws.send_str(simple(message, "media", media={"payload": megabyte}))
                        written.append(number)

        world.application.media = flood
        call = await world.streaming_call()
        await world.step(500)
        assert len(written) < 20
        await world.step(1000, until=lambda: call.streams[0].media_bytes_received > 20_000_000)
        await world.settle()
        assert len(written) == 30


async def test_a_frame_of_many_megabytes(open_world):
    async with open_world() as world:
        world.carrier.faults.change({"stream": {"big_frame_at": 2, "big_frame_mb": 10}})
        await world.streaming_call()
        await world.step(60)
        sizes = [len(frame["media"]["payload"]) for frame in world.application.events("media")]
        assert sizes == [216, 216, 10_000_000, 216]


async def test_stalled_and_late_faults_leave_the_call_itself_alone(open_world):
    async with open_world() as world:
        world.carrier.faults.change({"stream": {"jitter_ms": 60, "stop_reading_at": 5, "poison": "json_null"}})
        call = await world.streaming_call()
        await world.step(1000)
        calls.hang_up(call, by="caller")
        await world.step(100)
        assert world.application.messages[-1]["event"] == "stop"
        assert call.streams[0].ended_by == "carrier"
