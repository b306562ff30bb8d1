"""Numbers of others that the carrier lets us show, because somebody there has keyed in a code.

Asking for one makes a telephone ring: that is the door's business (`calls.carrier.outbound`). Here they are read and
given up. Source: https://www.twilio.com/docs/voice/api/outgoing-caller-ids.
"""

from dataclasses import dataclass

from twilio.base.exceptions import TwilioException

from calls.carrier.client import get_client, translated

NOT_FOUND = 20404
ALREADY_VERIFIED = 21450


@dataclass(frozen=True, slots=True)
class CallerIdFound:
    """A verified number."""

    sid: str
    e164: str
    name: str


def listed() -> list[CallerIdFound]:
    """Every verified number of the account. Raises CarrierError."""
    try:
        rows = get_client().outgoing_caller_ids.list(limit=1000)
    except (TwilioException, OSError) as error:
        raise translated(error) from error
    return [CallerIdFound(str(row.sid), str(row.phone_number), str(row.friendly_name or "")) for row in rows]


def drop(sid: str) -> None:
    """Give one up; one that is gone is fine. Raises CarrierError."""
    try:
        get_client().outgoing_caller_ids(sid).delete()
    except (TwilioException, OSError) as error:
        problem = translated(error)
        if problem.code != NOT_FOUND:
            raise problem from error
