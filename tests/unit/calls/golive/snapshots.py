"""A snapshot in which nothing is wrong, and ways to break one thing of it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from calls.golive import wanted
from calls.golive.snapshot import (
    AccountThere,
    CountryThere,
    NumberThere,
    OurNumber,
    Ours,
    Reach,
    Snapshot,
    WebhookThere,
)

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
URL, E164, SID = "https://calls.example.com", "+14155550100", "PN1"
WEBHOOK = WebhookThere("we_1", "Calls", f"{URL}/openai/webhook/", ("realtime.call.incoming",))
SETTINGS = wanted.of_number(URL) | {"voice_application_sid": "", "trunk_sid": "", "sms_application_sid": ""}

OURS = Ours(
    public_url=URL,
    account_sid="AC1",
    numbers=(OurNumber(E164, "Reception"),),
    countries=("US",),
    fallback_number="+12125550150",
    models=("gpt-realtime-2.1",),
    webhook_path="/openai/webhook/",
    workflow_sid="WW1",
)
GOOD = Snapshot(
    at=NOW,
    ours=OURS,
    account=AccountThere("active", "Full", balance=90.0, currency="USD"),
    numbers=(NumberThere(E164, SID, SETTINGS, region="us1"),),
    countries=(CountryThere("US", "United States", is_open=True),),
    workflows=frozenset({"WW1"}),
    has_media_password=True,
    reach=Reach(ready_status=200, signed_status=200, forged_status=403, upgrade_status=101, certificate_days=60),
    models=frozenset({"gpt-realtime-2.1"}),
    webhooks=(WEBHOOK,),
)


def but(**changes: Any) -> Snapshot:
    """Everything right but this."""
    return replace(GOOD, **changes)


def ours(**changes: Any) -> Snapshot:
    """Everything right but this of our own settings."""
    return replace(GOOD, ours=replace(OURS, **changes))


def reach(**changes: Any) -> Snapshot:
    """Everything right but this of the way to us."""
    return replace(GOOD, reach=replace(GOOD.reach, **changes))


def number(**settings: str) -> Snapshot:
    """Everything right but these settings of the number."""
    return but(numbers=(NumberThere(E164, SID, SETTINGS | settings, region="us1"),))
