"""What the caller has heard, by marks and by the clock between them."""

from hypothesis import given
from hypothesis import strategies as st

from calls.voice.playback import MARK_PATIENCE_MS, Heard, Playback

MS = 8  # bytes


def test_nothing_is_heard_before_it_is_played() -> None:
    playback = Playback()
    playback.enqueue("a", 400 * MS, now_ms=1000)
    assert playback.heard_ms("a", 1000) == 0


def test_between_marks_the_clock_counts() -> None:
    playback = Playback()
    playback.enqueue("a", 400 * MS, now_ms=1000)
    assert playback.heard_ms("a", 1260) == 260


def test_the_clock_never_counts_beyond_a_mark_that_is_still_out() -> None:
    playback = Playback()
    playback.enqueue("a", 200 * MS, now_ms=0)
    playback.enqueue("a", 200 * MS, now_ms=0)
    assert playback.heard_ms("a", 390) == 200


def test_a_returned_mark_proves_everything_before_it() -> None:
    playback = Playback()
    playback.enqueue("a", 200 * MS, now_ms=0)
    second = playback.enqueue("a", 200 * MS, now_ms=0)
    assert playback.mark_returned(second, 400)
    assert playback.heard_ms("a", 400) == 400


def test_a_lost_mark_is_made_good_by_the_next() -> None:
    playback = Playback()
    playback.enqueue("a", 200 * MS, now_ms=0)
    playback.mark_returned(playback.enqueue("a", 200 * MS, now_ms=0), 400)
    assert playback.is_dry(400)


def test_a_late_mark_moves_what_is_still_queued() -> None:
    playback = Playback()
    first = playback.enqueue("a", 200 * MS, now_ms=0)
    playback.enqueue("a", 200 * MS, now_ms=0)
    playback.mark_returned(first, 300)  # the carrier began a tenth of a second later than reckoned
    assert playback.heard_ms("a", 350) == 270  # 250, to one frame
    assert playback.ends_ms() == 480


def test_a_little_jitter_of_a_mark_moves_nothing() -> None:
    playback = Playback()
    first = playback.enqueue("a", 200 * MS, now_ms=0)
    playback.enqueue("a", 200 * MS, now_ms=0)
    playback.mark_returned(first, 220)
    assert playback.ends_ms() == 400


def test_a_clear_cuts_at_what_was_heard() -> None:
    playback = Playback()
    playback.enqueue("a", 400 * MS, now_ms=0)
    playback.enqueue("b", 400 * MS, now_ms=0)
    assert playback.clear(260) == [Heard("a", 260, 400), Heard("b", 0, 400)]
    assert playback.is_dry(260)


def test_what_waits_behind_a_mark_that_is_out_counts_as_unheard_however_long_it_takes() -> None:
    playback = Playback()
    playback.enqueue("a", 200 * MS, now_ms=0)
    playback.enqueue("b", 200 * MS, now_ms=0)
    assert playback.clear(900) == [Heard("b", 0, 200)]


def test_what_was_heard_to_its_end_is_not_cut() -> None:
    playback = Playback()
    playback.mark_returned(playback.enqueue("a", 400 * MS, now_ms=0), 400)
    assert playback.clear(500) == []


def test_marks_that_a_clear_returns_prove_nothing() -> None:
    playback = Playback()
    mark = playback.enqueue("a", 400 * MS, now_ms=0)
    playback.clear(100)
    assert not playback.mark_returned(mark, 120)
    assert playback.heard_ms("a", 2000) == 100


def test_after_a_clear_new_sound_starts_at_once() -> None:
    playback = Playback()
    playback.enqueue("a", 4000 * MS, now_ms=0)
    playback.clear(100)
    playback.enqueue("b", 400 * MS, now_ms=140)
    assert playback.heard_ms("b", 240) == 100
    assert playback.started_ms("b") == 140


def test_a_mark_that_never_comes_does_not_hold_up_the_end() -> None:
    playback = Playback()
    playback.enqueue("a", 400 * MS, now_ms=0)
    assert not playback.is_heard_out("a", 400 + MARK_PATIENCE_MS - 1)
    assert playback.is_heard_out("a", 400 + MARK_PATIENCE_MS)


def test_a_mark_is_not_believed_twice() -> None:
    playback = Playback()
    mark = playback.enqueue("a", 400 * MS, now_ms=0)
    assert playback.mark_returned(mark, 400)
    assert not playback.mark_returned(mark, 400)


@given(st.lists(st.tuples(st.integers(1, 900), st.integers(0, 700)), min_size=1, max_size=12), st.integers(0, 12_000))
def test_no_more_is_heard_than_was_sent_or_time_has_passed(pieces: list[tuple[int, int]], wait: int) -> None:
    playback, now = Playback(), 0
    for length_ms, gap_ms in pieces:
        playback.enqueue("a", length_ms * MS, now)
        now += gap_ms
    now += wait
    assert 0 <= playback.heard_ms("a", now) <= min(playback.sent_ms("a"), now)


@given(st.lists(st.integers(1, 900), min_size=1, max_size=12), st.integers(0, 6000))
def test_with_a_carrier_that_returns_every_mark_in_time_the_count_is_exact(lengths: list[int], until: int) -> None:
    playback = Playback()
    ends, end = [], 0
    for length in lengths:
        end += length
        ends.append((playback.enqueue("a", length * MS, 0), end))
    for mark, at in ends:
        if at <= until:
            playback.mark_returned(mark, at)
    assert playback.heard_ms("a", until) == min(until, end)
