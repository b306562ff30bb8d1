"""Where a callback stands: what moves it, and that what is over moves only when it is taken up again."""

import itertools

import pytest

from calls.lifecycle.callback import CALLBACKS_OPEN, CallbackFact, CallbackState, callback_after

OVER = frozenset(CallbackState) - CALLBACKS_OPEN


@pytest.mark.parametrize(("state", "fact"), list(itertools.product(CallbackState, CallbackFact)))
def test_what_is_over_stays_over_until_it_is_taken_up_again(state: CallbackState, fact: CallbackFact) -> None:
    after = callback_after(state, fact)
    if state in OVER:
        assert after is (CallbackState.ASKED if fact is CallbackFact.REOPENED else state)
    elif fact is CallbackFact.REOPENED:
        assert after is state
    else:
        assert (after in OVER) is (fact is not CallbackFact.TIME_AGREED)


def test_every_state_is_reached() -> None:
    reached = {CallbackState.ASKED}
    for _ in CallbackState:
        reached |= {callback_after(state, fact) for state in reached for fact in CallbackFact}
    assert reached == set(CallbackState)
