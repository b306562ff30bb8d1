"""Errors of the carrier's, kept once whoever tells of them first: its debugger's webhook, or its list, which is read.

The debugger tells at once, and only where somebody has set its address by hand; the list is read every half minute, so
that an alarm comes within a minute all the same.
"""

from datetime import datetime, timedelta

import structlog

from calls.carrier import account
from calls.golive import Unread
from calls.models import CarrierReport, Leg

# The carrier lists an error some time after it happened.
_LOOK_BACK = timedelta(minutes=10)
_KEPT = timedelta(days=90)
Source = CarrierReport.Source
log = structlog.get_logger(__name__)


def keep(
    *,
    report_sid: str,
    source: Source,
    level: str,
    code: int,
    resource_sid: str,
    occurred_at: datetime | None,
    now: datetime,
) -> bool:
    """Keep one, with the call it was about; False when it was known already."""
    leg = Leg.known(resource_sid) if resource_sid else None
    is_new = CarrierReport.keep(
        report_sid=report_sid,
        source=source,
        level=level,
        code=code,
        resource_sid=resource_sid,
        call_id=None if leg is None else leg.call_id,
        occurred_at=occurred_at,
        now=now,
    )
    if is_new and leg is not None:
        leg.call.note("carrier_error", at=occurred_at or now, source="carrier", key=report_sid, code=code, level=level)
    return is_new


def collect(*, now: datetime) -> int:
    """Read the carrier's list of errors, and forget old ones; how many nobody had told us of."""
    CarrierReport.forget(before=now - _KEPT)
    listed = account.listed_errors(since=now - _LOOK_BACK)
    if isinstance(listed, Unread):
        log.warning("the carrier's errors were not read", why=listed.why)
        return 0
    return sum(
        keep(
            report_sid=one.report_sid,
            source=Source.LIST,
            level="error",
            code=one.code,
            resource_sid=one.resource_sid,
            occurred_at=one.at,
            now=now,
        )
        for one in listed
    )
