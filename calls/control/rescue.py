"""Calls of a bridge that has fallen silent: a machine that is gone, a process that nothing watches over.

A bridge that dies closes its sockets, and the carrier asks what follows; one whose machine disappears does not. Bridges
say every second that they are there, so the others know. Whoever takes a silent one's row away has its calls to save:
the carrier is asked to leave each dead stream and to come to us, who then go on with the conversation.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import structlog
from django.db.models import Q

from calls import metrics
from calls.carrier import rest
from calls.carrier.errors import CarrierError
from calls.lifecycle import Phase
from calls.models import BridgeWorker, Leg

# A bridge that was not heard of for this long is not coming back in time for its callers.
GONE_AFTER = timedelta(seconds=6)
_AT_ONCE = 16

log = structlog.get_logger(__name__)


def rescue(*, now: datetime) -> int:
    """Take over the calls of bridges that are gone; answers how many. Any number of processes may try at once."""
    gone = BridgeWorker.take_away(silent_since=now - GONE_AFTER)
    if not gone:
        return 0
    is_held_there = Q(call__streams__bridge__in=gone, call__streams__opened_at__isnull=False)
    lost = (
        Leg.objects.filter(is_held_there, parent_sid="", call__streams__closed_at=None)
        .exclude(call__phase=Phase.CLOSED)
        .values_list("leg_sid", flat=True)
        .distinct()
    )
    sids = list(lost)
    log.error("bridges fell silent", bridges=gone, calls=len(sids))
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="rescue") as pool:
        return sum(pool.map(_redirect, sids))


def _redirect(leg_sid: str) -> bool:
    try:
        is_moved = rest.redirect(leg_sid, "/twilio/voice/resume/")
    except CarrierError as error:
        log.error("call not rescued", leg=leg_sid, error=str(error))
        return False
    if is_moved:
        metrics.CALLS_RESCUED.inc()
    return is_moved
