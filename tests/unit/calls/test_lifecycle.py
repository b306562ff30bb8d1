"""The tables: what may follow what, and that order of arrival never matters."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls import lifecycle
from calls.lifecycle import (
    CallFact,
    CopyFact,
    CopyState,
    EndedReason,
    FailureClass,
    LegStatus,
    Phase,
    RecordingFact,
    RecordingStatus,
)

LIVE = [LegStatus.QUEUED, LegStatus.INITIATED, LegStatus.RINGING, LegStatus.IN_PROGRESS]
ENDED = sorted(lifecycle.LEG_ENDED)


def told(reports: list[LegStatus]) -> LegStatus:
    status = LegStatus.QUEUED
    for reported in reports:
        status = lifecycle.leg_after(status, reported)
    return status


@pytest.mark.parametrize("final", ENDED)
def test_every_order_of_a_legs_reports_ends_in_the_same_status(final: LegStatus) -> None:
    assert {told(list(order)) for order in itertools.permutations([*LIVE, final])} == {final}


@given(st.lists(st.sampled_from([*LIVE, LegStatus.COMPLETED]), max_size=12), st.randoms())
def test_doubled_and_missing_reports_change_nothing_but_what_is_missing(reports: list[LegStatus], dice) -> None:
    shuffled = list(reports) * 2
    dice.shuffle(shuffled)
    furthest = max(reports, key=list(LegStatus).index, default=LegStatus.QUEUED)
    assert told(shuffled) == furthest


@pytest.mark.parametrize(("first", "second"), list(itertools.permutations(ENDED, 2)))
def test_an_ended_leg_never_ends_differently(first: LegStatus, second: LegStatus) -> None:
    assert lifecycle.leg_after(first, second) is first


@pytest.mark.parametrize("fact", CallFact)
def test_a_closed_call_stays_closed(fact: CallFact) -> None:
    assert lifecycle.phase_after(Phase.CLOSED, fact) is Phase.CLOSED


@pytest.mark.parametrize("phase", [p for p in Phase if p is not Phase.CLOSED])
def test_the_end_of_the_line_closes_a_call_in_every_phase(phase: Phase) -> None:
    assert lifecycle.phase_after(phase, CallFact.LEG_ENDED) is Phase.CLOSED


@pytest.mark.parametrize("wish", [CallFact.HANG_UP_REQUESTED, CallFact.HANG_UP_ACCEPTED, CallFact.STREAM_CLOSED])
@pytest.mark.parametrize("phase", Phase)
def test_a_wish_to_hang_up_moves_nothing(phase: Phase, wish: CallFact) -> None:
    assert lifecycle.phase_after(phase, wish) is phase


def test_a_call_whose_stream_opens_is_with_its_assistant() -> None:
    assert lifecycle.phase_after(Phase.RINGING, CallFact.STREAM_OPENED) is Phase.WITH_ASSISTANT


def test_a_late_start_does_not_resume_a_paused_recording() -> None:
    assert lifecycle.recording_after(RecordingStatus.PAUSED, RecordingFact.STARTED) is RecordingStatus.PAUSED


def test_a_recording_may_complete_before_we_heard_that_it_began() -> None:
    status = lifecycle.recording_after(RecordingStatus.REQUESTED, RecordingFact.COMPLETED)
    assert lifecycle.recording_after(status, RecordingFact.STARTED) is RecordingStatus.COMPLETED


@pytest.mark.parametrize("final", [RecordingStatus.COMPLETED, RecordingStatus.ABSENT, RecordingStatus.FAILED])
@pytest.mark.parametrize("fact", RecordingFact)
def test_a_finished_recording_stays_as_it_is(final: RecordingStatus, fact: RecordingFact) -> None:
    assert lifecycle.recording_after(final, fact) is final


def test_a_refused_recording_is_never_fetched() -> None:
    assert lifecycle.copy_after(CopyState.REFUSED, CopyFact.MEDIA_READY) is CopyState.REFUSED


@pytest.mark.parametrize("state", [CopyState.NONE, CopyState.DUE, CopyState.LOST, CopyState.REFUSED])
def test_the_carriers_copy_goes_only_when_ours_is_stored(state: CopyState) -> None:
    assert lifecycle.copy_after(state, CopyFact.REMOVED_AT_CARRIER) is state


@given(st.lists(st.sampled_from(EndedReason), min_size=1, max_size=6), st.randoms())
def test_the_reason_of_an_end_does_not_depend_on_what_came_first(reasons: list[EndedReason], dice) -> None:
    def settle(order: list[EndedReason]) -> EndedReason:
        known = EndedReason.UNKNOWN
        for reason in order:
            known = lifecycle.reason_after(known, reason)
        return known

    shuffled = list(reasons)
    dice.shuffle(shuffled)
    assert settle(reasons) is settle(shuffled)


@pytest.mark.parametrize("fault", [r for r in EndedReason if lifecycle.failure_class(r) is not FailureClass.NONE])
def test_a_fault_outranks_who_hung_up_after_it(fault: EndedReason) -> None:
    assert lifecycle.reason_after(EndedReason.CALLER_HUNG_UP, fault) is fault
    assert lifecycle.reason_after(fault, EndedReason.ASSISTANT_ENDED) is fault


@pytest.mark.parametrize("status", ENDED)
def test_every_ended_leg_says_something_about_why(status: LegStatus) -> None:
    assert lifecycle.reason_of_leg(status) is not EndedReason.UNKNOWN
