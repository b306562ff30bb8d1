"""What a line to an assistant leaves in the books when it opens and when it ends, whether it carries sound or text."""

from datetime import datetime

import structlog

from agents import floor
from calls import intake, journal, reactions
from calls.consumers.asking import in_turn
from calls.consumers.books import Account
from calls.consumers.carrier_line import Send
from calls.control import recording_consent, supervision
from calls.control.copies import OPENING_ITEM
from calls.control.supervision import Untold
from calls.intake import Conversation, Opening
from calls.lifecycle import CallFact, EndedReason, LegStatus, Phase
from calls.models import Call, Stream, TranscriptTurn
from calls.voice import effects as e
from calls.voice import messages as m

# The caller is waiting for what follows, so the books are not waited for long.
BOOKS_LIMIT_S = 0.15

log = structlog.get_logger(__name__)


@journal.job
def note_opening(*, stream_id: int, now: datetime) -> None:
    """Keep what an open stream proves: the line is up."""
    stream = Stream.with_call(stream_id)
    leg = stream.call.customer_leg()
    if leg is not None:
        leg.report(LegStatus.IN_PROGRESS, at=now, source="carrier")
    stream.call.advance(
        CallFact.STREAM_OPENED, at=now, source="carrier", key=f"opened:{stream.pk}", stream_sid=stream.stream_sid
    )
    if not stream.is_resumption:
        recording_consent.stayed(call=stream.call, now=now)


def _go_on(call: Call, *, now: datetime, warmed: Conversation | None = None) -> tuple[Conversation | None, Untold]:
    """Take a conversation up, with what supervisors have for it; what its last process left half said stays so."""
    conversation = intake.taken_up(call, now=now, as_read=None if warmed is None else warmed.as_read)
    if TranscriptTurn.left_half_said(call):
        floor.changed("transcript", call.pk)
    return conversation, supervision.untold(call=call, now=now)


taken_up = in_turn(_go_on)


def note_opening_words(account: Account, opening: Opening) -> None:
    """The carrier reached the stream, so it has spoken the words before it."""
    started_ms = min(opening.from_ms - account.offset_ms, 0)
    ended_ms = max(-opening.wait_ms, started_ms)
    spoken = e.TurnSpoken(m.Party.ASSISTANT, OPENING_ITEM, started_ms=started_ms, ended_ms=ended_ms, text=opening.text)
    account.put(spoken)


@journal.job
def close_books(*, stream_id: int, reason: str, now: datetime) -> None:
    """Keep that the line is over, and why, as far as that ends the call."""
    stream = Stream.with_call(stream_id)
    call = stream.call
    stream.close(reason=reason, now=now)
    # A call that goes on elsewhere, on another stream or with a person, has not ended because of this one.
    is_sent_on = reason == EndedReason.CALLER_HUNG_UP and call.phase not in (Phase.WITH_ASSISTANT, Phase.CLOSED)
    says_why = reason in set(EndedReason) and stream.is_last and not is_sent_on
    ended = EndedReason(reason) if says_why else EndedReason.UNKNOWN
    call.advance(CallFact.STREAM_CLOSED, at=now, source="carrier", key=f"closed:{stream.pk}", reason=ended, why=reason)
    TranscriptTurn.not_to_be_kept(call=call)  # words on their way into the books when the caller refused
    reactions.after_call(CallFact.STREAM_CLOSED, call)


async def close(send: Send, code: int, *, reason: str = "") -> None:
    """Close the socket; a peer that is gone already is no news."""
    try:
        await send({"type": "websocket.close", "code": code} | ({"reason": reason} if reason else {}))
    except (OSError, RuntimeError) as error:
        log.debug("socket was closed already", error=type(error).__name__)


def ms_between(earlier: datetime, later: datetime | None) -> int:
    """How much later, in milliseconds."""
    return int((later - earlier).total_seconds() * 1000) if later is not None else 0
