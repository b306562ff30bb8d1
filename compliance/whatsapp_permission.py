"""May we call them by WhatsApp: asking them, their answers, and what became of calls, kept as facts.

Whoever is asked has said nothing yet: a request is no call, but nobody is asked who does not want to hear from us, and
nobody more often than the channel allows.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from compliance import audit
from compliance.models import DialPermit, ErasedNumber, Person, Revocation, SuppressionEntry, WhatsAppFact, WhatsAppRule
from compliance.numbers import country_of
from compliance.whatsapp import FOR_GOOD, Fact, SenderFacts, Standing, standing
from compliance.whatsapp_terms import Terms, UnableToApply, terms_on

# https://www.twilio.com/docs/api/errors
NOT_GRANTED, CALL_RATE = 37000, 37004
_MESSAGE_RATES = frozenset({63018, 63032})
_CHANNELS = frozenset({"voice", "whatsapp"})


class UnableToAsk(Exception):
    """They are not asked; `str()` says why, for a person. `until`: when time alone changes that."""

    def __init__(self, sentence: str, *, until: datetime | None = None) -> None:
        super().__init__(sentence)
        self.until = until


@dataclass(frozen=True, slots=True)
class Request:
    """That somebody was asked: the fact is written before the message goes out."""

    ref: str
    sender: str
    person: str


def terms(now: datetime) -> Terms:
    """What the channel allows today. Raises whatsapp_terms.UnableToApply."""
    return terms_on(now.astimezone(UTC).date(), WhatsAppRule.all_frozen())


def standing_of(*, sender: str, person: str, now: datetime) -> Standing:
    """How a person stands to a sender of ours. Raises whatsapp_terms.UnableToApply."""
    return standing(WhatsAppFact.between(sender=sender, person=person), terms(now), now)


# --- asking -----------------------------------------------------------------------------------------------------------


def check_asking(*, sender: SenderFacts, person: str, now: datetime) -> None:
    """Raises UnableToAsk when this person may not be asked now."""
    try:
        allowed = terms(now)
    except UnableToApply as wrong:
        raise UnableToAsk(f"The rules of WhatsApp are not whole: {wrong}") from wrong
    barred = allowed.barred_senders | allowed.barred_everywhere
    if sender.country in barred or not sender.country or country_of(person) in allowed.barred_everywhere:
        raise UnableToAsk("WhatsApp lets nobody call from this number's country, or to theirs: asking leads nowhere.")
    if not sender.is_on:
        raise UnableToAsk("This sender is switched off for calls.")
    check_wanted(person)
    found = standing(WhatsAppFact.between(sender=sender.e164, person=person), allowed, now)
    if found.has_grant and found.until is None:
        raise UnableToAsk("They have allowed it for good.")
    if found.ask_again_at is not None:
        most = f"{allowed.requests_a_day} in 24 hours and {allowed.requests_a_week} in 7 days"
        raise UnableToAsk(f"They were asked as often as WhatsApp allows: {most}.", until=found.ask_again_at)


def check_wanted(person: str) -> None:
    """Raises UnableToAsk when this person does not want to hear from us."""
    if _is_unwanted(person):
        raise UnableToAsk("They want no calls, or stand on our own list: they are not asked.")


def _is_unwanted(person: str) -> bool:
    scopes = [entry.scope for entry in SuppressionEntry.in_force(person)]
    if SuppressionEntry.Scope.ALL in scopes or ErasedNumber.bars(person):
        return True
    if Person.objects.filter(number=person, is_restricted=True).exists():
        return True
    revoked = Revocation.objects.filter(number=person, scope=Revocation.Scope.ALL).values_list("channels", flat=True)
    return any(not channels or not _CHANNELS.isdisjoint(channels) for channels in revoked)


def begin_asking(*, sender: SenderFacts, person: str, ref: str, by: str, now: datetime) -> Request:
    """Write down that they are asked, if they may be; then send the message. Raises UnableToAsk."""
    with transaction.atomic(durable=True):
        DialPermit.take_turn(person)
        check_asking(sender=sender, person=person, now=now)
        WhatsAppFact.keep(
            Fact.REQUESTED, sender=sender.e164, person=person, at=now, key=ref, ref=ref, source="application", by_ref=by
        )
        audit.note(act="ask_whatsapp_permission", subject=f"whatsapp:{ref}", by=by, now=now, sender=sender.e164)
    return Request(ref, sender.e164, person)


def not_asked(request: Request, *, code: int, now: datetime, source: str = "error") -> None:
    """The message did not go out: it counts for nothing. A rate limit is a pause."""
    pair: dict[str, Any] = {"sender": request.sender, "person": request.person, "at": now, "source": source}
    WhatsAppFact.keep(Fact.NOT_REQUESTED, key=f"not:{request.ref}", ref=request.ref, raw={"code": code}, **pair)
    if code in _MESSAGE_RATES:
        WhatsAppFact.keep(Fact.RATE_LIMITED, key=f"rate:{request.ref}", ref=request.ref, raw={"code": code}, **pair)


# --- answers ----------------------------------------------------------------------------------------------------------


def answered(
    *,
    sender: str,
    person: str,
    is_accepted: bool,
    message_sid: str,
    raw: dict[str, str],
    now: datetime,
) -> bool:
    """They pressed a button. False when this answer was known."""
    with transaction.atomic():
        DialPermit.take_turn(person)
        kept = WhatsAppFact.keep(
            Fact.ACCEPTED if is_accepted else Fact.REJECTED,
            sender=sender,
            person=person,
            at=now,
            key=f"answer:{message_sid}",
            source="message",
            message_sid=message_sid,
            raw=raw,
        )
    return kept is not None


def take_away(*, sender: str, person: str, why: str, by: str, now: datetime) -> None:
    """Somebody here says that they do not allow it any more: in force at once."""
    with transaction.atomic():
        DialPermit.take_turn(person)
        key = f"taken:{secrets.token_hex(12)}"
        WhatsAppFact.keep(
            Fact.REVOKED,
            sender=sender,
            person=person,
            at=now,
            key=key,
            source="admin",
            by_ref=by,
            raw={"why": why[:200]},
        )
        DialPermit.void_unspent(person, "they allow no calls by WhatsApp any more")
        audit.note(act="end_whatsapp_permission", subject=f"sender:{sender}", by=by, now=now, why=why[:200])


def allowed_for_good(*, sender: str, person: str, by: str, now: datetime) -> None:
    """Somebody saw in the owner's Meta account that what they allowed holds for good: no message tells us so.

    Raises UnableToAsk when they have allowed nothing, or the rules know no such grant.
    """
    with transaction.atomic():
        DialPermit.take_turn(person)
        if not terms(now).may_be_permanent:
            raise UnableToAsk("By the rules of WhatsApp that are in force here, no grant is for good.")
        found = standing_of(sender=sender, person=person, now=now)
        if not found.has_grant:
            raise UnableToAsk("They do not allow calls at this moment: only their own answer begins a permission.")
        if found.until is None:
            return
        key = f"for_good:{secrets.token_hex(12)}"
        more: dict[str, Any] = {"source": "admin", "by_ref": by, "is_permanent": True, "ref": FOR_GOOD}
        WhatsAppFact.keep(Fact.ACCEPTED, sender=sender, person=person, at=now, key=key, **more)
        audit.note(act="whatsapp_permission_for_good", subject=f"sender:{sender}", by=by, now=now)


# --- calls ------------------------------------------------------------------------------------------------------------


def their_call(*, sender: str, person: str, leg_sid: str, now: datetime) -> None:
    """They have called us."""
    if person:
        key = f"call:{leg_sid}"
        WhatsAppFact.keep(Fact.THEIR_CALL, sender=sender, person=person, at=now, key=key, ref=key, source="call")


def placed(permit: DialPermit, *, now: datetime) -> None:
    """A permit was spent on a call by WhatsApp: it counts from now on. In the transaction that spends it."""
    _keep(permit, Fact.PLACED, f"placed:{permit.pk}", at=now, source="application")


def not_placed(permit: DialPermit, *, code: int, now: datetime) -> None:
    """The carrier did not take it: it does not count. Some of its reasons say more."""
    if not permit.is_by_whatsapp:
        return
    _keep(permit, Fact.NOT_PLACED, f"not_placed:{permit.pk}", at=now, source="error", raw={"code": code})
    if code == NOT_GRANTED:
        _keep(permit, Fact.REVOKED, f"revoked:{permit.pk}", at=now, source="error", raw={"code": code})
    elif code == CALL_RATE:
        _keep(permit, Fact.RATE_LIMITED, f"rate:{permit.pk}", at=now, source="error", raw={"code": code})


def reported(permit: DialPermit | None, *, role: str, status: str, at: datetime) -> None:
    """The carrier says how a call of ours goes. What we broke off ourselves was not missed."""
    if permit is None or role != "customer" or not permit.is_by_whatsapp:
        return
    if status in ("in-progress", "completed"):
        _keep(permit, Fact.ANSWERED, f"answered:{permit.pk}", at=at, source="call")
    elif status in ("no-answer", "busy"):
        _keep(permit, Fact.MISSED, f"missed:{permit.pk}", at=at, source="call")


def _keep(permit: DialPermit, kind: Fact, key: str, *, at: datetime, source: str, **fields: Any) -> None:
    WhatsAppFact.keep(
        kind,
        sender=permit.caller_id,
        person=permit.number,
        at=at,
        key=key,
        ref=f"permit:{permit.pk}",
        source=source,
        **fields,
    )
