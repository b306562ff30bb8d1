"""A line to the model in the books: its call taken up, its beginning, its end."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from channels.db import database_sync_to_async
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from agents import floor
from calls import intake, journal, reactions
from calls.control import recording_consent, sidebands, supervision
from calls.control.supervision import Untold
from calls.intake import Conversation
from calls.lifecycle import CallFact
from calls.lifecycle.sideband import SidebandState, Verdict
from calls.models import Call, Sideband, TranscriptTurn

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Taken:
    """What is known of a call that is taken up here."""

    conversation: Conversation
    epoch: int
    leg_sid: str
    owed: list[str]
    known: list[str]
    left: Untold


async def in_books(job: Callable[..., Result], **arguments: Any) -> Result:
    """Ask the books, beside the event loop."""
    return await database_sync_to_async(job, thread_sensitive=False)(**arguments)


def take_up(*, line: Sideband) -> Taken | None:
    """Take the call, so that whoever had it may neither act for it nor write of it any more; None when it is over."""
    if line.call_id is None:
        return None
    now = timezone.now()
    call = Call.objects.select_related("prompt_version__assistant__department", "number").get(pk=line.call_id)
    if line.state != SidebandState.INCOMING:  # somebody had it: their last words, and that they had it, come first
        journal.adopt_orphans(within_s=0.5)
        line.refresh_from_db(fields=["state", "attached_at"])
    is_joined = line.attached_at is not None
    if sidebands.judge(call) is not Verdict.ACCEPT and not is_joined:
        return None
    owed = intake.owed_tools(call) if is_joined else []
    known = list(TranscriptTurn.objects.filter(call=call).values_list("item_id", flat=True)) if is_joined else []
    held = intake.on_line(
        call,
        is_resumed=line.is_resumption or is_joined,
        is_trunk=line.via == Sideband.Via.TRUNK,
        now=now,
    )
    if held is None:
        return None
    epoch, leg = call.fence(now=now), call.customer_leg()
    if is_joined and TranscriptTurn.broken_off(call=call):
        floor.changed("transcript", call.pk)
    line.call = call
    left = supervision.untold(call=call, now=now)
    return Taken(held, epoch, leg.leg_sid if leg is not None else "", owed, known, left)


def trunk_over(*, call: Call) -> None:
    """A call that came by a trunk is over: nobody else tells of it."""
    leg = call.customer_leg()
    if leg is not None:
        leg.report("completed", at=timezone.now(), source="model")


@journal.job
def note_opening(*, line_id: int, now: datetime) -> None:
    """Keep what the open socket proves: the caller is with the assistant."""
    line = Sideband.objects.select_related("call").get(pk=line_id)
    line.move(SidebandState.ACCEPTED, of={SidebandState.ACCEPTING}, decided_at=now)
    is_first = line.attached_at is None
    sidebands.opened(line=line, now=now)
    if is_first and not line.is_resumption and line.call is not None:
        recording_consent.stayed(call=line.call, now=now)


@journal.job
def close_books(*, line_id: int, reason: str, now: datetime) -> None:
    """Keep that the line is over, as far as its socket tells."""
    line = Sideband.objects.select_related("call").get(pk=line_id)
    sidebands.closed(line=line, reason=reason, now=now)
    if line.call is not None:
        TranscriptTurn.not_to_be_kept(call=line.call)
        reactions.after_call(CallFact.STREAM_CLOSED, line.call)


# What may go wrong with the books while a call is taken up: it is tried again by whoever claims it next.
BOOKS_AWAY = (DatabaseError, InterfaceError)
