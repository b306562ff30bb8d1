"""`<Enqueue>`: the call waits in a queue, hears the wait document again and again, and is taken out or leaves.

With `workflowSid` the `<Task>` in it becomes a task in the ledger; nobody works on tasks here, so such a call waits
until it leaves, or is given other instructions. https://www.twilio.com/docs/voice/twiml/enqueue
"""

import asyncio
import json
from collections.abc import Awaitable, Callable

from sandbox import music
from sandbox.carrier import documents, farewells, sound_files
from sandbox.carrier.documents import Document
from sandbox.carrier.queues import Queue, Waiting
from sandbox.carrier.state import Call, Carrier, FetchDocument, Replace, Source, new_sid
from sandbox.carrier.twiml import Element, TwimlError
from sandbox.carrier.webhooks import WebhookFailed

WAIT_VERBS = ("Play", "Say", "Pause", "Gather", "Hangup", "Leave", "Redirect")
_SHORTEST_ROUND_MS = 1_000  # a document that takes no time is not asked for more often

Perform = Callable[[Element, Document], Awaitable[Source | None]]
Hear = Callable[[bytes], Awaitable[None]]


class HungUp(Exception):
    """The wait document ended the call."""


class _Leaves(Exception):
    """The wait document says that the call goes out of the queue."""


async def run(
    carrier: Carrier, *, call: Call, verb: Element, document: Document, perform: Perform, hear: Hear
) -> FetchDocument | None:
    """Wait; answers the request for `action`, if there is one. `perform` runs a verb, `hear` plays a sound.

    Raises `HungUp` when the wait document says so.
    """
    clock = carrier.clock
    queue = _queue(carrier, call, verb)
    action = document.resolve(verb.get("action")) if verb.get("action") else ""

    def following(result: str, waiting: Waiting | None) -> FetchDocument | None:
        params = queue.result(result, waiting, now_ms=clock.now_ms())
        return FetchDocument(action, verb.get("method", "POST"), params) if action else None

    if len(queue.waiting) >= int(verb.get("maxQueueSize", "100")):
        return following("queue-full", None)
    waiting = queue.enter(call, now_ms=clock.now_ms())
    source = _wait_source(verb, document)
    try:
        result = await _Wait(carrier, queue, waiting, perform, hear).until_over(source)
    except (TwimlError, WebhookFailed) as error:
        carrier.ledger.add("error", call_sid=call.sid, code=error.code, message=str(error))
        result = "error"
    except asyncio.CancelledError:
        is_redirected = isinstance(call.command, Replace)
        words = ("redirected", "redirected-from-bridged") if is_redirected else ("hangup", "bridged")
        if told := following(words[waiting.taken.is_set()], waiting):
            farewells.send(carrier, call=call, source=told, even_if_live=is_redirected)
        raise
    finally:
        queue.leave(waiting, now_ms=clock.now_ms())
        waiting.over.set()
    return following(result, waiting)


def _queue(carrier: Carrier, call: Call, verb: Element) -> Queue:
    """The queue that is named, or that of the workflow, whose task is written down."""
    workflow = verb.get("workflowSid")
    name = workflow or verb.text
    if not name:
        raise TwimlError(12200, "<Enqueue> needs the name of a queue, or a workflowSid")
    if workflow:
        carrier.ledger.add(
            "task",
            call_sid=call.sid,
            task_sid=new_sid("WT"),
            workflow_sid=workflow,
            priority=int(verb.children[0].get("priority", "0")) if verb.children else 0,
            attributes=_attributes(verb),
        )
    return carrier.queues.setdefault(name, Queue(name))


def _attributes(verb: Element) -> dict[str, object]:
    text = verb.children[0].text if verb.children else "{}"
    try:
        attributes = json.loads(text or "{}")
    except ValueError as broken:
        raise TwimlError(12200, f"<Task>: the attributes are no JSON: {broken}") from broken
    if not isinstance(attributes, dict):
        raise TwimlError(12200, "<Task>: the attributes are no JSON object")
    return attributes


def _wait_source(verb: Element, document: Document) -> FetchDocument | None:
    if not verb.get("waitUrl"):
        return None
    return FetchDocument(document.resolve(verb.get("waitUrl")), verb.get("waitUrlMethod", "POST"))


class _Wait:
    """One call's time in a queue."""

    def __init__(self, carrier: Carrier, queue: Queue, waiting: Waiting, perform: Perform, hear: Hear) -> None:
        self._carrier, self._queue, self._waiting = carrier, queue, waiting
        self._perform, self._hear = perform, hear

    async def until_over(self, source: FetchDocument | None) -> str:
        """Wait, and be talked to; answers the `QueueResult`."""
        waiting_on = asyncio.create_task(self._listen(source))
        taken = asyncio.create_task(self._waiting.taken.wait())
        try:
            await asyncio.wait({waiting_on, taken}, return_when=asyncio.FIRST_COMPLETED)
            if not taken.done():
                waiting_on.result()
                return "leave"
        finally:
            for task in (waiting_on, taken):
                task.cancel()
            await asyncio.wait({waiting_on, taken})
        self._waiting.ready.set()
        await self._waiting.over.wait()
        return "bridged"

    async def _listen(self, source: FetchDocument | None) -> None:
        """Hear the wait document, again and again, until it says `<Leave>`; without one, music for ever."""
        clock = self._carrier.clock
        while source is None:
            await self._hear(music.while_waiting())
        present: Source = source
        try:
            while True:
                began_ms = clock.now_ms()
                following = await self._hear_once(present)
                if following is None and clock.now_ms() - began_ms < _SHORTEST_ROUND_MS:
                    await clock.until(began_ms + _SHORTEST_ROUND_MS)
                present = following or source
        except _Leaves:
            return

    async def _hear_once(self, source: Source) -> Source | None:
        """Answers what the document leads to. Raises `_Leaves` or `HungUp`."""
        document = await self._load(source)
        if document.audio:
            await self._hear(sound_files.read(document.audio.body, content_type=document.audio.content_type))
        for verb in document.verbs:
            if verb.name == "Leave":
                raise _Leaves
            if verb.name == "Hangup":
                raise HungUp
            following = await self._perform(verb, document)
            if following is not None:
                return following
        return None

    async def _load(self, source: Source) -> Document:
        """Ask for a document, with what is known of the queue."""
        if isinstance(source, FetchDocument):
            told = self._queue.told(self._waiting, now_ms=self._carrier.clock.now_ms())
            source = FetchDocument(source.url, source.method, source.params + told)
        document = await documents.load(self._carrier, call=self._waiting.call, source=source)
        for verb in document.verbs:
            if verb.name not in WAIT_VERBS:
                raise TwimlError(12200, f"<{verb.name}> is not allowed while waiting: only {', '.join(WAIT_VERBS)}")
        return document
