"""A line holds what was heard and said, sample by sample; a play buffer returns its marks when they were reached."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.carrier.line import Line, Track
from sandbox.carrier.play_buffer import LONGEST_BYTES, PlayBuffer
from sandbox.clock import Clock

SILENCE = b"\xff"


def test_a_track_plays_in_order_and_fills_gaps_with_silence():
    track = Track()
    track.put(b"ab")
    track.put(b"cd")
    track.run_to(3)
    track.run_to(6)
    track.put(b"e")
    track.run_to(8)
    assert bytes(track.past) == b"abcd" + SILENCE * 2 + b"e" + SILENCE
    assert track.played == 5


@given(st.lists(st.tuples(st.binary(max_size=30), st.integers(0, 40)), max_size=12))
def test_nothing_is_lost_or_doubled_however_time_is_cut(moves):
    track, clock = Track(), 0
    for audio, ms in moves:
        track.put(audio.replace(SILENCE, b"\x00"))
        clock += ms
        track.run_to(clock)
    track.run_to(clock + track.pending)
    sent = b"".join(audio for audio, _ in moves).replace(SILENCE, b"\x00")
    assert bytes(track.past).replace(SILENCE, b"") == sent
    assert len(track.past) >= clock


async def an_open_line() -> tuple[Clock, Line]:
    clock = Clock(stepped=True)
    await clock.advance(1000)
    line = Line(clock)
    line.answer()
    return clock, line


async def test_the_tracks_count_from_the_answer():
    clock, line = await an_open_line()
    await clock.advance(30)
    line.say(b"\x10" * 80)
    await clock.advance(20)
    assert line.run() == 400
    assert bytes(line.inbound.past) == SILENCE * 240 + b"\x10" * 80 + SILENCE * 80
    assert bytes(line.outbound.past) == SILENCE * 400


async def test_nothing_is_carried_before_the_answer_or_after_the_end():
    clock = Clock(stepped=True)
    line = Line(clock)
    line.say(b"early")
    line.answer()
    await clock.advance(10)
    line.play(b"\x01" * 800)
    await clock.advance(10)
    line.hang_up()
    await clock.advance(50)
    line.say(b"late")
    line.run()
    assert bytes(line.inbound.past) == SILENCE * 160
    assert bytes(line.outbound.past) == SILENCE * 80 + b"\x01" * 80


async def test_say_tells_when_the_sentence_will_be_over():
    clock, line = await an_open_line()
    assert line.say(b"\x10" * 800) == 1100
    await clock.advance(50)
    assert line.say(b"\x10" * 80) == 1110


async def test_a_mark_is_reached_when_the_audio_before_it_was_played_and_not_before():
    clock, line = await an_open_line()
    buffer = PlayBuffer(line)
    buffer.put(b"\x01" * 800)
    buffer.mark("a")
    buffer.put(b"\x02" * 400)
    buffer.mark("b")
    assert buffer.reached() == []
    assert buffer.next_mark_in_ms() == 100
    await clock.advance(99)
    assert buffer.reached() == []
    await clock.advance(1)
    assert buffer.reached() == ["a"]
    await clock.advance(50)
    assert buffer.reached() == ["b"]
    assert buffer.next_mark_in_ms() is None


async def test_a_mark_on_an_empty_buffer_is_reached_at_once():
    clock, line = await an_open_line()
    buffer = PlayBuffer(line)
    buffer.mark("now")
    assert buffer.reached() == ["now"]
    buffer.put(b"\x01" * 80)
    await clock.advance(10)
    buffer.mark("after")
    assert buffer.reached() == ["after"]


async def test_clear_returns_all_marks_and_later_audio_plays_from_that_moment():
    clock, line = await an_open_line()
    buffer = PlayBuffer(line)
    buffer.put(b"\x01" * 1600)
    buffer.mark("half")
    buffer.put(b"\x02" * 1600)
    buffer.mark("end")
    await clock.advance(50)
    assert buffer.played_of_filling_ms == 50
    dropped_ms, names = buffer.clear()
    assert (dropped_ms, names) == (350, ["half", "end"])
    await clock.advance(30)
    buffer.put(b"\x03" * 80)
    buffer.mark("new")
    await clock.advance(10)
    assert buffer.reached() == ["new"]
    line.run()
    assert bytes(line.outbound.past) == b"\x01" * 400 + SILENCE * 240 + b"\x03" * 80


async def test_clear_on_an_empty_buffer_returns_nothing():
    _, line = await an_open_line()
    assert PlayBuffer(line).clear() == (0, [])


async def test_the_buffer_holds_ten_minutes_and_no_more():
    clock, line = await an_open_line()
    buffer = PlayBuffer(line)
    assert buffer.put(bytes(LONGEST_BYTES))
    assert not buffer.put(b"\x01")
    await clock.advance(20)
    assert buffer.put(b"\x01" * 160)
    assert buffer.pending_ms == 600_000


@pytest.mark.parametrize("step_ms", [1, 7, 20, 33.3])
async def test_the_played_position_does_not_depend_on_how_time_is_stepped(step_ms):
    clock, line = await an_open_line()
    buffer = PlayBuffer(line)
    buffer.put(bytes(itertools.islice(itertools.cycle(range(1, 200)), 4000)))
    for _ in range(int(300 / step_ms)):
        await clock.advance(step_ms)
        line.run()
    assert buffer.played_ms == int((clock.now_ms() - 1000) * 8 + 1e-6) / 8
