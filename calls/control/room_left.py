"""How many more calls the bridges and the model can take: what calls that we place are measured by.

A call that has been asked for and was not answered yet holds its line: when it is answered, there must be one.
"""

from datetime import datetime

from django.conf import settings
from django.db.models import Exists, OuterRef

from calls.control import bridges
from calls.control.bridges import LEAST_MODEL_SHARE
from calls.lifecycle import Phase
from calls.models import Call, Stream


def lines(*, now: datetime) -> int:
    """How many calls more may be placed for assistants to speak on; 0 when the bridges are full, or the model is."""
    there = bridges.who_is_there(bridges.ask_who_is_there(now=now))
    if not there:  # the process that answers the webhook holds the calls itself
        return max(0, settings.BRIDGE_CALLS - Stream.promised(now=now).count() - _on_the_way(now=now))
    if min(bridge.model_share_left for bridge in there) < LEAST_MODEL_SHARE:
        return 0
    free = sum(max(0, bridge.capacity - bridge.load) for bridge in there if not bridge.is_draining)
    return max(0, free - _on_the_way(now=now))


def _on_the_way(*, now: datetime) -> int:
    """Calls that we place and that have no stream yet, nor the promise of one."""
    promised = Stream.objects.filter(call=OuterRef("pk"), closed_at=None, expires_at__gt=now)
    placed = Call.objects.filter(~Exists(promised), direction=Call.Direction.OUTBOUND, phase=Phase.RINGING)
    return placed.count()
