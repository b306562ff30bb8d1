"""Whose consent a recording needs, and how it is asked for: the law of the places of everybody on the call.

Where one party's consent is enough, ours is that one. In an all-party place everybody must agree: who hears at the
beginning that the call is recorded, and how to go on without, and stays on the line, agrees (Kearney v. Salomon Smith
Barney, 39 Cal.4th 95, 2006). A few places want an active yes. The strictest place of anybody on the call counts for the
whole call, and the policy of the number may ask for more than the law, never for less. So all calls are announced;
the law decides what we must be able to prove.

A place without a row counts as an all-party place, and so does one that is not known.

Rows are dated: a law that changes ends its row and gets another, so that it can be said of any past call what was held
to be true. This is engineering, no legal advice: `standing` says how settled a row is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from compliance.places import STATES, Place

# Raised whenever a row or a rule changes; kept with every consent.
VERSION = "2026-11"


class Consent(StrEnum):
    """Who must agree."""

    ONE_PARTY = "one_party"
    ALL_PARTY = "all_party"


class Ask(StrEnum):
    """How they are asked: told at the beginning, staying is consent; or asked, and only a yes is."""

    NOTICE = "notice"
    EXPLICIT_YES = "explicit_yes"


class Standing(StrEnum):
    """How settled a row is."""

    SETTLED = "settled"
    DISPUTED = "disputed"  # or partial; taken at its strictest


@dataclass(frozen=True, slots=True)
class Row:
    """The law of one place for as long as it holds. `since` is the day from which we hold it to be so."""

    place: str  # US-CA, DE
    consent: Consent
    clause: str
    ask: Ask = Ask.NOTICE
    standing: Standing = Standing.SETTLED
    since: date = date(2026, 1, 1)
    until: date | None = None  # the first day on which it does not hold any more

    def holds(self, on: date) -> bool:
        """True when the row is the law on this day."""
        return self.since <= on and (self.until is None or on < self.until)


def _all(place: str, clause: str, *, standing: Standing = Standing.SETTLED, ask: Ask = Ask.NOTICE) -> Row:
    return Row(place, Consent.ALL_PARTY, clause, ask, standing)


_DISPUTED = Standing.DISPUTED
FEDERAL = "18 USC 2511(2)(d)"
ALL_PARTY: tuple[Row, ...] = (
    _all("US-CA", "Cal. Penal Code 632, 632.7"),
    _all("US-CT", "Conn. Gen. Stat. 52-570d", standing=_DISPUTED),  # civil law; a notice recorded at the start will do
    _all("US-DE", "11 Del. C. 1335(a)(4)"),
    _all("US-FL", "Fla. Stat. 934.03(2)(d)"),
    _all("US-IL", "720 ILCS 5/14-2"),
    _all("US-MA", "Mass. Gen. Laws ch. 272, s. 99"),
    _all("US-MD", "Md. Code, Cts. & Jud. Proc. 10-402(c)(3)"),
    _all("US-MI", "Mich. Comp. Laws 750.539c", standing=_DISPUTED),  # courts let a participant record
    _all("US-MT", "Mont. Code 45-8-213(1)(c)"),
    _all("US-NH", "N.H. Rev. Stat. 570-A:2"),
    _all("US-NV", "Nev. Rev. Stat. 200.620", standing=_DISPUTED),  # by case law, for telephones
    _all("US-OR", "Or. Rev. Stat. 165.540", standing=_DISPUTED),  # for conversations face to face
    _all("US-PA", "18 Pa.C.S. 5703, 5704(4)"),
    _all("US-VT", "no statute; case law", standing=_DISPUTED),
    _all("US-WA", "Wash. Rev. Code 9.73.030(1), (3)"),  # the announcement must be in the recording
    _all("DE", "StGB 201; GDPR art. 4(11)", ask=Ask.EXPLICIT_YES),  # silence is no consent
)
_ONE_PARTY = (
    "AK AL AR AZ CO DC GA HI IA ID IN KS KY LA ME MN MO MS NC ND NE NJ NM NY OH OK RI SC SD TN TX UT VA WI WV WY"
)
ROWS: tuple[Row, ...] = (
    *ALL_PARTY,
    *(Row(f"US-{state}", Consent.ONE_PARTY, FEDERAL) for state in _ONE_PARTY.split()),
)


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody on the call, as a sentence may name them, and where they may be: by number, by address, or both."""

    who: str  # "the caller", "our number", "the colleague who joins"
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Need:
    """What recording a call needs. `why` is a sentence for people; `clauses` are the laws it rests on."""

    consent: Consent
    ask: Ask
    why: str
    clauses: tuple[str, ...]
    version: str = VERSION


@dataclass(frozen=True, slots=True)
class _Finding:
    who: str
    place: Place | None  # None: not known
    row: Row | None  # None: no row holds

    @property
    def consent(self) -> Consent:
        return Consent.ALL_PARTY if self.row is None else self.row.consent

    @property
    def ask(self) -> Ask:
        return Ask.NOTICE if self.row is None else self.row.ask


def stricter(one: Ask, other: Ask) -> Ask:
    """The way of asking that satisfies both."""
    return Ask.EXPLICIT_YES if Ask.EXPLICIT_YES in (one, other) else Ask.NOTICE


def needed(parties: Sequence[Party], *, policy: Ask, on: date) -> Need:
    """What recording a call between these parties needs on this day. Nobody known at all is somebody unknown."""
    found = [finding for party in parties or (Party("the other side"),) for finding in _findings(party, on=on)]
    consent = Consent.ALL_PARTY if any(f.consent is Consent.ALL_PARTY for f in found) else Consent.ONE_PARTY
    ask = stricter(policy, Ask.EXPLICIT_YES if any(f.ask is Ask.EXPLICIT_YES for f in found) else Ask.NOTICE)
    telling = [f for f in found if f.consent is consent]
    clauses = dict.fromkeys(f.row.clause for f in telling if f.row is not None)
    return Need(consent, ask, _why(consent, ask, telling), tuple(clauses))


def _findings(party: Party, *, on: date) -> list[_Finding]:
    known = [place for place in party.places if place.code]
    return [_Finding(party.who, place, row_of(place.code, on=on)) for place in dict.fromkeys(known)] or [
        _Finding(party.who, None, None)
    ]


def row_of(place: str, *, on: date) -> Row | None:
    """The law of a place on a day; None when we hold none."""
    return next((row for row in ROWS if row.place == place and row.holds(on)), None)


def _why(consent: Consent, ask: Ask, telling: Iterable[_Finding]) -> str:
    where = "; ".join(dict.fromkeys(_where(finding) for finding in telling))
    rule = "Everybody must agree" if consent is Consent.ALL_PARTY else "One party's consent is enough by law"
    how = (
        "a yes is needed before anything is recorded" if ask is Ask.EXPLICIT_YES else "told at once, staying is consent"
    )
    return f"{rule}: {where}. So: {how}."


def _where(finding: _Finding) -> str:
    if finding.place is None:
        return f"it is not known where {finding.who} is"
    name = finding.place.name or finding.place.code
    if finding.row is None:
        return f"{finding.who} is in {name}, for which we have no rule"
    return f"{finding.who} is in {name} ({finding.row.clause})"


def check(rows: Iterable[Row] = ROWS) -> None:
    """Raise ValueError when the table cannot be trusted: a place twice on one day, an unknown state, no clause."""
    held: dict[str, list[Row]] = {}
    for row in rows:
        state = row.place.removeprefix("US-")
        if not row.clause or (row.place.startswith("US-") and state not in STATES):
            raise ValueError(f"not a rule: {row}")
        for other in held.setdefault(row.place, []):
            if row.since < (other.until or date.max) and other.since < (row.until or date.max):
                raise ValueError(f"two rules for {row.place} on one day")
        held[row.place].append(row)


check()
