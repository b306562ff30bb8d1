"""A media stream that was told to misbehave does exactly that."""

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
