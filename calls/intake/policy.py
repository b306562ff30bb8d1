"""Who answers a call to a number of ours, from what is known of it: rules in the order in which they count.

Nothing that we cannot read, and nothing that we do not know, sends a caller away. A caller without a number or of no
known country is taken; rules that make no sense mean that the assistant answers.
"""

from dataclasses import dataclass
from datetime import datetime

from calls.intake import hours
from calls.intake.hours import Week
from calls.lifecycle.intake import Answers, Because
from compliance import local_time

_WHO = {
    Answers.ASSISTANT: "The assistant answers.",
    Answers.QUEUE: "The queue answers.",
    Answers.VOICEMAIL: "Voicemail answers.",
    Answers.MESSAGE: "The caller hears a message.",
    Answers.REJECT: "The call is turned away.",
    Answers.BUSY: "The caller hears the busy tone.",
}


@dataclass(frozen=True, slots=True)
class Cap:
    """How many calls there have been already, and how many there may be; `reached` is the sentence for when."""

    because: Because
    seen: int
    most: int
    reached: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known when a call comes in. Words are empty where nobody wrote any."""

    now: datetime
    country: str = ""
    is_blocked: bool = False
    countries_allowed: frozenset[str] = frozenset()
    countries_blocked: frozenset[str] = frozenset()
    caps: tuple[Cap, ...] = ()
    zone: str = "UTC"
    week: Week | None = None  # None: always open
    when_open: Answers = Answers.ASSISTANT
    when_closed: Answers = Answers.MESSAGE
    when_full: Answers = Answers.BUSY
    words: str = ""
    words_closed: str = ""
    words_full: str = ""
    has_assistant: bool = True
    has_queue: bool = False
    doubts: tuple[str, ...] = ()  # rules that cannot be read, as a person would name them


@dataclass(frozen=True, slots=True)
class Decision:
    """What answers, with its reason as a code and as a sentence; `words` is what the caller is told, where it is told.

    Empty words: whoever speaks them has some of his own.
    """

    answer: Answers
    because: Because
    why: str
    words: str = ""


def decide(facts: Facts) -> Decision:
    """Who answers this call."""
    turned_away = _kept_out(facts) or _over_a_cap(facts)
    if turned_away is not None:
        return turned_away
    if facts.doubts:
        return _doubtful(facts, f"Could not be read: {', '.join(facts.doubts)}.")
    if facts.week is None or not facts.week.hours:
        return _answered(facts, facts.when_open, Because.OPEN, "Always open.", facts.words)
    zone = local_time.zone_named(facts.zone)
    if zone is None:
        return _doubtful(facts, f"There is no time zone “{facts.zone}”.")
    moment = hours.look(facts.week, zone=zone, now=facts.now)
    until = "" if moment.until is None else f" {moment.until:%H:%M} on {moment.until:%A}"
    if moment.is_open:
        return _answered(facts, facts.when_open, Because.OPEN, f"Open until{until} ({facts.zone}).", facts.words)
    why = f"Closed for {moment.holiday}" if moment.holiday else "Closed at this hour"
    why += f", opens at{until} ({facts.zone})." if until else "."
    because = Because.HOLIDAY if moment.holiday else Because.CLOSED
    return _answered(facts, facts.when_closed, because, why, facts.words_closed)


def _kept_out(facts: Facts) -> Decision | None:
    if facts.is_blocked:
        return _turned_away(Because.CALLER_BLOCKED, "The caller is on the list of blocked callers.")
    if not facts.country:
        return None
    if facts.country in facts.countries_blocked:
        return _turned_away(Because.COUNTRY_BLOCKED, f"Calls from {facts.country} are not taken at this number.")
    if facts.countries_allowed and facts.country not in facts.countries_allowed:
        allowed = ", ".join(sorted(facts.countries_allowed))
        why = f"This number takes calls from {allowed}; this one came from {facts.country}."
        return _turned_away(Because.COUNTRY_NOT_ALLOWED, why)
    return None


def _turned_away(because: Because, why: str) -> Decision:
    return Decision(Answers.REJECT, because, f"{why} {_WHO[Answers.REJECT]}")


def _over_a_cap(facts: Facts) -> Decision | None:
    cap = next((cap for cap in facts.caps if cap.seen >= cap.most), None)
    if cap is None:
        return None
    return Decision(facts.when_full, cap.because, f"{cap.reached} {_WHO[facts.when_full]}", facts.words_full)


def _answered(facts: Facts, answer: Answers, because: Because, why: str, words: str) -> Decision:
    if answer is Answers.QUEUE and not facts.has_queue:
        return _doubtful(facts, f"{why} The queue that should answer is not there.")
    return Decision(answer, because, f"{why} {_WHO[answer]}", words)


def _doubtful(facts: Facts, why: str) -> Decision:
    """The caller is taken, by the assistant where the number has one."""
    answer = Answers.ASSISTANT if facts.has_assistant else Answers.VOICEMAIL
    return Decision(answer, Because.RULES_UNREADABLE, f"{why} {_WHO[answer]}")


def as_data(answer: str, decision: Decision | None = None) -> dict[str, str]:
    """A decision as the call's first fact holds it."""
    if decision is None:
        return {"answer": answer}
    data = {"answer": answer, "because": decision.because, "why": decision.why, "words": decision.words}
    return {name: value for name, value in data.items() if value}


def from_data(data: dict[str, str]) -> Decision | None:
    """The decision that a call's first fact holds; None when the assistant was to answer."""
    answer, because = data.get("answer", ""), data.get("because", "")
    if answer not in set(Answers) - {Answers.ASSISTANT} or because not in set(Because):
        return None
    return Decision(Answers(answer), Because(because), data.get("why", ""), data.get("words", ""))
