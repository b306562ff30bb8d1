"""Campaigns as tests need them: written, approved, with contacts who have agreed to be called."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from agents.models import Assistant
from calls.campaigns import launching
from calls.lifecycle.campaign import AttemptOutcome, ContactState
from calls.models import (
    Call,
    Campaign,
    CampaignPace,
    Contact,
    ContactAttempt,
    ContactImport,
    DryRun,
    DryRunFinding,
    ImportProblem,
    LegCharge,
    Number,
    OutgoingCall,
)
from compliance.models import ConsentRecord
from tests import given

SELLER, TOPIC = "Marlow Outdoor", "your order"
# Tuesday, eleven in New York: nobody is asleep on the mainland.
MORNING = datetime.fromisoformat("2026-12-01T16:00:00+00:00")
AUTHOR, APPROVER = "carl@example.com", "alice@example.com"
_WORDS = "I agree that Marlow Outdoor calls me about my order with an artificial, AI-generated voice."


def a_number_of(count: int, *, area: str = "212") -> list[str]:
    """So many numbers of one area code, always the same."""
    return [f"+1{area}{555 + k // 10000}{k % 10000:04d}" for k in range(100, 100 + count)]


def agree(numbers: Sequence[str], *, at: datetime = MORNING - timedelta(days=5), topic: str = TOPIC) -> None:
    """These people have agreed to be called about their order."""
    ConsentRecord.objects.bulk_create(
        ConsentRecord(
            number=number,
            kind=ConsentRecord.Kind.EXPRESS,
            channels=["voice"],
            sellers=[SELLER],
            purposes=["informational"],
            topic=topic,
            captured_at=at,
            zone="America/New_York",
            text=_WORDS,
            text_sha256=hashlib.sha256(_WORDS.encode()).hexdigest(),
            method="order form",
            subject_ref=f"form:{number}",
            created_at=at,
            created_by_ref="tests",
        )
        for number in numbers
    )


def a_campaign(
    numbers: Sequence[str] = (),
    *,
    name: str = "Orders",
    are_willing: bool = True,
    now: datetime = MORNING,
    **fields: Any,
) -> Campaign:
    """A draft with contacts, who have agreed unless said otherwise."""
    ours = Number.objects.filter(e164=given.OURS).first() or given.a_number()
    assistant = fields.pop("assistant", None) or ours.assistant
    assert isinstance(assistant, Assistant)
    words = {"name": name, "purpose": "informational", "topic": TOPIC, "seller": SELLER, "assistant": assistant}
    words |= {"calls_per_second": 50, "max_concurrent": 100, "window_from": "08:00", "window_to": "21:00"}
    campaign = launching.draft(fields=words | fields, numbers=[ours], by=AUTHOR, now=now)
    campaign.refresh_from_db()
    add(campaign, numbers, now=now)
    if are_willing:
        agree(numbers, at=now - timedelta(days=5))
    return campaign


def add(campaign: Campaign, numbers: Sequence[str], *, now: datetime = MORNING) -> None:
    """More contacts."""
    Contact.objects.bulk_create(Contact(campaign=campaign, number=number, due_at=now) for number in numbers)


def launched(campaign: Campaign, *, now: datetime = MORNING) -> Campaign:
    """Submitted, approved by somebody else, and started."""
    launching.submit(campaign=campaign, by=AUTHOR, now=now)
    launching.approve(campaign=campaign, by=APPROVER, now=now)
    launching.start(campaign=campaign, by=APPROVER, now=now)
    return campaign


def running(numbers: Sequence[str] = (), *, now: datetime = MORNING, **fields: Any) -> Campaign:
    """One that runs."""
    return launched(a_campaign(numbers, now=now, **fields), now=now)


def states(campaign: Campaign) -> dict[str, int]:
    """How many contacts stand where."""
    found: dict[str, int] = {}
    for state in Contact.objects.filter(campaign=campaign).values_list("state", flat=True):
        found[ContactState(state).value] = found.get(state, 0) + 1
    return found


def the_attempt(contact: Contact | None = None) -> ContactAttempt:
    """The newest attempt."""
    attempts = ContactAttempt.objects.select_related("contact__campaign", "permit", "call")
    found = (attempts if contact is None else attempts.filter(contact=contact)).order_by("-pk").first()
    assert found is not None
    return found


def a_row_of_each(call: Call) -> None:
    """A campaign with everything that hangs on one, about somebody who has called."""
    campaign = a_campaign([call.customer_e164], name="Spring orders")
    contact = campaign.contacts.get()
    attempt = ContactAttempt.open_for([contact], now=MORNING)[0]
    attempt.settle(AttemptOutcome.NO_ANSWER, code="", now=MORNING)
    CampaignPace.of(campaign)
    OutgoingCall.objects.create(call=call, purpose="informational", voice="ai", seller=SELLER, by_ref=AUTHOR)
    LegCharge.keep(call.legs.first(), amount=Decimal("0.028"), currency="USD", now=MORNING)
    of = ContactImport.begin(campaign=campaign, file_name="people.csv", size_bytes=10, by=AUTHOR, now=MORNING)
    ImportProblem.keep([of.problem_of(row=2, column="Phone", sentence="It is missing.", values=[call.customer_e164])])
    report = DryRun.begin(campaign=campaign, planned_at=MORNING, contacts=1, by=AUTHOR, now=MORNING)
    finding = DryRunFinding(of=report, contact=contact, outcome="deny", code="INTERNAL_DNC")
    report.add([finding], asked=1, after_id=contact.pk)
