"""The caller's clock and the model's count of the same audio."""

from calls.voice.timeline import FILL_LIMIT_MS, Timeline

FRAME = 160


def frames(timeline: Timeline, *stamps: int) -> list[int]:
    return [timeline.frame(at, FRAME) for at in stamps]


def test_without_gaps_nothing_is_filled() -> None:
    timeline = Timeline()
    assert frames(timeline, 0, 20, 40) == [0, 0, 0]
    assert timeline.now_ms == 60


def test_a_first_stamp_that_is_not_zero_is_kept() -> None:
    timeline = Timeline()
    frames(timeline, 300, 320)
    assert timeline.now_ms == 340
    assert timeline.caller_ms(20) == 320


def test_a_lost_frame_is_filled_with_silence() -> None:
    timeline = Timeline()
    assert frames(timeline, 0, 20, 80) == [0, 0, 40]
    assert timeline.caller_ms(80) == 80


def test_a_long_hole_is_not_filled_but_remembered() -> None:
    timeline = Timeline()
    assert frames(timeline, 0, 20 + FILL_LIMIT_MS + 20) == [0, 0]
    assert timeline.caller_ms(10) == 10
    assert timeline.caller_ms(30) == FILL_LIMIT_MS + 50


def test_a_stamp_behind_the_clock_is_not_believed() -> None:
    timeline = Timeline()
    frames(timeline, 0, 20, 0, 20)
    assert timeline.now_ms == 80


def test_frames_of_odd_length_keep_the_clock_exact() -> None:
    timeline = Timeline()
    timeline.frame(0, 155)
    timeline.frame(20, 165)
    assert timeline.now_ms == 40


def test_between_two_frames_the_clock_is_carried_on_but_not_past_the_next() -> None:
    timeline = Timeline()
    frames(timeline, 0, 20)
    timeline.since_frame(7)
    assert timeline.now_ms == 47
    timeline.since_frame(500)
    assert timeline.now_ms == 59
    frames(timeline, 40)
    assert timeline.now_ms == 60
