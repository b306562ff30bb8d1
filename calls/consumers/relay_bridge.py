"""The running line of text of one call: the carrier's socket on one side, the text model on the other.

Everything that is decided is decided by `relay_session`; here is read, asked and performed. The twin of `bridge`.
"""

import asyncio
import time
from collections.abc import Awaitable
from typing import get_args

import structlog

from agents import floor
from calls import metrics
from calls.carrier import relay
from calls.consumers import hanging_up, opting_out, refusing
from calls.consumers.books import Account
from calls.consumers.bridge import HANG_UP_PATIENCE_S, BridgeFailed
from calls.consumers.carrier_line import Receive, Send
from calls.consumers.relay_model import RelayModel
from calls.consumers.supervisors import Supervisors
from calls.control import legs
from calls.intake import Conversation
from calls.lifecycle import EndedReason
from calls.models import Call
from calls.realtime.responses_wire import TextModel
from calls.tools import workshop
from calls.voice import effects as e
from calls.voice import messages as m
from calls.voice import relay_messages as r
from calls.voice.relay_session import RelaySession

TICK_S = 0.1
_TO_BOOKS = frozenset(get_args(e.ToBooks))

log = structlog.get_logger(__name__)


class RelayBridge:
    """One call's line of text; `run` returns why it ended."""

    def __init__(
        self,
        *,
        receive: Receive,
        send: Send,
        setup: relay.Setup,
        call: Call,
        conversation: Conversation,
        account: Account,
        greets: bool,
    ) -> None:
        assert conversation.text_door is not None
        self._receive, self._send, self._setup = receive, send, setup
        self._call, self.call_id, self._account = call, call.pk, account
        settings, door = conversation.settings, conversation.text_door
        self._granted = frozenset(tool["name"] for tool in settings.tools)
        languages = door.codes if door.languages else frozenset()
        self._session = RelaySession(conversation.plan, r.RelayPlan(greets=greets, languages=languages))
        text_model = TextModel(door.model, settings.instructions, (*settings.tools, *door.tools))
        self._model = RelayModel(text_model, self._take_from_model)
        self.supervisors = Supervisors(
            session=self._session,
            call=call,
            epoch=account.epoch,
            offset_ms=account.offset_ms,
            perform=self._perform,
            aside=self._aside,
        )
        self._to_send: asyncio.Queue[str] = asyncio.Queue()
        self._side_tasks: set[asyncio.Task[None]] = set()
        self._ended: asyncio.Future[m.EndReason] = asyncio.get_running_loop().create_future()
        self._began_at = time.monotonic()
        self._words_seq = 0

    async def run(self) -> m.EndReason:
        """Hold the conversation until it ends; the socket is closed by the caller of this."""
        self._session.begin()
        self._perform_now()
        jobs = (self._listen, self._speak, self._tick)
        tasks = [asyncio.create_task(self._guarded(job()), name=job.__name__) for job in jobs]
        try:
            return await self._ended
        finally:
            self.supervisors.close()
            for task in (*tasks, *self._side_tasks):
                task.cancel()
            await asyncio.gather(*tasks, *self._side_tasks, return_exceptions=True)
            await self._model.close()

    def listen(self) -> None:
        """Somebody would like to listen; a line of text has no sound."""

    async def hand_over(self, *, at_once: bool) -> None:
        """This process is to stop: end in the next pause, or now, so that another goes on with the call."""
        self._now()
        self._session.hand_over(at_once=at_once)
        self._perform_now()

    async def _guarded(self, job: Awaitable[None]) -> None:
        """A fault of ours ends this call with a reason, and touches no other."""
        try:
            await job
        except Exception:
            log.exception("line of text failed", call=self._call.pk)
            self._fail()

    def _fail(self) -> None:
        if not self._ended.done():
            self._ended.set_exception(BridgeFailed())

    def _now(self) -> None:
        self._session.at(int((time.monotonic() - self._began_at) * 1000))

    # --- reading ------------------------------------------------------------------------------------------------

    async def _listen(self) -> None:
        while not self._session.is_line_gone:
            message = await self._receive()
            self._now()
            if message["type"] == "websocket.receive":
                self._take_from_carrier(message.get("text") or "")
            else:
                is_clean = message.get("code") in (None, 1000, 1001, 1005)
                self._session.from_carrier(m.StreamStopped() if is_clean else m.StreamBroken(m.EndReason.STREAM_LOST))
            self._perform_now()

    def _take_from_carrier(self, text: str) -> None:
        try:
            decoded = relay.decode(text, is_set_up=True)
        except relay.Malformed as error:
            log.warning("line of text malformed", call=self._call.pk, what=str(error))
            decoded = m.StreamBroken(m.EndReason.STREAM_MALFORMED)
        if isinstance(decoded, relay.Skipped):
            metrics.STREAM_MESSAGES_SKIPPED.labels(decoded.kind).inc()
        elif not isinstance(decoded, relay.Setup):
            self._session.from_carrier(decoded)

    def _take_from_model(self, message: r.AnswerMessage) -> None:
        try:
            self._now()
            self._session.from_model(message)
            self._perform_now()
        except Exception:  # as in `_guarded`
            log.exception("line of text failed", call=self._call.pk)
            self._fail()

    async def _tick(self) -> None:
        while not self._session.is_line_gone:
            await asyncio.sleep(TICK_S)
            self._now()
            self._session.tick()
            self._perform_now()

    # --- performing ---------------------------------------------------------------------------------------------

    async def _perform(self) -> None:
        self._now()
        self._perform_now()

    def _perform_now(self) -> None:
        """Do what the session asks for, in its order."""
        for effect in self._session.effects():
            if type(effect) in _TO_BOOKS:
                self._account.put(effect)  # type: ignore[arg-type]
            else:
                self._do(effect)

    def _do(self, effect: r.RelayEffect) -> None:
        match effect:
            case r.Say() | r.SendDigits():
                self._to_send.put_nowait(relay.encode(effect))
            case r.Ask():
                self._model.ask(effect)
            case r.CancelAsk(answer_id):
                self._model.cancel(answer_id)
            case e.Words():
                self._say_to_floor(effect)
            case e.RunTool():
                self._aside(self._run_tool(effect))
            case e.RefuseRecording():
                self._aside(self._refuse_recording(effect))
            case e.OptOut():
                opting_out.whatever_happens(self._guarded(self._opt_out(effect)))
            case e.HangUp(reason):
                self._aside(self._hang_up(reason))
            case e.Ended(reason):
                if not self._ended.done():
                    self._ended.set_result(reason)

    async def _speak(self) -> None:
        """Send what is to be said, in its order. A carrier that is gone is noticed by whoever listens."""
        while True:
            text = await self._to_send.get()
            try:
                await self._send({"type": "websocket.send", "text": text})
            except (OSError, RuntimeError) as error:
                log.debug("socket was closed already", error=type(error).__name__)
                return

    def _aside(self, job: Awaitable[None]) -> None:
        task = asyncio.create_task(self._guarded(job))
        self._side_tasks.add(task)
        task.add_done_callback(self._side_tasks.discard)

    async def _run_tool(self, wanted: e.RunTool) -> None:
        answer = await workshop.run(
            call_id=wanted.call_id,
            name=wanted.name,
            arguments=wanted.arguments,
            call=self._call,
            epoch=self._account.epoch,
            granted=self._granted if not wanted.key else frozenset({wanted.name}),  # whoever bound the key granted it
        )
        self._now()
        self._session.from_tool(
            m.ToolFinished(
                wanted.call_id,
                answer.output,
                is_error=answer.is_error,
                hang_up=answer.hang_up,
                leaves_line=answer.leaves_line,
            )
        )
        self._perform_now()
        if answer.approval is not None:
            self.supervisors.await_decision(answer.approval)

    async def _refuse_recording(self, refusal: e.RefuseRecording) -> None:
        done = await refusing.refuse(call=self._call, leg_sid=self._setup.call_sid, refusal=refusal)
        self._now()
        self._session.recording_refused(done)
        self._perform_now()

    async def _opt_out(self, wish: e.OptOut) -> None:
        done = await opting_out.opt_out(call=self._call, wish=wish)
        if not self._ended.done():
            self._now()
            self._session.opted_out(done)
            self._perform_now()

    async def _hang_up(self, reason: m.EndReason) -> None:
        """Ask the carrier to release the line; if that does not end it, end it from our side."""
        try:
            await hanging_up.hang_up(
                call=self._call,
                reason=EndedReason(reason.value),
                epoch=self._account.epoch,
                leg_sid=self._setup.call_sid,
            )
            await asyncio.sleep(HANG_UP_PATIENCE_S)
        except legs.UnableToHangUp as error:
            log.warning("hang-up by closing the line of text", call=self._call.pk, why=str(error))
        if not self._ended.done():
            self._ended.set_result(reason)

    def _say_to_floor(self, words: e.Words) -> None:
        self._words_seq += 1
        party, item_id = words.party.value, words.item_id
        floor.heard(call=self._call.pk, seq=self._words_seq, party=party, item_id=item_id, text=words.text)
