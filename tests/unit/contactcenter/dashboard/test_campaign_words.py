"""Every state, outcome and reason of a campaign has its words, and says what can be done about it."""

import pytest

from calls.lifecycle.campaign import AttemptOutcome, CampaignFact, CampaignState, ContactState
from compliance.verdict import SENTENCES, Code, Outcome, Refusal
from contactcenter.dashboard.campaigns import words


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        (CampaignState, words.CAMPAIGN_STATES),
        (ContactState, words.CONTACT_STATES),
        (AttemptOutcome, words.OUTCOMES),
    ],
)
def test_every_code_has_words(codes, said) -> None:
    assert set(codes) == set(said)


def test_every_fact_has_words() -> None:
    assert {fact.value for fact in CampaignFact} <= set(words.EVENTS)


@pytest.mark.parametrize("code", list(Code))
def test_every_reason_says_what_can_be_done(code: Code) -> None:
    assert words.code_words(code) == SENTENCES[code]
    kind = words.code_kind(code)
    assert kind in (words.WAIT, words.FIX, words.NEVER)
    if Refusal(code, "").outcome is Outcome.DENY:
        assert kind != words.WAIT


def test_a_reason_that_nobody_knows_any_more_is_told_as_it_stands() -> None:
    assert words.code_words("OLD_RULE") == "OLD_RULE"
    assert words.code_kind("OLD_RULE") == words.FIX


@pytest.mark.parametrize(
    ("days", "said"),
    [([], "every day the law allows"), ([4, 0], "Monday, Friday"), ([9], "")],
)
def test_weekdays(days: list[int], said: str) -> None:
    assert words.weekday_words(days) == said


@pytest.mark.parametrize(
    ("value", "said"), [(None, "–"), (0, "0 %"), (1.25, "1.2 %"), (31.4, "31 %"), (100.0, "100 %")]
)
def test_shares(value: float | None, said: str) -> None:
    assert words.percentage(value) == said
