"""Whose consent a recording needs: every place of the paper, both ways round, and places nobody knows."""

from datetime import date, timedelta

import pytest

from compliance import places, recording_rules
from compliance.places import NOWHERE, By, Place
from compliance.recording_rules import Ask, Consent, Need, Party, Row, Standing

DAY = date(2026, 11, 20)
SETTLED = ["CA", "DE", "FL", "IL", "MD", "MA", "MT", "NH", "PA", "WA"]
DISPUTED = ["CT", "NV", "MI", "OR", "VT"]
ONE = [state for state in places.STATES if state not in (*SETTLED, *DISPUTED)]
OURS = Place("US", "NY")


def of(caller: Place, called: Place = OURS, *, policy: Ask = Ask.NOTICE, on: date = DAY) -> Need:
    return recording_rules.needed(
        [Party("the caller", (caller,)), Party("our number", (called,))], policy=policy, on=on
    )


@pytest.mark.parametrize("state", [*SETTLED, *DISPUTED])
@pytest.mark.parametrize("is_caller", [True, False], ids=["calls", "is called"])
def test_an_all_party_state_counts_whichever_side_it_is_on(state: str, is_caller: bool) -> None:
    there, here = Place("US", state), Place("US", "TX")
    need = of(there, here) if is_caller else of(here, there)
    assert (need.consent, need.ask) == (Consent.ALL_PARTY, Ask.NOTICE)
    row = recording_rules.row_of(f"US-{state}", on=DAY)
    assert need.clauses == (row.clause,)
    assert f"{'the caller' if is_caller else 'our number'} is in {places.STATES[state]}" in need.why
    assert (row.standing is Standing.DISPUTED) == (state in DISPUTED)


@pytest.mark.parametrize("state", ONE)
def test_in_the_other_states_one_party_is_enough_and_it_is_announced_all_the_same(state: str) -> None:
    need = of(Place("US", state))
    assert (need.consent, need.ask, need.clauses) == (Consent.ONE_PARTY, Ask.NOTICE, (recording_rules.FEDERAL,))


@pytest.mark.parametrize(
    "unknown", [NOWHERE, Place("US", ""), Place("US", "ZZ"), Place("PR"), Place("FR"), Place("ZZ")]
)
def test_a_place_nobody_knows_or_holds_a_rule_for_is_an_all_party_place(unknown: Place) -> None:
    for need in (of(unknown), of(OURS, unknown)):
        assert (need.consent, need.ask) == (Consent.ALL_PARTY, Ask.NOTICE)


def test_the_reason_says_that_a_place_is_not_known() -> None:
    assert "it is not known where the caller is" in of(NOWHERE).why
    assert "the caller is in FR, for which we have no rule" in of(Place("FR")).why


def test_a_washington_caller_and_an_unknown_called_person() -> None:
    need = of(Place("US", "WA"), NOWHERE)
    assert (need.consent, need.ask) == (Consent.ALL_PARTY, Ask.NOTICE)


@pytest.mark.parametrize("is_caller", [True, False])
def test_where_silence_is_no_consent_a_yes_is_asked_for(is_caller: bool) -> None:
    there = Place("DE")
    need = of(there) if is_caller else of(OURS, there)
    assert (need.consent, need.ask) == (Consent.ALL_PARTY, Ask.EXPLICIT_YES)


def test_the_policy_may_ask_for_more_than_the_law_and_never_for_less() -> None:
    assert of(Place("US", "TX"), policy=Ask.EXPLICIT_YES).ask is Ask.EXPLICIT_YES
    assert of(Place("DE"), policy=Ask.NOTICE).ask is Ask.EXPLICIT_YES


def test_who_has_a_number_here_and_an_address_there_is_in_both_places() -> None:
    somebody = Party("the caller", (Place("US", "TX"), Place("US", "CA", By.ADDRESS)))
    need = recording_rules.needed([somebody, Party("our number", (OURS,))], policy=Ask.NOTICE, on=DAY)
    assert need.consent is Consent.ALL_PARTY


def test_a_third_from_another_place_changes_what_the_call_needs() -> None:
    two = [Party("the caller", (Place("US", "TX"),)), Party("our number", (OURS,))]
    three = [*two, Party("the colleague who joins", (Place("US", "IL"),))]
    assert recording_rules.needed(two, policy=Ask.NOTICE, on=DAY).consent is Consent.ONE_PARTY
    assert recording_rules.needed(three, policy=Ask.NOTICE, on=DAY).consent is Consent.ALL_PARTY


def test_nobody_at_all_is_somebody_unknown() -> None:
    assert recording_rules.needed([], policy=Ask.NOTICE, on=DAY).consent is Consent.ALL_PARTY


def test_before_the_first_day_of_the_table_no_rule_is_held_and_the_strictest_counts() -> None:
    first = min(row.since for row in recording_rules.ROWS)
    assert of(Place("US", "TX"), on=first - timedelta(days=1)).consent is Consent.ALL_PARTY
    assert of(Place("US", "TX"), on=first).consent is Consent.ONE_PARTY


def test_every_state_has_a_rule_with_its_clause() -> None:
    assert {row.place for row in recording_rules.ROWS if row.place.startswith("US-")} == {
        f"US-{state}" for state in places.STATES
    }
    assert all(row.clause for row in recording_rules.ROWS)


def test_a_law_that_changes_is_another_row_from_that_day_on() -> None:
    change = date(2027, 1, 1)
    rows = (
        Row("US-TX", Consent.ONE_PARTY, "old", until=change),
        Row("US-TX", Consent.ALL_PARTY, "new", since=change),
    )
    recording_rules.check(rows)
    assert [row.clause for row in rows if row.holds(change - timedelta(days=1))] == ["old"]
    assert [row.clause for row in rows if row.holds(change)] == ["new"]


@pytest.mark.parametrize(
    "rows",
    [
        (Row("US-TX", Consent.ONE_PARTY, "a"), Row("US-TX", Consent.ALL_PARTY, "b")),
        (
            Row("US-TX", Consent.ONE_PARTY, "a", until=date(2027, 6, 1)),
            Row("US-TX", Consent.ONE_PARTY, "b", since=date(2027, 1, 1)),
        ),
        (Row("US-XX", Consent.ONE_PARTY, "a"),),
        (Row("US-TX", Consent.ONE_PARTY, ""),),
    ],
    ids=["twice", "overlapping", "no state", "no clause"],
)
def test_a_table_that_cannot_be_trusted_does_not_load(rows: tuple[Row, ...]) -> None:
    with pytest.raises(ValueError, match="rule"):
        recording_rules.check(rows)
