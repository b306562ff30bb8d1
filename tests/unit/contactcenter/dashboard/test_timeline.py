"""Turns, keys, tools and events of a call stand in one order on one clock, each where the recording has it."""

from datetime import timedelta

from calls.models import Call, CallEvent, Recording, TranscriptTurn
from contactcenter.dashboard import timeline
from tests.given import NOON


def a_turn(pk: int, started_ms: int, ended_ms: int | None = None) -> TranscriptTurn:
    return TranscriptTurn(pk=pk, party="customer", started_ms=started_ms, ended_ms=ended_ms, text="Hello.")


def an_event(pk: int, kind: str, at_ms: int, **data: object) -> CallEvent:
    return CallEvent(pk=pk, kind=kind, at=NOON, at_ms=at_ms, data=data)


def moments(*lines: TranscriptTurn | CallEvent, recording: Recording | None = None) -> list[timeline.Moment]:
    turns = [line for line in lines if isinstance(line, TranscriptTurn)]
    events = [line for line in lines if isinstance(line, CallEvent)]
    return timeline.moments(turns, events, recordings=[] if recording is None else [recording])


def test_everything_in_the_order_of_the_clock() -> None:
    lines = moments(
        a_turn(1, 4000), a_turn(2, 1000), an_event(3, "key_pressed", 2000, digit="5"), an_event(4, "end_decided", 9000)
    )
    assert [line.dom_id for line in lines] == ["turn-2", "event-3", "turn-1", "event-4"]


def test_events_that_are_nobodys_talk_stay_in_the_table() -> None:
    assert moments(an_event(1, "leg_status", 0, status="ringing"), an_event(2, "tool_finished", 5)) == []


def test_keys_pressed_in_a_row_are_one_line_until_somebody_speaks() -> None:
    keys = [an_event(n, "key_pressed", 1000 * n, digit=str(n)) for n in range(1, 5)]
    lines = moments(*keys, a_turn(9, 2500))
    assert [(line.kind, line.text) for line in lines] == [("keys", "12"), ("turn", ""), ("keys", "34")]


def test_a_tool_is_one_line_with_how_long_it_took() -> None:
    called, failed = an_event(1, "tool_called", 1000, name="a", call_id="x"), {"call_id": "x", "is_error": True}
    (at_work,) = moments(called)
    assert (at_work.took_ms, at_work.is_error) == (None, False)
    (done,) = moments(called, an_event(2, "tool_finished", 1180, **failed))
    assert (done.text, done.took_ms, done.is_error) == ("a", 180, True)


def test_two_tools_at_once_keep_their_own_ends() -> None:
    lines = moments(
        an_event(1, "tool_called", 1000, name="slow", call_id="x"),
        an_event(2, "tool_called", 1100, name="fast", call_id="y"),
        an_event(3, "tool_finished", 1200, call_id="y"),
        an_event(4, "tool_finished", 3000, call_id="x"),
    )
    assert [(line.text, line.took_ms) for line in lines] == [("slow", 2000), ("fast", 100)]


def test_lines_have_their_place_in_the_recording() -> None:
    tape = Recording(pk=3, offset_ms=500, duration_ms=9000)
    begins_before, inside, growing = moments(
        a_turn(1, 200, 900), a_turn(2, 2000, 3000), a_turn(3, 4000, None), recording=tape
    )
    assert (begins_before.audio_ms, begins_before.audio_end_ms) == (0, 400)
    assert (inside.audio_ms, inside.audio_end_ms) == (1500, 2500)
    assert (growing.audio_ms, growing.audio_end_ms) == (3500, 3500)
    assert [line.tape_id for line in (begins_before, inside, growing)] == [3, 3, 3]


def test_each_line_goes_with_the_recording_it_is_heard_in() -> None:
    first, second = Recording(pk=1, offset_ms=0, duration_ms=5000), Recording(pk=2, offset_ms=60_000, duration_ms=5000)
    over_both = Recording(pk=3, offset_ms=0, duration_ms=65_000)
    turns = [a_turn(1, 1000, 2000), a_turn(2, 30_000, 31_000), a_turn(3, 61_000, 62_000)]
    apart = timeline.moments(turns, [], recordings=[first, second])
    assert [(line.tape_id, line.audio_ms) for line in apart] == [(1, 1000), (None, None), (2, 1000)]
    together = timeline.moments(turns, [], recordings=[first, second, over_both])
    assert [(line.tape_id, line.audio_ms) for line in together] == [(1, 1000), (3, 30_000), (2, 1000)]


def test_without_a_recording_nothing_leads_anywhere() -> None:
    for tape in (None, Recording(offset_ms=None)):
        (line,) = moments(a_turn(1, 200, 900), recording=tape)
        assert (line.audio_ms, line.audio_end_ms) == (None, None)


def test_an_event_without_exact_time_is_placed_by_the_wall_clock() -> None:
    call = Call(started_at=NOON)
    event = CallEvent(kind="recording_paused", at=NOON + timedelta(seconds=7), at_ms=None)
    assert timeline.at_ms(event, call) == 7000
    assert timeline.at_ms(an_event(1, "cut", 1234), call) == 1234
