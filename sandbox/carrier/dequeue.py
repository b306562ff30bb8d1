"""`<Dial><Queue>`: talk to whoever has waited longest in a queue, or wait for somebody to come.

https://www.twilio.com/docs/voice/twiml/queue
"""

import asyncio
from collections.abc import Awaitable
from typing import Any, Protocol

from sandbox.carrier import bridging, documents
from sandbox.carrier.documents import Document
from sandbox.carrier.queues import Queue, Waiting
from sandbox.carrier.state import Call, Carrier, FetchDocument
from sandbox.carrier.twiml import Element, TwimlError

_BEFORE_VERBS = ("Play", "Say", "Pause")

Outcome = tuple[tuple[str, str], ...]


class Perform(Protocol):
    """Runs one verb on a call."""

    def __call__(self, carrier: Carrier, *, call: Call, element: Element, document: Document) -> Awaitable[Any]: ...


async def run(
    carrier: Carrier, *, call: Call, verb: Element, document: Document, perform: Perform
) -> FetchDocument | None:
    """Take somebody out and talk until either is gone; answers the request for `action`, if there is one."""
    action = document.resolve(verb.get("action")) if verb.get("action") else ""
    outcome = await _talk_to_somebody(carrier, call, verb, document, perform)
    return FetchDocument(action, verb.get("method", "POST"), outcome) if action else None


async def _talk_to_somebody(
    carrier: Carrier, call: Call, verb: Element, document: Document, perform: Perform
) -> Outcome:
    noun, clock = verb.children[0], carrier.clock
    queue = carrier.queues.get(noun.text)
    if queue is None:
        carrier.ledger.add("warning", call_sid=call.sid, code=12200, message=f"Dial: there is no queue {noun.text!r}")
        return (("DialCallStatus", "failed"), ("DialBridged", "false"))
    give_up_at_ms = clock.now_ms() + int(verb.get("timeout", "30")) * 1000
    while not queue.waiting:
        try:
            await clock.within(give_up_at_ms - clock.now_ms(), queue.changed.wait())
        except TimeoutError:
            return (("DialCallStatus", "no-answer"), ("DialBridged", "false"))
    waiting = queue.take(by=call, now_ms=clock.now_ms())
    began_ms = clock.now_ms()
    try:
        await _while_there(waiting, _conversation(carrier, call, waiting, queue, noun, document, perform))
    finally:
        waiting.over.set()
    return (
        ("DialCallStatus", "completed"),
        ("DialCallSid", waiting.call.sid),
        ("DialCallDuration", str(round((clock.now_ms() - began_ms) / 1000))),
        ("DialBridged", "true"),
    )


async def _while_there(waiting: Waiting, work: Awaitable[None]) -> None:
    """Do the work until the call that was taken out is gone."""
    working, gone = asyncio.ensure_future(work), asyncio.ensure_future(waiting.over.wait())
    try:
        await asyncio.wait({working, gone}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
    finally:
        for task in (working, gone):
            task.cancel()
        await asyncio.wait({working, gone})


async def _conversation(
    carrier: Carrier,
    call: Call,
    waiting: Waiting,
    queue: Queue,
    noun: Element,
    document: Document,
    perform: Perform,
) -> None:
    await waiting.ready.wait()
    if noun.get("url"):
        params = (
            *queue.result("", waiting, now_ms=carrier.clock.now_ms())[1:],
            ("DequeingCallSid", call.sid),
        )
        source = FetchDocument(document.resolve(noun.get("url")), noun.get("method", "POST"), params)
        before = await documents.load(carrier, call=waiting.call, source=source)
        for verb in before.verbs:
            if verb.name not in _BEFORE_VERBS:
                raise TwimlError(12200, f"<{verb.name}> is not allowed before a conversation")
            await perform(carrier, call=waiting.call, element=verb, document=before)
    await bridging.join(carrier.clock, call.line, waiting.call.line)
