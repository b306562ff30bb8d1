"""The running bridge of one call: the carrier's socket on one side, the model's on the other, the session between.

Everything that is decided is decided by the session; the bridge reads, asks, and performs. Two rules keep it sound.
What goes out in one direction goes out in the order it was decided, by one sender at a time. And audio that has not
left yet when a clear is decided does not leave any more.
"""

import asyncio
import time
from collections.abc import Callable
from typing import get_args

import structlog

from calls import metrics
from calls.carrier import media_stream
from calls.consumers import answered_by, model_news, rewording
from calls.consumers.books import Account
from calls.consumers.carrier_line import CarrierLine, Line
from calls.consumers.errands import Errands
from calls.consumers.model_line import ModelLine
from calls.consumers.supervisors import Supervisors
from calls.intake import Conversation
from calls.models import Call
from calls.realtime import session_config, wire
from calls.realtime.client import RealtimeClient
from calls.voice import effects as e
from calls.voice import messages as m
from calls.voice.session import VoiceSession

# A carrier's socket that is open but brings nothing for this long is dead: frames come 50 times a second.
CARRIER_PATIENCE_S = 10.0
# A caller who is gone leaves words that are still being transcribed; they are waited for this long.
LAST_WORDS_S = 2.0

_TO_MODEL = frozenset((*get_args(e.ToModel), *get_args(e.ToModelLine)))
_TO_CARRIER = frozenset(get_args(e.ToCarrier))
_TO_BOOKS = frozenset(get_args(e.ToBooks))

log = structlog.get_logger(__name__)


class BridgeFailed(Exception):
    """A fault of ours in the bridge; the details are in the log."""


class Bridge:
    """One call's bridge; `run` returns why it ended."""

    def __init__(
        self,
        *,
        line: Line,
        call: Call,
        conversation: Conversation,
        model: "asyncio.Task[RealtimeClient]",
        account: Account,
    ) -> None:
        self._line = line
        self._call = call
        self.call_id = call.pk
        self._account = account
        self._session = VoiceSession(conversation.plan)
        self._model = ModelLine(
            settings=conversation.settings,
            listening=session_config.listening(conversation.settings),
            opening=model,
            take=self._take_from_model,
            take_now=self._take_from_model_now,
        )
        self._carrier = CarrierLine(line)
        self._ended: asyncio.Future[m.EndReason] = asyncio.get_running_loop().create_future()
        self._errands = Errands(
            call=call,
            epoch=account.epoch,
            granted=frozenset(tool["name"] for tool in conversation.settings.tools),
            session=self._session,
            tell=self._tell,
            fail=self._fail,
            ended=self._ended,
        )
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
        self._heard_carrier_at = self._framed_at = time.monotonic()

    async def run(self, start: m.StreamStarted) -> m.EndReason:
        """Hold the conversation until it ends; both sockets are closed by the caller and by us afterwards."""
        self._errands.leg_sid = start.call_sid
        self._session.from_carrier(start)
        self._errands.aside(
            rewording.look_up(call=self._call, conversation=self._conversation, reshape=self._model.reshape)
        )
        jobs = (self._listen_to_carrier, self._watch)
        tasks = [asyncio.create_task(self._errands.guarded(job()), name=job.__name__) for job in jobs]
        try:
            return await self._ended
        finally:
            if self._line.lane is not None:
                self._line.lane.listen(_ignore)
            self._carrier.close()
            self.supervisors.close()
            await self._errands.stop(*tasks)
            await self._model.close()

    def listen(self) -> None:
        """Somebody listens to this call for a few seconds from now."""
        self.supervisors.listen()

    async def hand_over(self, *, at_once: bool) -> None:
        """This process is to stop: end in the next pause, or now, so that another goes on with the call."""
        self._session.hand_over(at_once=at_once)
        await self._perform()

    def _fail(self) -> None:
        if not self._ended.done():
            self._ended.set_exception(BridgeFailed())

    # --- reading ------------------------------------------------------------------------------------------------

    async def _listen_to_carrier(self) -> None:
        receive, session, model, stream_sid = self._line.receive, self._session, self._model, self._line.stream_sid
        frame_of, monotonic, supervisors = media_stream.frame, time.monotonic, self.supervisors
        if self._line.lane is not None:
            self._line.lane.listen(self._take_text)
        while not session.is_line_gone:
            message = await receive()
            self._heard_carrier_at = monotonic()
            text = message.get("text")
            frame = frame_of(text, stream_sid) if text else None
            if frame is not None:
                self._framed_at = self._heard_carrier_at
                is_plain = session.frame(*frame)
                if supervisors.earshot is not None:
                    supervisors.hear(session.passed, frame[1])
                if is_plain:
                    model.append(frame[0])
                    continue
            elif message["type"] != "websocket.receive":
                is_clean = message.get("code") in (None, 1000, 1001, 1005)
                session.from_carrier(m.StreamStopped() if is_clean else m.StreamBroken(m.EndReason.STREAM_LOST))
            else:
                self._take_from_carrier(text or "")
            await self._perform()

    def _take_text(self, text: str) -> None:
        """The same for a text of the fast lane, in the turn of the event loop in which it came."""
        session = self._session
        if session.is_line_gone:
            return
        try:
            self._heard_carrier_at = time.monotonic()
            frame = media_stream.frame(text, self._line.stream_sid)
            if frame is not None:
                self._framed_at = self._heard_carrier_at
                is_plain = session.frame(*frame)
                if self.supervisors.earshot is not None:
                    self.supervisors.hear(session.passed, frame[1])
                if is_plain:
                    self._model.append(frame[0])
                    return
            else:
                self._take_from_carrier(text)
            self._perform_now()
        except Exception:  # as in `guarded`
            log.exception("bridge failed", call=self._call.pk)
            self._fail()

    def _take_from_carrier(self, text: str) -> None:
        """Anything but a frame in its usual spelling."""
        try:
            decoded = media_stream.decode(text, stream_sid=self._line.stream_sid)
        except media_stream.Malformed as error:
            log.warning("stream malformed", call=self._call.pk, what=str(error))
            decoded = m.StreamBroken(m.EndReason.STREAM_MALFORMED)
        if isinstance(decoded, media_stream.Skipped | media_stream.Connected):
            metrics.STREAM_MESSAGES_SKIPPED.labels(getattr(decoded, "kind", "connected")).inc()
            return
        if type(decoded) is m.CallerAudio:
            self._framed_at = self._heard_carrier_at
        else:
            self._carry_clock_on()
        self._session.from_carrier(decoded)

    async def _take_from_model(self, messages: list[wire.Decoded]) -> None:
        await self._errands.guarded(self._hear_and_perform(messages))

    async def _hear_and_perform(self, messages: list[wire.Decoded]) -> None:
        self._hear(messages)
        await self._perform()

    def _take_from_model_now(self, messages: list[wire.Decoded]) -> None:
        try:
            self._hear(messages)
            self._perform_now()
        except Exception:  # as in `guarded`
            log.exception("bridge failed", call=self._call.pk)
            self._fail()

    def _hear(self, messages: list[wire.Decoded]) -> None:
        self._carry_clock_on()
        for message in model_news.for_session(messages):
            self._session.from_model(message)

    def _carry_clock_on(self) -> None:
        """Frames come every 20 ms; what happens between two of them happens between their times."""
        self._session.since_frame((time.monotonic() - self._framed_at) * 1000)

    async def _watch(self) -> None:
        while not self._session.is_line_gone:
            await asyncio.sleep(1.0)
            if time.monotonic() - self._heard_carrier_at > CARRIER_PATIENCE_S:
                self._session.from_carrier(m.StreamBroken(m.EndReason.STREAM_LOST))
                await self._perform()

    # --- performing ---------------------------------------------------------------------------------------------

    async def _perform(self) -> None:
        """Do what the session asks for, in its order; returns when the carrier has taken its part."""
        self._do_all()
        await self._carrier.flush()

    def _perform_now(self) -> None:
        """The same without waiting for the carrier."""
        self._do_all()
        self._carrier.flush_now()

    def _do_all(self) -> None:
        for effect in self._session.effects():
            kind = type(effect)
            if kind in _TO_MODEL:
                self._model.put(effect)  # type: ignore[arg-type]
            elif kind in _TO_CARRIER:
                self._carrier.put(effect)  # type: ignore[arg-type]
                if self.supervisors.earshot is not None:
                    self.supervisors.earshot.sent(effect)  # type: ignore[arg-type]
            elif kind in _TO_BOOKS:
                self._account.put(effect)  # type: ignore[arg-type]
            elif not self._errands.do(effect):
                self._do(effect)

    def _do(self, effect: e.Effect) -> None:
        match effect:
            case e.MachineHeard(how):
                self._errands.aside(answered_by.machine(call=self._call, how=how))
            case e.OpenModel(after_ms):
                self._model.open(after_ms)
            case e.OpenSpare():
                self._model.open_spare()
            case e.HangUp(reason):
                self._errands.aside(self._hang_up(reason))
            case e.Linger():
                self._errands.aside(self._linger())

    async def _tell(self, hears: Callable[[], None]) -> None:
        hears()
        await self._perform()

    async def _hang_up(self, reason: m.EndReason) -> None:
        """If the carrier does not end the stream, it is ended from our side."""
        await self._errands.release(reason)
        self._errands.finish(reason)

    async def _linger(self) -> None:
        await asyncio.sleep(LAST_WORDS_S)
        self._session.time_is_up()
        await self._perform()


def _ignore(_: str) -> None:
    """What the carrier still says when the conversation has ended."""
