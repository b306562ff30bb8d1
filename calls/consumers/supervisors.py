"""The supervisors' side of a running bridge: who listens, what the assistant is told, and decisions it waits for."""

import asyncio
from collections.abc import Awaitable, Callable

from channels.db import database_sync_to_async
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from calls.consumers import rewording
from calls.consumers.earshot import Earshot
from calls.consumers.sound_copy import SoundCopy
from calls.control.supervision import Untold
from calls.models import Call, ToolApproval
from calls.tools import workshop
from calls.tools.answer import ToolAnswer
from calls.voice import messages as m
from calls.voice.relay_session import RelaySession
from calls.voice.session import VoiceSession

# Word of a decision may get lost: the books are looked into this often.
LOOK_EVERY_S = 2.0


class Supervisors:
    """Those of one bridge. `perform` does what the session asks for; `aside` runs a job beside the audio."""

    def __init__(
        self,
        *,
        session: VoiceSession | RelaySession,
        call: Call,
        epoch: int,
        offset_ms: int,
        perform: Callable[[], Awaitable[None]],
        aside: Callable[[Awaitable[None]], None],
        reshape: rewording.Reshape,
    ) -> None:
        self._session, self._call, self._epoch, self._offset_ms = session, call, epoch, offset_ms
        self._perform, self._aside, self._reshape = perform, aside, reshape
        self._awaited: dict[int, asyncio.Event] = {}
        # None while nobody listens: all that a frame costs then is to see so.
        self.earshot: Earshot | None = None
        self._copy: SoundCopy | None = None

    def listen(self) -> None:
        """Somebody listens to this call for a few seconds from now."""
        if isinstance(self._session, RelaySession):
            return  # its sound is the carrier's alone
        if self._copy is None:
            self._copy = SoundCopy(call_id=self._call.pk, offset_ms=self._offset_ms)
            self.earshot = Earshot(self._session, self._copy.put)
        self._copy.ask()

    def hear(self, payload: str, at_ms: int) -> None:
        """One frame of the caller, for those who listen; the session must know it already."""
        assert self.earshot is not None
        assert self._copy is not None
        if self._copy.is_wanted:
            self.earshot.frame(payload, at_ms)
        else:
            self.close()

    def close(self) -> None:
        """Nobody listens any more."""
        if self._copy is not None:
            self._copy.close()
        self._copy = self.earshot = None

    def advise(self, advice: m.Advice) -> None:
        """Tell the assistant something."""
        self._aside(self._tell(advice))

    async def _tell(self, message: m.SupervisorMessage) -> None:
        self._session.from_supervisor(message)
        await self._perform()

    def take_up(self, left: Untold) -> None:
        """What the process before was told, or was to be told, and nobody knows whether it heard it."""
        for ref, text, aloud in left.advice:
            self._session.from_supervisor(m.Advice(ref, text, aloud=aloud))
        for approval_id in left.approvals:
            self.await_decision(approval_id)

    def swap_prompt(self) -> None:
        """The call has another prompt version in the books: go on with that."""
        self._aside(rewording.reword(call=self._call, reshape=self._reshape))

    # --- tools that wait ---

    def await_decision(self, approval_id: int) -> None:
        """A tool waits for a supervisor: carry it out when it is approved, and tell the model what came of it."""
        if approval_id not in self._awaited:
            self._awaited[approval_id] = asyncio.Event()
            self._aside(self._await_decision(approval_id))

    def decided(self, approval_id: int) -> None:
        """Somebody has decided: look at once."""
        if approval_id in self._awaited:
            self._awaited[approval_id].set()

    async def _await_decision(self, approval_id: int) -> None:
        ref = f"approval:{approval_id}"
        await self._tell(m.Awaited(ref))
        while (answer := await self._outcome(approval_id)) is None:
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._awaited[approval_id].wait()
            except TimeoutError:
                continue
            self._awaited[approval_id].clear()
        await self._tell(m.Decided(ref, answer.output, hang_up=answer.hang_up))

    async def _outcome(self, approval_id: int) -> ToolAnswer | None:
        try:
            tool = await database_sync_to_async(_decided_tool, thread_sensitive=False)(approval_id)
        except (DatabaseError, InterfaceError):
            return None
        if not tool:
            return None
        return await workshop.settle(approval_id=approval_id, tool=tool, call=self._call, epoch=self._epoch)


def _decided_tool(approval_id: int) -> str:
    """The name of a tool about which there is nothing to wait for any more; empty while there is."""
    approval = ToolApproval.objects.filter(pk=approval_id).first()
    is_due = approval is not None and (not approval.is_open or approval.expires_at <= timezone.now())
    return approval.tool if approval is not None and is_due else ""
