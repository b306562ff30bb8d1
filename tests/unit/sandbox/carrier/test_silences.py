"""How long a caller heard nothing: measured on the samples of both sides, since the answer."""

import pytest

from sandbox import noises
from sandbox.carrier import silences
from sandbox.carrier.line import Line
from sandbox.clock import Clock

LOUD = b"\x20\xa0" * 4  # one millisecond
FAINT = noises.hiss(-60)
HISS = noises.hiss(-45)


async def a_line():
    clock = Clock(stepped=True)
    await clock.advance(500)
    line = Line(clock)
    line.answer()
    return clock, line


async def test_what_is_played_and_what_is_spoken_are_no_silence():
    clock, line = await a_line()
    await clock.advance(1000)
    line.play(LOUD * 2000)
    await clock.advance(3500)
    line.say(LOUD * 500)
    await clock.advance(2500)
    assert silences.find(line, over_ms=0) == [(0, 1000), (3000, 4500), (5000, 7000)]
    assert silences.find(line, over_ms=1500) == [(5000, 7000)]
    assert silences.measured_ms(line) == 7000


async def test_too_faint_to_be_heard_is_silence():
    clock, line = await a_line()
    line.play(FAINT[:8000])
    await clock.advance(2000)
    assert silences.find(line, over_ms=0) == [(0, 2000)]


async def test_the_hiss_of_the_line_is_no_speech_and_played_hiss_is_heard():
    clock, line = await a_line()
    line.hiss(HISS)
    await clock.advance(2000)
    assert silences.find(line, over_ms=0) == [(0, 2000)]
    line.play(HISS[:8000])
    await clock.advance(1000)
    assert silences.find(line, over_ms=0) == [(0, 2000)]


async def test_a_long_call_is_measured_in_pieces():
    clock, line = await a_line()
    await clock.advance(119_000)
    line.play(LOUD * 2000)
    await clock.advance(61_000)
    assert silences.find(line, over_ms=0) == [(0, 119_000), (121_000, 180_000)]


async def test_time_stands_still_after_the_end():
    clock, line = await a_line()
    await clock.advance(1000)
    line.hang_up()
    await clock.advance(5000)
    assert silences.find(line, over_ms=0) == [(0, 1000)]


async def test_the_route(open_world):
    async with open_world() as world:
        world.configure()
        world.application.pages["/voice"] = (
            '<Response><Pause length="2"/><Say>anchor</Say><Pause length="3"/></Response>'
        )
        call = await world.call()

        async def ask(query=""):
            path = f"{world.base}/_sandbox/calls/{call.sid}/silences.json{query}"
            async with world.http.get(path) as response:
                return response.status, await response.json()

        assert (await ask())[0] == 409
        await world.until_ended(call)
        status, found = await ask("?over_ms=1000")
        assert status == 200
        (silence,) = found["silences"]  # a pause before the answer is not on the call's clock
        assert silence["ms"] == silence["end_ms"] - silence["start_ms"] == found["longest_ms"]
        assert silence["ms"] == pytest.approx(3000, abs=40)
        assert silence["end_ms"] == found["measured_ms"]
        assert found["answered_at_ms"] == call.line.answered_at_ms
        assert (await ask("?over_ms=9000"))[1]["silences"] == []
        assert (await ask("?over_ms=x"))[0] == (await ask("?longer=1"))[0] == 400
        call.line.forget()
        assert (await ask())[0] == 409
