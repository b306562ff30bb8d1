"""Is the destination something we ring at all: its channel, its number, its kind of number, its country."""

from collections.abc import Iterator
from datetime import datetime

from compliance.numbers import Kind, read_address
from compliance.verdict import Code, DialFacts, DialRequest, Purpose, Refusal

_BY_WHATSAPP = (Purpose.TELEMARKETING, Purpose.INFORMATIONAL, Purpose.HEALTHCARE)


def check(request: DialRequest, facts: DialFacts, now: datetime) -> Iterator[Refusal]:
    """The first of these that fails is the only one: there is nothing more to say about such an address."""
    address = read_address(request.to, region=facts.door.default_region)
    # SIP and client addresses ring our own people: for staff the directory decides about them.
    is_own = request.purpose is Purpose.STAFF and address.kind in (Kind.SIP, Kind.CLIENT)
    # By WhatsApp only customers are called, and only from a sender of ours: whether they allow it is asked later.
    is_whatsapp = address.kind is Kind.WHATSAPP and facts.door.sender is not None and request.purpose in _BY_WHATSAPP
    if address.kind is not Kind.PHONE and not is_own and not is_whatsapp:
        yield Refusal(Code.CHANNEL_UNSUPPORTED, "policy: telephone numbers, and addresses of the staff directory")
    elif not address.value:
        yield Refusal(Code.NUMBER_INVALID, "policy: E.164; no short codes, no N11")
    elif is_own:
        return
    elif address.blocked and not is_whatsapp:
        yield Refusal(Code.NUMBER_TYPE_BLOCKED, "47 USC 227(b)(1)(A)(iii); toll fraud", detail=address.blocked)
    elif address.region not in facts.door.regions:
        yield Refusal(Code.COUNTRY_NOT_ALLOWED, "policy: only countries on the list; toll fraud", detail=address.region)
