"""What the model's socket tells, as a session wants it: what is for the counters is counted and left out."""

import time
from collections.abc import Iterable, Iterator

from calls import metrics
from calls.realtime import wire
from calls.voice import messages as m


def for_session(messages: Iterable[wire.Decoded]) -> Iterator[m.ModelMessage]:
    """The messages a session hears, in their order."""
    for decoded in messages:
        match decoded:
            case wire.Skipped(_, is_known):
                if not is_known:
                    metrics.MODEL_EVENTS_SKIPPED.labels("unknown").inc()
                continue
            case m.RateLimits():
                metrics.note_limits(decoded.limits, now=time.monotonic())
                continue
            case m.ModelFault(code):
                metrics.note_fault(code)
        yield decoded
