"""What the caller keys when asked: counted, timed and checked, on the caller's clock."""

import json

import pytest

from calls.voice.digit_entry import Check, DigitEntry, EntryRules, UnknownRules, Verdict, read_rules


def rules(**given) -> EntryRules:
    return read_rules(json.dumps(given))


def keyed(entry: DigitEntry, keys: str, *, from_ms: int = 0, every_ms: int = 300) -> int:
    for n, key in enumerate(keys):
        entry.press(key, from_ms + n * every_ms)
    return from_ms + (len(keys) - 1) * every_ms


def test_the_most_digits_end_an_entry_at_once() -> None:
    entry = DigitEntry(rules(min_digits=4, max_digits=4), 0)
    at = keyed(entry, "123")
    assert entry.due(at) is None
    entry.press("4", at + 300)
    assert entry.due(at + 300) is Verdict.TAKEN
    assert entry.digits == "1234"


def test_the_finish_key_ends_an_entry_and_is_no_part_of_it() -> None:
    entry = DigitEntry(rules(max_digits=10), 0)
    assert entry.due(keyed(entry, "12#")) is Verdict.TAKEN
    assert entry.digits == "12"


def test_a_pause_ends_an_entry() -> None:
    entry = DigitEntry(rules(pause_s=2), 0)
    at = keyed(entry, "123")
    assert entry.due(at + 1999) is None
    assert entry.due(at + 2000) is Verdict.TAKEN


def test_the_time_for_the_first_key_begins_when_the_caller_has_heard_what_to_do() -> None:
    entry = DigitEntry(rules(timeout_s=5, tries=1), 0)
    entry.sound(4000)
    assert entry.due(8999) is None
    assert entry.due(9000) is Verdict.NOTHING


def test_too_few_digits_may_be_keyed_again_as_often_as_was_said() -> None:
    entry = DigitEntry(rules(min_digits=4, max_digits=4, tries=2), 0)
    assert entry.due(keyed(entry, "12#")) is Verdict.AGAIN
    assert entry.digits == ""
    assert entry.due(keyed(entry, "1#", from_ms=2000)) is Verdict.TOO_FEW


def test_a_wrong_check_digit_does_not_fit() -> None:
    entry = DigitEntry(rules(check="luhn", tries=1), 0)
    assert entry.due(keyed(entry, "79927398710#")) is Verdict.DOES_NOT_FIT
    entry = DigitEntry(rules(check="luhn", tries=1), 0)
    assert entry.due(keyed(entry, "79927398713#")) is Verdict.TAKEN


def test_a_pattern_is_held_against_the_digits() -> None:
    entry = DigitEntry(rules(check="pattern", pattern=r"7\d{3}", tries=1), 0)
    assert entry.due(keyed(entry, "8123#")) is Verdict.DOES_NOT_FIT


def test_a_cards_number_is_never_taken_whatever_was_asked_for() -> None:
    entry = DigitEntry(rules(check="luhn"), 0)
    assert entry.due(keyed(entry, "4111111111111111#")) is Verdict.CARD


def test_keys_pressed_before_they_were_asked_for_count() -> None:
    entry = DigitEntry(rules(min_digits=3, max_digits=3), 5000, keys="12")
    entry.press("3", 5100)
    assert entry.due(5100) is Verdict.TAKEN
    assert entry.digits == "123"


def test_keys_after_the_last_one_are_not_part_of_it() -> None:
    entry = DigitEntry(rules(max_digits=2), 0)
    keyed(entry, "1234")
    assert entry.digits == "12"


@pytest.mark.parametrize(
    "arguments",
    [
        "[]",
        "nonsense",
        '{"min_digits": 0}',
        '{"min_digits": 5, "max_digits": 4}',
        '{"max_digits": 99}',
        '{"max_digits": true}',
        '{"min_digits": "four"}',
        '{"check": "sha"}',
        '{"check": "pattern", "pattern": "(1+)+"}',
        '{"finish_key": "7"}',
        '{"tries": 100}',
        '{"timeout_s": 1e9}',
    ],
)
def test_rules_that_make_no_sense_are_told_to_the_model(arguments: str) -> None:
    with pytest.raises(UnknownRules) as told:
        read_rules(arguments)
    assert str(told.value).endswith(".")


def test_rules_that_are_not_given_are_sensible() -> None:
    assert read_rules("") == EntryRules()
    assert rules(min_digits=6.0, finish_key="none").least == 6
    assert rules(finish_key="none").finish_key == ""
    assert EntryRules().check is Check.NONE
