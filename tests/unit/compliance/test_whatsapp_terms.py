"""What WhatsApp allows, as rows: whole, or nobody is called."""

import tomllib
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from compliance.whatsapp_terms import NAMES, ChannelRule, UnableToApply, check, terms_on

FILE = Path(__file__).resolve().parents[3] / "compliance/channels/whatsapp-2026-11.toml"
RULES = tuple(ChannelRule(**row) for row in tomllib.loads(FILE.read_text(encoding="utf-8"))["rows"])
DAY = date(2026, 11, 20)


def with_rule(name: str, **changes: object) -> list[ChannelRule]:
    """The rules that ship, one of them changed."""
    return [replace(rule, **changes) if rule.name == name else rule for rule in RULES]


def test_what_ships_is_whole_and_takes_the_stricter_of_two_pages() -> None:
    terms = terms_on(DAY, RULES)
    assert terms.grant == timedelta(days=7)
    assert (terms.requests_a_day, terms.requests_a_week) == (1, 2)
    assert (terms.calls_a_day, terms.do_only_answered_count) == (5, False)
    assert (terms.misses_until_asked_again, terms.misses_until_revoked) == (2, 4)
    assert terms.calls_of_sender == 1000
    assert terms.barred_senders == {"US", "CA", "EG", "NG", "TR", "VN"}
    assert terms.may_be_permanent
    assert not terms.grant_by_their_call
    assert not terms.does_talk_reset_requests


def test_every_row_names_its_source_and_its_grade() -> None:
    for rule in RULES:
        assert rule.source, rule.name
        assert rule.grade in ("P", "S", "UNVERIFIED", "policy"), rule.name
    assert {rule.name for rule in RULES} == set(NAMES)


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        (RULES[1:], "Nothing is said"),
        ([*RULES, replace(RULES[0], value="100")], "hold at the same time"),
        ([*RULES, replace(RULES[0], name="calls per full moon")], "Nobody knows what to do"),
        (with_rule("calls in 24 h", value="many"), "cannot be read"),
        (with_rule("calls in 24 h", value="-1"), "cannot be read"),
        (with_rule("only answered calls count", value="perhaps"), "cannot be read"),
        (with_rule("no calls from senders of", value="USA"), "cannot be read"),
        (with_rule("calls in 24 h", source=""), "by which source"),
        (with_rule("calls in 24 h", effective_to=date(2025, 1, 1)), "ends before it begins"),
        (with_rule("calls in 24 h", effective_to=DAY), "Nothing is said"),
        ([], "Nothing is said"),
    ],
)
def test_rules_that_are_not_whole_are_none(rules: list[ChannelRule], why: str) -> None:
    with pytest.raises(UnableToApply, match=why):
        terms_on(DAY, rules)


def test_a_change_is_an_end_and_a_beginning_and_each_day_has_its_own() -> None:
    changed = [
        *with_rule("calls in 24 h", effective_to=DAY),
        ChannelRule("calls in 24 h", "100", "Meta", "P", DAY),
    ]
    check(changed)
    assert terms_on(DAY - timedelta(days=1), changed).calls_a_day == 5
    assert terms_on(DAY, changed).calls_a_day == 100


def test_no_country_at_all_may_be_barred() -> None:
    assert terms_on(DAY, with_rule("no calls from senders of", value="")).barred_senders == frozenset()
