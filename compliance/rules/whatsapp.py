"""Calls by WhatsApp: only from a sender that may, only with their permission, and not more often than it allows.

And the other way round: somebody who is on a WhatsApp call with us is never brought together with the telephone
network, whoever asks.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from compliance.numbers import Kind, channel_of, country_of, read_address
from compliance.verdict import Code, DialFacts, DialRequest, Refusal
from compliance.whatsapp import standing
from compliance.whatsapp_terms import terms_on

_TWILIO = "Twilio, WhatsApp Business Calling"
# A grant of the person's own stands for what the law of telephone calls asks instead: 11 of our own rules go on.
NOT_ASKED = frozenset(
    {
        *(Code.NUMBER_TYPE_BLOCKED, Code.NATIONAL_DNC, Code.NUMBER_REASSIGNED, Code.STATE_AI_BLOCKED),
        *(Code.STATE_EBR_REQUIRED, Code.DNC_SCRUB_STALE, Code.RND_CHECK_REQUIRED, Code.STATE_EMERGENCY_SUSPENSION),
        Code.CAMPAIGN_ABANDON_RATE,
    }
)


def is_by_whatsapp(request: DialRequest) -> bool:
    """True when somebody is to be called by WhatsApp."""
    return channel_of(request.to) is Kind.WHATSAPP


def check(request: DialRequest, facts: DialFacts, now: datetime) -> Iterator[Refusal]:
    """Sender, permission, limits. Of a call by another channel nothing is asked."""
    sender, books = facts.door.sender, facts.whatsapp
    if not is_by_whatsapp(request):
        return
    if sender is None or books is None:
        yield Refusal(Code.UNDECIDED, "policy: any doubt is a refusal", detail="no sender, or no books of it")
        return
    terms = terms_on(now.astimezone(UTC).date(), books.rules)
    theirs = read_address(request.to).region or country_of(read_address(request.to).value)
    if sender.country in terms.barred_senders | terms.barred_everywhere or not sender.country:
        yield Refusal(Code.WHATSAPP_SENDER_COUNTRY, _TWILIO, detail=sender.country or "unknown")
    elif theirs in terms.barred_everywhere:
        yield Refusal(Code.WHATSAPP_SENDER_COUNTRY, _TWILIO, detail=f"to {theirs}")
    if not sender.is_on:
        yield Refusal(Code.WHATSAPP_SENDER_OFF, "policy: the sender is switched off")
    found = standing(books.happened, terms, now)
    if not found.has_grant:
        yield Refusal(Code.WHATSAPP_NO_GRANT, _TWILIO, detail=str(found.ended))
    if found.calls_again_at is not None:
        detail = f"{terms.calls_a_day} in 24 h"
        yield Refusal(Code.WHATSAPP_LIMIT, _TWILIO, until=found.calls_again_at, detail=detail)
    elif found.paused_until is not None:
        yield Refusal(Code.WHATSAPP_LIMIT, f"{_TWILIO}, error 37004", until=found.paused_until, detail="rate limit")
    elif sender.live_calls >= terms.calls_of_sender:
        yield Refusal(Code.WHATSAPP_LIMIT, _TWILIO, detail=f"{terms.calls_of_sender} at once")


def check_company(request: DialRequest, facts: DialFacts, now: datetime) -> Iterator[Refusal]:
    """Whoever is to be brought to a WhatsApp call is not reached by the telephone network."""
    is_telephone = channel_of(request.to) is Kind.PHONE
    if facts.door.company is Kind.WHATSAPP and is_telephone:
        yield Refusal(Code.WHATSAPP_NO_PSTN, f"{_TWILIO}: not to the telephone network")
