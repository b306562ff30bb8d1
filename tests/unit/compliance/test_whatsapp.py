"""How a person stands to a sender of ours: the rules of the channel, case by case."""

import itertools
import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from compliance.whatsapp import FOR_GOOD, Ended, Fact, Happened, Standing, standing
from compliance.whatsapp_terms import terms_on
from tests.unit.compliance.test_whatsapp_terms import RULES

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TERMS = terms_on(date(2026, 11, 20), RULES)
_count = itertools.count(1)


def ago(kind: Fact, *, days: float = 0, hours: float = 0, minutes: float = 0, **more: object) -> Happened:
    """Something that happened so long ago; what nothing names has a name of its own."""
    at = NOW - timedelta(days=days, hours=hours, minutes=minutes)
    return Happened(kind, at, **{"ref": f"r{next(_count)}"} | more)  # type: ignore[arg-type]


def how(*facts: Happened, terms: object = TERMS, now: datetime = NOW) -> Standing:
    return standing(facts, terms, now)  # type: ignore[arg-type]


# --- the grant ---


@pytest.mark.parametrize(
    ("facts", "ended"),
    [
        ([], Ended.NEVER),
        ([ago(Fact.REQUESTED, hours=1)], Ended.NEVER),
        ([ago(Fact.THEIR_CALL, hours=1)], Ended.NEVER),
        ([ago(Fact.ACCEPTED, days=6, hours=23)], None),
        ([ago(Fact.ACCEPTED, days=7)], Ended.EXPIRED),
        ([ago(Fact.ACCEPTED, days=8)], Ended.EXPIRED),
        ([ago(Fact.ACCEPTED, days=400, is_permanent=True)], None),
        ([ago(Fact.ACCEPTED, hours=3, until=NOW - timedelta(minutes=1))], Ended.EXPIRED),
        ([ago(Fact.ACCEPTED, hours=3, until=NOW + timedelta(days=90))], None),
        ([ago(Fact.REJECTED, hours=1)], Ended.REJECTED),
        ([ago(Fact.ACCEPTED, hours=2), ago(Fact.REJECTED, hours=1)], Ended.REJECTED),
        ([ago(Fact.REJECTED, hours=2), ago(Fact.ACCEPTED, hours=1)], None),
        ([ago(Fact.ACCEPTED, hours=2), ago(Fact.REVOKED, hours=1)], Ended.REVOKED),
        ([ago(Fact.REVOKED, hours=2), ago(Fact.ACCEPTED, hours=1)], None),
        ([ago(Fact.ACCEPTED, days=2, is_permanent=True), ago(Fact.REVOKED, hours=1)], Ended.REVOKED),
    ],
)
def test_whether_there_is_a_grant_and_why_not(facts: list[Happened], ended: Ended | None) -> None:
    found = how(*facts)
    assert (found.has_grant, found.ended) == (ended is None, ended)


def test_a_grant_lasts_seven_days_and_no_answer_makes_it_longer() -> None:
    asked = ago(Fact.ACCEPTED, days=1, until=NOW + timedelta(days=90))
    assert how(asked).until == asked.at + timedelta(days=7)
    assert how(ago(Fact.ACCEPTED, days=1, until=NOW + timedelta(days=1))).until == NOW + timedelta(days=1)
    assert how(ago(Fact.ACCEPTED, days=1, is_permanent=True)).until is None


def test_where_no_grant_is_for_good_one_that_says_so_lasts_seven_days() -> None:
    terms = replace(TERMS, may_be_permanent=False)
    assert how(ago(Fact.ACCEPTED, days=6, is_permanent=True), terms=terms).has_grant
    assert not how(ago(Fact.ACCEPTED, days=8, is_permanent=True), terms=terms).has_grant


def test_what_is_still_to_come_counts_for_nothing() -> None:
    assert not how(ago(Fact.ACCEPTED, hours=-1)).has_grant


def test_their_own_call_allows_ours_only_where_a_rule_says_so() -> None:
    terms = replace(TERMS, grant_by_their_call=timedelta(hours=72))
    assert how(ago(Fact.THEIR_CALL, hours=71), terms=terms).has_grant
    assert how(ago(Fact.THEIR_CALL, hours=73), terms=terms).ended is Ended.EXPIRED
    longer = ago(Fact.ACCEPTED, days=1)
    assert how(longer, ago(Fact.THEIR_CALL, hours=1), terms=terms).until == longer.at + timedelta(days=7)


# --- missed calls ---


def missed(n: int, *, since_hours: float = 20) -> list[Happened]:
    return [ago(Fact.MISSED, hours=since_hours - k) for k in range(n)]


@pytest.mark.parametrize(
    ("n", "is_asked_again", "has_grant"),
    [(0, False, True), (1, False, True), (2, True, True), (3, True, True), (4, False, False)],
)
def test_two_missed_calls_are_a_question_and_four_are_the_end(n: int, is_asked_again: bool, has_grant: bool) -> None:
    found = how(ago(Fact.ACCEPTED, days=2), *missed(n))
    assert (found.is_asked_again, found.has_grant) == (is_asked_again, has_grant)
    assert found.ended is (None if has_grant else Ended.MISSED)


def test_a_talk_between_missed_calls_begins_the_count_anew() -> None:
    grant = ago(Fact.ACCEPTED, days=2)
    facts = [*missed(3, since_hours=20), ago(Fact.ANSWERED, hours=10), *missed(1, since_hours=5)]
    found = how(grant, *facts)
    assert (found.missed, found.has_grant) == (1, True)
    assert how(grant, *missed(3, since_hours=20), ago(Fact.THEIR_CALL, hours=10)).missed == 0


def test_a_new_yes_after_four_missed_calls_begins_anew() -> None:
    found = how(ago(Fact.ACCEPTED, days=2), *missed(4), ago(Fact.ACCEPTED, minutes=5))
    assert (found.has_grant, found.missed) == (True, 0)


def test_a_grant_that_somebody_here_made_last_forgives_no_missed_calls() -> None:
    for_good = ago(Fact.ACCEPTED, hours=1, is_permanent=True, ref=FOR_GOOD)
    found = how(ago(Fact.ACCEPTED, days=2), *missed(3), for_good)
    assert (found.until, found.missed) == (None, 3)
    assert not how(ago(Fact.ACCEPTED, days=2), *missed(3), for_good, ago(Fact.MISSED, minutes=1)).has_grant


# --- limits ---


def test_five_calls_a_day_and_the_sixth_when_the_first_is_a_day_old() -> None:
    grant, calls = ago(Fact.ACCEPTED, days=2), [ago(Fact.PLACED, hours=23 - k) for k in range(5)]
    assert how(grant, *calls[:4]).calls_again_at is None
    found = how(grant, *calls)
    assert (found.calls, found.calls_again_at) == (5, calls[0].at + timedelta(hours=24))
    assert how(grant, *calls, now=NOW + timedelta(hours=1)).calls_again_at is None


def test_a_call_that_was_not_placed_does_not_count() -> None:
    calls = [ago(Fact.PLACED, hours=k + 1) for k in range(5)]
    undone = ago(Fact.NOT_PLACED, minutes=5, ref=calls[0].ref)
    assert how(*calls, undone).calls == 4
    assert how(*calls, undone).calls_again_at is None


def test_the_newer_page_counts_only_calls_that_were_answered() -> None:
    terms = replace(TERMS, do_only_answered_count=True, calls_a_day=2)
    placed = [ago(Fact.PLACED, hours=k + 1) for k in range(9)]
    assert how(*placed, ago(Fact.ANSWERED, hours=1), terms=terms).calls_again_at is None
    assert how(*placed, ago(Fact.ANSWERED, hours=1), ago(Fact.ANSWERED, hours=2), terms=terms).calls == 2


@pytest.mark.parametrize(
    ("hours_ago", "again_in"),
    [
        ([], None),
        ([23], 1),
        ([24], None),
        ([25], None),
        ([100, 30], 168 - 100),
        ([100, 10], 168 - 100),
        ([160, 10], 14),
        ([168, 30], None),
    ],
)
def test_one_request_a_day_and_two_a_week(hours_ago: list[int], again_in: int | None) -> None:
    found = how(*[ago(Fact.REQUESTED, hours=hours) for hours in hours_ago])
    assert found.ask_again_at == (None if again_in is None else NOW + timedelta(hours=again_in))


def test_a_request_that_did_not_go_out_does_not_count() -> None:
    request = ago(Fact.REQUESTED, hours=2)
    assert how(request, ago(Fact.NOT_REQUESTED, hours=1, ref=request.ref)).ask_again_at is None


def test_a_talk_begins_the_count_of_requests_anew_only_where_a_rule_says_so() -> None:
    facts = [ago(Fact.REQUESTED, hours=5), ago(Fact.ANSWERED, hours=1)]
    assert how(*facts).ask_again_at is not None
    assert how(*facts, terms=replace(TERMS, does_talk_reset_requests=True)).ask_again_at is None


def test_a_rate_limit_is_a_pause_for_calls_and_requests() -> None:
    found = how(ago(Fact.RATE_LIMITED, minutes=20))
    assert found.paused_until == found.ask_again_at == NOW + timedelta(minutes=40)
    assert how(ago(Fact.RATE_LIMITED, minutes=61)).paused_until is None


def test_whether_an_answer_is_still_to_come() -> None:
    assert how(ago(Fact.REQUESTED, hours=1)).is_answer_due
    assert not how(ago(Fact.REQUESTED, hours=2), ago(Fact.REJECTED, hours=1)).is_answer_due
    assert how(ago(Fact.ACCEPTED, days=9), ago(Fact.REQUESTED, hours=1)).is_answer_due


# --- facts as they come ---


def test_facts_that_come_late_twice_or_in_another_order_lead_to_the_same() -> None:
    kinds = [*Fact]
    for seed in range(200):
        dice = random.Random(seed)
        facts = [ago(dice.choice(kinds), hours=dice.randint(0, 300), ref=f"x{dice.randint(0, 9)}") for _ in range(12)]
        shuffled = [*facts, *facts[:4]]
        dice.shuffle(shuffled)
        assert how(*facts) == how(*shuffled)
