"""Verbs cut off by a hang-up: some have their `action` requested all the same, and the answer is moot."""

from sandbox.audio import FRAME_MS
from sandbox.carrier import webhooks
from sandbox.carrier.state import Call, Carrier, FetchDocument
from sandbox.carrier.webhooks import WebhookFailed


def send(carrier: Carrier, *, call: Call, source: FetchDocument, even_if_live: bool = False) -> None:
    """For a verb that is being cut off: request this in a moment, if it was the end of the call that did it."""
    carrier.spawn(_send(carrier, call, source, even_if_live))


async def _send(carrier: Carrier, call: Call, source: FetchDocument, even_if_live: bool) -> None:
    await carrier.clock.sleep(FRAME_MS)
    if (call.is_live and not even_if_live) or call.is_forgotten:
        return
    params = carrier.webhook_params(call) + source.params
    try:
        await webhooks.request(carrier, call=call, kind="webhook", url=source.url, method=source.method, params=params)
    except WebhookFailed as failed:
        carrier.ledger.add("error", call_sid=call.sid, code=failed.code, message=str(failed), url=source.url)
