"""A dry run: what the gate would say of everybody a campaign is still to ring, at the time it is planned for.

Nobody is rung, nothing is permitted, and no decision is written. What is as it is now counts as it is now: lists,
consents, calls that are out. Room and speed do not count: they decide when somebody is rung, not whether.
"""

import time
import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from calls.campaigns import claiming, launching, runner
from calls.control import dialing
from calls.lifecycle.campaign import ContactState
from calls.models import Campaign, CampaignDay, Contact, DryRun, DryRunFinding, Number
from compliance import audit
from compliance.verdict import CampaignFacts, DialRequest, Judgement, Outcome, Purpose, Voice

PIECE = 500
LONGEST_S = 20.0
HOURS = claiming.HOURS
HOURS_SENTENCE = "It is outside the campaign's own hours where they may be."
_OPEN = (ContactState.DUE, ContactState.CLAIMED)


def begin(*, campaign: Campaign, planned_at: datetime | None = None, by: str, now: datetime) -> DryRun:
    """Have it made, for the campaign's start unless another time is given; hand it to a worker afterwards."""
    planned = planned_at or max(campaign.starts_at or now, now)
    with transaction.atomic():
        contacts = Contact.objects.filter(campaign=campaign, state__in=_OPEN).count()
        made = DryRun.begin(campaign=campaign, planned_at=planned, contacts=contacts, by=by, now=now)
        audit.note(act="begin_dry_run", subject=launching.subject_of(campaign), by=by, now=now)
    return made


def cancel(*, of: DryRun, now: datetime) -> bool:
    """Nobody wants to know any more. False when it is over."""
    return of.close(DryRun.State.CANCELLED, now=now)


def ask(*, dry_run_id: int, longest_s: float = LONGEST_S) -> bool:
    """Ask on, from where the asking has come to. True when there is more to ask and a next task should go on."""
    of = DryRun.take(dry_run_id, by=uuid.uuid4().hex)
    if of is None:
        return False
    campaign = of.campaign
    pool = list(campaign.numbers.order_by("e164"))
    facts = CampaignFacts(
        pool=tuple(number.e164 for number in pool),
        is_paused=False,
        abandoned_pct=CampaignDay.abandoned_pct(campaign, now=of.planned_at),
    )
    end = time.monotonic() + longest_s
    while piece := list(
        Contact.objects.filter(campaign=campaign, state__in=_OPEN, pk__gt=of.after_id)
        .defer("name", "fields")
        .order_by("pk")[:PIECE]
    ):
        findings = _found(of, campaign, piece, pool, facts)
        with transaction.atomic():
            if not of.hold():
                return False  # it was cancelled, or another worker goes on
            of.add(findings, asked=len(piece), after_id=piece[-1].pk)
        if time.monotonic() > end:
            of.let_go()
            return True
    of.close(DryRun.State.DONE, now=timezone.now())
    return False


def _found(
    of: DryRun, campaign: Campaign, piece: Sequence[Contact], pool: list[Number], facts: CampaignFacts
) -> list[DryRunFinding]:
    """Those of these who would not be called."""
    requests = [_request(campaign, contact, pool) for contact in piece]
    judgements = dialing.assess_each(requests, campaign=facts, now=of.planned_at)
    findings = []
    for contact, judgement in zip(piece, judgements, strict=True):
        outcome, code, until = verdict(campaign, contact, judgement, at=of.planned_at)
        if outcome is not Outcome.ALLOW:
            findings.append(DryRunFinding(of=of, contact=contact, outcome=outcome, code=code[:40], until=until))
    return findings


def _request(campaign: Campaign, contact: Contact, pool: list[Number]) -> DialRequest:
    number = runner.shown_to(contact.number, pool)
    return DialRequest(
        contact.number,
        Purpose(campaign.purpose),
        number.e164 if number else "",
        subject=runner.subject_of(contact),
        label=dialing.CUSTOMER_LABEL,
        by=claiming.SYSTEM,
        voice=Voice(campaign.voice),
        seller=campaign.seller,
        topic=campaign.topic,
    )


def verdict(
    campaign: Campaign, contact: Contact, judgement: Judgement, *, at: datetime
) -> tuple[Outcome, str, datetime | None]:
    """What would come of this contact at that moment, of whom the gate says this. A denial outranks the campaign's own
    hours.
    """
    code = judgement.reasons[0].code.value if judgement.reasons else ""
    if judgement.outcome is Outcome.DENY:
        return judgement.outcome, code, None
    opens = claiming.opens_at(campaign, contact, now=at)
    if opens > at:
        return Outcome.DEFER, HOURS, max(opens, judgement.until or opens)
    return judgement.outcome, code, judgement.until
