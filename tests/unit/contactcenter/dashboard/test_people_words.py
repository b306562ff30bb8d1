"""A caller's way to a person, in sentences."""

import pytest

from calls.lifecycle.transfer import Outcome
from calls.models import CallEvent
from contactcenter.dashboard import people_words, timeline


@pytest.mark.parametrize(
    ("kind", "data", "said"),
    [
        (
            "transfer_requested",
            {"to": "Front desk", "by": "assistant", "why": "Refund"},
            "Transfer to Front desk asked for by the assistant: Refund",
        ),
        ("transfer_requested", {}, "Transfer asked for"),
        ("offered", {"to": "Max"}, "Max is rung"),
        ("offer_ended", {"who": "Max", "outcome": "declined", "why": "busy"}, "Max declined (busy)"),
        ("offer_ended", {"who": "Max", "outcome": "declined", "why": "declined"}, "Max declined"),
        ("offer_ended", {"who": "Ivy", "outcome": "no_answer", "why": ""}, "Ivy did not answer"),
        ("offer_ended", {}, "Somebody under way"),
        ("agent_joined", {"who": "Ivy"}, "Ivy joined"),
        ("agent_joined", {}, "Somebody joined"),
    ],
)
def test_a_moment_is_a_sentence(kind: str, data: dict[str, str], said: str) -> None:
    assert people_words.moment_words(CallEvent(kind=kind, data=data)) == said


def test_every_moment_among_the_turns_has_its_words() -> None:
    for kind in timeline.ON_THE_WAY:
        assert people_words.moment_words(CallEvent(kind=kind, data={}))


def test_every_outcome_has_its_words() -> None:
    assert set(people_words.OUTCOMES) == set(Outcome)
