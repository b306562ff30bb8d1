"""Figures and their limits."""

import pytest

from benchmarks.goals import Goal


@pytest.mark.parametrize(("value", "is_met"), [(19.9, True), (20.0, True), (20.1, False)])
def test_a_figure_may_reach_its_limit_and_not_pass_it(value: float, is_met: bool) -> None:
    assert Goal("latency", "ms", value, 20).is_met is is_met


@pytest.mark.parametrize(("value", "is_met"), [(0.89, False), (0.9, True), (1.2, True)])
def test_a_least_is_judged_the_other_way_round(value: float, is_met: bool) -> None:
    assert Goal("calls", "x", value, 0.9, is_least=True).is_met is is_met


def test_what_was_not_measured_is_not_judged() -> None:
    goal = Goal("calls against a peer", "x", None, 20, is_least=True)
    assert goal.is_met
    assert goal.as_row()["met"] is None
    assert goal.line().endswith("not measured")


def test_a_missed_goal_says_so() -> None:
    goal = Goal("calls", "", 66.0, 230, is_least=True)
    assert goal.line().endswith("goal at least 230   MISSED")
    assert goal.as_row() == {
        "name": "calls", "unit": "", "value": 66.0, "limit": 230, "is_least": True, "met": False,
    }  # fmt: skip
