"""Whose turn it is: contacts are claimed by one worker each, as many as may be rung now.

A claim opens the attempt in the same transaction, so that a worker that dies leaves something to be found. Claims of
all campaigns are made one after the other: what one takes of the room, the next one sees.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from agents.models import Agent, Membership
from calls.campaigns import pacing, window
from calls.control import room_left
from calls.lifecycle import Phase
from calls.lifecycle.campaign import CONTACT_OPEN, CampaignFact, CampaignState, ContactState
from calls.models import Campaign, CampaignDay, CampaignPace, Contact, ContactAttempt
from compliance import zones
from compliance.numbers import read_address
from compliance.verdict import Voice

SYSTEM = "system"
# How many contacts are looked at for those where it is the right time of day, in one turn.
_LOOK_AT = 200
_LOOKS = 10
# Claims are for the next seconds: what workers cannot dial in that time is claimed later.
_AHEAD_S, _LEAST_AHEAD = 5, 10
# Why a contact is not rung now: the gate was not asked yet.
HOURS = "CAMPAIGN_HOURS"
# All numbers of an American area code are in the same zones: `+1212`.
_AREA, _MOST_ALIKE = 5, 5000
_NEVER_OPEN = timedelta(days=1)
_HOLD = timedelta(minutes=1)


def hungry(*, now: datetime) -> list[int]:
    """The campaigns that run, the one whose turn was longest ago first."""
    running = Campaign.objects.filter(state=CampaignState.RUNNING)
    return list(running.order_by(F("pace__claimed_at").asc(nulls_first=True), "pk").values_list("pk", flat=True))


def wanting(*, now: datetime) -> int:
    """How many of them have somebody to ring now: so many share the room."""
    due = Contact.objects.filter(campaign=OuterRef("pk"), state=ContactState.DUE, due_at__lte=now)
    held = Q(pace__held_until__gt=now)
    return Campaign.objects.filter(~held, Exists(due), state=CampaignState.RUNNING).count()


def claim(*, campaign_id: int, now: datetime, among: int = 1) -> list[int]:
    """Claim whoever is to be rung now; the ids of the attempts that were opened for it.

    `among`: how many campaigns want a share of the room, this one included.
    """
    with transaction.atomic():
        if not CampaignPace.take_turn(campaign_id):
            return []
        campaign = Campaign.objects.select_related("queue").filter(pk=campaign_id).first()
        if campaign is None or campaign.state != CampaignState.RUNNING:
            return []
        if campaign.ends_at is not None and campaign.ends_at <= now:
            campaign.advance(CampaignFact.RAN_OUT, by=SYSTEM, at=now, why="Its time is over.")
            return []
        pace = CampaignPace.of(campaign)
        if pace.held_until is not None and pace.held_until > now:
            return []
        turn = pacing.by_rate(calls_per_second=float(campaign.calls_per_second), paced_until=pace.paced_until, now=now)
        load = load_of(campaign, among=among, now=now)
        if load.abandoned_pct > pacing.ABANDONED_CAP_PCT:
            CampaignPace.hold(campaign, code="CAMPAIGN_ABANDON_RATE", until=now + _HOLD)
        most = pacing.allowance(load, by_rate=min(turn.most, _behind(campaign)))
        chosen = _choose(campaign, most, now=now) if most else []
        if not chosen:
            if most and not _is_anybody_left(campaign):
                campaign.advance(CampaignFact.RAN_OUT, by=SYSTEM, at=now, why="Nobody is left to ring.")
            return []
        Contact.claim(chosen, now=now)
        attempts = ContactAttempt.open_for(chosen, now=now)
        pace.claimed(paced_until=turn.until(len(chosen)), at=now)
    return [attempt.pk for attempt in attempts]


def load_of(campaign: Campaign, *, among: int = 1, now: datetime) -> pacing.Load:
    """How things stand for a campaign now."""
    claimed = Contact.objects.filter(campaign=campaign, state=ContactState.CLAIMED).count()
    live = ContactAttempt.on_the_line(campaign)
    ringing = live.filter(call__phase=Phase.RINGING).count()
    rung, answered, abandoned = CampaignDay.counted(campaign, now=now)
    return pacing.Load(
        in_use=claimed + live.count(),
        unanswered=claimed + ringing,
        max_concurrent=campaign.max_concurrent,
        lines_free=_lines_free(campaign, among=among, now=now),
        agents_free=agents_free(campaign),
        is_predictive=campaign.pacing == Campaign.Pacing.PREDICTIVE,
        rung=rung,
        answered=answered,
        abandoned=abandoned,
        goal_pct=float(campaign.abandoned_goal_pct),
    )


def agents_free(campaign: Campaign) -> int | None:
    """How many people of its queue could take a call now; None when it needs nobody."""
    if campaign.queue_id is None:
        return None
    free = Membership.objects.filter(queue=campaign.queue_id, agent__state=Agent.State.AVAILABLE, agent__is_active=True)
    return free.count()


def _behind(campaign: Campaign) -> int:
    """How many more may be claimed, so that workers who cannot keep up are not given more than a few seconds' work."""
    claimed = Contact.objects.filter(campaign=campaign, state=ContactState.CLAIMED).count()
    return max(0, max(_LEAST_AHEAD, round(float(campaign.calls_per_second) * _AHEAD_S)) - claimed)


def _lines_free(campaign: Campaign, *, among: int, now: datetime) -> int:
    """Its share of the room that bridges and model have, less what is claimed and not rung yet."""
    if campaign.voice != Voice.AI:
        return campaign.max_concurrent
    free = room_left.lines(now=now) - Contact.objects.filter(state=ContactState.CLAIMED).count()
    return -(-max(0, free) // max(1, among))


def _choose(campaign: Campaign, most: int, *, now: datetime) -> list[Contact]:
    """Those due where it is the campaign's time of day; the others are put off until it is."""
    chosen: list[Contact] = []
    for _ in range(_LOOKS):
        due = Contact.due(campaign, now=now, limit=max(_LOOK_AT, most))
        later: dict[datetime, list[Contact]] = {}
        for contact in due:
            opens = opens_at(campaign, contact, now=now)
            if opens == now:
                chosen.append(contact)
            else:
                later.setdefault(opens, []).append(contact)
        for opens, contacts in later.items():
            Contact.put_off(contacts, until=opens, code=HOURS)
            for prefix in {c.number[:_AREA] for c in contacts if c.number.startswith("+1") and not c.address_zone}:
                Contact.put_off_alike(campaign, prefix, until=opens, code=HOURS, now=now, limit=_MOST_ALIKE)
        if chosen or len(due) < _LOOK_AT:
            break
    return chosen[:most]


def opens_at(campaign: Campaign, contact: Contact, *, now: datetime) -> datetime:
    """When the campaign's own hours allow to ring this person: now, or the moment from which on."""
    opens = window.next_open(
        now,
        zones=zones_of(contact),
        begins=campaign.window_from,
        ends=campaign.window_to,
        weekdays=weekdays_of(campaign),
    )
    return opens or now + _NEVER_OPEN


def weekdays_of(campaign: Campaign) -> Collection[int]:
    """The days of the week on which it rings; empty for all."""
    return [day for day in campaign.weekdays if isinstance(day, int)]


def zones_of(contact: Contact) -> tuple[ZoneInfo, ...]:
    """Every time zone in which this person may be; none for numbers that belong to no place."""
    region = read_address(contact.number, region=settings.DEFAULT_REGION).region
    return window.zones_named([*zones.of_number(contact.number, region), contact.address_zone])


def _is_anybody_left(campaign: Campaign) -> bool:
    return Contact.objects.filter(campaign=campaign, state__in=CONTACT_OPEN).exists()
