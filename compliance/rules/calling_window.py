"""On which days and at what hours somebody may be called: by every clock that may hang on their wall, and by the law of
every state they may be in.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from compliance import local_time
from compliance.rule_values import BARRED, Hours, both
from compliance.rules.question import Question
from compliance.ruleset import EVERYWHERE, RuleRow

_MINUTE = timedelta(minutes=1)
# Nearly always there is one in the next days; only then is looked further.
_SOON = timedelta(days=2)


def barred_day(question: Question, zones: tuple[ZoneInfo, ...]) -> RuleRow | None:
    """The rule that bars the day in some zone; None where none does."""
    for zone in zones:
        for hours, row in _rules_of(question, local_time.reading(question.now, zone).date()):
            if hours == BARRED:
                return row
    return None


def quiet_hours(question: Question, zones: tuple[ZoneInfo, ...]) -> tuple[RuleRow, str] | None:
    """The rule by which it is too early or too late in some zone, and the time there; None where none says so."""
    for zone in zones:
        there = local_time.reading(question.now, zone)
        minute = there.hour * 60 + there.minute
        for hours, row in _rules_of(question, there.date()):
            if not hours.start <= minute < hours.end:
                return row, f"{there:%Y-%m-%d %H:%M} {zone.key}"
    return None


def next_open(question: Question, zones: tuple[ZoneInfo, ...], *, after: datetime, until: datetime) -> datetime | None:
    """The first whole minute from `after` until `until` at which the day and the hour are right in every zone."""
    first = _whole_minute(after)
    soon = min(until, first + _SOON)
    return _next_open(question, zones, first, soon) or (
        _next_open(question, zones, first, until) if until > soon else None
    )


def _next_open(question: Question, zones: tuple[ZoneInfo, ...], first: datetime, until: datetime) -> datetime | None:
    spans = [(first, until + _MINUTE)]
    for zone in zones:
        spans = list(_meet(spans, _spans(question, zone, first, until)))
    return spans[0][0] if spans and spans[0][0] <= until else None


def _whole_minute(at: datetime) -> datetime:
    whole = at.astimezone(UTC).replace(second=0, microsecond=0)
    return whole if whole == at else whole + _MINUTE


def _spans(question: Question, zone: ZoneInfo, first: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """When calls are allowed by one clock, as instants, in order; the last of each span exclusive."""
    day, last = local_time.reading(first, zone).date(), local_time.reading(until, zone).date()
    while day <= last:
        hours = Hours(0, 24 * 60)
        for one, _ in _rules_of(question, day):
            hours = both(hours, one)
        if hours != BARRED:
            yield _instant(day, hours.start, zone), _instant(day, hours.end, zone)
        day += timedelta(days=1)


def _instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    days, minute = divmod(minute, 24 * 60)
    reading = datetime.combine(day + timedelta(days=days), time(*divmod(minute, 60)))
    return local_time.instant(reading, zone)


def _meet(
    some: list[tuple[datetime, datetime]], others: Iterator[tuple[datetime, datetime]]
) -> Iterator[tuple[datetime, datetime]]:
    """The times that are in both."""
    for other_start, other_end in others:
        for start, end in some:
            both_start, both_end = max(start, other_start), min(end, other_end)
            if both_start < both_end:
                yield both_start, both_end


def _rules_of(question: Question, day: date) -> Iterator[tuple[Hours, RuleRow]]:
    """What everybody's law and, for sales, each candidate state's says about a local day."""
    voice, purpose = question.request.voice, question.request.purpose
    yield question.law.hours(EVERYWHERE, voice=voice, purpose=purpose, day=day)
    if question.is_sale:
        for state in question.states:
            yield question.law.hours(state, voice=voice, purpose=purpose, day=day)
