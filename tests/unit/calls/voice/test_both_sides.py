"""Both sides of a stream on one clock, as they were heard."""

import numpy as np
import pytest

from calls.voice.both_sides import BothSides

FRAME = 160
QUIET = b"\xff"


def frames(sides: BothSides, count: int, *, code: int = 0x11, from_ms: int | None = None) -> None:
    start = sides.now_ms if from_ms is None else from_ms
    for n in range(count):
        sides.caller(bytes([code]) * FRAME, start + n * 20)


def taken(sides: BothSides, until_ms: int = 10**6, **more: list[tuple[int, int]]) -> tuple[bytes, bytes]:
    both = np.frombuffer(sides.take(until_ms, **more), dtype=np.uint8).reshape(-1, 2)
    return both[:, 0].tobytes(), both[:, 1].tobytes()


def test_the_caller_is_on_the_left_and_what_they_hear_on_the_right() -> None:
    sides = BothSides()
    frames(sides, 1)
    sides.sent(b"\x22" * FRAME)
    frames(sides, 2, code=0x33)
    left, right = taken(sides)
    assert left == b"\x11" * FRAME + b"\x33" * 2 * FRAME
    assert right == QUIET * FRAME + b"\x22" * FRAME + QUIET * FRAME


def test_what_is_sent_faster_than_it_is_heard_waits_its_turn() -> None:
    sides = BothSides()
    frames(sides, 1)
    sides.sent(b"\x22" * 3 * FRAME)
    sides.sent(b"\x44" * FRAME)
    frames(sides, 2)
    left, right = taken(sides)
    assert len(left) == len(right) == 3 * FRAME
    assert right == QUIET * FRAME + b"\x22" * 2 * FRAME
    frames(sides, 3)
    assert taken(sides)[1] == b"\x22" * FRAME + b"\x44" * FRAME + QUIET * FRAME


def test_what_a_clear_drops_was_never_heard() -> None:
    sides = BothSides()
    frames(sides, 1)
    sides.sent(b"\x22" * 5 * FRAME)
    frames(sides, 2)
    sides.cleared()
    sides.sent(b"\x55" * FRAME)
    frames(sides, 2)
    assert taken(sides)[1] == QUIET * FRAME + b"\x22" * 2 * FRAME + b"\x55" * FRAME + QUIET * FRAME


def test_a_clear_of_nothing_changes_nothing() -> None:
    sides = BothSides()
    sides.cleared()
    frames(sides, 2)
    sides.cleared()
    assert taken(sides) == (b"\x11" * 2 * FRAME, QUIET * 2 * FRAME)


def test_a_hole_is_silence_and_a_stamp_nobody_can_believe_is_the_next_frame() -> None:
    sides = BothSides()
    frames(sides, 1)
    frames(sides, 1, from_ms=60)
    sides.caller(b"\x66" * FRAME, 10**15)
    sides.caller(b"\x77" * FRAME, 0)
    left, _ = taken(sides)
    assert left == b"\x11" * FRAME + QUIET * 2 * FRAME + b"\x11" * FRAME + b"\x66" * FRAME + b"\x77" * FRAME


@pytest.mark.parametrize("step_ms", [7, 20, 33])
def test_it_does_not_matter_in_which_pieces_it_is_taken_out(step_ms: int) -> None:
    whole, pieces = BothSides(), BothSides()
    both = [b"", b""]
    for n in range(50):
        for sides in (whole, pieces):
            sides.caller(bytes([n]) * FRAME, n * 20)
            if n % 10 == 0:
                sides.sent(bytes([100 + n]) * 4 * FRAME)
            if n == 32:
                sides.cleared()
        for side, sound in enumerate(taken(pieces, pieces.now_ms - step_ms)):
            both[side] += sound
    for side, sound in enumerate(taken(pieces)):
        both[side] += sound
    assert tuple(both) == taken(whole)


def test_silence_is_kept_on_both_sides_where_it_was_wanted() -> None:
    sides = BothSides()
    sides.sent(b"\x22" * 4 * FRAME)
    frames(sides, 4)
    first = taken(sides, 40, silent=[(30, 50)])
    rest = taken(sides, silent=[(30, 50), (500, 900)])
    for code, before, after in zip((0x11, 0x22), first, rest, strict=True):
        assert before == bytes([code]) * 240 + QUIET * 80
        assert after == QUIET * 80 + bytes([code]) * 240


def test_a_queue_without_end_is_not_kept() -> None:
    sides = BothSides()
    for _ in range(20):
        sides.sent(b"\x22" * 60_000 * 8)
    frames(sides, 1)
    assert len(sides._played) <= 10 * 60 * 1000 * 8
