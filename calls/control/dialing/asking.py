"""What the gate would say to a dial. Nothing is permitted, nothing is written, and nobody is rung."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from calls.control import door_facts
from calls.control.dialing.spending import CUSTOMER_LABEL, about_staff
from calls.models import Call
from compliance import gate
from compliance.verdict import CampaignFacts, DialRequest, Judgement, Purpose, StaffEntry, Voice


def assess(*, call: Call, to: str, directory: StaffEntry | None = None, by: str, now: datetime) -> Judgement:
    """What the gate would say to this dial now. Nothing is permitted, nothing is written, and nobody is rung."""
    entry = directory or door_facts.destination(to, "third-1")
    purpose = Purpose.TRANSFER if entry is None else Purpose.STAFF
    request = about_staff(call, to, purpose, entry, errand="", by=by)
    return gate.assess(request, door_facts.of_dial(request, entry, call=call), now)


def assess_out(
    *,
    to: str,
    purpose: Purpose,
    voice: Voice,
    seller: str,
    topic: str,
    caller_id: str,
    subject: str = "",
    errand: str = "",
    campaign: CampaignFacts | None = None,
    has_room: bool = True,
    approved_by: str = "",
    by: str,
    now: datetime,
) -> Judgement:
    """What the gate would say to `dial_out` at `now`, which may be to come. Nothing is permitted or written."""
    request = DialRequest(
        to, purpose, caller_id, subject=subject, errand=errand, label=CUSTOMER_LABEL, by=by,
        voice=voice, seller=seller, topic=topic, approved_by=approved_by,
    )  # fmt: skip
    budget = door_facts.budget_of(now=timezone.now())  # as it stands: nobody knows what is spent at a later moment
    door = door_facts.of_dial(request, campaign=campaign, has_room=has_room, budget=budget)
    return gate.assess(request, door, now)


def assess_each(
    requests: Sequence[DialRequest], *, campaign: CampaignFacts | None = None, now: datetime
) -> list[Judgement]:
    """What the gate would say to a `dial_out` of each, in their order: as `assess_out`, but of some hundred at once, in
    as few queries as of one. Room is taken for granted.
    """
    doors = door_facts.of_each(requests, campaign=campaign)
    return gate.assess_each(list(zip(requests, doors, strict=True)), now)
