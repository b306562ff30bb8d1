"""Calls of a bridge that has fallen silent: a machine that is gone, a process that nothing watches over.

A bridge that dies closes its sockets, and the carrier asks what follows; one whose machine disappears does not. Bridges
say every second that they are there, so the others know. Whoever finds one silent takes its row away; the calls of
bridges that have no row are brought back: the carrier is asked to leave each dead stream and to come to us, who then go
on with the conversation. What the carrier did not do is asked of it again, until the stream is closed.

While the database is away nobody is heard of, and everybody looks silent afterwards. So nobody is judged but by one who
has seen that reports arrive: a bridge whose own have arrived for a while, or one who has looked on for as long.
"""

from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import structlog

from calls import metrics
from calls.carrier import rest
from calls.carrier.errors import CarrierError
from calls.models import BridgeWorker, Stream

# A bridge that was not heard of for this long is not coming back in time for its callers.
GONE_AFTER = timedelta(seconds=6)
# The carrier has this long to do as it was asked.
AGAIN_AFTER = timedelta(seconds=10)
# Who looks on looks so often, a second apart. A bridge that lives has reported by then.
LOOKS = 8
_AT_ONCE = 16

log = structlog.get_logger(__name__)


def rescue() -> int:
    """Take over the calls of bridges that are gone; answers how many. Any number of processes may try at once.

    You must have seen that reports arrive.
    """
    return _rescue(BridgeWorker.silent(silent_for=GONE_AFTER))


def look_on_and_rescue(*, wait: Callable[[float], None]) -> int:
    """The same for a process that reports nothing itself: it takes its time to see who stays silent."""
    suspects = BridgeWorker.silent(silent_for=GONE_AFTER)
    for _ in range(LOOKS):
        if not suspects:
            break
        wait(1.0)
        suspects &= BridgeWorker.silent(silent_for=GONE_AFTER)
    return _rescue(suspects)


def _rescue(silent: Collection[str]) -> int:
    gone = BridgeWorker.take_away(silent, silent_for=GONE_AFTER)
    if gone:
        log.error("bridges fell silent", bridges=gone)
    lost = Stream.left_alone(older_than=GONE_AFTER)
    if not lost:
        return 0
    moved = 0
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="rescue") as pool:
        for n in range(0, len(lost), _AT_ONCE):
            some = lost[n : n + _AT_ONCE]
            mine = [leg_sid for pk, leg_sid in some if Stream.claim_rescue(pk, again_after=AGAIN_AFTER)]
            moved += sum(pool.map(_redirect, mine))
    return moved


def _redirect(leg_sid: str) -> bool:
    try:
        is_moved = rest.redirect(leg_sid, "/twilio/voice/resume/")
    except CarrierError as error:
        log.error("call not rescued, it will be tried again", leg=leg_sid, error=str(error))
        return False
    if is_moved:
        metrics.CALLS_RESCUED.inc()
        log.warning("call rescued", leg=leg_sid)
    return is_moved
