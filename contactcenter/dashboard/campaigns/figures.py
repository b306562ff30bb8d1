"""The numbers of a campaign: how far it is, what happens now, and why some people are not called.

Everything is read when somebody looks. Of a campaign with very many contacts, the counts may be two seconds old.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Case, CharField, Count, F, Min, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from agents.models import Agent
from calls.lifecycle.campaign import NEVER_RANG, AttemptOutcome, CampaignState, ContactState
from calls.models import Campaign, Contact, ContactAttempt
from contactcenter.dashboard.campaigns.words import code_kind

MINUTE = timedelta(minutes=1)
# 47 CFR 64.1200(a)(7): over any 30 days of one campaign.
ABANDONED_OVER = timedelta(days=30)
ABANDONED_MOST_PCT = 3
_ANSWERED = (AttemptOutcome.HUMAN, AttemptOutcome.ABANDONED, AttemptOutcome.OPTED_OUT)
_NOT_RUNG = {AttemptOutcome.OPEN, *NEVER_RANG}
_LAST = 8
_MANY = 20_000  # contacts from which on the counts are kept for a moment
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


def progress_of(campaign: Campaign) -> Progress:
    """How far one campaign is; of a big one, as of a moment ago."""
    kept = f"campaign-progress:{campaign.pk}"
    known = cache.get(kept)
    if isinstance(known, Progress):
        return known
    found = progress([campaign])[campaign.pk]
    if found.total >= _MANY:
        cache.set(kept, found, _KEPT_S)
    return found


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


def held_back(campaign: Campaign) -> QuerySet[Contact]:
    """The people whom the gate said no to, for good or for now."""
    open_or_refused = (ContactState.DUE, ContactState.REFUSED)
    return campaign.contacts.filter(state__in=open_or_refused).exclude(code="")


@dataclass(frozen=True, slots=True)
class Pace:
    """What happens now: calls on the line, dials of the last minute, and the shares that the law looks at."""

    lines: int
    talking: int
    a_minute: int
    free: int | None  # agents; None where nobody is needed
    answered_pct: float | None
    abandoned_pct: float | None
    opted_out: int
    talked_ms: int
    next_at: datetime | None


def pace(campaign: Campaign, *, now: datetime) -> Pace:
    """What happens now."""
    attempts = ContactAttempt.objects.filter(contact__campaign=campaign)
    outcomes = dict(attempts.values_list("outcome").annotate(count=Count("pk")))
    rang = sum(count for outcome, count in outcomes.items() if outcome not in _NOT_RUNG)
    answered = sum(outcomes.get(outcome, 0) for outcome in _ANSWERED)
    on_line = attempts.filter(outcome=AttemptOutcome.OPEN, permit__isnull=False)
    talked = attempts.filter(call__ended_at__isnull=False, call__answered_at__isnull=False)
    length = talked.aggregate(all=Sum(F("call__ended_at") - F("call__answered_at")))["all"] or timedelta()
    due = campaign.contacts.filter(state=ContactState.DUE, due_at__gt=now).aggregate(at=Min("due_at"))["at"]
    is_on = campaign.state == CampaignState.RUNNING
    return Pace(
        lines=on_line.count(),
        talking=on_line.filter(answered_at__isnull=False).count(),
        a_minute=attempts.filter(opened_at__gt=now - MINUTE).exclude(outcome__in=NEVER_RANG).count(),
        free=_free(campaign),
        answered_pct=100 * answered / rang if rang else None,
        abandoned_pct=abandoned_pct(campaign, now=now),
        opted_out=outcomes.get(AttemptOutcome.OPTED_OUT, 0),
        talked_ms=int(length.total_seconds() * 1000),
        next_at=due if is_on else None,
    )


def abandoned_pct(campaign: Campaign, *, now: datetime) -> float | None:
    """Calls of the last 30 days that people answered and heard nothing of us in time, of all they answered."""
    recent = ContactAttempt.objects.filter(contact__campaign=campaign, outcome__in=_ANSWERED)
    counts = recent.annotate(at=Coalesce("answered_at", "opened_at")).filter(at__gt=now - ABANDONED_OVER)
    all_, lost = counts.count(), counts.filter(outcome=AttemptOutcome.ABANDONED).count()
    return 100 * lost / all_ if all_ else None


def _free(campaign: Campaign) -> int | None:
    if campaign.queue_id is None:
        return None
    agents = Agent.objects.filter(is_active=True, state=Agent.State.AVAILABLE)
    return agents.filter(memberships__queue=campaign.queue_id).distinct().count()


def shares(campaigns: Iterable[Campaign], *, now: datetime) -> dict[int, tuple[float | None, float | None]]:
    """Answered and abandoned (30 days), in percent, of each of these campaigns."""
    known = list(campaigns)
    rang: dict[int, int] = {}
    answered: dict[int, int] = {}
    rows = ContactAttempt.objects.filter(contact__campaign__in=[one.pk for one in known])
    for key, outcome, count in rows.values_list("contact__campaign", "outcome").annotate(count=Count("pk")):
        if outcome not in _NOT_RUNG:
            rang[key] = rang.get(key, 0) + count
        if outcome in _ANSWERED:
            answered[key] = answered.get(key, 0) + count
    return {
        one.pk: (
            100 * answered.get(one.pk, 0) / rang[one.pk] if rang.get(one.pk) else None,
            abandoned_pct(one, now=now) if answered.get(one.pk) else None,
        )
        for one in known
    }


def last_attempts(campaign: Campaign) -> list[ContactAttempt]:
    """What was tried last, newest first."""
    found = ContactAttempt.objects.filter(contact__campaign=campaign).select_related("contact", "call")
    return list(found.order_by("-opened_at", "-pk")[:_LAST])


def overview(campaign: Campaign, *, now: datetime) -> dict[str, Any]:
    """All that the live page shows."""
    progress = progress_of(campaign)
    why = reasons(campaign)
    return {
        "campaign": campaign,
        "progress": progress,
        "pace": pace(campaign, now=now),
        "reasons": why,
        "held_back": sum(reason.people for reason in why),
        "attempts": last_attempts(campaign),
        "most_abandoned": ABANDONED_MOST_PCT,
    }
