"""The last step of writing a campaign: what is missing, who would be called, and who would not, and why."""

from typing import Any

from calls.campaigns import launching
from calls.models import Campaign


def check(campaign: Campaign) -> dict[str, Any]:
    """The step."""
    return {"lacks": launching.lacks(campaign), "people": campaign.contacts.count()}
