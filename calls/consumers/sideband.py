"""One call by SIP: let in or turned away, then led over the model's control socket until its line is over.

Everything that is decided in the conversation is decided by the session; here it is asked, and performed. The model's
session lives with the line, not with this socket: should this process die, another joins it where it is.
"""

import asyncio
import time
from collections.abc import Callable
from typing import get_args

import structlog
from django.utils import timezone

from calls import journal, metrics
from calls.consumers import admission, model_news, rewording
from calls.consumers.books import Account
from calls.consumers.errands import Errands
from calls.consumers.line_books import Taken, close_books, in_books, note_opening, take_up
from calls.consumers.supervisors import Supervisors
from calls.control.copies import OPENING_ITEM
from calls.lifecycle import EndedReason
from calls.lifecycle.sideband import Verdict
from calls.models import Sideband
from calls.realtime import session_config, wire
from calls.realtime.client import ModelUnavailable, RealtimeClient
from calls.realtime.session_config import SessionSettings
from calls.voice import effects as e
from calls.voice import messages as m
from calls.voice.sideband_session import SidebandSession

TICK_S = 0.1
LAST_WORDS_S = 1.0
# Ends after which the line is let go at the model's side, so that whoever is on it is served elsewhere.
_LET_GO = frozenset({m.EndReason.MODEL_LOST, m.EndReason.MODEL_UNREACHABLE, m.EndReason.GAVE_WAY})

_TO_MODEL = frozenset(get_args(e.ToModel))
_TO_BOOKS = frozenset(get_args(e.ToBooks))
log = structlog.get_logger(__name__)


class SidebandCall:
    """The call of one line, from the moment this process looks after it."""

    def __init__(self, line: Sideband) -> None:
        self.line = line
        self.call_id = line.call_id or 0
        self._client: RealtimeClient | None = None
        self._session: SidebandSession | None = None
        self.supervisors: Supervisors | None = None
        self._reader: asyncio.Task[None] | None = None
        self._ended: asyncio.Future[m.EndReason] = asyncio.get_running_loop().create_future()
        self._began = time.monotonic()

    # --- from outside ---

    def line_over(self) -> None:
        """The books say that this line is over."""
        if self._session is not None:
            self._session.line_over()
            self._perform()
        else:
            self._finish(m.EndReason.CARRIER_STOPPED)

    def leave(self) -> None:
        """This process is to stop, or another looks after the call: leave it as it is."""
        if self._session is not None:
            self._session.hand_over(at_once=True)
            self._perform()
        self._finish(m.EndReason.HANDED_OVER)

    # --- its life ---

    async def run(self) -> None:
        """Until the line is over, or not ours any more."""
        line = self.line
        if line.verdict:
            await admission.turn_away(line, Verdict(line.verdict))
            return
        taken = await in_books(take_up, line=line)
        if taken is None:
            await admission.turn_away(line, Verdict.DECLINE)
            return
        if why := await admission.let_in(line, taken.conversation.settings):
            if why != admission.ELSEWHERE:
                await self._close(why)
            return
        client = await admission.join(line)
        if client is None:
            await admission.let_go(line)
            await self._close(EndedReason.MODEL_UNREACHABLE)
            return
        reason = await self._lead(client, taken)
        if reason is m.EndReason.HANDED_OVER:
            return
        if reason in _LET_GO:
            await admission.let_go(line)
        await self._close(reason.value)

    async def _close(self, reason: str) -> None:
        journal.soon(close_books, line_id=self.line.pk, reason=str(reason), now=timezone.now())
        await journal.settled()

    # --- the conversation ---

    async def _lead(self, client: RealtimeClient, taken: Taken) -> m.EndReason:
        call, is_joined = self.line.call, self.line.attached_at is not None
        assert call is not None, "who is let in has a call"
        now = timezone.now()
        offset_ms = int((now - call.started_at).total_seconds() * 1000)
        settings = taken.conversation.settings
        self._account = Account(
            call.pk, taken.epoch, call.started_at, offset_ms, settings.model, settings.transcription_model
        )
        self._taken, self._call = taken, call
        self._settings, self._listening = settings, session_config.listening(settings)
        self._session = session = SidebandSession(
            taken.conversation.plan, is_joined=is_joined, owed=taken.owed, known=taken.known
        )
        self._began = time.monotonic()
        self._errands = errands = Errands(
            call=call,
            epoch=taken.epoch,
            granted=frozenset(tool["name"] for tool in settings.tools),
            session=session,
            tell=self._tell,
            fail=lambda: self._finish(m.EndReason.MODEL_LOST),  # so that whoever is on the line is served elsewhere
            ended=self._ended,
        )
        errands.leg_sid = taken.leg_sid
        self.supervisors = Supervisors(
            session=session,
            call=call,
            epoch=taken.epoch,
            offset_ms=offset_ms,
            perform=self._performed,
            aside=errands.aside,
            reshape=self._reshape,
        )
        errands.await_decision = self.supervisors.await_decision
        journal.soon(note_opening, line_id=self.line.pk, now=now)
        if not is_joined and not self.line.is_resumption:
            self._note_opening_words()
        self._begin_reading(client)
        self.supervisors.take_up(taken.left)
        errands.aside(rewording.look_up(call=call, conversation=taken.conversation, reshape=self._reshape))
        ticking = asyncio.create_task(errands.guarded(self._tick()), name="sideband clock")
        try:
            with metrics.SIDEBANDS_OPEN.track_inprogress(), structlog.contextvars.bound_contextvars(call=call.pk):
                return await self._ended
        finally:
            self.supervisors.close()
            await errands.stop(ticking, *([self._reader] if self._reader else []))
            if self._client is not None:
                await self._client.close()

    def _note_opening_words(self) -> None:
        """The carrier has connected the line, so it has spoken the words before it."""
        opening = self._taken.conversation.opening
        if opening is not None:
            started_ms = min(opening.from_ms - self._account.offset_ms, 0)
            ended_ms = max(-opening.wait_ms, started_ms)
            self._account.put(e.TurnSpoken(m.Party.ASSISTANT, OPENING_ITEM, started_ms, ended_ms, opening.text))

    def _begin_reading(self, client: RealtimeClient) -> None:
        self._client = client
        self._reader = asyncio.create_task(self._errands.guarded(self._read(client)), name="sideband")

    async def _read(self, client: RealtimeClient) -> None:
        self._hear([m.ModelReady(client.left_ms())])
        async for events in client:
            self._hear([message for event in events for message in wire.decode_on_line(event)])
        await client.close()
        if self._client is client:
            self._client = None
            self._hear([m.ModelLost()])

    def _hear(self, messages: list[wire.Decoded]) -> None:
        session = self._session
        assert session is not None
        session.tick(self._now_ms())
        for message in model_news.for_session(messages):
            session.from_model(message)
        self._perform()

    def _now_ms(self) -> int:
        return int((time.monotonic() - self._began) * 1000)

    async def _tick(self) -> None:
        assert self._session is not None
        while not self._ended.done():
            await asyncio.sleep(TICK_S)
            self._session.tick(self._now_ms())
            self._perform()

    async def _join_again(self, after_ms: int) -> None:
        await asyncio.sleep(after_ms / 1000)
        old, self._client = self._client, None
        if old is not None:
            await old.close()
        assert self._session is not None
        try:
            client = await RealtimeClient.attach(self.line.model_call_id or "")
        except ModelUnavailable as error:
            if error.is_permanent:
                self._session.line_over()
                self._perform()
            else:
                self._hear([m.ModelLost(unreachable=True)])
            return
        self._begin_reading(client)

    def _reshape(self, settings: SessionSettings) -> None:
        before, self._settings = self._settings, settings
        if self._client is not None:
            self._client.send(session_config.changed(settings, before=before))

    # --- performing ---

    async def _performed(self) -> None:
        self._perform()

    async def _tell(self, hears: Callable[[], None]) -> None:
        hears()
        self._perform()

    def _perform(self) -> None:
        assert self._session is not None
        for effect in self._session.effects():
            kind = type(effect)
            if kind in _TO_MODEL:
                if self._client is not None:
                    self._client.send(wire.encode(effect, listening=self._listening))  # type: ignore[arg-type]
            elif kind in _TO_BOOKS:
                self._account.put(effect)  # type: ignore[arg-type]
            elif not self._errands.do(effect):
                self._do(effect)

    def _do(self, effect: e.Effect) -> None:
        match effect:
            case e.OpenModel(after_ms):
                self._errands.aside(self._join_again(after_ms))
            case e.SpeakLanguage(language):  # the voice of a line that speaks is locked
                self._reshape(session_config.in_language(self._settings, language))
            case e.HangUp(reason):
                self._errands.aside(self._hang_up(reason))
            case e.Linger():
                self._errands.aside(self._linger())

    def _finish(self, reason: m.EndReason) -> None:
        if not self._ended.done():
            self._ended.set_result(reason)

    async def _hang_up(self, reason: m.EndReason) -> None:
        """If the carrier does not end the line, it is ended at the model's side."""
        await self._errands.release(reason)
        await admission.let_go(self.line)
        self._finish(reason)

    async def _linger(self) -> None:
        await asyncio.sleep(LAST_WORDS_S)
        assert self._session is not None
        self._session.time_is_up()
        self._perform()
