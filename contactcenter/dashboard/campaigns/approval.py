"""Two people launch a campaign: what the second one sees, and which buttons fit this moment and this person."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User

from calls.lifecycle.campaign import CampaignState
from calls.models import Campaign, CampaignEvent
from contactcenter.dashboard import access
from contactcenter.dashboard.campaigns.words import FIELDS

# What says how a campaign is can be changed in these, and in no other.
MAY_CHANGE = (CampaignState.DRAFT, CampaignState.WAITING, CampaignState.APPROVED)
TOO_LATE = "What was approved stands: a campaign that has begun is not changed any more."


@dataclass(frozen=True, slots=True)
class Change:
    """One value that was changed since somebody approved it, or since the campaign was written."""

    label: str
    before: str
    after: str


def changes(campaign: Campaign) -> list[Change]:
    """What was changed since it was submitted the last time but one, in order: what an approver has not seen yet."""
    happened = CampaignEvent.objects.filter(campaign=campaign).order_by("pk")
    submitted = list(happened.filter(kind="submitted").values_list("pk", flat=True))
    since = submitted[-2] if len(submitted) > 1 else None
    if since is None:
        return []
    found: dict[str, tuple[str, str]] = {}
    for event in happened.filter(kind="changed", pk__gt=since):
        for name, pair in (event.detail.get("fields") or {}).items():
            before, after = (str(pair[0]), str(pair[1])) if isinstance(pair, list) and len(pair) == 2 else ("", "")
            found[name] = (found.get(name, (before, ""))[0], after)
    return [Change(FIELDS.get(name, name), before, after) for name, (before, after) in found.items() if before != after]


def panel(person: User, campaign: Campaign) -> dict[str, Any]:
    """What somebody may do to a campaign now, and why not where a button is shut."""
    state = CampaignState(campaign.state)
    waits = state is CampaignState.WAITING
    is_own = bool(campaign.submitted_by_ref) and campaign.submitted_by_ref == person.email
    return {
        "changes": changes(campaign) if waits else [],
        "waits_for_approval": waits,
        "is_own": is_own,
        "may_approve": waits and not is_own and person.has_perm(access.APPROVE_CAMPAIGNS),
        "may_write": person.has_perm(access.WRITE_CAMPAIGNS),
        "may_run": person.has_perm(access.RUN_CAMPAIGNS),
        "may_start": state is CampaignState.APPROVED,
        "may_pause": state is CampaignState.RUNNING,
        "may_resume": state is CampaignState.PAUSED,
        "may_stop": state in (CampaignState.APPROVED, CampaignState.RUNNING, CampaignState.PAUSED),
    }
