"""What is known of a call when it comes in: the number's rules, and only the counts that they ask for.

The caller waits while this is read, and most numbers have few rules. What cannot be read becomes a doubt, and the
policy knows what to do with doubts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, partial
from itertools import zip_longest
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, JSONObject

from agents import prompts
from agents.models import PromptVersion
from calls.carrier import callbacks
from calls.carrier.callbacks import VoiceRequest
from calls.control import bridges
from calls.intake import hours, policy
from calls.intake.policy import Cap
from calls.lifecycle import EndedReason, Phase
from calls.lifecycle.intake import Answers, Because
from calls.line_rules import sip
from calls.models import BlockedCaller, Budget, Call, Holiday, Number, OpenHours, WhatsAppSender
from calls.models.number import NumberDoor, countries_in
from compliance.numbers import country_of, number_behind, parse_e164
from compliance.statements import EXAMPLE_KEY, EXAMPLE_TIME, Asked, ByHand, Question, together

_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who calls which number of ours, None when it is none, and what the policy must know of it."""

    number: Number | None
    caller_e164: str
    facts: policy.Facts
    call_id: int  # the key that the call will have
    is_budget_down: bool = False  # some budget has stepped down, perhaps one that this call counts in
    published: PromptVersion | None = None  # of the number's assistant
    who_is_there: Asked[dict[str, Any]] | None = None  # who could hold the call, for `bridges.choose`
    is_known: bool = False  # it is in the books already
    is_plain: bool = False  # by telephone to a stream, with no budget down: nothing else has to be read or written


def look_up(*, request: VoiceRequest, now: datetime) -> Arrival:
    """Read what is known of a call that comes in, in two rounds: which number it is, and what is asked there."""
    caller = _caller(request.from_address)
    with together():
        asked_call, asked_number = _CALL.ask(request.leg_sid), _number_of(request)
    ((call_id, is_known),) = asked_call.all()
    number = asked_number()
    if number is None:
        return Arrival(None, caller, policy.Facts(now=now), call_id, is_known=is_known)
    assistant = number.assistant
    with together():
        asked_rules = _asked_for(number, caller, now=now)
        asked_prompt = None if assistant is None else assistant.ask_published_version()
        who_is_there = bridges.ask_who_is_there(now=now)
    rules = _Asked(**(asked_rules.first() or _NOTHING_ASKED))
    return Arrival(
        number=number,
        caller_e164=caller,
        facts=_facts(number, caller, rules, now=now),
        call_id=call_id,
        is_budget_down=rules.is_budget_down,
        published=None if asked_prompt is None else asked_prompt(),
        who_is_there=who_is_there,
        is_known=is_known,
        is_plain=not (request.is_by_whatsapp or rules.is_budget_down) and number.door == NumberDoor.MEDIA_STREAM,
    )


def warm_up(*, now: datetime) -> None:
    """Ask once what is asked of every caller: the first need not wait for what is loaded and connected only then."""
    number = Number.objects.filter(is_active=True).order_by("pk").first()
    if number is None:
        return
    arrival = look_up(request=callbacks.voice_request({"From": number.e164, "To": number.e164}), now=now)
    if arrival.number is not None and arrival.number.assistant is not None:
        prompts.live(arrival.number.assistant, caller=number.e164)


def _active() -> QuerySet[Number]:
    return Number.objects.select_related("assistant__department", "queue").filter(is_active=True)


_BY_DIGITS = Question(lambda e164: _active().filter(e164=e164)[:1], e164="+0")
# The key that the call will have, so that what is written with it can name it; and whether it is in the books.
_CALL = ByHand(
    "SELECT nextval(pg_get_serial_sequence('calls_call', 'id')), EXISTS (SELECT FROM calls_leg WHERE leg_sid = %s)"
)


def _number_of(request: VoiceRequest) -> Callable[[], Number | None]:
    """Ask for the number of ours that is called: by its digits, or by a telephone system of ours over SIP.

    Over SIP it may name a number of ours before the @; whatever else stands there is answered as its domain says.
    """
    region = settings.DEFAULT_REGION
    over_sip = sip.read_address(request.to_address)
    named = (
        parse_e164(over_sip.user, region=region)
        if over_sip is not None
        else number_behind(request.to_address, region=region)
    )
    asked = _BY_DIGITS.ask(e164=named or "-")

    def read() -> Number | None:
        number = asked.first()
        if over_sip is not None and number is None:
            return _active().filter(sip_domains__domain=over_sip.host).first()
        if number is not None and request.is_by_whatsapp and WhatsAppSender.is_off(number):
            return None  # a sender that nobody has set up here yet is answered; one that is off is not
        return number

    return read


def _caller(address: str) -> str:
    """Who calls, as E.164; of a telephone system's caller the digits before the @, if they are a whole number."""
    over_sip = sip.read_address(address)
    if over_sip is not None:
        return parse_e164(over_sip.user) if over_sip.user.startswith("+") else ""
    return number_behind(address, region=settings.DEFAULT_REGION)


_NOTHING_ASKED = {"is_caller_blocked": False, "is_budget_down": False}


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


def _asked_for(number: Number, caller: str, *, now: datetime) -> Asked[dict[str, Any]]:
    wanted = {
        _WEEK: number.schedule_id is not None,
        _AT_ONCE: number.max_calls_at_once is not None,
        _A_MINUTE: number.max_calls_per_minute is not None,
        _A_CALLER: number.max_calls_per_caller is not None and bool(caller),
    }
    question, of_use = _question(frozenset(kind for kind, is_wanted in wanted.items() if is_wanted))
    values = {"number": number.pk, "minute": now - _MINUTE, "hour": now - _HOUR, "caller": caller}
    beginnings = zip_longest(_BEGINNINGS, BlockedCaller.beginnings_of(caller), fillvalue="")
    return question.ask(**dict(beginnings), **{name: values[name] for name in of_use})


_WEEK, _AT_ONCE, _A_MINUTE, _A_CALLER = "week", "at once", "a minute", "a caller"
_EXAMPLES = {"number": EXAMPLE_KEY, "minute": EXAMPLE_TIME, "hour": EXAMPLE_TIME + _HOUR, "caller": "caller"}
_TAKES = {_A_MINUTE: ("minute",), _A_CALLER: ("caller", "hour")}
# As many as the longest number has; a query's text has a place for each.
_BEGINNINGS = {f"beginning_{length}": f"+{length}" for length in range(13)}


@cache
def _question(kinds: frozenset[str]) -> tuple["Question[dict[str, Any]]", tuple[str, ...]]:
    """What is asked of every caller and, of these kinds, what a number's rules ask for; and which values it takes."""
    of_use = ("number", *(name for kind in kinds for name in _TAKES.get(kind, ())))
    return Question(partial(_put, kinds), **{name: _EXAMPLES[name] for name in of_use}, **_BEGINNINGS), of_use


def _put(
    kinds: frozenset[str],
    number: int,
    minute: datetime | None = None,
    hour: datetime | None = None,
    caller: str = "",
    **beginnings: str,
) -> "QuerySet[Number, Any]":
    calls = Call.objects.filter(number=OuterRef("pk"))
    # Who was not let in has not called: a caller who tries again and again is not kept out for longer because of it.
    taken = calls.exclude(ended_reason=EndedReason.REJECTED)
    wanted: dict[str, Any] = {
        "is_caller_blocked": Exists(BlockedCaller.objects.filter(beginning__in=beginnings.values())),
        "is_budget_down": Exists(Budget.objects.filter(Budget.has_stepped_down())),
    }
    if _WEEK in kinds:
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
    if _AT_ONCE in kinds:
        wanted["calls_now"] = _counted(calls.exclude(phase=Phase.CLOSED))
    if _A_MINUTE in kinds:
        wanted["calls_this_minute"] = _counted(taken.filter(started_at__gt=minute))
    if _A_CALLER in kinds:
        wanted["calls_of_caller"] = _counted(taken.filter(customer_e164=caller, started_at__gt=hour))
    return Number.objects.filter(pk=number).values(**wanted)


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
