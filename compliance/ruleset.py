"""The law as data: rows with a source, a grade and the dates between which they hold.

A ruleset is a complete set of rows under an id, and its hash. It is never changed: a change of law is a new ruleset, or
a row that says today from when on it holds. Whoever decides names the day, so an old decision is answered by the rows
of its day. What cannot be understood, overlaps, or leaves a state without a rule is not loaded: then nobody is dialled.

| kind | places | value |
|---|---|---|
| country | countries that customers may be called in | `yes` |
| hours | `US` for everybody, or states | `09:00-18:00, sat 10:00-17:00, sun barred, holiday barred` |
| holiday | states whose hours speak of holidays | `07-04`, `3rd mon of 01`, `easter -2`, `tue after 1st mon of 11` |
| attempts, attempts_without_consent | as hours | `3 in 24 h` |
| consent | as hours | `signed` or `express` |
| ai_blocked, relationship, reassigned_check | states | what is asked there |
| limit | `US` | a number, under its name |
"""

import hashlib
import json
import tomllib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from itertools import product
from typing import Any

from compliance import places, rule_values
from compliance.rule_values import BARRED, Hours, Span, UnableToRead
from compliance.verdict import Purpose, Voice

TERRITORIES = ("AS", "GU", "MP", "PR", "VI")
EVERYWHERE = "US"
ANY = "any"
LINES = ("wireless", "landline", "voip", "unknown")
_KINDS = {
    "country": rule_values.read_nothing,
    "hours": rule_values.read_hours,
    "holiday": rule_values.read_holiday,
    "attempts": rule_values.read_cap,
    "attempts_without_consent": rule_values.read_cap,
    "consent": rule_values.read_consent,
    "ai_blocked": rule_values.read_nothing,
    "relationship": rule_values.read_nothing,
    "reassigned_check": rule_values.read_nothing,
    "limit": rule_values.read_number,
}
_TOKENS = {"voice": {ANY, *Voice}, "purposes": {ANY, *Purpose}, "lines": {ANY, *LINES}}
_STATES = frozenset({*places.STATES, *TERRITORIES})
# Days are looked up again and again by whoever seeks the next one that is right.
_MOST_DAYS_KEPT = 20_000


class UnableToLoad(Exception):
    """This is no law to decide by; `str()` says why, for a person."""


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule. `places`, `purposes` and `lines` hold several words with spaces between them, or `any`.

    It holds from the day `effective_from` until before the day `effective_to`; None: until further notice.
    """

    kind: str
    places: str
    value: str
    source: str
    grade: str
    effective_from: date
    effective_to: date | None = None
    name: str = ""
    voice: str = ANY
    purposes: str = ANY
    lines: str = ANY
    note: str = ""

    def holds_on(self, day: date) -> bool:
        """Whether it is law on that day."""
        return self.effective_from <= day and (self.effective_to is None or day < self.effective_to)

    def speaks_of(self, *, voice: str, purpose: str, line: str = "") -> bool:
        """Whether it is about such calls; no line: about any of them."""
        return (
            self.voice in (ANY, voice)
            and (self.purposes == ANY or purpose in self.purposes.split())
            and (not line or self.lines == ANY or line in self.lines.split())
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """A row whose value has been read."""

    row: RuleRow
    value: Any


class Ruleset:
    """A law that was found to be whole. Ask it for a day, a place and a kind of call."""

    def __init__(self, id_: str, effective_from: date, rows: Collection[RuleRow]) -> None:
        self.id = id_
        self.effective_from = effective_from
        self.rows = tuple(rows)
        self.sha256 = content_hash(id_, effective_from, rows)
        self._rules: dict[tuple[str, str], list[Rule]] = {}
        for row in self.rows:
            rule = Rule(row, _read(row))
            for place in row.places.split():
                self._rules.setdefault((row.kind, place), []).append(rule)
        self._days: dict[tuple[str, str, str, date], tuple[Hours, RuleRow]] = {}

    def of(self, kind: str, places: Iterable[str], on: date) -> Iterator[tuple[str, Rule]]:
        """Every rule of a kind that holds in one of the places that day, with its place."""
        for place in places:
            for rule in self._rules.get((kind, place), ()):
                if rule.row.holds_on(on):
                    yield place, rule

    def limit(self, name: str, on: date) -> float:
        """A figure of the law. Raises KeyError where there is none: then nothing can be decided."""
        for _, rule in self.of("limit", (EVERYWHERE,), on):
            if rule.row.name == name:
                return float(rule.value)
        raise KeyError(name)

    def hours(self, place: str, *, voice: str, purpose: str, day: date) -> tuple[Hours, RuleRow]:
        """Between which minutes of that local day such calls are allowed, or BARRED; and the narrowest row.

        Raises KeyError where no row says anything.
        """
        key = (place, voice, purpose, day)
        found = self._days.get(key)
        if found is None:
            if len(self._days) > _MOST_DAYS_KEPT:
                self._days.clear()
            found = self._days[key] = self._hours(place, voice, purpose, day)
        return found

    def _hours(self, place: str, voice: str, purpose: str, day: date) -> tuple[Hours, RuleRow]:
        narrowest: tuple[Hours, RuleRow] | None = None
        for _, rule in self.of("hours", (place,), day):
            if not rule.row.speaks_of(voice=voice, purpose=purpose):
                continue
            hours = rule.value.on(day, is_holiday=self.is_holiday(place, day))
            if narrowest is None:
                narrowest = hours, rule.row
            else:
                both = rule_values.both(narrowest[0], hours)
                narrowest = (both, narrowest[1] if both == narrowest[0] else rule.row)
        if narrowest is None:
            raise KeyError(f"no hours for {place} on {day}")
        return narrowest

    def is_holiday(self, place: str, day: date) -> bool:
        """A holiday of that state, or the day on which one that falls on a weekend is observed."""
        return any(
            rule.value.is_on(holiday)
            for holiday in rule_values.observed_on(day)
            for _, rule in self.of("holiday", (place,), holiday)
        )


def content_hash(id_: str, effective_from: date, rows: Collection[RuleRow]) -> str:
    """What tells one law from another: the same for the same rows in whatever order."""
    lines = sorted(json.dumps(asdict(row), default=str, ensure_ascii=True, sort_keys=True) for row in rows)
    return hashlib.sha256("\n".join([id_, effective_from.isoformat(), *lines]).encode()).hexdigest()


def load(*, id_: str, effective_from: date, rows: Collection[RuleRow], sha256: str) -> Ruleset:
    """The law of these rows, if it is the one with this hash, and whole. Raises UnableToLoad."""
    if content_hash(id_, effective_from, rows) != sha256:
        raise UnableToLoad(f"The rows of ruleset {id_} are not those that its hash was made of.")
    for row in rows:
        _check(row)
    _check_overlaps(rows)
    law = Ruleset(id_, effective_from, rows)
    for state in sorted(_STATES):
        _check_cover(law, state)
    _check_cover(law, EVERYWHERE)
    return law


def read_file(text: str) -> tuple[str, date, tuple[RuleRow, ...]]:
    """Id, first day and rows of a ruleset's file. Raises UnableToLoad."""
    try:
        found = tomllib.loads(text)
        rows = tuple(RuleRow(**row) for row in found["rows"])
        return str(found["id"]), found["effective_from"], rows
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise UnableToLoad(f"This is no file of a ruleset: {error}") from error


# --- checks -----------------------------------------------------------------------------------------------------------


def _check(row: RuleRow) -> None:
    where = f"the row {row.kind} {row.name} of {row.places}"
    if row.kind not in _KINDS:
        raise UnableToLoad(f"Nobody knows what to do with {where}.")
    allowed = _STATES if row.kind != "country" else None
    for place in row.places.split():
        if allowed is not None and place not in allowed and place != EVERYWHERE:
            raise UnableToLoad(f"There is no state {place}, as in {where}.")
    if not row.places.split() or not row.source or not row.grade:
        raise UnableToLoad(f"It is not said where, by which source or how surely holds {where}.")
    if row.effective_to is not None and row.effective_to <= row.effective_from:
        raise UnableToLoad(f"It ends before it begins: {where}.")
    for field, known in _TOKENS.items():
        words = getattr(row, field).split()
        if not words or not set(words) <= known or (ANY in words and len(words) > 1):
            raise UnableToLoad(f"{field} cannot be {getattr(row, field)!r} in {where}.")
    _read(row)


def _read(row: RuleRow) -> Any:
    try:
        return _KINDS[row.kind](row.value)
    except (UnableToRead, KeyError) as error:
        raise UnableToLoad(f"{row.value!r} cannot be read in the row {row.kind} {row.name} of {row.places}.") from error


def _check_overlaps(rows: Collection[RuleRow]) -> None:
    """Two rows for the same thing may not hold on the same day: nobody could say which one counts."""
    known: dict[tuple[str, ...], list[RuleRow]] = {}
    for row in rows:
        words = (row.places.split(), row.purposes.split(), row.lines.split())
        for place, purpose, line in product(*words):
            same = known.setdefault((row.kind, row.name, place, row.voice, purpose, line), [])
            if any(_overlap(row, other) for other in same):
                raise UnableToLoad(f"Two rows {row.kind} {row.name} of {place} hold at the same time.")
            same.append(row)


def _overlap(one: RuleRow, other: RuleRow) -> bool:
    return (other.effective_to is None or one.effective_from < other.effective_to) and (
        one.effective_to is None or other.effective_from < one.effective_to
    )


def _check_cover(law: Ruleset, place: str) -> None:
    """From its first day on, a law says something about the hours of every place."""
    spans = sorted(
        (Span(rule.row.effective_from, rule.row.effective_to or date.max))
        for rule in law._rules.get(("hours", place), ())
        if rule.row.voice == ANY and (rule.row.purposes == ANY or Purpose.TELEMARKETING in rule.row.purposes.split())
    )
    day = law.effective_from
    for span in spans:
        if span.first <= day < span.end:
            day = span.end
    if day != date.max:
        raise UnableToLoad(f"Ruleset {law.id} says nothing about the hours in {place} on {day}.")


__all__ = ["BARRED", "Hours", "Rule", "RuleRow", "Ruleset", "UnableToLoad", "content_hash", "load", "read_file"]
