"""The sound of a recording over REST: when it is there, to whom, in how many channels, and how it can fail."""

import io
import wave
from urllib.parse import urlsplit

import aiohttp
import pytest

RECORDED = '<Response><Start><Recording/></Start><Say>anchor</Say><Pause length="30"/></Response>'


async def a_finished_recording(world):
    world.configure()
    world.application.pages["/voice"] = RECORDED
    call = await world.call()
    await world.step(1000)
    await world.rest("POST", f"/Calls/{call.sid}.json", data={"Status": "completed"})
    (recording,) = call.recordings
    return recording, f"/Recordings/{recording.sid}"


@pytest.mark.parametrize(("query", "channels"), [("", 1), (".wav", 1), (".wav?RequestedChannels=2", 2)])
async def test_the_sound_can_be_fetched_when_it_is_ready(open_world, query, channels):
    async with open_world() as world:
        _, path = await a_finished_recording(world)
        assert (await world.raw("GET", path + query)).status == 404
        await world.step(400)
        response = await world.raw("GET", path + query)
        assert response.content_type == "audio/x-wav"
        with wave.open(io.BytesIO(await response.read()), "rb") as file:
            assert (file.getnchannels(), file.getframerate(), file.getnframes()) == (channels, 8000, 8000)


async def test_the_sound_needs_credentials(open_world):
    async with open_world() as world:
        _, path = await a_finished_recording(world)
        await world.step(400)
        assert (await world.rest("GET", path, auth=None))[0] == 401


async def test_a_deleted_recording_is_gone_but_remembered(open_world):
    async with open_world() as world:
        recording, path = await a_finished_recording(world)
        await world.step(400)
        assert (await world.raw("DELETE", path + ".json")).status == 204
        assert (await world.raw("GET", path)).status == 404
        assert (await world.rest("GET", path + ".json"))[0] == 404
        _, listed = await world.rest("GET", f"/Recordings.json?CallSid={recording.call_sid}")
        assert listed["recordings"] == []
        _, listed = await world.rest("GET", "/Recordings.json?IncludeSoftDeleted=true")
        assert [(kept["sid"], kept["status"]) for kept in listed["recordings"]] == [(recording.sid, "deleted")]


async def test_downloads_can_fail_be_cut_short_and_move_to_another_host(open_world):
    async with open_world() as world:
        _, path = await a_finished_recording(world)
        await world.step(400)
        world.carrier.faults.change({"recordings": {"failing_downloads": 2, "failing_status": 500}})
        assert [(await world.raw("GET", path)).status for _ in range(3)] == [500, 500, 200]
        world.carrier.faults.change({"recordings": {"truncate_to_bytes": 1000}})
        cut = await world.raw("GET", path)
        with pytest.raises(aiohttp.ClientPayloadError):
            await cut.read()
        world.carrier.faults.change({"recordings": {"redirect_media": True}})
        moved = await world.raw("GET", path, allow_redirects=False)
        target = moved.headers["Location"]
        assert (moved.status, urlsplit(target).hostname) == (302, "localhost")
        for headers in ({}, {"Authorization": "Basic x"}):
            assert (await world.http.get(target, headers=headers)).status == 200
        entries = world.carrier.ledger.since(kind="download")
        assert [entry["authorization_forwarded"] for entry in entries] == [False, True]
