"""Writing a campaign, and changing what is written until it runs.

What was submitted or approved and is changed afterwards is a draft again: whoever approves sees what runs. Every change
is kept with its value before and after.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from calls.lifecycle.campaign import CampaignFact, CampaignState, campaign_after
from calls.models import Campaign, CampaignEvent, Number
from compliance import audit

MAY_CHANGE = (CampaignState.DRAFT, CampaignState.WAITING, CampaignState.APPROVED)


class UnableToWrite(Exception):
    """The campaign could not be written; `str()` says why, for a person."""


def create(*, fields: Mapping[str, Any], by: str, now: datetime) -> Campaign:
    """A new draft. Raises UnableToWrite when there is one of its name."""
    try:
        with transaction.atomic():
            campaign = Campaign.objects.create(
                **fields, state=CampaignState.DRAFT, created_at=now, created_by_ref=by, state_at=now, state_by_ref=by
            )
            CampaignEvent.objects.create(campaign=campaign, kind="created", at=now, by_ref=by)
            audit.note(act="create_campaign", subject=f"campaign:{campaign.pk}", by=by, now=now)
    except IntegrityError as error:
        raise UnableToWrite("There is a campaign of this name already.") from error
    return campaign


def change(
    *, campaign: Campaign, fields: Mapping[str, Any], numbers: Iterable[Number] | None = None, by: str, now: datetime
) -> bool:
    """Put these values in; False when they stood there already. Raises UnableToWrite once it runs, or is over."""
    try:
        with transaction.atomic():
            known = Campaign.objects.select_for_update().get(pk=campaign.pk)
            if known.state not in MAY_CHANGE:
                raise UnableToWrite("What was approved stands: a campaign that has begun is not changed any more.")
            changes = _changes(known, fields, numbers)
            if changes:
                _write(known, fields, numbers, changes, by=by, now=now)
    except IntegrityError as error:
        raise UnableToWrite("There is a campaign of this name already.") from error
    campaign.refresh_from_db()
    return bool(changes)


def _changes(
    known: Campaign, fields: Mapping[str, Any], numbers: Iterable[Number] | None
) -> dict[str, tuple[str, str]]:
    pairs = {name: (getattr(known, name), value) for name, value in fields.items()}
    if numbers is not None:
        pairs["numbers"] = (_e164s(known.numbers.all()), _e164s(numbers))
    return {name: (_said(before), _said(after)) for name, (before, after) in pairs.items() if before != after}


def _e164s(numbers: Iterable[Number]) -> list[str]:
    return sorted(number.e164 for number in numbers)


def _said(value: object) -> str:
    if value in (None, "", [], {}):
        return "nothing"
    if isinstance(value, dict):
        return ", ".join(f"{name} {part}" for name, part in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"{value:%Y-%m-%d %H:%M} UTC" if isinstance(value, datetime) else str(value)[:200]


def _write(
    known: Campaign,
    fields: Mapping[str, Any],
    numbers: Iterable[Number] | None,
    changes: Mapping[str, tuple[str, str]],
    *,
    by: str,
    now: datetime,
) -> None:
    state = campaign_after(CampaignState(known.state), CampaignFact.CHANGED)
    moved = {"state": state, "state_at": now, "state_by_ref": by, "state_why": ""} if state != known.state else {}
    Campaign.objects.filter(pk=known.pk).update(**fields, **moved)
    if numbers is not None:
        known.numbers.set(numbers)
    detail = {"fields": {name: list(pair) for name, pair in changes.items()}}
    CampaignEvent.objects.create(campaign=known, kind=CampaignFact.CHANGED, at=now, by_ref=by, detail=detail)
    audit.note(act="change_campaign", subject=f"campaign:{known.pk}", by=by, now=now, fields=sorted(changes))
