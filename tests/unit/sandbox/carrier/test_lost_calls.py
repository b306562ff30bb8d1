"""Calls that only one side knows of, and live calls that are given new instructions over REST."""

import json

import pytest

from sandbox import speech

BASE = "/_sandbox"


async def ask(world, method, path, body=None):
    async with world.http.request(method, world.base + BASE + path, json=body) as response:
        return response.status, await response.json()


async def live_calls(world):
    _, body = await world.rest("GET", "/Calls.json?Status=in-progress")
    return [call["sid"] for call in body["calls"]]


# --- the carrier knows of a call, and we do not -------------------------------------------------------------------


async def test_an_orphan_is_live_and_nobody_was_told(open_world):
    async with open_world() as world:
        status, body = await ask(world, "POST", "/orphans", {"to": "+14155550100", "age_ms": 90_000})
        assert status == 201
        await world.step(5000)
        assert await live_calls(world) == [body["sid"]]
        assert world.application.requests == []
        _, shown = await world.rest("GET", f"/Calls/{body['sid']}.json")
        assert (shown["direction"], shown["from"]) == ("inbound", "+14155550123")
        status, ended = await world.rest("POST", f"/Calls/{body['sid']}.json", data={"Status": "completed"})
        assert (status, ended["status"], ended["duration"]) == (200, "completed", "95")
        assert await live_calls(world) == []


async def test_an_orphan_reports_its_end_like_any_call(open_world):
    async with open_world() as world:
        world.configure(status_callback=world.application.base + "/status")
        _, body = await ask(world, "POST", "/orphans", {"to": "+14155550100"})
        await ask(world, "POST", f"/calls/{body['sid']}/hangup")
        await world.step(100)
        assert [form["CallSid"] for form in world.application.got("/status")] == [body["sid"]]
        assert world.application.got("/voice") == []


async def test_an_orphan_can_be_adopted(open_world):
    async with open_world() as world:
        _, body = await ask(world, "POST", "/orphans", {"to": "+14155550100"})
        await world.rest("POST", f"/Calls/{body['sid']}.json", data={"Twiml": "<Response><Say>anchor</Say></Response>"})
        await world.until_ended(world.carrier.calls[body["sid"]])
        assert speech.recognise(bytes(world.carrier.calls[body["sid"]].line.outbound.past)) == "anchor"


async def test_an_orphan_that_rings(open_world):
    async with open_world() as world:
        _, body = await ask(world, "POST", "/orphans", {"to": "+14155550100", "status": "ringing"})
        await world.step(1000)
        assert (await world.rest("GET", f"/Calls/{body['sid']}.json"))[1]["status"] == "ringing"
        status, ended = await world.rest("POST", f"/Calls/{body['sid']}.json", data={"Status": "canceled"})
        assert (status, ended["status"]) == (200, "canceled")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"to": "+14155550199"}, 409),
        ({"to": "+14155550100", "status": "completed"}, 400),
        ({"to": "+14155550100", "age_ms": 3_600_001}, 400),
        ({"to": "+14155550100", "age": 1}, 400),
    ],
)
async def test_impossible_orphans(open_world, body, status):
    async with open_world() as world:
        assert (await ask(world, "POST", "/orphans", body))[0] == status


# --- we know of a call, and the carrier does not ------------------------------------------------------------------


async def test_a_forgotten_call_is_cut_off_without_a_word_and_answers_404(open_world):
    async with open_world() as world:
        closed = []

        async def watch(ws, application):
            await application.listen(ws, application)
            closed.append(ws.close_code)

        world.application.media = watch
        call = await world.streaming_call()
        call.status_callback = None
        await world.step(200)
        reported = len(world.application.got("/stream-status"))
        status, shown = await ask(world, "POST", f"/calls/{call.sid}/forget")
        assert (status, shown["is_forgotten"], shown["ended_by"]) == (200, True, "carrier")
        await world.step(2000)
        assert closed in ([None], [1006])
        assert world.application.events("stop") == []
        assert len(world.application.got("/stream-status")) == reported
        assert world.application.got("/after") == []
        for method, path, data in (
            ("GET", f"/Calls/{call.sid}.json", None),
            ("POST", f"/Calls/{call.sid}.json", {"Status": "completed"}),
            ("GET", f"/Calls/{call.sid}/Recordings.json", None),
        ):
            status, body = await world.rest(method, path, data=data)
            assert (status, body["code"]) == (404, 20404), path
        assert (await world.rest("GET", "/Calls.json"))[1]["calls"] == []


async def test_the_end_of_a_forgotten_call_is_not_reported_and_its_record_stays(open_world):
    async with open_world() as world:
        world.configure(status_callback=world.application.base + "/status")
        world.application.pages["/voice"] = (
            f'<Response><Start><Recording recordingStatusCallback="{world.application.base}/recording"/></Start>'
            '<Say>anchor</Say><Pause length="60"/></Response>'
        )
        call = await world.call()
        await world.step(1500)
        await ask(world, "POST", f"/calls/{call.sid}/forget")
        await world.step(5000)
        assert world.application.got("/status") == world.application.got("/recording") == []
        status, shown = await ask(world, "GET", f"/calls/{call.sid}")
        assert (status, shown["status"]) == (200, "completed")
        assert call.line.outbound.past.strip(b"\xff")


async def test_a_call_that_is_over_can_be_forgotten_too(open_world):
    async with open_world() as world:
        world.configure()
        world.application.pages["/voice"] = "<Response><Reject/></Response>"
        call = await world.call()
        await world.until_ended(call)
        assert (await ask(world, "POST", f"/calls/{call.sid}/forget"))[0] == 200
        assert (await world.rest("GET", f"/Calls/{call.sid}.json"))[0] == 404


# --- new instructions for a live stream ---------------------------------------------------------------------------


@pytest.mark.parametrize("by_url", [True, False])
async def test_new_instructions_end_the_stream_with_stop_and_run(open_world, by_url):
    async with open_world() as world:
        call = await world.streaming_call(action="/ended")
        await world.step(500)
        document = "<Response><Say>basket</Say></Response>"
        world.application.pages["/next"] = document
        data = {"Url": world.application.base + "/next"} if by_url else {"Twiml": document}
        status, shown = await world.rest("POST", f"/Calls/{call.sid}.json", data=data)
        assert (status, shown["status"]) == (200, "in-progress")
        await world.until_ended(call)
        assert [message["event"] for message in world.application.messages].count("stop") == 1
        assert world.application.messages[-1]["stop"]["callSid"] == call.sid
        (log,) = call.streams
        assert (log.state, log.ended_by, log.close_code) == ("closed", "carrier", 1000)
        assert world.application.got("/ended") == [], "the action of <Connect> is not asked for"
        assert speech.recognise(bytes(call.line.outbound.past)) == "basket"
        assert len(world.application.got("/next")) == by_url
        assert (call.status, call.ended_by) == ("completed", "application")


async def test_what_waited_in_the_play_buffer_is_dropped_with_the_stream(open_world):
    async with open_world() as world:
        payload = "/v7+/v7+/v7+/v7+" * 4000

        def long_sound(start):
            return json.dumps({"event": "media", "streamSid": start["streamSid"], "media": {"payload": payload}})

        world.application.answer_start(long_sound)
        call = await world.streaming_call()
        await world.step(500)
        await world.rest("POST", f"/Calls/{call.sid}.json", data={"Twiml": '<Response><Pause length="2"/></Response>'})
        await world.until_ended(call)
        heard = bytes(call.line.outbound.past).rstrip(b"\xff")
        assert len(heard) == pytest.approx(4000, abs=320)
