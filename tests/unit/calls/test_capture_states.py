"""The table of a capture: what protects the secret, and what may still come."""

import itertools

import pytest

from calls.lifecycle.capture import CAPTURE_ENDED, CAPTURE_MOVES, CaptureFact, CaptureState, capture_after

LATE = {
    (CaptureState.UNKNOWN, CaptureFact.TAKEN),
    (CaptureState.UNKNOWN, CaptureFact.NOT_TAKEN),
    (CaptureState.ABANDONED, CaptureFact.TAKEN),
}


def told(facts) -> CaptureState:
    state = CaptureState.ASKED
    for fact in facts:
        state = capture_after(state, fact)
    return state


def test_no_document_is_given_before_nothing_records_any_more() -> None:
    givers = {state for (state, fact) in CAPTURE_MOVES if fact is CaptureFact.DOCUMENT_GIVEN}
    assert givers == {CaptureState.READY}
    assert {state for (state, _), after in CAPTURE_MOVES.items() if after is CaptureState.READY} == {CaptureState.ASKED}


def test_what_has_ended_stays_ended_but_for_a_result_that_was_on_its_way() -> None:
    moved = {(state, fact) for state in CAPTURE_ENDED for fact in CaptureFact if capture_after(state, fact) != state}
    assert moved == LATE


@pytest.mark.parametrize("state", CaptureState)
def test_every_state_can_be_reached(state: CaptureState) -> None:
    assert any(told(facts) is state for length in range(4) for facts in itertools.permutations(CaptureFact, length))


@pytest.mark.parametrize("state", [state for state in CaptureState if state not in CAPTURE_ENDED])
def test_a_customer_who_leaves_ends_it_wherever_it_is(state: CaptureState) -> None:
    assert capture_after(state, CaptureFact.CUSTOMER_LEFT) is CaptureState.ABANDONED


def test_a_payment_that_was_made_is_never_unmade() -> None:
    assert all(capture_after(CaptureState.TAKEN, fact) is CaptureState.TAKEN for fact in CaptureFact)


def test_however_results_and_the_hang_up_overtake_each_other_a_payment_counts() -> None:
    begun = [CaptureFact.CLEARED, CaptureFact.DOCUMENT_GIVEN]
    ends = [CaptureFact.TAKEN, CaptureFact.TAKEN, CaptureFact.CUSTOMER_LEFT]
    assert {told([*begun, *order]) for order in itertools.permutations(ends)} == {CaptureState.TAKEN}
