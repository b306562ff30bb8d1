"""The fault suite's own arithmetic: what is missed, what is not measured, and how to have a case again."""

import pytest

from tests.faults.case import NOT_MEASURED, Case, Cases, quantile
from tests.faults.catalogue import FAULTS, Fault, Goal

FAULT = Fault(
    "bad day",
    "everything",
    "calls",
    3,
    30,
    (Goal("lost"), Goal("kept", 5, is_floor=True), Goal("told", None), Goal("took, ms", 100, is_timed=True)),
)


def a_case(*, is_full: bool = False, seed: int = 7) -> Case:
    return Case(FAULT, seed, is_full)


def test_the_worst_of_several_figures_counts() -> None:
    case = a_case()
    for figure in (0, 2, 1):
        case.reached("lost", figure)
    for figure in (6, 4, 9):
        case.reached("kept", figure)
    assert case.missed == ["lost: 2, wanted ≤ 0", "kept: 4, wanted ≥ 5"]


@pytest.mark.parametrize(("is_full", "missed"), [(False, []), (True, ["took, ms: 101, wanted ≤ 100"])])
def test_time_is_judged_in_the_full_size_only(is_full: bool, missed: list[str]) -> None:
    case = a_case(is_full=is_full)
    case.reached("took, ms", 101)
    case.reached("told", 10**9)
    assert case.missed == missed


def test_a_figure_nobody_asked_for_is_an_error() -> None:
    with pytest.raises(StopIteration):
        a_case().reached("gained", 1)


def test_the_same_seed_draws_the_same_lots() -> None:
    assert a_case().dice(3).random() == a_case().dice(3).random()
    assert a_case().dice(3).random() != a_case(seed=8).dice(3).random()
    assert a_case().dice(3).random() != a_case().dice(4).random()


def test_what_was_not_measured_says_so_and_counts_as_nothing() -> None:
    rows = Cases(seed=1, is_full=True).rows()
    assert {row["reached"] for row in rows} == {NOT_MEASURED}
    assert not any(row["missed"] for row in rows)
    assert len(rows) == sum(len(fault.goals) for fault in FAULTS.values())


def test_a_case_says_how_to_have_it_again() -> None:
    assert a_case(is_full=True).replay == "make faults ARGS=\"-k 'bad and day' --seed 7\""
    assert a_case().replay == "make faults ARGS=\"--smoke -k 'bad and day' --seed 7\""


def test_the_table_names_every_goal_and_marks_what_is_missed() -> None:
    cases = Cases(seed=1, is_full=False)
    poison = cases.of("poison")
    poison.did(2)
    poison.reached("frames the others lost", 1)
    assert "MISSED" in cases.table(only_done=True)
    assert all(goal.what in cases.table() for fault in FAULTS.values() for goal in fault.goals)


@pytest.mark.parametrize(("share", "value"), [(0.5, 5), (0.99, 10), (1.0, 10), (0.0, 1)])
def test_a_quantile_is_a_value_that_occurred(share: float, value: float) -> None:
    assert quantile([float(n) for n in range(1, 11)], share) == value
