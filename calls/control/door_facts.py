"""What only the door can know about a dial: whose the number shown is, which legs are out, how a campaign stands, and
whether there is room. Read in the permit's transaction and handed to the gate as one value.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.conf import settings

from agents.models import Assistant, TransferDestination
from calls.control import budgets, company, room_left
from calls.models import Call, CallerId, Campaign, CampaignDay, Leg, Number, WhatsAppSender
from compliance.numbers import Kind, channel_of, parse_e164, read_address
from compliance.verdict import BudgetFacts, CampaignFacts, DialRequest, DoorFacts, StaffEntry, Voice
from compliance.whatsapp import SenderFacts


def destination(to: str, label: str) -> StaffEntry | None:
    """The line of the transfer directory that names this address; None when there is none."""
    found = TransferDestination.named(read_address(to, region=settings.DEFAULT_REGION).value)
    return None if found is None else found.entry(label=label)


def of_dial(
    request: DialRequest,
    entry: StaffEntry | None = None,
    *,
    call: Call | None = None,
    campaign: CampaignFacts | None = None,
    has_room: bool = True,
    budget: BudgetFacts | None = None,
) -> DoorFacts:
    """What the door knows about this dial now. `call`: the one to which somebody is to be brought."""
    (facts,) = of_each([request], entry, call=call, campaign=campaign, has_room=has_room, budget=budget)
    return facts


def of_each(
    requests: Sequence[DialRequest],
    entry: StaffEntry | None = None,
    *,
    call: Call | None = None,
    campaign: CampaignFacts | None = None,
    has_room: bool = True,
    budget: BudgetFacts | None = None,
) -> list[DoorFacts]:
    """The same about some hundred dials, in their order, in no more queries than for one of them by telephone."""
    region = settings.DEFAULT_REGION
    shown = {request.caller_id for request in requests}
    ours = may_be_shown(shown)
    addresses = [read_address(request.to, region=region).value for request in requests]
    live_legs = Leg.live_to_each({*addresses})
    brought_to = None if call is None else company.of_call(call)
    return [
        DoorFacts(
            directory=entry,
            is_caller_id_ours=request.caller_id in ours,
            live_legs=live_legs[address],
            regions=tuple(settings.DIAL_REGIONS),
            default_region=region,
            campaign=campaign,
            has_room=has_room,
            company=brought_to,
            sender=_sender(request) if channel_of(request.to) is Kind.WHATSAPP else None,
            budget=budget,
        )
        for request, address in zip(requests, addresses, strict=True)
    ]


def may_show(e164: str) -> bool:
    """True for a number that is ours, or whose owner has told the carrier that we may show it."""
    return e164 in may_be_shown({e164})


def may_be_shown(numbers: Collection[str]) -> set[str]:
    """The same, of some."""
    ours = set(Number.objects.filter(e164__in=numbers, released_at=None).values_list("e164", flat=True))
    others = {*numbers} - ours
    return ours | set(CallerId.verified(others)) if others else ours


def _sender(request: DialRequest) -> SenderFacts | None:
    """The sender of ours that would be shown; None when this number is none."""
    found = WhatsAppSender.objects.filter(number__e164=request.caller_id).select_related("number").first()
    return None if found is None else found.facts()


def shown_to_staff(call: Call) -> str:
    """The number that our own people see when they are rung for a call: the one that was called.

    A WhatsApp sender need not be a number that the carrier lets us show: then another of ours is.
    """
    if call.is_test:
        return shown_in_tests(call.assistant)
    if call.number is None:
        return parse_e164(call.our_address, region=settings.DEFAULT_REGION)
    if call.is_by_whatsapp and not call.number.phone_number_sid:
        at_carrier = Number.objects.filter(is_active=True).exclude(phone_number_sid="").order_by("pk").first()
        return (at_carrier or call.number).e164
    return call.number.e164


def shown_in_tests(assistant: Assistant | None) -> str:
    """The same for a test call, which came by no number: one of its assistant, or another; empty when we have none."""
    ours = Number.objects.filter(is_active=True, released_at=None).exclude(phone_number_sid="").order_by("pk")
    found = ours.filter(assistant=assistant).first() or ours.first()
    return "" if found is None else found.e164


def of_campaign(campaign: Campaign, *, now: datetime) -> CampaignFacts:
    """How a campaign stands in the books at this moment."""
    return CampaignFacts(
        pool=campaign.pool(),
        is_paused=not campaign.is_running_now(),
        abandoned_pct=CampaignDay.abandoned_pct(campaign, now=now),
    )


def budget_of(
    *, call: Call | None = None, campaign: Campaign | None = None, assistant_id: int | None = None, now: datetime
) -> BudgetFacts | None:
    """The budget that lets no call out for these; the assistant is the campaign's or the call's unless it is named."""
    speaks = assistant_id or (None if campaign is None else campaign.assistant_id)
    speaks = speaks or (None if call is None else call.assistant_id)
    return budgets.at_door(assistant_id=speaks, campaign_id=None if campaign is None else campaign.pk, now=now)


def has_room(voice: Voice, *, now: datetime) -> bool:
    """True when what will speak is free: an assistant needs a bridge and a share of the model, a person does not."""
    return voice is not Voice.AI or room_left.lines(now=now) > 0
