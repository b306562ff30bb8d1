"""The caller's newest sound: as much as must be said again, and no more."""

import base64

from hypothesis import given
from hypothesis import strategies as st

from calls.voice.recent_sound import MOST_FRAMES, PRE_ROLL_FRAMES, RecentSound

FRAME_MS = 20


def frame(n: int) -> str:
    return base64.b64encode(n.to_bytes(4, "big") * 40).decode()


def filled(count: int, *, held_from: int | None = None) -> RecentSound:
    recent = RecentSound()
    for n in range(count):
        if n == held_from:
            recent.hold()
        recent.frame(frame(n))
    return recent


def test_a_little_before_now_is_always_kept() -> None:
    begins_ms, frames = filled(200).since(None, 200 * FRAME_MS)
    assert frames == [frame(n) for n in range(200 - PRE_ROLL_FRAMES, 200)]
    assert begins_ms == (200 - PRE_ROLL_FRAMES) * FRAME_MS


def test_from_the_moment_it_is_held_nothing_is_dropped() -> None:
    _, frames = filled(500, held_from=100).since(None, 500 * FRAME_MS)
    assert frames[0] == frame(100 - PRE_ROLL_FRAMES)
    assert frames[-1] == frame(499)


def test_nobody_can_fill_the_memory() -> None:
    _, frames = filled(MOST_FRAMES * 2, held_from=0).since(None, MOST_FRAMES * 2 * FRAME_MS)
    assert len(frames) == MOST_FRAMES


def test_released_it_keeps_a_little_again() -> None:
    recent = filled(500, held_from=0)
    recent.release()
    assert len(recent.since(None, 500 * FRAME_MS)[1]) == PRE_ROLL_FRAMES


@given(st.integers(0, 400), st.integers(0, 9000))
def test_it_is_cut_at_the_frame_in_which_a_moment_lies(count: int, start_ms: int) -> None:
    recent = filled(count, held_from=0)
    begins_ms, frames = recent.since(start_ms, count * FRAME_MS)
    assert begins_ms + len(frames) * FRAME_MS == count * FRAME_MS
    assert begins_ms <= start_ms or not frames or begins_ms == 0 or start_ms < begins_ms
    assert all(begins_ms + FRAME_MS > start_ms for _ in frames[:1])
