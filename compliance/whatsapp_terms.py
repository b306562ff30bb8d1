"""What WhatsApp lets a business do with calls, as data: rows with a source, a grade and the days on which they hold.

The figures are Meta's and Twilio's, and both change them. A set of rows in which one is unknown, missing, unreadable or
holds twice on a day is no set of rules: then nobody is called by WhatsApp, and nobody is asked whether they may be.

Sources: https://www.twilio.com/docs/voice/whatsapp-business-calling,
https://developers.facebook.com/documentation/business-messaging/whatsapp/calling/.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

_COUNTRIES = re.compile(r"[A-Z]{2}( [A-Z]{2})*")


class UnableToApply(Exception):
    """These are no rules to go by; `str()` says why, for a person."""


@dataclass(frozen=True, slots=True)
class ChannelRule:
    """One rule. It holds from the day `effective_from` until before `effective_to`; None: until further notice."""

    name: str
    value: str
    source: str
    grade: str
    effective_from: date
    effective_to: date | None = None
    note: str = ""

    def holds_on(self, day: date) -> bool:
        """Whether it is a rule on that day."""
        return self.effective_from <= day and (self.effective_to is None or day < self.effective_to)


@dataclass(frozen=True, slots=True)
class Terms:
    """The rules of one day, read. Counts are per person and sender unless they say otherwise."""

    grant: timedelta
    may_be_permanent: bool
    grant_by_their_call: timedelta  # nothing: a call of theirs allows none of ours
    requests_a_day: int
    requests_a_week: int
    does_talk_reset_requests: bool
    calls_a_day: int
    do_only_answered_count: bool
    misses_until_asked_again: int
    misses_until_revoked: int
    calls_of_sender: int
    pause: timedelta
    least_messaging_limit: int
    barred_senders: frozenset[str]
    barred_everywhere: frozenset[str]


def _count(text: str) -> int:
    if not re.fullmatch(r"\d{1,6}", text):
        raise ValueError(text)
    return int(text)


def _hours(text: str) -> timedelta:
    return timedelta(hours=_count(text))


def _minutes(text: str) -> timedelta:
    return timedelta(minutes=_count(text))


def _yes(text: str) -> bool:
    if text not in ("yes", "no"):
        raise ValueError(text)
    return text == "yes"


def _countries(text: str) -> frozenset[str]:
    if text and not _COUNTRIES.fullmatch(text):
        raise ValueError(text)
    return frozenset(text.split())


# Name of a rule -> the field it fills, and how its value is read.
NAMES: dict[str, tuple[str, Callable[[str], object]]] = {
    "grant, hours": ("grant", _hours),
    "grants may be permanent": ("may_be_permanent", _yes),
    "grant by their own call, hours": ("grant_by_their_call", _hours),
    "requests in 24 h": ("requests_a_day", _count),
    "requests in 7 days": ("requests_a_week", _count),
    "a talk begins the count of requests anew": ("does_talk_reset_requests", _yes),
    "calls in 24 h": ("calls_a_day", _count),
    "only answered calls count": ("do_only_answered_count", _yes),
    "missed calls until they are asked again": ("misses_until_asked_again", _count),
    "missed calls until the grant is gone": ("misses_until_revoked", _count),
    "calls of a sender at once": ("calls_of_sender", _count),
    "pause after a rate limit, minutes": ("pause", _minutes),
    "users a day to begin with": ("least_messaging_limit", _count),
    "no calls from senders of": ("barred_senders", _countries),
    "no calls from or to": ("barred_everywhere", _countries),
}


def check(rules: Collection[ChannelRule]) -> None:
    """Raises UnableToApply for a rule that nobody knows, that cannot be read, or that holds twice on a day."""
    for rule in rules:
        _read(rule)
        if not rule.source or not rule.grade:
            raise UnableToApply(f"It is not said by which source, or how surely, holds “{rule.name}”.")
        if rule.effective_to is not None and rule.effective_to <= rule.effective_from:
            raise UnableToApply(f"It ends before it begins: “{rule.name}”.")
    for name in NAMES:
        same = sorted((rule for rule in rules if rule.name == name), key=lambda rule: rule.effective_from)
        for one, following in pairwise(same):
            if one.effective_to is None or following.effective_from < one.effective_to:
                raise UnableToApply(f"Two rows “{name}” hold at the same time.")


def terms_on(day: date, rules: Collection[ChannelRule]) -> Terms:
    """The rules of a day. Raises UnableToApply when they are not whole."""
    check(rules)
    found = {NAMES[rule.name][0]: _read(rule) for rule in rules if rule.holds_on(day)}
    missing = [name for name, (field, _) in NAMES.items() if field not in found]
    if missing:
        raise UnableToApply(f"Nothing is said on {day} about “{missing[0]}”.")
    return Terms(**found)  # type: ignore[arg-type]  # each is what its reader gave


def _read(rule: ChannelRule) -> object:
    if rule.name not in NAMES:
        raise UnableToApply(f"Nobody knows what to do with the row “{rule.name}”.")
    try:
        return NAMES[rule.name][1](rule.value)
    except ValueError as error:
        raise UnableToApply(f"{rule.value!r} cannot be read in the row “{rule.name}”.") from error
