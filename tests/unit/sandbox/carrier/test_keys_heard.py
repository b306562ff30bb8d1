"""The far end of a menu: which keys were heard on a line is told from the samples."""

import pytest
from aiohttp import web

from sandbox import audio
from sandbox.carrier import calls


async def test_keys_are_told_from_the_samples_of_either_side(open_world):
    async with open_world() as world:
        world.configure()

        async def tones(_request, _params):
            sound = b"".join(audio.dtmf_tone(key, tone_ms=120, pause_ms=80) for key in "9*4")
            return web.Response(body=audio.silence(500) + sound, content_type="audio/basic")

        world.application.pages |= {"/voice": "<Response><Play>/tones</Play><Pause/></Response>", "/tones": tones}
        call = await world.call()
        world.carrier.spawn(calls.press(world.carrier, call=call, keys="12"))
        await world.step(1200)
        url = f"{world.base}/_sandbox/calls/{call.sid}/keys.json"
        async with world.http.get(url) as response:
            shown = await response.json()
        assert shown["digits"] == "9*4"
        assert [each["start_ms"] for each in shown["keys"]] == [pytest.approx(at, abs=5) for at in (500, 700, 900)]
        assert [each["end_ms"] - each["start_ms"] for each in shown["keys"]] == [pytest.approx(120, abs=10)] * 3
        async with world.http.get(url + "?track=inbound") as response:
            assert (await response.json())["digits"] == "12"
        async with world.http.get(url + "?track=both") as response:
            assert response.status == 400
