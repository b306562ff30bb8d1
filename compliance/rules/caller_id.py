"""The number we show: ours, in service, and never withheld."""

from collections.abc import Iterator
from datetime import datetime

from compliance.numbers import parse_e164
from compliance.verdict import Code, DialFacts, DialRequest, Refusal


def check(request: DialRequest, facts: DialFacts, now: datetime) -> Iterator[Refusal]:
    """A number that can be called back and is answered by us; of a campaign, one of its own."""
    is_a_number = bool(request.caller_id) and parse_e164(request.caller_id) == request.caller_id
    campaign = facts.door.campaign
    is_in_pool = campaign is None or request.caller_id in campaign.pool
    if not is_a_number or not facts.door.is_caller_id_ours or not is_in_pool:
        yield Refusal(Code.CALLER_ID_INVALID, "47 CFR 64.1601(e); 47 USC 227(e); 16 CFR 310.4(a)(8)")
