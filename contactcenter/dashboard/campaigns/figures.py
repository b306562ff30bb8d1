"""The numbers of a campaign: how far it is, what happens now, and why some people are not called.

Everything is read when somebody looks. Of a campaign with very many contacts, the counts may be two seconds old.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.db.models import Case, CharField, Count, F, Min, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from agents.models import Agent
from calls.lifecycle.campaign import NEVER_RANG, AttemptOutcome, CampaignState, ContactState
from calls.models import Call, CallCost, Campaign, CampaignDay, CampaignPace, Contact, ContactAttempt, Leg, LegCharge
from calls.models.campaign_books import MEASURED_OVER
from contactcenter.dashboard.campaigns.words import code_kind

MINUTE = timedelta(minutes=1)
# 47 CFR 64.1200(a)(7): over 30 days of one campaign.
ABANDONED_MOST_PCT = 3
_LAST = 8
# So many contacts, and counting them at every look would be felt: the counts are kept for a moment.
_MANY, _VERY_MANY = 20_000, 200_000
_KEPT_S = 2


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a campaign is, in people. `held`: they cannot be called now; `tried`: rung, and rung again later."""

    reached: int = 0
    tried: int = 0
    waiting: int = 0
    held: int = 0
    given_up: int = 0
    never: int = 0

    @property
    def total(self) -> int:
        """Everybody."""
        return self.reached + self.tried + self.waiting + self.held + self.given_up + self.never

    @property
    def open(self) -> int:
        """Those who may still be called."""
        return self.tried + self.waiting + self.held

    @property
    def parts(self) -> list[tuple[str, str, int, float, float]]:
        """For the bar: name, words, people, and where the part begins and how long it is, in percent."""
        named = (
            ("reached", "reached", self.reached),
            ("tried", "tried", self.tried),
            ("waiting", "waiting", self.waiting),
            ("held", "cannot call now", self.held),
            ("given_up", "given up", self.given_up),
            ("never", "never", self.never),
        )
        found, begins = [], 0.0
        for name, said, people in named:
            width = 100 * people / self.total if self.total else 0.0
            found.append((name, said, people, round(begins, 2), round(width, 2)))
            begins += width
        return found


_BUCKET = Case(
    When(state=ContactState.REACHED, then=Value("reached")),
    When(state=ContactState.GIVEN_UP, then=Value("given_up")),
    When(state__in=(ContactState.REFUSED, ContactState.STOPPED), then=Value("never")),
    When(Q(state=ContactState.DUE) & ~Q(code=""), then=Value("held")),
    When(attempts_made__gt=0, then=Value("tried")),
    default=Value("waiting"),
    output_field=CharField(),
)


def progress(campaigns: Iterable[Campaign]) -> dict[int, Progress]:
    """How far each of these campaigns is, by campaign."""
    keys = [campaign.pk for campaign in campaigns]
    rows = Contact.objects.filter(campaign__in=keys).annotate(part=_BUCKET).values_list("campaign", "part")
    counts: dict[int, dict[str, int]] = {key: {} for key in keys}
    for key, part, people in rows.annotate(people=Count("pk")):
        counts[key][part] = people
    return {key: Progress(**parts) for key, parts in counts.items()}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why some people of a campaign are not called: the gate's code, how many, and what can be done (`code_kind`)."""

    code: str
    people: int
    kind: str
    earliest: datetime | None


def reasons(campaign: Campaign) -> list[Reason]:
    """Why people are not called, the commonest reason first."""
    held = held_back(campaign).values("code").annotate(people=Count("pk"), earliest=Min("due_at"))
    return [
        Reason(row["code"], row["people"], code_kind(row["code"]), row["earliest"])
        for row in held.order_by("-people", "code")
    ]


@dataclass(frozen=True, slots=True)
class Tally:
    """What is counted over all contacts and attempts of a campaign."""

    progress: Progress
    reasons: tuple[Reason, ...]
    opted_out: int
    talked_ms: int
    spent: tuple[tuple[str, Decimal], ...] = ()  # by currency, what the carrier has charged so far
    not_priced: int = 0  # legs that it has not priced yet
    cost: Decimal = Decimal(0)  # in dollars: lines, model and everything else that has a price


def tally(campaign: Campaign) -> Tally:
    """The counts of one campaign; of a big one as of a moment ago, the longer the bigger it is."""
    kept = f"campaign-tally:{campaign.pk}"
    known = cache.get(kept)
    if isinstance(known, Tally):
        return known
    attempts = ContactAttempt.objects.filter(contact__campaign=campaign)
    calls = Call.objects.filter(attempt__contact__campaign=campaign)
    talked = attempts.filter(call__ended_at__isnull=False, call__answered_at__isnull=False)
    length = talked.aggregate(all=Sum(F("call__ended_at") - F("call__answered_at")))["all"] or timedelta()
    found = Tally(
        progress=progress([campaign])[campaign.pk],
        reasons=tuple(reasons(campaign)),
        opted_out=attempts.filter(outcome=AttemptOutcome.OPTED_OUT).count(),
        talked_ms=int(length.total_seconds() * 1000),
        spent=tuple(LegCharge.totals(calls)),
        not_priced=Leg.objects.filter(LegCharge.owed(), call__in=calls, ended_at__isnull=False).count(),
        cost=CallCost.total(calls) / 1_000_000,
    )
    if found.progress.total >= _MANY:
        cache.set(kept, found, _KEPT_S * (1 + found.progress.total // _VERY_MANY))
    return found


def held_back(campaign: Campaign) -> QuerySet[Contact]:
    """The people whom the gate said no to, for good or for now."""
    open_or_refused = (ContactState.DUE, ContactState.REFUSED)
    return campaign.contacts.filter(state__in=open_or_refused).exclude(code="")


@dataclass(frozen=True, slots=True)
class Shares:
    """Of the calls that rang: those that people answered; and of these, the abandoned of 30 days. None: nobody yet."""

    answered_pct: float | None = None
    abandoned_pct: float | None = None


def shares(campaigns: Iterable[Campaign], *, now: datetime) -> dict[int, Shares]:
    """The shares of each of these campaigns, as their books count them."""
    keys = [campaign.pk for campaign in campaigns]
    lately = Q(day__gte=(now - MEASURED_OVER).date())
    rows = CampaignDay.objects.filter(campaign__in=keys).values("campaign").annotate(
        rang=Sum("rung"),
        people=Sum("answered"),
        recent=Coalesce(Sum("answered", filter=lately), 0),
        lost=Coalesce(Sum("abandoned", filter=lately), 0),
    )  # fmt: skip
    counted = {row["campaign"]: row for row in rows}
    return {key: _shares(counted[key]) if key in counted else Shares() for key in keys}


def _shares(row: Mapping[str, Any]) -> Shares:
    return Shares(
        answered_pct=100 * row["people"] / row["rang"] if row["rang"] else None,
        abandoned_pct=100 * row["lost"] / row["recent"] if row["recent"] else None,
    )


@dataclass(frozen=True, slots=True)
class Now:
    """What happens at this moment. `free`: agents, None where nobody is needed; `held`: what holds all of it up."""

    lines: int
    talking: int
    a_minute: int
    free: int | None
    next_at: datetime | None
    held: str
    held_until: datetime | None


def at_this_moment(campaign: Campaign, *, now: datetime) -> Now:
    """What happens now."""
    attempts = ContactAttempt.objects.filter(contact__campaign=campaign)
    lines = ContactAttempt.on_the_line(campaign)
    due = campaign.contacts.filter(state=ContactState.DUE, due_at__gt=now).aggregate(at=Min("due_at"))["at"]
    pace = CampaignPace.objects.filter(campaign=campaign, held_until__gt=now).first()
    return Now(
        lines=lines.count(),
        talking=lines.filter(answered_at__isnull=False).count(),
        a_minute=attempts.filter(opened_at__gt=now - MINUTE).exclude(outcome__in=NEVER_RANG).count(),
        free=_free(campaign),
        next_at=due if campaign.state == CampaignState.RUNNING else None,
        held="" if pace is None else pace.held_code,
        held_until=None if pace is None else pace.held_until,
    )


def _free(campaign: Campaign) -> int | None:
    if campaign.queue_id is None:
        return None
    agents = Agent.objects.filter(is_active=True, state=Agent.State.AVAILABLE)
    return agents.filter(memberships__queue=campaign.queue_id).distinct().count()


def last_attempts(campaign: Campaign) -> list[ContactAttempt]:
    """What was tried last, newest first."""
    found = ContactAttempt.objects.filter(contact__campaign=campaign).select_related("contact", "call")
    return list(found.order_by("-opened_at", "-pk")[:_LAST])


def overview(campaign: Campaign, *, now: datetime) -> dict[str, Any]:
    """All that the live page shows."""
    counted = tally(campaign)
    return {
        "campaign": campaign,
        "tally": counted,
        "progress": counted.progress,
        "now": at_this_moment(campaign, now=now),
        "shares": shares([campaign], now=now)[campaign.pk],
        "reasons": counted.reasons,
        "held_back": sum(reason.people for reason in counted.reasons),
        "attempts": last_attempts(campaign),
        "most_abandoned": ABANDONED_MOST_PCT,
    }
