"""What is known of a call when it comes in: the number's rules, and only the counts that they ask for.

The caller waits while this is read, and most numbers have few rules. What cannot be read becomes a doubt, and the
policy knows what to do with doubts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, JSONObject

from agents import prompts
from calls.carrier import callbacks
from calls.carrier.callbacks import VoiceRequest
from calls.intake import hours, policy
from calls.intake.policy import Cap
from calls.lifecycle import EndedReason, Phase
from calls.lifecycle.intake import Answers, Because
from calls.line_rules import sip
from calls.models import BlockedCaller, Budget, Call, Holiday, Number, OpenHours
from calls.models.number import countries_in
from compliance.numbers import country_of, number_behind, parse_e164

_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who calls which number of ours, None when it is none, and what the policy must know of it."""

    number: Number | None
    caller_e164: str
    facts: policy.Facts
    is_budget_down: bool = False  # some budget has stepped down, perhaps one that this call counts in


def look_up(*, request: VoiceRequest, now: datetime) -> Arrival:
    """Read what is known of a call that comes in."""
    caller = _caller(request.from_address)
    numbers = Number.objects.select_related("assistant__department", "queue")
    ours = numbers.filter(_called(request.to_address), is_active=True)
    if request.is_by_whatsapp:  # a sender that nobody has set up here yet is answered; one that is off is not
        ours = ours.exclude(whatsapp__is_on=False)
    number = ours.first()
    if number is None:
        return Arrival(None, caller, policy.Facts(now=now))
    asked = _asked_for(number, caller, now=now)
    return Arrival(number, caller, _facts(number, caller, asked, now=now), is_budget_down=asked.is_budget_down)


def warm_up(*, now: datetime) -> None:
    """Ask once what is asked of every caller: the first need not wait for what is loaded and connected only then."""
    number = Number.objects.filter(is_active=True).order_by("pk").first()
    if number is None:
        return
    arrival = look_up(request=callbacks.voice_request({"From": number.e164, "To": number.e164}), now=now)
    if arrival.number is not None and arrival.number.assistant is not None:
        prompts.live(arrival.number.assistant, caller=number.e164)


def _called(address: str) -> Q:
    """The number of ours that is called: by its digits, or by a telephone system of ours over SIP.

    Over SIP it may name a number of ours before the @; whatever else stands there is answered as its domain says.
    """
    region = settings.DEFAULT_REGION
    over_sip = sip.read_address(address)
    if over_sip is None:
        return Q(e164=number_behind(address, region=region))
    named = parse_e164(over_sip.user, region=region)
    if named and Number.objects.filter(e164=named, is_active=True).exists():
        return Q(e164=named)
    return Q(sip_domains__domain=over_sip.host)


def _caller(address: str) -> str:
    """Who calls, as E.164; of a telephone system's caller the digits before the @, if they are a whole number."""
    over_sip = sip.read_address(address)
    if over_sip is not None:
        return parse_e164(over_sip.user) if over_sip.user.startswith("+") else ""
    return number_behind(address, region=settings.DEFAULT_REGION)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked of every caller, and what a number's rules ask for; what has no cap is not counted."""

    is_caller_blocked: bool
    is_budget_down: bool
    week_rows: Sequence[dict[str, Any]] = ()
    holiday_rows: Sequence[dict[str, Any]] = ()
    calls_now: int = 0
    calls_this_minute: int = 0
    calls_of_caller: int = 0


def _asked_for(number: Number, caller: str, *, now: datetime) -> _Asked:
    calls = Call.objects.filter(number=OuterRef("pk"))
    # Who was not let in has not called: a caller who tries again and again is not kept out for longer because of it.
    taken = calls.exclude(ended_reason=EndedReason.REJECTED)
    wanted: dict[str, Any] = {
        "is_caller_blocked": Exists(BlockedCaller.objects.filter(beginning__in=BlockedCaller.beginnings_of(caller))),
        "is_budget_down": Exists(Budget.objects.filter(Budget.has_stepped_down())),
    }
    if number.schedule_id is not None:
        week = OpenHours.objects.filter(schedule=OuterRef("schedule"))
        holidays = Holiday.objects.filter(schedule=OuterRef("schedule"))
        wanted["week_rows"] = ArraySubquery(
            week.values(row=JSONObject(weekday="weekday", opens="opens", closes="closes"))
        )
        wanted["holiday_rows"] = ArraySubquery(
            holidays.values(
                row=JSONObject(day="holiday_date", name="name", is_yearly="is_yearly", opens="opens", closes="closes")
            )
        )
    if number.max_calls_at_once is not None:
        wanted["calls_now"] = _counted(calls.exclude(phase=Phase.CLOSED))
    if number.max_calls_per_minute is not None:
        wanted["calls_this_minute"] = _counted(taken.filter(started_at__gt=now - _MINUTE))
    if number.max_calls_per_caller is not None and caller:
        wanted["calls_of_caller"] = _counted(taken.filter(customer_e164=caller, started_at__gt=now - _HOUR))
    rows: Any = Number.objects.filter(pk=number.pk).values(**wanted)
    return _Asked(**rows.get())


def _counted(calls: QuerySet[Call]) -> Coalesce:
    return Coalesce(Subquery(calls.order_by().values("number").annotate(n=Count("pk")).values("n")), 0)


def _facts(number: Number, caller: str, asked: _Asked, *, now: datetime) -> policy.Facts:
    """What the policy must know."""
    doubts: list[str] = []

    def read(what: str, job: Callable[[], Read], otherwise: Read) -> Read:
        try:
            return job()
        except (ValueError, TypeError, KeyError):
            doubts.append(what)
            return otherwise

    week = None if number.schedule_id is None else read("the opening hours", lambda: _week(asked), None)
    when_open = read("who answers", lambda: Answers(number.answered_by), Answers.ASSISTANT)
    when_closed = read("who answers after hours", lambda: Answers(number.answered_after_hours_by), Answers.ASSISTANT)
    when_full = read("what callers over a limit get", lambda: Answers(number.over_limit_answer), Answers.BUSY)
    return policy.Facts(
        now=now,
        country=country_of(caller),
        is_blocked=bool(caller) and asked.is_caller_blocked,
        countries_allowed=countries_in(number.countries_allowed),
        countries_blocked=countries_in(number.countries_blocked),
        caps=tuple(_caps(number, asked, has_caller=bool(caller))),
        zone=number.home_zone,
        week=week,
        when_open=when_open,
        when_closed=when_closed,
        when_full=when_full,
        words=number.message.strip(),
        words_closed=number.after_hours_message.strip(),
        words_full=number.over_limit_message.strip(),
        has_assistant=number.assistant is not None,
        has_queue=number.queue is not None and number.queue.is_active,
        doubts=tuple(doubts),
    )


def _caps(number: Number, asked: _Asked, *, has_caller: bool) -> list[Cap]:
    at_once, a_minute, a_caller = number.max_calls_at_once, number.max_calls_per_minute, number.max_calls_per_caller
    caps = []
    if at_once is not None:
        reached = f"This number takes {at_once} calls at once, and {asked.calls_now} were in progress."
        caps.append(Cap(Because.TOO_MANY_AT_ONCE, asked.calls_now, at_once, reached))
    if a_minute is not None:
        reached = f"This number takes {a_minute} calls a minute, and {asked.calls_this_minute} had come."
        caps.append(Cap(Because.TOO_MANY_CALLS, asked.calls_this_minute, a_minute, reached))
    if a_caller is not None and has_caller:
        reached = f"This number takes {a_caller} calls an hour of one caller, who had called {asked.calls_of_caller}."
        caps.append(Cap(Because.CALLER_TOO_OFTEN, asked.calls_of_caller, a_caller, reached))
    return caps


def _week(asked: _Asked) -> hours.Week:
    return hours.Week(
        tuple(hours.Hours(row["weekday"], _time(row["opens"]), _time(row["closes"])) for row in asked.week_rows),
        tuple(
            hours.Holiday(
                date.fromisoformat(row["day"]),
                row["name"],
                row["is_yearly"],
                None if row["opens"] is None else _time(row["opens"]),
                None if row["closes"] is None else _time(row["closes"]),
            )
            for row in asked.holiday_rows
        ),
    )


def _time(text: str) -> time:
    return time.fromisoformat(text)
