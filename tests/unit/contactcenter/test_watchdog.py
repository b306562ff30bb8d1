"""When a bridge counts as hung, and how long a dead one waits for its next start."""

import pytest

from contactcenter.watchdog import (
    LEAVING_S,
    LONGEST_WAIT_S,
    OTHERS_FIRST_S,
    SHORT_LIFE_S,
    SILENCE_S,
    START_GRACE_S,
    Restarts,
    Verdict,
    Watch,
)


def answered_at(when: float) -> Watch:
    watch = Watch(started_at=0.0)
    watch.answered(when)
    return watch


def test_silence_is_counted_from_the_last_answer() -> None:
    watch = answered_at(100.0)
    assert watch.patience_until(100.5) == 100.0 + SILENCE_S
    assert watch.silent(asked_at=100.5, now=100.0 + SILENCE_S - 0.01) is Verdict.PATIENCE
    assert watch.silent(asked_at=100.5, now=100.0 + SILENCE_S + 0.01) is Verdict.HUNG


def test_a_bridge_that_is_still_starting_is_not_hung() -> None:
    watch = Watch(started_at=10.0)
    assert watch.patience_until(12.0) == 10.0 + START_GRACE_S
    assert watch.refused(now=10.0 + START_GRACE_S - 1) is Verdict.PATIENCE
    assert watch.refused(now=10.0 + START_GRACE_S) is Verdict.NEVER_CAME
    assert watch.silent(asked_at=12.0, now=10.1 + START_GRACE_S) is Verdict.NEVER_CAME


def test_a_bridge_that_closed_its_door_may_take_longer_to_leave() -> None:
    watch = answered_at(100.0)
    assert watch.refused(now=100.0 + SILENCE_S + 1) is Verdict.PATIENCE
    assert watch.refused(now=100.0 + LEAVING_S) is Verdict.STUCK


def test_time_in_which_we_did_not_run_ourselves_does_not_count() -> None:
    watch = answered_at(100.0)
    assert watch.silent(asked_at=100.5, now=130.0) is Verdict.PATIENCE, "the machine was asleep for half a minute"
    until = watch.patience_until(130.5)
    assert until == 130.0 + SILENCE_S, "and the bridge gets the whole time once more"
    assert watch.silent(asked_at=130.5, now=until + 0.01) is Verdict.HUNG


def test_a_question_put_late_gets_its_second_all_the_same() -> None:
    assert answered_at(100.0).patience_until(110.0) == 111.0


def test_the_first_death_is_followed_by_a_start_at_once_and_further_ones_by_longer_waits() -> None:
    restarts = Restarts()
    assert [restarts.wait_s(lived_s=0.2) for _ in range(5)] == [0.0, 0.5, 1.0, 2.0, 4.0]
    assert max(restarts.wait_s(lived_s=0.2) for _ in range(2000)) == LONGEST_WAIT_S


def test_a_long_life_clears_the_account() -> None:
    restarts = Restarts()
    for _ in range(6):
        restarts.wait_s(lived_s=0.2)
    assert restarts.wait_s(lived_s=SHORT_LIFE_S) == 0.0
    assert restarts.wait_s(lived_s=0.2) == 0.0


def test_whoever_has_others_leaves_them_the_processor_first() -> None:
    restarts = Restarts()
    assert restarts.wait_s(lived_s=SHORT_LIFE_S, are_others_up=True) == OTHERS_FIRST_S
    waits = [restarts.wait_s(lived_s=0.2, are_others_up=True) for _ in range(8)]
    assert waits[0] == OTHERS_FIRST_S
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT_S


@pytest.mark.parametrize("lived_s", [0.0, SHORT_LIFE_S - 0.1])
def test_a_bridge_that_dies_at_its_start_again_and_again_does_not_burn_the_machine(lived_s: float) -> None:
    restarts = Restarts()
    waits = [restarts.wait_s(lived_s=lived_s) for _ in range(20)]
    assert waits == sorted(waits)
