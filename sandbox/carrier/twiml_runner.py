"""Running a call's TwiML: one document after the other, verb by verb, until the call ends or a command replaces it.

An error in fetching, reading or running a document asks the fallback URL, once, with ErrorCode and ErrorUrl; without
one, or when that fails too, the caller hears that the application failed and the call ends.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

from sandbox.carrier import documents, progress, sound_files, verbs
from sandbox.carrier.state import Call, Carrier, FetchDocument, HangUp, Replace, Source, VerbRun
from sandbox.carrier.twiml import Element, TwimlError
from sandbox.carrier.verbs import End, Flow
from sandbox.carrier.webhooks import WebhookFailed

APPLICATION_ERROR = "We are sorry, an application error has occurred. Goodbye."
_MOST_DOCUMENTS_IN_A_ROW = 100
_TAKES_TIME_MS = 20


class Runner:
    """The flow of one call from its first document to its end."""

    def __init__(self, carrier: Carrier, call: Call) -> None:
        self._carrier, self._call = carrier, call
        self._in_a_row = 0  # documents since the last verb that took time

    async def run(self, source: Source) -> HangUp:
        """Run documents until something ends the call; commands (hang-up, replacement) win over the present verb."""
        while True:
            work = asyncio.create_task(self._run_document(source))
            command = asyncio.create_task(self._call.commands.get())
            try:
                await asyncio.wait({work, command}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                if command.done():
                    self._call.command = command.result()
                for task in (work, command):
                    if not task.done():
                        task.cancel()
                        await asyncio.wait({task})
            if not command.cancelled():
                match command.result():
                    case Replace(source=source):
                        progress.answer(self._carrier, self._call)
                        continue
                    case HangUp() as hang_up:
                        return hang_up
            match work.result():
                case End(status):
                    return HangUp(status=status, by="application")
                case following:
                    source = following

    async def _run_document(self, source: Source) -> Source | End:
        try:
            return await self._run_verbs(source)
        except (TwimlError, WebhookFailed) as error:
            url = source.url if isinstance(source, FetchDocument) else ""
            self._carrier.ledger.add("error", call_sid=self._call.sid, code=error.code, message=str(error), url=url)
            fallback = self._call.fallback
            if fallback and not _is_fallback(source):
                params = (("ErrorCode", str(error.code)), ("ErrorUrl", url))
                return FetchDocument(fallback.url, fallback.method, params)
        progress.answer(self._carrier, self._call)
        apology = verbs.say(self._carrier, self._call, APPLICATION_ERROR)
        await self._traced(Element("application error", {}, APPLICATION_ERROR, ()), apology)
        return End()

    async def _run_verbs(self, source: Source) -> Source | End:
        self._check_pace()
        document = await documents.load(self._carrier, call=self._call, source=source)
        if document.audio:
            progress.answer(self._carrier, self._call)
            sound = sound_files.read(document.audio.body, content_type=document.audio.content_type)
            await verbs.play(self._carrier, self._call, sound)
        for element in document.verbs:
            work = verbs.run(self._carrier, call=self._call, element=element, document=document)
            flow = await self._traced(element, work)
            if flow is not None:
                return flow
        progress.answer(self._carrier, self._call)
        return End()

    async def _traced(self, element: Element, work: Coroutine[Any, Any, Flow]) -> Flow:
        clock = self._carrier.clock
        traced = VerbRun(element.name, _summary(element), clock.now_ms())
        self._call.verbs.append(traced)
        self._carrier.announce()
        try:
            flow = await work
            traced.outcome = "done"
            return flow
        except asyncio.CancelledError:
            traced.outcome = "interrupted"
            raise
        except (TwimlError, WebhookFailed) as error:
            traced.outcome = f"error {error.code}"
            raise
        finally:
            traced.ended_at_ms = clock.now_ms()
            if traced.ended_at_ms - traced.started_at_ms >= _TAKES_TIME_MS:
                self._in_a_row = 0
            self._carrier.announce()

    def _check_pace(self) -> None:
        """Documents that only lead to each other are cut off like any other loop."""
        self._in_a_row += 1
        if self._in_a_row > _MOST_DOCUMENTS_IN_A_ROW:
            raise TwimlError(11215, "too many redirects: the documents of this call only lead to each other")


def _is_fallback(source: Source) -> bool:
    return isinstance(source, FetchDocument) and any(name == "ErrorCode" for name, _ in source.params)


def _summary(element: Element) -> str:
    """What a reader of the call's log wants to see of a verb."""
    noun = element.children[0] if element.children else element
    return element.text or noun.text or noun.get("url") or noun.get("reason") or noun.get("length")
