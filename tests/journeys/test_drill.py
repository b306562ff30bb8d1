"""A small fire drill in real time: `make drill` with fewer callers. How fast this machine is, is not judged here."""

import pytest

from tests.drill.__main__ import hold


@pytest.mark.rarely
def test_conversations_outlive_their_bridges_and_what_a_tool_does_is_done_once() -> None:
    figures = hold(calls=2, hows=["tool", "kill"], apart_s=0)
    print(figures.table())
    assert figures.went_wrong() == []
    assert (figures.strikes, figures.effects) == (2, 1)
