"""What follows from the two lists of live calls."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from calls.reconciliation import GRACE, CarriersLeg, Findings, OurLeg, compare

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
LONG_AGO, JUST_NOW = NOW - timedelta(minutes=3), NOW - timedelta(seconds=2)
OURS, OTHERS, SOMEBODY = "+14155550100", "+12125550000", "+14155550123"


def theirs(sid: str = "CA1", *, inbound: bool = True, number: str = OURS, since: datetime = LONG_AGO, parent: str = ""):
    """A live leg at the carrier, of this number of the account."""
    ends = (SOMEBODY, number) if inbound else (number, SOMEBODY)
    return CarriersLeg(sid, parent, is_inbound=inbound, from_address=ends[0], to_address=ends[1], began_at=since)


def found(*legs: CarriersLeg, ours: tuple[OurLeg, ...] = (), known: frozenset[str] = frozenset()) -> Findings:
    return compare(legs, ours=ours, known=known | {leg.leg_sid for leg in ours}, numbers={OURS}, now=NOW)


def test_a_call_both_know_of_is_left_alone() -> None:
    assert found(theirs(), ours=(OurLeg("CA1", LONG_AGO),)) == Findings()


def test_a_call_the_carrier_does_not_have_any_more_is_looked_up() -> None:
    assert found(ours=(OurLeg("CA1", LONG_AGO),)).look_up == ["CA1"]


def test_a_call_that_has_just_begun_may_not_be_in_the_carriers_list_yet() -> None:
    assert found(ours=(OurLeg("CA1", JUST_NOW),)) == Findings()


def test_a_call_to_a_number_of_ours_that_we_do_not_know_is_taken_in() -> None:
    assert found(theirs()).adopt == ["CA1"]


def test_its_first_webhook_may_be_under_way() -> None:
    assert found(theirs(since=JUST_NOW)) == Findings()


def test_a_call_from_a_number_of_ours_that_we_did_not_place_is_ended() -> None:
    assert found(theirs(inbound=False)).end == ["CA1"]


def test_calls_of_other_applications_are_none_of_our_business() -> None:
    assert found(theirs(number=OTHERS), theirs("CA2", inbound=False, number=OTHERS)) == Findings(foreign=2)


def test_a_call_we_know_and_have_closed_is_not_taken_in_again() -> None:
    assert found(theirs(), known=frozenset({"CA1"})) == Findings()


def test_the_leg_of_a_transfer_goes_with_its_parent() -> None:
    assert found(theirs("CA2", inbound=False, parent="CA1")) == Findings()


def test_a_call_whose_end_was_asked_for_and_did_not_come_is_ended_again() -> None:
    assert found(theirs(), ours=(OurLeg("CA1", LONG_AGO, LONG_AGO),)).end == ["CA1"]
    assert found(theirs(), ours=(OurLeg("CA1", LONG_AGO, JUST_NOW),)) == Findings()


@given(
    st.sets(st.integers(0, 9)),
    st.sets(st.integers(0, 9)),
    st.sets(st.integers(0, 9)),
    st.integers(0, int(GRACE.total_seconds()) - 1),
)
def test_young_calls_are_never_touched_and_no_call_twice(
    at_carrier: set[int], in_books: set[int], wished: set[int], age_s: int
) -> None:
    since = NOW - timedelta(seconds=age_s)
    ours = tuple(OurLeg(f"CA{n}", since, since if n in wished else None) for n in in_books)
    assert found(*(theirs(f"CA{n}", since=since) for n in at_carrier), ours=ours) == Findings()
    settled = tuple(OurLeg(leg.leg_sid, LONG_AGO, leg.end_wanted_at and LONG_AGO) for leg in ours)
    found_late = found(*(theirs(f"CA{n}") for n in at_carrier), ours=settled)
    touched = [*found_late.look_up, *found_late.adopt, *found_late.end]
    assert len(touched) == len(set(touched))
    assert set(found_late.adopt) == {f"CA{n}" for n in at_carrier - in_books}
    assert set(found_late.look_up) == {f"CA{n}" for n in in_books - at_carrier}
