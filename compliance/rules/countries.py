"""Countries whose law we know: an administrator may allow another, but without rules no customer is called there."""

from collections.abc import Iterator
from datetime import UTC, datetime

from compliance.numbers import read_address
from compliance.ruleset import Ruleset
from compliance.verdict import Code, DialFacts, DialRequest, Refusal


def check(request: DialRequest, facts: DialFacts, now: datetime, law: Ruleset | None) -> Iterator[Refusal]:
    """Our own list of countries was asked before; this asks the law."""
    if law is None:
        yield Refusal(Code.UNDECIDED, "policy: any doubt is a refusal", detail="there is no law")
        return
    region = read_address(request.to, region=facts.door.default_region).region
    if not any(law.of("country", (region,), now.astimezone(UTC).date())):
        yield Refusal(Code.COUNTRY_NOT_ALLOWED, "policy: only countries with a ruleset", detail=region)
