"""The steps of writing a campaign, as the row above each of them shows them."""

from dataclasses import dataclass

from django.urls import reverse

from calls.models import Campaign
from contactcenter.dashboard.campaigns.forms import STEPS


@dataclass(frozen=True, slots=True)
class Step:
    """One step, as the row of steps shows it; `address` is empty until the campaign has a name."""

    name: str
    label: str
    address: str
    is_here: bool
    is_done: bool


def after(step: str) -> str:
    """The step that follows."""
    names = list(STEPS)
    return names[names.index(step) + 1]


def row(campaign: Campaign | None, here: str) -> list[Step]:
    """The row of steps, with what is done."""
    done = _done(campaign)
    return [
        Step(
            name=name,
            label=label,
            address=""
            if campaign is None
            else reverse("campaign-write", kwargs={"campaign_id": campaign.pk, "step": name}),
            is_here=name == here,
            is_done=name in done,
        )
        for name, (label, _) in STEPS.items()
    ]


def _done(campaign: Campaign | None) -> set[str]:
    """Steps that need nothing more; those with a good answer to begin with count once the numbers are chosen."""
    if campaign is None:
        return set()
    done = {"what"}
    if campaign.numbers.exists():
        done |= {"numbers", "when", "pacing"}
    if campaign.contacts.exists():
        done.add("people")
    return done
