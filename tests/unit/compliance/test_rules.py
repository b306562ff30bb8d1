"""The rules of the gate, case by case. Numbers ending in 555-01xx belong to nobody."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance import rules
from compliance.rules import caller_id
from compliance.verdict import (
    SENTENCES,
    Code,
    DialFacts,
    DialRequest,
    DoorFacts,
    Judgement,
    Outcome,
    Purpose,
    Refusal,
    StaffEntry,
    judge,
)

NOW = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)
OURS = "+14155550100"
BOB = "+12125550101"
US = ("US", "PR", "GU", "VI", "AS", "MP")
DOOR = DoorFacts(StaffEntry(BOB, "agent-7"), is_caller_id_ours=True, live_legs=0, regions=US)
FACTS = DialFacts(DOOR, is_paused=False, has_open_permit=False, is_errand_done=False)
REQUEST = DialRequest(BOB, Purpose.STAFF, OURS, subject="call:1", errand="offer:1")


def decide(to: str = BOB, *, purpose: Purpose = Purpose.STAFF, **door: object) -> Judgement:
    entry = door.pop("directory", StaffEntry(to, "agent-7"))
    facts = replace(FACTS, door=replace(DOOR, directory=entry, **door))
    return rules.decide(replace(REQUEST, to=to, purpose=purpose), facts, NOW)


def codes(judgement: Judgement) -> list[str]:
    return [reason.code.value for reason in judgement.reasons]


# --- the destination ---

OUT_OF_THE_QUESTION = [
    ("+18005551234", "NUMBER_TYPE_BLOCKED"),  # toll-free
    ("+19002345678", "NUMBER_TYPE_BLOCKED"),  # premium
    ("+15005550006", "NUMBER_TYPE_BLOCKED"),  # personal
    ("+442079460958", "COUNTRY_NOT_ALLOWED"),
    ("+14165550101", "COUNTRY_NOT_ALLOWED"),  # Toronto: looks domestic
    ("+18765551234", "COUNTRY_NOT_ALLOWED"),  # Jamaica: looks domestic
    ("+883510000000094", "COUNTRY_NOT_ALLOWED"),  # an international network
    ("+870773111632", "COUNTRY_NOT_ALLOWED"),  # a satellite
    ("911", "NUMBER_INVALID"),
    ("411", "NUMBER_INVALID"),
    ("+1850555010", "NUMBER_INVALID"),  # nine digits
    ("not-a-number", "NUMBER_INVALID"),
    ("", "NUMBER_INVALID"),
    ("anonymous", "NUMBER_INVALID"),
    ("tel:911", "NUMBER_INVALID"),
    ("whatsapp:+12125550101", "CHANNEL_UNSUPPORTED"),
    ("messenger:12125550101", "CHANNEL_UNSUPPORTED"),
    ("https://example.com", "CHANNEL_UNSUPPORTED"),
]


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize(("to", "code"), OUT_OF_THE_QUESTION)
def test_some_destinations_are_out_of_the_question(to: str, code: str, purpose: Purpose) -> None:
    judgement = decide(to, purpose=purpose)
    assert (judgement.outcome, codes(judgement)) == (Outcome.DENY, [code])


@pytest.mark.parametrize("address", ["client:agent7", "sip:bob@example.com"])
def test_addresses_of_our_own_people_are_for_staff_alone(address: str) -> None:
    assert decide(address).outcome is Outcome.ALLOW
    for purpose in set(Purpose) - {Purpose.STAFF}:
        assert codes(decide(address, purpose=purpose)) == ["CHANNEL_UNSUPPORTED"]


@pytest.mark.parametrize("address", ["sip:", "sip:bob", "sip:bob@", "client:", "client:a b", 'sip:a"b@example.com'])
def test_an_address_that_cannot_be_rung_is_none(address: str) -> None:
    assert codes(decide(address)) == ["NUMBER_INVALID"]


@pytest.mark.parametrize("spelling", [BOB, "(212) 555-0101", "tel:+1-212-555-0101", " +1 212 555 0101 "])
def test_a_number_is_the_same_in_every_spelling(spelling: str) -> None:
    assert decide(spelling, directory=StaffEntry(BOB, "agent-7")).outcome is Outcome.ALLOW


def test_a_country_that_is_allowed_is_rung() -> None:
    assert decide("+442079460958", regions=("GB",)).outcome is Outcome.ALLOW


# --- the directory ---


@pytest.mark.parametrize(
    "entry",
    [
        None,
        StaffEntry("+12125550102", "agent-7"),
        StaffEntry(BOB, "agent-7", is_allowed=False),
        StaffEntry(BOB, ""),
        StaffEntry("", "agent-7"),
        StaffEntry("client:agent-7", "agent-7"),
    ],
    ids=str,
)
def test_the_entry_must_name_exactly_this_address_and_allow_it(entry: StaffEntry | None) -> None:
    judgement = decide(directory=entry)
    assert (judgement.outcome, codes(judgement)) == (Outcome.DENY, ["NOT_IN_DIRECTORY"])


# --- purposes ---


@pytest.mark.parametrize("purpose", sorted(set(Purpose) - {Purpose.STAFF, Purpose.TRANSFER}))
def test_without_a_law_nobody_else_is_called_whatever_the_directory_says(purpose: Purpose) -> None:
    judgement = decide(purpose=purpose)
    assert (judgement.outcome, codes(judgement)) == (Outcome.DENY, ["UNDECIDED"])


def test_a_third_party_outside_the_directory_is_told_where_it_would_have_to_stand() -> None:
    assert codes(decide(purpose=Purpose.TRANSFER, directory=None)) == ["NOT_IN_DIRECTORY", "PURPOSE_NOT_PERMITTED"]


# --- what is shown, switched off, under way ---


@pytest.mark.parametrize(
    ("shown", "is_ours"), [(OURS, False), ("", True), ("anonymous", True), ("415 555 0100", True), ("client:us", True)]
)
def test_the_number_shown_is_ours_and_never_withheld(shown: str, is_ours: bool) -> None:
    facts = replace(FACTS, door=replace(DOOR, is_caller_id_ours=is_ours))
    assert codes(rules.decide(replace(REQUEST, caller_id=shown), facts, NOW)) == ["CALLER_ID_INVALID"]


@pytest.mark.parametrize(
    ("facts", "outcome", "code"),
    [
        ({"is_paused": True}, Outcome.DEFER, "KILL_SWITCH"),
        ({"has_open_permit": True}, Outcome.DEFER, "IN_FLIGHT"),
        ({"is_errand_done": True}, Outcome.DENY, "ALREADY_DIALLED"),
    ],
)
def test_our_own_books_can_forbid_it(facts: dict[str, bool], outcome: Outcome, code: str) -> None:
    judgement = rules.decide(REQUEST, replace(FACTS, **facts), NOW)
    assert (judgement.outcome, codes(judgement), judgement.until) == (outcome, [code], None)


@pytest.mark.parametrize(("lines", "live", "is_free"), [(1, 0, True), (1, 1, False), (3, 2, True), (3, 3, False)])
def test_an_address_takes_as_many_calls_as_it_has_lines(lines: int, live: int, is_free: bool) -> None:
    judgement = decide(directory=StaffEntry(BOB, "third-1", lines=lines), live_legs=live)
    assert codes(judgement) == ([] if is_free else ["IN_FLIGHT"])


# --- together ---


def test_every_reason_is_kept_and_a_denial_outranks_a_deferral() -> None:
    facts = DialFacts(replace(DOOR, directory=None, is_caller_id_ours=False), True, True, True)
    judgement = rules.decide(REQUEST, facts, NOW)
    assert judgement.outcome is Outcome.DENY
    assert codes(judgement) == [
        "NOT_IN_DIRECTORY",
        "CALLER_ID_INVALID",
        "ALREADY_DIALLED",
        "KILL_SWITCH",
        "IN_FLIGHT",
    ]


def test_a_rule_that_fails_is_a_refusal_and_the_others_are_asked_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    broken.__module__ = caller_id.__name__
    monkeypatch.setattr(rules, "EVERY_PURPOSE", (broken, *rules.EVERY_PURPOSE))
    judgement = rules.decide(REQUEST, replace(FACTS, is_paused=True), NOW)
    assert (judgement.outcome, codes(judgement)) == (Outcome.DENY, ["UNDECIDED", "KILL_SWITCH"])
    assert judgement.reasons[0].detail == "compliance.rules.caller_id: ZeroDivisionError"


def test_a_time_is_given_when_time_alone_lifts_every_reason() -> None:
    soon, later = NOW + timedelta(minutes=1), NOW + timedelta(hours=1)
    timed = [Refusal(Code.IN_FLIGHT, "", until=soon), Refusal(Code.KILL_SWITCH, "", until=later)]
    assert judge(timed).until == later
    assert judge([*timed, Refusal(Code.IN_FLIGHT, "")]).until is None
    assert judge([*timed, Refusal(Code.NUMBER_INVALID, "")]).until is None


def test_every_code_has_a_sentence() -> None:
    assert SENTENCES.keys() == set(Code)
    assert all(sentence.endswith(".") for sentence in SENTENCES.values())


FLAGS = st.booleans()
ENTRIES = st.one_of(
    st.none(), st.builds(StaffEntry, st.sampled_from([BOB, OURS, "client:b"]), st.just("agent-7"), FLAGS)
)
FACTS_OF_ALL_KINDS = st.builds(
    DialFacts,
    st.builds(DoorFacts, ENTRIES, FLAGS, st.integers(0, 2), st.sampled_from([US, ()])),
    is_paused=FLAGS,
    has_open_permit=FLAGS,
    is_errand_done=FLAGS,
)
RESTRICTIONS = [
    lambda f: replace(f, is_paused=True),
    lambda f: replace(f, has_open_permit=True),
    lambda f: replace(f, is_errand_done=True),
    lambda f: replace(f, door=replace(f.door, directory=None)),
    lambda f: replace(f, door=replace(f.door, is_caller_id_ours=False)),
    lambda f: replace(f, door=replace(f.door, regions=())),
    lambda f: replace(f, door=replace(f.door, live_legs=f.door.live_legs + 1)),
]


@given(st.sampled_from(list(Purpose)), st.sampled_from([BOB, "client:b", "911"]), FACTS_OF_ALL_KINDS)
def test_a_restriction_never_makes_a_call_possible(purpose: Purpose, to: str, facts: DialFacts) -> None:
    request = replace(REQUEST, to=to, purpose=purpose)
    before = rules.decide(request, facts, NOW).outcome
    for restrict in RESTRICTIONS:
        after = rules.decide(request, restrict(facts), NOW).outcome
        if before is not Outcome.ALLOW:
            assert after is Outcome.DENY or after is before is Outcome.DEFER


@given(st.text(max_size=40), st.sampled_from(list(Purpose)))
def test_nothing_but_an_entry_of_the_directory_is_ever_permitted(to: str, purpose: Purpose) -> None:
    facts = replace(FACTS, door=replace(DOOR, directory=None))
    assert rules.decide(replace(REQUEST, to=to, purpose=purpose), facts, NOW).outcome is Outcome.DENY
