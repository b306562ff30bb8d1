"""What people have switched off."""

from collections.abc import Iterator
from datetime import datetime

from compliance.verdict import Code, DialFacts, DialRequest, Refusal


def check(request: DialRequest, facts: DialFacts, now: datetime) -> Iterator[Refusal]:
    """The switch that stops everything that rings somebody, and that of the campaign."""
    campaign = facts.door.campaign
    if facts.is_paused or (campaign is not None and campaign.is_paused):
        yield Refusal(Code.KILL_SWITCH, "policy: outgoing calls can be stopped at once")
