"""What a session asks for beside its line: tools, the wishes the law is about, words for the floor, the release.

One of each call, by whatever door it came. A job beside the line that fails ends this call with a reason, and touches
no other.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import structlog

from agents import floor
from calls.consumers import hanging_up, opting_out, refusing
from calls.control import legs
from calls.lifecycle import EndedReason
from calls.models import Call
from calls.tools import workshop
from calls.voice import effects as e
from calls.voice import messages as m

# After we asked for the hang-up, the carrier ends the line; if not, we do.
HANG_UP_PATIENCE_S = 5.0

log = structlog.get_logger(__name__)


class Session(Protocol):
    """Who is told what came of it."""

    def from_tool(self, result: m.ToolFinished) -> None:
        """A tool has answered."""

    def recording_refused(self, refused: m.RecordingRefused) -> None:
        """A `RefuseRecording` is carried out."""

    def opted_out(self, done: m.OptedOut) -> None:
        """An `OptOut` is carried out."""


class Errands:
    """Those of one call. `tell` has the session hear something, on its clock, and does what it asks for next.

    `fail`: there was a fault of ours; it must end `ended`. `await_decision` is told that a tool waits for a supervisor.
    """

    def __init__(
        self,
        *,
        call: Call,
        epoch: int,
        granted: frozenset[str],
        session: Session,
        tell: Callable[[Callable[[], None]], Awaitable[None]],
        fail: Callable[[], None],
        ended: "asyncio.Future[m.EndReason]",
    ) -> None:
        self._call, self._epoch, self._granted = call, epoch, granted
        self.leg_sid = ""  # the caller's own, as soon as it is known
        self._session, self._tell, self._fail, self._ended = session, tell, fail, ended
        self.await_decision: Callable[[int], None] = lambda _: None
        self._jobs: set[asyncio.Task[None]] = set()
        self._words_seq = 0

    def do(self, effect: Any) -> bool:
        """Run this errand; False when it is none."""
        match effect:
            case e.Words(party, item_id, text):
                self._words_seq += 1
                floor.heard(call=self._call.pk, seq=self._words_seq, party=party.value, item_id=item_id, text=text)
            case e.RunTool():
                self.aside(self._run_tool(effect))
            case e.RefuseRecording():
                self.aside(self._refuse_recording(effect))
            case e.OptOut():
                opting_out.whatever_happens(self.guarded(self._opt_out(effect)))
            case e.Ended(reason):
                self.finish(reason)
            case _:
                return False
        return True

    def finish(self, reason: m.EndReason) -> None:
        """The conversation is over here; the first reason counts."""
        if not self._ended.done():
            self._ended.set_result(reason)

    def aside(self, job: Awaitable[None]) -> None:
        """Run a job beside the line."""
        task = asyncio.create_task(self.guarded(job))
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)

    async def guarded(self, job: Awaitable[None]) -> None:
        """A fault of ours ends this call with a reason, and touches no other."""
        try:
            await job
        except Exception:  # whatever it is, the others' calls go on
            log.exception("bridge failed", call=self._call.pk)
            self._fail()

    async def stop(self, *others: "asyncio.Task[None]") -> None:
        """End every job, and these as well; returns when they are over."""
        tasks = (*others, *self._jobs)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def release(self, reason: m.EndReason) -> None:
        """Ask the carrier to release the line, and give it time to; then whoever asks ends it from our side."""
        ended = EndedReason(reason.value)
        try:
            await hanging_up.hang_up(call=self._call, reason=ended, epoch=self._epoch, leg_sid=self.leg_sid)
            await asyncio.sleep(HANG_UP_PATIENCE_S)
        except legs.UnableToHangUp as error:
            log.warning("hang-up from our side", call=self._call.pk, why=str(error))

    async def _run_tool(self, wanted: e.RunTool) -> None:
        answer = await workshop.run(
            call_id=wanted.call_id,
            name=wanted.name,
            arguments=wanted.arguments,
            call=self._call,
            epoch=self._epoch,
            granted=self._granted if not wanted.key else frozenset({wanted.name}),  # whoever bound the key granted it
        )
        result = m.ToolFinished(
            wanted.call_id,
            answer.output,
            is_error=answer.is_error,
            hang_up=answer.hang_up,
            leaves_line=answer.leaves_line,
        )
        await self._tell(lambda: self._session.from_tool(result))
        if answer.approval is not None:
            self.await_decision(answer.approval)

    async def _refuse_recording(self, refusal: e.RefuseRecording) -> None:
        done = await refusing.refuse(call=self._call, leg_sid=self.leg_sid, refusal=refusal)
        await self._tell(lambda: self._session.recording_refused(done))

    async def _opt_out(self, wish: e.OptOut) -> None:
        done = await opting_out.opt_out(call=self._call, wish=wish)
        if not self._ended.done():
            await self._tell(lambda: self._session.opted_out(done))
