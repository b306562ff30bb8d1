"""Somebody has come to the model by SIP: let in or turned away, once, and joined.

What was asked of the model's side may have been done although no answer came. So it is never asked twice; whether the
call is there, its control socket tells.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import structlog
from django.utils import timezone

from calls import metrics, sightings
from calls.consumers.line_books import in_books, trunk_over
from calls.lifecycle.sideband import SIP_STATUS, SidebandState, Verdict
from calls.models import Sideband
from calls.realtime import sip
from calls.realtime.client import ModelUnavailable, RealtimeClient
from calls.realtime.session_config import SessionSettings

# After a call was let in its socket may not be there at once.
JOIN_LIMIT_S = 5.0
_JOIN_AGAIN_S = (0.1, 0.2, 0.4, 0.8)
_REFUSED = 503
ELSEWHERE = "another process has it"

log = structlog.get_logger(__name__)


async def turn_away(line: Sideband, verdict: Verdict) -> None:
    """Each is asked once, whatever comes of it: a caller nobody wants in waits no longer than the carrier does."""
    status = SIP_STATUS[verdict]
    is_mine = await in_books(
        line.move, to=SidebandState.REJECTED, of={SidebandState.INCOMING}, ended_at=timezone.now(), sip_code=status
    )
    if is_mine and line.model_call_id:
        await ask(sip.reject, line.model_call_id, status=status)
        metrics.SIP_CALLS.labels(verdict.value).inc()
        if line.call is not None and line.via == Sideband.Via.TRUNK:
            await in_books(trunk_over, call=line.call)


async def let_in(line: Sideband, settings: SessionSettings) -> str:
    """Let a call in, unless that was asked before; why it is not, in a few words, or empty when it may be joined."""
    call_id = line.model_call_id or ""
    if line.state != SidebandState.INCOMING:
        return ""  # by somebody before us, perhaps: the socket tells
    if not await in_books(line.move, to=SidebandState.ACCEPTING, of={SidebandState.INCOMING}):
        return ELSEWHERE
    refused = await ask(sip.accept, call_id, settings)
    if refused is None or refused.is_unknown:
        metrics.SIP_CALLS.labels("accepted" if refused is None else "not known").inc()
        return ""
    sightings.note(sightings.Sight.ACCEPT_REFUSED)
    metrics.SIP_CALLS.labels("gone" if refused.is_gone else "not accepted").inc()
    if not refused.is_gone:
        await ask(sip.reject, call_id, status=_REFUSED)  # the carrier need not wait for its time to run out
    return f"not accepted: {refused}"


async def join(line: Sideband) -> RealtimeClient | None:
    """The control socket of a call that was let in; None when there is none to be had."""
    ends_at, waits = time.monotonic() + JOIN_LIMIT_S, iter(_JOIN_AGAIN_S)
    while True:
        try:
            return await RealtimeClient.attach(line.model_call_id or "")
        except ModelUnavailable as error:
            wait = next(waits, _JOIN_AGAIN_S[-1])
            was_there = line.attached_at is not None
            if time.monotonic() + wait > ends_at or (was_there and error.is_permanent):
                log.warning("control socket not had", line=line.pk, error=str(error))
                return None
        await asyncio.sleep(wait)


async def let_go(line: Sideband) -> None:
    """End the line at the model's side: whoever is on it is served elsewhere, or done."""
    if line.model_call_id:
        await ask(sip.hang_up, line.model_call_id)


async def ask(verb: Callable[..., None], *arguments: Any, **more: Any) -> sip.SipRefused | None:
    """Have the model's side do something, beside the event loop; what it answered instead, if it did not."""
    try:
        await asyncio.to_thread(verb, *arguments, **more)
    except sip.SipRefused as refused:
        log.warning("the model's side did not do it", verb=verb.__name__, why=str(refused))
        return refused
    return None
