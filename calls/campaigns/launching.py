"""What people decide about a campaign: submit, approve, start, pause, resume, stop. Each is in the audit log.

Whoever submits a campaign does not approve it: two people stand for it. What is changed after it was submitted is
submitted again.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from calls.campaigns import claiming, retrying
from calls.lifecycle.campaign import CONTACT_OPEN, CampaignFact, CampaignState
from calls.models import Campaign, CampaignPace, Contact, ContactImport, Number
from compliance import audit

_CHANGEABLE = (CampaignState.DRAFT, CampaignState.WAITING, CampaignState.APPROVED)
_TOO_LATE = "Somebody else has changed this campaign meanwhile. Look again."
_SAID_OF_STATES = {
    CampaignState.DRAFT: "It is a draft.",
    CampaignState.WAITING: "It is waiting for approval.",
    CampaignState.APPROVED: "It is approved and has not begun.",
    CampaignState.RUNNING: "It is running.",
    CampaignState.PAUSED: "It is paused.",
    CampaignState.STOPPED: "It was stopped for good.",
    CampaignState.FINISHED: "It has finished.",
}


class UnableToLaunch(Exception):
    """It cannot be done now; `str()` says why, for a person."""


def draft(*, fields: dict[str, Any], numbers: Iterable[Number], by: str, now: datetime) -> Campaign:
    """A new campaign that nobody has submitted yet."""
    with transaction.atomic():
        campaign = Campaign.drafted(by=by, now=now, **fields)
        campaign.numbers.set(numbers)
        audit.note(act="draft_campaign", subject=subject_of(campaign), by=by, now=now)
    return campaign


def change(
    *, campaign: Campaign, fields: dict[str, Any], numbers: Iterable[Number] | None = None, by: str, now: datetime
) -> None:
    """Change what a campaign says; one that waits for approval, or has it, is a draft again.

    Raises UnableToLaunch when it has begun.
    """
    with transaction.atomic():
        if campaign.state not in _CHANGEABLE:
            raise UnableToLaunch(f"{_said(campaign)} What it says cannot be changed any more.")
        _unsettle(campaign, by=by, now=now)
        campaign.change(by=by, at=now, numbers=numbers, **fields)
        audit.note(act="change_campaign", subject=subject_of(campaign), by=by, now=now, fields=sorted(fields))


def contacts_changed(*, campaign: Campaign, by: str, now: datetime) -> None:
    """Contacts were added: what was approved is not what stands there now; one that had finished can go on."""
    with transaction.atomic():
        if campaign.state == CampaignState.FINISHED:
            campaign.advance(CampaignFact.REFILLED, by=by, at=now, why="Contacts were added.")
        else:
            _unsettle(campaign, by=by, now=now)


def _unsettle(campaign: Campaign, *, by: str, now: datetime) -> None:
    campaign.advance(
        CampaignFact.CHANGED, by=by, at=now, why="It was changed after it was submitted.",
        submitted_at=None, submitted_by_ref="", approved_at=None, approved_by_ref="",
    )  # fmt: skip


def lacks(campaign: Campaign) -> list[str]:
    """What keeps a campaign from being submitted, as sentences."""
    found = list(retrying.problems(campaign.retries))
    if not campaign.numbers.exists():
        found.append("Choose at least one number that is shown to the people who are called.")
    elif campaign.numbers.filter(is_active=False).exists():
        found.append("One of its numbers is out of service: nobody could call back.")
    if not campaign.seller.strip() or not campaign.topic.strip():
        found.append("Say on whose behalf it calls and what about, as the consents name it.")
    if campaign.assistant.published_version() is None:
        found.append("Its assistant has no published prompt.")
    if campaign.window_from >= campaign.window_to:
        found.append("Its hours end before they begin.")
    if campaign.ends_at is not None and campaign.starts_at is not None and campaign.ends_at <= campaign.starts_at:
        found.append("It ends before it begins.")
    if campaign.voicemail == Campaign.Voicemail.LEAVE and not campaign.voicemail_words.strip():
        found.append("Write the message that is left on answering machines.")
    if ContactImport.objects.filter(campaign=campaign, state=ContactImport.State.READING).exists():
        found.append("A file of contacts is still being read.")
    elif not Contact.objects.filter(campaign=campaign, state__in=CONTACT_OPEN).exists():
        found.append("It has no contacts to call.")
    return found


def submit(*, campaign: Campaign, by: str, now: datetime) -> None:
    """Ask for somebody else's approval. Raises UnableToLaunch with everything that is missing."""
    if found := lacks(campaign):
        raise UnableToLaunch(" ".join(found))
    _decide(campaign, CampaignFact.SUBMITTED, "submit_campaign", by=by, now=now,
            submitted_at=now, submitted_by_ref=by[:200], approved_at=None, approved_by_ref="")  # fmt: skip


def send_back(*, campaign: Campaign, why: str, by: str, now: datetime) -> None:
    """Not like this: it is a draft again. Raises UnableToLaunch."""
    _decide(campaign, CampaignFact.SENT_BACK, "send_back_campaign", why=why, by=by, now=now,
            submitted_at=None, submitted_by_ref="", approved_at=None, approved_by_ref="")  # fmt: skip


def approve(*, campaign: Campaign, by: str, now: datetime) -> None:
    """Stand for it as the second person. Raises UnableToLaunch; whoever submitted it cannot."""
    if by == campaign.submitted_by_ref:
        raise UnableToLaunch("Somebody else must approve a campaign than the person who submitted it.")
    if found := lacks(campaign):
        raise UnableToLaunch(" ".join(found))
    _decide(
        campaign, CampaignFact.APPROVED, "approve_campaign", by=by, now=now, approved_at=now, approved_by_ref=by[:200]
    )


def start(*, campaign: Campaign, by: str, now: datetime) -> None:
    """Begin to ring people. Raises UnableToLaunch."""
    if campaign.ends_at is not None and campaign.ends_at <= now:
        raise UnableToLaunch("Its time is over. Give it another end.")
    _decide(campaign, CampaignFact.STARTED, "start_campaign", by=by, now=now, started_at=now)


def start_due(*, now: datetime) -> int:
    """Begin every approved campaign whose time has come; how many."""
    due = Campaign.objects.filter(state=CampaignState.APPROVED, starts_at__lte=now)
    begun = 0
    for campaign in due.exclude(ends_at__lte=now):
        with transaction.atomic():
            if campaign.advance(CampaignFact.STARTED, by=claiming.SYSTEM, at=now, started_at=now):
                audit.note(act="start_campaign", subject=subject_of(campaign), by=claiming.SYSTEM, now=now)
                begun += 1
    return begun


def pause(*, campaign: Campaign, why: str, by: str, now: datetime) -> None:
    """Ring nobody any more for now; calls under way go on. Holds from the commit on. Raises UnableToLaunch."""
    _decide(campaign, CampaignFact.PAUSED, "pause_campaign", why=why, by=by, now=now)


def resume(*, campaign: Campaign, by: str, now: datetime) -> None:
    """Go on. Raises UnableToLaunch."""
    _decide(campaign, CampaignFact.RESUMED, "resume_campaign", by=by, now=now)
    CampaignPace.let_go(campaign)


def stop(*, campaign: Campaign, why: str, by: str, now: datetime) -> None:
    """Ring nobody any more, for good; calls under way go on. Holds from the commit on. Raises UnableToLaunch."""
    _decide(campaign, CampaignFact.STOPPED, "stop_campaign", why=why, by=by, now=now)
    Contact.stop_all(campaign, now=now)


def subject_of(campaign: Campaign) -> str:
    """How compliance refers to a campaign."""
    return f"campaign:{campaign.pk}"


def _decide(
    campaign: Campaign, fact: CampaignFact, act: str, *, by: str, now: datetime, why: str = "", **changes: Any
) -> None:
    """One decision: the state, its event and the audit entry, or none of them."""
    with transaction.atomic():
        known = campaign.state
        if not campaign.advance(fact, by=by, at=now, why=why, **changes):
            current = Campaign.objects.filter(pk=campaign.pk).values_list("state", flat=True).first()
            raise UnableToLaunch(_TOO_LATE if current != known else f"{_said(campaign)} That is not possible now.")
        audit.note(act=act, subject=subject_of(campaign), by=by, now=now, **({"why": why} if why else {}))


def _said(campaign: Campaign) -> str:
    return _SAID_OF_STATES[CampaignState(campaign.state)]
