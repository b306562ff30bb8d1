"""Status callbacks: facts the carrier reports and nobody answers, one after the other for each call.

Faults may drop, repeat, delay, shuffle or forge them. Without faults they keep their order, which the real carrier does
not promise.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from sandbox.carrier import webhooks
from sandbox.carrier.faults import CallbackAction
from sandbox.carrier.state import Carrier
from sandbox.carrier.values import Subject
from sandbox.carrier.webhooks import Pairs, WebhookFailed


def rfc2822(moment: datetime) -> str:
    """A date as the 2010-04-01 API writes it: `Thu, 20 Nov 2025 19:07:00 +0000`, one second resolution."""
    return format_datetime(moment.astimezone(UTC).replace(microsecond=0))


@dataclass(frozen=True, slots=True)
class _Message:
    kind: str
    event: str
    url: str
    method: str
    params: Pairs
    is_forged: bool

    async def send(self, carrier: Carrier, call: Subject, *, after_ms: float, after: asyncio.Task[None] | None) -> None:
        if after and not after.done():
            await asyncio.wait({after})
        if after_ms:
            await carrier.clock.sleep(after_ms)
        try:
            await webhooks.request(
                carrier,
                call=call,
                kind="callback",
                url=self.url,
                method=self.method,
                params=self.params,
                spoil_signature=self.is_forged,
            )
        except WebhookFailed as failed:
            carrier.ledger.add("error", call_sid=call.sid, code=failed.code, message=str(failed))
        carrier.announce()


def send(carrier: Carrier, *, call: Subject, kind: str, event: str, url: str, method: str, params: Pairs) -> None:
    """Send one callback of `kind` (status, amd, conference, …) soon; a failure shows in the ledger only.

    Of a call or a conference that was forgotten nothing is reported.
    """
    if call.is_forgotten:
        return
    rules = carrier.faults.rules_for(kind=kind, event=event, params=params)
    actions = {rule.action for rule in rules}
    if CallbackAction.DROP in actions:
        carrier.ledger.add("fault", call_sid=call.sid, message=f"the {kind} callback {event} was dropped")
        return
    message = _Message(kind, event, url, method, params, is_forged=CallbackAction.FORGE in actions)
    wait_ms = 0.0
    for rule in rules:
        if rule.action is CallbackAction.DELAY:
            wait_ms += rule.delay_ms
        elif rule.action is CallbackAction.SHUFFLE:
            wait_ms += carrier.faults.dice.uniform(0, rule.delay_ms)
        elif rule.action is CallbackAction.DUPLICATE:
            carrier.spawn(message.send(carrier, call, after_ms=rule.delay_ms, after=None))
    if wait_ms:
        carrier.spawn(message.send(carrier, call, after_ms=wait_ms, after=None))
    else:
        call.last_callback = carrier.spawn(message.send(carrier, call, after_ms=0, after=call.last_callback))
