"""The stepped clock wakes sleepers in the order of their time, and moves only when told."""

import asyncio

import pytest

from sandbox.clock import Clock


async def test_time_stands_still_until_it_is_advanced():
    clock = Clock(stepped=True)
    await asyncio.sleep(0)
    assert clock.now_ms() == 0
    await clock.advance(12.5)
    assert clock.now_ms() == 12.5


async def test_sleepers_wake_in_order_of_their_time_and_see_that_time():
    clock, seen = Clock(stepped=True), []

    async def sleeper(name: str, ms: float) -> None:
        await clock.sleep(ms)
        seen.append((name, clock.now_ms()))

    tasks = [asyncio.create_task(sleeper(*each)) for each in (("late", 30), ("early", 10), ("same", 30))]
    await clock.advance(29)
    assert seen == [("early", 10)]
    await clock.advance(1)
    assert seen == [("early", 10), ("late", 30), ("same", 30)]
    await asyncio.gather(*tasks)


async def test_a_loop_of_short_sleeps_runs_through_one_long_advance():
    clock, ticks = Clock(stepped=True), []

    async def pacer() -> None:
        start = clock.now_ms()
        for number in range(1, 51):
            await clock.until(start + number * 20)
            ticks.append(clock.now_ms())

    task = asyncio.create_task(pacer())
    await clock.advance(1000)
    assert ticks == [number * 20 for number in range(1, 51)]
    await task


async def test_work_within_its_time_gives_its_result_and_late_work_is_cancelled():
    clock, cancelled = Clock(stepped=True), []

    async def work(ms: float) -> str:
        try:
            await clock.sleep(ms)
        except asyncio.CancelledError:
            cancelled.append(ms)
            raise
        return "done"

    quick, slow = (asyncio.create_task(clock.within(100, work(ms))) for ms in (99, 101))
    await clock.advance(100)
    assert await quick == "done"
    with pytest.raises(TimeoutError):
        await slow
    await asyncio.sleep(0)
    assert cancelled == [101]


async def test_a_cancelled_sleeper_does_not_disturb_the_others():
    clock = Clock(stepped=True)
    gone, stays = (asyncio.create_task(clock.sleep(10)) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    await clock.advance(10)
    assert stays.done()
    assert gone.cancelled()


async def test_the_calendar_moves_with_the_steps():
    clock = Clock(stepped=True)
    before = clock.date()
    await clock.advance(3_600_000)
    assert (clock.date() - before).total_seconds() == 3600
    assert clock.date(0.0) == before


async def test_a_real_clock_runs_by_itself_and_refuses_to_be_advanced():
    clock = Clock()
    before = clock.now_ms()
    await clock.sleep(5)
    assert 4.9 <= clock.now_ms() - before < 1000
    with pytest.raises(RuntimeError, match="real clock"):
        await clock.advance(1)
