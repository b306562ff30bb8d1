"""Campaigns and people as the screens show them: plain builders with explicit words."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from calls.campaigns import launching
from calls.lifecycle.campaign import AttemptOutcome, CampaignState, ContactState
from calls.models import (
    Campaign,
    CampaignDay,
    Contact,
    ContactAttempt,
    ContactImport,
    DryRun,
    ImportProblem,
    Number,
)
from compliance.models import SuppressionEntry
from tests import given

SAM = "sam@example.com"


def a_campaign(*, state: str = CampaignState.DRAFT, name: str = "Winter reminders", **fields: Any) -> Campaign:
    """A campaign with a number to show, in some state; submitted by Sam and approved by Alice where it has to be."""
    number = Number.objects.first() or given.a_number(label="Main number")
    said = {"purpose": "informational", "topic": "bike service", "seller": "Marlow Outdoor"}
    campaign = launching.draft(
        fields=said | {"name": name, "assistant": number.assistant} | fields,
        numbers=[number],
        by=SAM,
        now=timezone.now(),
    )
    if state != CampaignState.DRAFT:
        signed = {"submitted_by_ref": SAM, "submitted_at": timezone.now()}
        if state != CampaignState.WAITING:
            signed |= {"approved_by_ref": "alice@example.com", "approved_at": timezone.now()}
        Campaign.objects.filter(pk=campaign.pk).update(state=state, **signed)
        campaign.refresh_from_db()
    return campaign


def a_contact(campaign: Campaign, number: str = given.CAROL, **fields: Any) -> Contact:
    """Somebody who is to be called."""
    known = {"name": "Carol", "due_at": timezone.now() - timedelta(minutes=1)} | fields
    return Contact.objects.create(campaign=campaign, number=number, **known)


def some_contacts(campaign: Campaign) -> dict[str, Contact]:
    """One of each kind: reached, tried, waiting, put off, given up, refused."""
    later = timezone.now() + timedelta(hours=2)
    kinds: dict[str, dict[str, Any]] = {
        "reached": {"state": ContactState.REACHED, "outcome": AttemptOutcome.HUMAN, "attempts_made": 1},
        "tried": {"outcome": AttemptOutcome.BUSY, "attempts_made": 1, "due_at": later},
        "waiting": {},
        "held": {"code": "KILL_SWITCH", "outcome": AttemptOutcome.DEFERRED, "due_at": later},
        "given_up": {"state": ContactState.GIVEN_UP, "outcome": AttemptOutcome.NO_ANSWER, "attempts_made": 3},
        "never": {"state": ContactState.REFUSED, "outcome": AttemptOutcome.REFUSED, "code": "NUMBER_TYPE_BLOCKED"},
    }
    return {
        kind: a_contact(campaign, f"+1415555267{place}", name=f"Person {kind}", **fields)
        for place, (kind, fields) in enumerate(kinds.items())
    }


def an_attempt(contact: Contact, outcome: str = AttemptOutcome.BUSY, *, at: datetime | None = None, **fields: Any) -> (
    ContactAttempt
):  # fmt: skip
    """One try."""
    slot = contact.attempts.count() + 1
    opened_at = at or timezone.now()
    return ContactAttempt.objects.create(contact=contact, slot=slot, opened_at=opened_at, outcome=outcome, **fields)


def a_day(campaign: Campaign, *, rung: int, answered: int, abandoned: int) -> None:
    """What the books say of today."""
    CampaignDay.add(campaign_id=campaign.pk, at=timezone.now(), rung=rung, answered=answered, abandoned=abandoned)


def an_import(campaign: Campaign, **fields: Any) -> ContactImport:
    """A file that was read, and of which one row was not taken."""
    known = {"state": ContactImport.State.DONE, "file_name": "people.csv", "size_bytes": 100, "rows_refused": 1}
    made = ContactImport.objects.create(
        campaign=campaign, created_at=timezone.now(), created_by_ref=SAM, **known | fields
    )
    ImportProblem.objects.create(of=made, row=3, column="phone", sentence="This is no number.", values=["Eve", "12"])
    return made


def a_listed_number(number: str) -> SuppressionEntry:
    """A number on our own list."""
    fields = {"scope": SuppressionEntry.Scope.ALL, "source": "admin", "added_by_ref": SAM, "added_at": timezone.now()}
    return SuppressionEntry.objects.create(number=number, **fields)


def a_dry_run(campaign: Campaign) -> DryRun:
    """A dry run that is over."""
    now = timezone.now()
    return DryRun.objects.create(
        campaign=campaign, state=DryRun.State.DONE, planned_at=now, created_at=now, created_by_ref=SAM
    )
