"""The running line of text of one call: the carrier's socket on one side, the text model on the other.

Everything that is decided is decided by `relay_session`; here is read, asked and performed. The twin of `bridge`.
"""

import asyncio
import time
from collections.abc import Callable
from typing import get_args

import structlog

from calls import metrics
from calls.carrier import relay
from calls.consumers import rewording
from calls.consumers.books import Account
from calls.consumers.bridge import BridgeFailed
from calls.consumers.carrier_line import Receive, Send
from calls.consumers.errands import Errands
from calls.consumers.relay_model import RelayModel
from calls.consumers.supervisors import Supervisors
from calls.intake import Conversation
from calls.models import Call
from calls.realtime.responses_wire import TextModel
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
        self._receive, self._send = receive, send
        self._call, self.call_id, self._account = call, call.pk, account
        settings, door = conversation.settings, conversation.text_door
        languages = door.codes if door.languages else frozenset()
        self._session = RelaySession(conversation.plan, r.RelayPlan(greets=greets, languages=languages))
        text_model = TextModel(door.model, settings.instructions, (*settings.tools, *door.tools))
        self._model = RelayModel(text_model, self._take_from_model)
        self._ended: asyncio.Future[m.EndReason] = asyncio.get_running_loop().create_future()
        self._errands = Errands(
            call=call,
            epoch=account.epoch,
            granted=frozenset(tool["name"] for tool in settings.tools),
            session=self._session,
            tell=self._tell,
            fail=self._fail,
            ended=self._ended,
        )
        self._errands.leg_sid = setup.call_sid
        self.supervisors = Supervisors(
            session=self._session,
            call=call,
            epoch=account.epoch,
            offset_ms=account.offset_ms,
            perform=self._perform,
            aside=self._errands.aside,
            reshape=self._model.reshape,
        )
        self._errands.await_decision = self.supervisors.await_decision
        self._conversation = conversation
        self._to_send: asyncio.Queue[str] = asyncio.Queue()
        self._began_at = time.monotonic()

    async def run(self) -> m.EndReason:
        """Hold the conversation until it ends; the socket is closed by the caller of this."""
        self._session.begin()
        self._perform_now()
        self._errands.aside(
            rewording.look_up(call=self._call, conversation=self._conversation, reshape=self._model.reshape)
        )
        jobs = (self._listen, self._speak, self._tick)
        tasks = [asyncio.create_task(self._errands.guarded(job()), name=job.__name__) for job in jobs]
        try:
            return await self._ended
        finally:
            self.supervisors.close()
            await self._errands.stop(*tasks)
            await self._model.close()

    def listen(self) -> None:
        """Somebody would like to listen; a line of text has no sound."""

    async def hand_over(self, *, at_once: bool) -> None:
        """This process is to stop: end in the next pause, or now, so that another goes on with the call."""
        self._now()
        self._session.hand_over(at_once=at_once)
        self._perform_now()

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
        except Exception:  # as in `guarded`
            log.exception("bridge failed", call=self._call.pk)
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

    async def _tell(self, hears: Callable[[], None]) -> None:
        self._now()
        hears()
        self._perform_now()

    def _perform_now(self) -> None:
        """Do what the session asks for, in its order."""
        for effect in self._session.effects():
            if type(effect) in _TO_BOOKS:
                self._account.put(effect)  # type: ignore[arg-type]
            elif not self._errands.do(effect):
                self._do(effect)

    def _do(self, effect: r.RelayEffect) -> None:
        match effect:
            case r.Say() | r.SendDigits():
                self._to_send.put_nowait(relay.encode(effect))
            case r.Ask():
                self._model.ask(effect)
            case r.CancelAsk(answer_id):
                self._model.cancel(answer_id)
            case e.HangUp(reason):
                self._errands.aside(self._hang_up(reason))

    async def _speak(self) -> None:
        """Send what is to be said, in its order. A carrier that is gone is noticed by whoever listens."""
        while True:
            text = await self._to_send.get()
            try:
                await self._send({"type": "websocket.send", "text": text})
            except (OSError, RuntimeError) as error:
                log.debug("socket was closed already", error=type(error).__name__)
                return

    async def _hang_up(self, reason: m.EndReason) -> None:
        """If the carrier does not end the line, it is ended from our side."""
        await self._errands.release(reason)
        self._errands.finish(reason)
