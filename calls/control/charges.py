"""What the lines of calls have cost: the carrier says it some time after their end."""

from datetime import datetime

import structlog

from calls.carrier import rest
from calls.carrier.errors import CarrierError
from calls.models import LegCharge

_AT_ONCE = 100

log = structlog.get_logger(__name__)


def ask(*, now: datetime) -> int:
    """Ask the carrier for the prices that are due; how many it has said. One that it cannot say is asked for later."""
    said = 0
    for leg in LegCharge.to_ask(now=now, limit=_AT_ONCE):
        try:
            found = rest.find_leg(leg.leg_sid)
        except CarrierError as error:
            log.info("price not known", leg=leg.leg_sid, error=str(error))
            if error.code != rest.NOT_FOUND:
                break  # the carrier is away; all of them are still due in a minute
            LegCharge.keep(leg, amount=None, currency="", now=now)
            continue
        LegCharge.keep(leg, amount=found.price, currency=found.currency, now=now)
        said += found.price is not None
    return said
