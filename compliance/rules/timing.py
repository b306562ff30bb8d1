"""How often, on which day, at what hour: the reasons that time alone lifts, and when it does.

They are told one time together: the latest release of all caps, and from there the first minute at which the day and
the hour are right in every zone. Where no minute of the next two weeks is, there is no time, and a person decides.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from compliance.rule_values import Cap
from compliance.rules import calling_window, frequency
from compliance.rules.question import Question
from compliance.verdict import Code, Refusal

_DOUBT = "policy: whoever cannot be placed is not called"


def check(question: Question) -> Iterator[Refusal]:
    """Nothing about time can be said of somebody whose clock is not known."""
    zones = question.zones
    if zones is None:
        yield Refusal(Code.ZONE_UNKNOWN, _DOUBT)
        return
    attempts = question.who.attempts
    caps = [*frequency.caps(question)]
    reached = [(cap, clause) for cap, clause in caps if frequency.release(cap, attempts, question.now) is not None]
    barred = calling_window.barred_day(question, zones)
    quiet = None if barred is not None else calling_window.quiet_hours(question, zones)
    if not reached and barred is None and quiet is None:
        return
    until = _until(question, zones, [cap for cap, _ in caps])
    for cap, clause in reached:
        detail = f"{cap.count} in {cap.window.total_seconds() / 3600:g} h"
        yield Refusal(Code.FREQUENCY_CAP, clause, until=until, detail=detail)
    if barred is not None:
        yield Refusal(Code.DAY_BARRED, barred.source, until=until)
    elif quiet is not None:
        row, there = quiet
        yield Refusal(Code.QUIET_HOURS, row.source, until=until, detail=there)


def _until(question: Question, zones: tuple[ZoneInfo, ...], caps: list[Cap]) -> datetime | None:
    last = question.now + timedelta(days=question.law.limit("look ahead, days", question.today))
    at: datetime | None = question.now
    while at is not None and at <= last:
        releases = [frequency.release(cap, question.who.attempts, at) for cap in caps]
        after = max((end for end in releases if end is not None), default=at)
        at = calling_window.next_open(question, zones, after=after, until=last)
        if at is not None and all(frequency.release(cap, question.who.attempts, at) is None for cap in caps):
            return at
    return None
