"""Before a WhatsApp sender goes live: what is said about it, and who can put it right."""

from dataclasses import replace
from typing import Any

import pytest

from calls.golive.whatsapp_readiness import OWNER_ONLY, Finding, Level, Seen, Whose, findings, users_a_day

HERE = "https://voice.example.com/twilio/message/"
READY = Seen(
    e164="+5511955550100",
    is_on=True,
    country="BR",
    status="ONLINE",
    application_sid="AP1",
    known_application_sid="AP1",
    application_differs=(),
    callback_url=HERE,
    wanted_callback=HERE,
    messaging_limit="2K Customers/24hr",
    quality="HIGH",
    offline_reasons=(),
    is_number_active=True,
    has_seat=True,
    has_fallback=True,
    is_in_region=True,
    barred_senders=frozenset({"US", "CA"}),
    barred_everywhere=frozenset({"KP"}),
    least_messaging_limit=2000,
    approved=("en",),
)


def wrong(**changes: Any) -> list[Finding]:
    """What is not good, beside what nobody but the owner can see."""
    found = findings(replace(READY, **changes))
    return [one for one in found if one.level is not Level.GOOD and one not in OWNER_ONLY]


def test_a_sender_that_is_ready_has_nothing_wrong_but_what_only_its_owner_sees() -> None:
    assert wrong() == []
    assert [one.whose for one in findings(READY) if one.level is Level.WARNING] == [Whose.OWNER] * 3


@pytest.mark.parametrize(
    ("changes", "code", "level", "whose"),
    [
        ({"status": ""}, "sender", Level.PROBLEM, Whose.OWNER),
        ({"status": "OFFLINE", "offline_reasons": ("Not registered",)}, "sender", Level.PROBLEM, Whose.OWNER),
        ({"status": "PENDING_VERIFICATION"}, "sender", Level.PROBLEM, Whose.OWNER),
        ({"is_on": False}, "switch", Level.WARNING, Whose.ADMIN),
        ({"application_sid": ""}, "application", Level.PROBLEM, Whose.OURS),
        ({"application_sid": "AP2"}, "application", Level.PROBLEM, Whose.OURS),
        ({"application_differs": None}, "application", Level.PROBLEM, Whose.OURS),
        ({"application_differs": ("voice_url",)}, "application", Level.PROBLEM, Whose.OURS),
        ({"is_number_active": False}, "number", Level.PROBLEM, Whose.ADMIN),
        ({"has_seat": False}, "seats", Level.WARNING, Whose.ADMIN),
        ({"has_fallback": False}, "fallback", Level.WARNING, Whose.ADMIN),
        ({"country": "US"}, "country", Level.WARNING, Whose.NOBODY),
        ({"country": "KP"}, "country", Level.WARNING, Whose.NOBODY),
        ({"country": ""}, "country", Level.WARNING, Whose.ADMIN),
        ({"is_in_region": False}, "region", Level.WARNING, Whose.ADMIN),
        ({"messaging_limit": ""}, "messaging_limit", Level.WARNING, Whose.OWNER),
        ({"messaging_limit": "TIER_1K"}, "messaging_limit", Level.WARNING, Whose.OWNER),
        ({"quality": "LOW"}, "quality", Level.WARNING, Whose.OWNER),
        ({"callback_url": "https://elsewhere.example/"}, "messages", Level.PROBLEM, Whose.OURS),
        ({"approved": ()}, "template", Level.WARNING, Whose.ADMIN),
    ],
)
def test_what_is_wrong_is_said_with_who_can_put_it_right(
    changes: dict[str, Any], code: str, level: Level, whose: Whose
) -> None:
    found = next(one for one in wrong(**changes) if one.code == code)
    assert (found.level, found.whose) == (level, whose)
    assert found.what.endswith(".")


def test_switched_off_and_left_alone_by_the_carrier_is_as_it_should_be() -> None:
    assert [one.code for one in wrong(is_on=False, application_sid="")] == ["switch"]
    assert "application" in [one.code for one in wrong(is_on=False)]


def test_problems_come_first() -> None:
    found = findings(replace(READY, application_sid="", has_seat=False))
    assert [one.level for one in found] == sorted(
        [one.level for one in found], key=[Level.PROBLEM, Level.WARNING, Level.GOOD].index
    )


@pytest.mark.parametrize(
    ("words", "users"),
    [
        ("2K Customers/24hr", 2000),
        ("TIER_10K", 10_000),
        ("250", 250),
        ("TIER_UNLIMITED", 10**9),
        ("", None),
        ("high", None),
    ],
)
def test_messaging_limits_are_read_as_they_are_written(words: str, users: int | None) -> None:
    assert users_a_day(words) == users
