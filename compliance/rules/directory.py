"""Does the address belong to somebody we know: our own people, and the destinations callers may be handed to."""

from collections.abc import Iterator
from datetime import datetime

from compliance.numbers import read_address
from compliance.verdict import Code, DialFacts, DialRequest, Refusal


def check(request: DialRequest, facts: DialFacts, now: datetime) -> Iterator[Refusal]:
    """The exemption of staff is proven by the entry: it must name exactly this address, and be allowed."""
    entry, region = facts.door.directory, facts.door.default_region
    is_theirs = entry is not None and entry.is_allowed and bool(entry.label)
    if entry is None or not is_theirs or read_address(entry.address, region=region) != _asked(request, region):
        yield Refusal(Code.NOT_IN_DIRECTORY, "policy: staff and transfer destinations stand in a directory; toll fraud")


def _asked(request: DialRequest, region: str) -> object:
    address = read_address(request.to, region=region)
    return address if address.value else None
