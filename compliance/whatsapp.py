"""May this person be called by WhatsApp, and may they be asked whether they may be: what happened so far decides.

Everything that a sender of ours and a person had to do with each other is a fact with a time of its own. From the facts
and the rules of the day follows how they stand; facts that come late, twice or in another order lead to the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from compliance.whatsapp_terms import Terms

# Of a grant that somebody here has made last: no answer of theirs, so their missed calls stay counted.
FOR_GOOD = "for good"
_DAY, _WEEK = timedelta(hours=24), timedelta(days=7)


class Fact(StrEnum):
    """What can happen between a sender and a person."""

    REQUESTED = "requested"  # we have asked them whether we may call
    NOT_REQUESTED = "not_requested"  # that message did not go out after all
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    REVOKED = "revoked"  # error 37000, or somebody here took it out
    THEIR_CALL = "their_call"
    PLACED = "placed"  # we have asked the carrier to ring them
    NOT_PLACED = "not_placed"  # nothing came of that
    ANSWERED = "answered"
    MISSED = "missed"  # not answered, or declined
    RATE_LIMITED = "rate_limited"  # errors 37004, 63018, 63032


@dataclass(frozen=True, slots=True)
class Happened:
    """One fact. `ref` names the request or call it is about; `until` when a grant ends, if the answer said so."""

    kind: Fact
    at: datetime
    ref: str = ""
    is_permanent: bool = False
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class SenderFacts:
    """What the door knows of a sender of ours. `live_calls`: calls of it that are under way."""

    e164: str
    country: str
    is_on: bool = True
    live_calls: int = 0


class Ended(StrEnum):
    """Why there is no grant any more, or none yet."""

    NEVER = "never"
    EXPIRED = "expired"
    REJECTED = "rejected"
    REVOKED = "revoked"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a person stands to a sender at a moment.

    `until` None with a grant: for good. `missed`: calls in a row since the grant. `calls`: those that count for the
    last 24 hours, and `calls_again_at` when one more may be placed; `ask_again_at`: when they may be asked (again).
    Either is None where nothing has to be waited for.
    """

    has_grant: bool
    until: datetime | None = None
    granted_at: datetime | None = None
    ended: Ended | None = None
    missed: int = 0
    is_asked_again: bool = False
    calls: int = 0
    calls_again_at: datetime | None = None
    paused_until: datetime | None = None
    ask_again_at: datetime | None = None
    asked_at: datetime | None = None
    is_answer_due: bool = False


def standing(happened: Iterable[Happened], terms: Terms, now: datetime) -> Standing:
    """How they stand. What has not happened yet by `now` is not looked at."""
    facts = _in_order(happened, now)
    has_grant, until, granted_at, ended, missed = _grant(facts, terms, now)
    counted = [one.at for one in facts if one.kind is (Fact.ANSWERED if terms.do_only_answered_count else Fact.PLACED)]
    requests = [one for one in facts if one.kind is Fact.REQUESTED]
    limited = [one.at + terms.pause for one in facts if one.kind is Fact.RATE_LIMITED]
    paused_until = max((end for end in limited if end > now), default=None)
    answers = [one.at for one in facts if one.kind in (Fact.ACCEPTED, Fact.REJECTED)]
    asked_at = requests[-1].at if requests else None
    return Standing(
        has_grant=has_grant,
        until=until,
        granted_at=granted_at,
        ended=ended,
        missed=missed,
        is_asked_again=has_grant and missed >= terms.misses_until_asked_again,
        calls=sum(now - _DAY < at for at in counted),
        calls_again_at=_release(counted, terms.calls_a_day, _DAY, now),
        paused_until=paused_until,
        ask_again_at=_ask_again(facts, requests, terms, paused_until, now),
        asked_at=asked_at,
        is_answer_due=asked_at is not None and not any(at >= asked_at for at in answers),
    )


def _in_order(happened: Iterable[Happened], now: datetime) -> list[Happened]:
    """Once each, by their own times; a request or call that did not go out is none."""
    order = list(Fact)
    facts = sorted({one for one in happened if one.at <= now}, key=lambda one: (one.at, order.index(one.kind), one.ref))
    void = {one.ref for one in facts if one.kind in (Fact.NOT_REQUESTED, Fact.NOT_PLACED)}
    return [one for one in facts if not (one.ref in void and one.kind in (Fact.REQUESTED, Fact.PLACED))]


def _grant(
    facts: list[Happened], terms: Terms, now: datetime
) -> tuple[bool, datetime | None, datetime | None, Ended | None, int]:
    """Whether there is a grant, until when, since when, else why not; and the calls missed in a row."""
    granted_at: datetime | None = None
    until: datetime | None = None
    ended: Ended | None = Ended.NEVER
    missed = 0
    for one in facts:
        match one.kind:
            case Fact.ACCEPTED:
                is_permanent = one.is_permanent and terms.may_be_permanent
                longest = None if is_permanent else one.at + terms.grant
                until = one.until if longest is None else min(longest, one.until or longest)
                missed = missed if one.ref == FOR_GOOD else 0
                granted_at, ended = one.at, None
            case Fact.THEIR_CALL if terms.grant_by_their_call and not _lasts(ended, until, one.at):
                granted_at, until, ended, missed = one.at, one.at + terms.grant_by_their_call, None, 0
            case Fact.REJECTED:
                ended = Ended.REJECTED
            case Fact.REVOKED:
                ended = Ended.REVOKED
            case Fact.ANSWERED | Fact.THEIR_CALL:
                missed = 0
            case Fact.MISSED:
                missed += 1
                if ended is None and missed >= terms.misses_until_revoked:
                    ended = Ended.MISSED
    if ended is None and not _lasts(ended, until, now):
        ended = Ended.EXPIRED
    has_grant = ended is None
    return has_grant, until if has_grant else None, granted_at, ended, missed


def _lasts(ended: Ended | None, until: datetime | None, at: datetime) -> bool:
    return ended is None and (until is None or at < until)


def _release(times: list[datetime], most: int, window: timedelta, now: datetime) -> datetime | None:
    """When one more is allowed; None when it is now. One counts while `now - window < it <= now`."""
    counted = sorted((at for at in times if now - window < at <= now), reverse=True)
    if most <= 0:
        return now + window
    return counted[most - 1] + window if len(counted) >= most else None


def _ask_again(
    facts: list[Happened], requests: list[Happened], terms: Terms, paused_until: datetime | None, now: datetime
) -> datetime | None:
    times = [one.at for one in requests]
    if terms.does_talk_reset_requests:
        talks = [one.at for one in facts if one.kind in (Fact.ANSWERED, Fact.THEIR_CALL)]
        times = [at for at in times if not any(talk > at for talk in talks)]
    ends = [
        _release(times, terms.requests_a_day, _DAY, now),
        _release(times, terms.requests_a_week, _WEEK, now),
        paused_until,
    ]
    return max((end for end in ends if end is not None), default=None)
