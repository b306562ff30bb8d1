"""A line to the model: which states follow which, and by which door its caller goes on."""

import pytest

from calls.lifecycle.sideband import (
    OVER,
    SIP_STATUS,
    TO_BE_HELD,
    DialOutcome,
    NextDoor,
    SidebandState,
    Verdict,
    may_move,
    next_door,
)


def test_a_line_goes_onwards_only_and_its_end_is_final() -> None:
    for before in SidebandState:
        assert not may_move(before, before)
        for after in SidebandState:
            assert not (may_move(before, after) and may_move(after, before))
            assert not (before in OVER and may_move(before, after))
    assert may_move(SidebandState.INCOMING, SidebandState.REJECTED)
    assert not TO_BE_HELD & OVER


def test_every_refusal_has_a_status_of_sip() -> None:
    assert set(SIP_STATUS) == set(Verdict) - {Verdict.ACCEPT}
    assert SIP_STATUS == {Verdict.BUSY: 486, Verdict.DECLINE: 603, Verdict.NOT_FOUND: 404}


@pytest.mark.parametrize(
    ("status", "code", "is_bridged", "lasted_s", "lost_before", "door"),
    [
        ("failed", None, False, 0, 0, NextDoor.OTHER),  # no answer at all: the carrier's 32011
        ("failed", 408, False, 0, 0, NextDoor.OTHER),
        ("failed", 503, False, 0, 0, NextDoor.OTHER),
        ("failed", 404, False, 0, 0, NextDoor.OTHER),
        ("busy", 486, False, 0, 0, NextDoor.OTHER),
        ("busy", 603, False, 0, 0, NextDoor.OTHER),
        ("no-answer", 480, False, 0, 0, NextDoor.OTHER),
        ("completed", 200, True, 3600, 0, NextDoor.SAME),  # the hour is over
        ("completed", 200, True, 3541, 5, NextDoor.SAME),
        ("completed", 200, True, 30, 0, NextDoor.SAME),  # lost in the middle: once more
        ("completed", 200, True, 30, 1, NextDoor.OTHER),
        ("answered", None, True, 2, 0, NextDoor.SAME),
    ],
)
def test_what_follows_a_line_that_is_over(
    status: str, code: int | None, is_bridged: bool, lasted_s: int, lost_before: int, door: NextDoor
) -> None:
    assert next_door(DialOutcome(status, code, is_bridged, lasted_s), lost_before=lost_before) is door
