"""When another session of the model is opened, and when it is not."""

from calls.voice.effects import OpenModel, OpenSpare, SwitchModel
from calls.voice.model_link import (
    READY_LIMIT_MS,
    RETRY_AFTER_MS,
    SPARE_BEFORE_MS,
    SWITCH_BEFORE_MS,
    ModelLink,
)

HOUR_MS = 3_600_000


def opened(expires_in_ms: int | None = None) -> ModelLink:
    link = ModelLink()
    link.ready(0, expires_in_ms)
    return link


def test_each_failure_in_a_row_waits_for_its_own_time_and_then_there_is_no_more() -> None:
    link = opened()
    tries = [link.lost(1000, is_permanent=False) for _ in range(len(RETRY_AFTER_MS) + 1)]
    assert tries == [*map(OpenModel, RETRY_AFTER_MS), None]


def test_what_was_heard_in_between_makes_failures_new() -> None:
    link = opened()
    for n in range(20):
        assert link.lost(n * 1000, is_permanent=False) == OpenModel(RETRY_AFTER_MS[0])
        link.ready(n * 1000 + 300, None)
        link.worked()


def test_a_session_that_opens_and_dies_again_and_again_unheard_is_given_up() -> None:
    link = opened()
    hopes = []
    for n in range(len(RETRY_AFTER_MS) + 1):
        hopes.append(link.lost(n * 1000, is_permanent=False))
        link.ready(n * 1000 + 300, None)
    assert hopes[-1] is None


def test_a_refusal_for_good_ends_it_at_once() -> None:
    assert opened().lost(0, is_permanent=True) is None


def test_a_session_that_never_opens_is_overdue() -> None:
    link = ModelLink()
    assert not link.is_overdue(READY_LIMIT_MS - 1)
    assert link.is_overdue(READY_LIMIT_MS)
    link.ready(READY_LIMIT_MS, None)
    assert not link.is_overdue(READY_LIMIT_MS * 9)


def test_a_spare_is_opened_well_before_the_hour_is_over_and_taken_in_the_first_pause() -> None:
    link = opened(HOUR_MS)
    assert link.due(HOUR_MS - SPARE_BEFORE_MS - 1, is_pause=True) is None
    at = HOUR_MS - SPARE_BEFORE_MS
    assert link.due(at, is_pause=True) == OpenSpare()
    assert link.due(at + 100, is_pause=True) is None, "asked for once"
    link.spare_ready(HOUR_MS)
    assert link.due(at + 200, is_pause=False) is None
    assert link.due(at + 300, is_pause=True) == SwitchModel()
    assert link.due(at + 400, is_pause=True) is None, "the new one lives an hour"
    assert link.due(at + 300 + HOUR_MS - SPARE_BEFORE_MS, is_pause=False) == OpenSpare()


def test_when_there_is_no_more_time_it_is_taken_without_a_pause() -> None:
    link = opened(HOUR_MS)
    link.due(HOUR_MS - SPARE_BEFORE_MS, is_pause=False)
    link.spare_ready(HOUR_MS)
    assert link.due(HOUR_MS - SWITCH_BEFORE_MS - 1, is_pause=False) is None
    assert link.due(HOUR_MS - SWITCH_BEFORE_MS, is_pause=False) == SwitchModel()


def test_short_lives_are_renewed_in_their_last_fifth() -> None:
    link = opened(10_000)
    assert link.due(7_999, is_pause=True) is None
    assert link.due(8_000, is_pause=True) == OpenSpare()


def test_a_spare_that_is_lost_is_asked_for_again_a_little_later() -> None:
    link = opened(10_000)
    link.due(8_000, is_pause=True)
    link.spare_lost(8_100)
    assert link.due(8_100, is_pause=True) is None
    assert link.due(8_100 + RETRY_AFTER_MS[-1], is_pause=True) == OpenSpare()


def test_a_spare_nobody_asked_for_is_not_taken() -> None:
    link = opened(HOUR_MS)
    link.spare_ready(HOUR_MS)
    assert link.due(HOUR_MS - SPARE_BEFORE_MS, is_pause=True) == OpenSpare()


def test_while_no_session_is_open_none_is_renewed() -> None:
    link = opened(10_000)
    link.lost(5_000, is_permanent=False)
    assert link.due(9_000, is_pause=True) is None
