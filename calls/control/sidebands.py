"""Lines to the model by SIP, in the books: begun by our documents or by a trunk, let in, lost and over.

What the model's side is asked to do happens elsewhere (`calls.consumers.sideband`); here is what is known of it.
"""

import secrets
import socket
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction

from calls import metrics
from calls.lifecycle import CallFact, EndedReason, LegStatus, Phase
from calls.lifecycle.sideband import DialOutcome, NextDoor, SidebandState, Verdict, next_door
from calls.models import Call, Sideband, SidebandWorker
from calls.models.number import NumberDoor

# Lines that the model's side has lost lately count; older ones are another story.
_LATELY = timedelta(minutes=5)
_FROM_MODEL = "model"

log = structlog.get_logger(__name__)


def holder(pid: int) -> str:
    """What a process of this machine is called where it looks after lines."""
    return f"sideband-{socket.gethostname()[:30]}-{pid}".lower().replace("_", "-")


def died(pid: int) -> None:
    """A process of this machine is dead: somebody else may have its lines at once, before its lease runs out."""
    Sideband.leave(holder=holder(pid))
    SidebandWorker.gone(name=holder(pid))


def is_open() -> bool:
    """True when calls can be held by SIP: the address is known, and a process is there to look after them."""
    return bool(settings.OPENAI_PROJECT_ID and settings.OPENAI_WEBHOOK_SECRETS) and SidebandWorker.is_any_there()


def issue(*, call: Call, now: datetime, is_resumption: bool, is_first: bool = False) -> Sideband:
    """The line that our next document begins."""
    return Sideband.issue(
        call=call, token=secrets.token_urlsafe(18), now=now, is_resumption=is_resumption, is_first=is_first
    )


def arrived(*, token: str, model_call_id: str, now: datetime) -> Sideband | None:
    """A line of ours has come to the model; None when its token is none of ours, or was used."""
    with transaction.atomic():
        line = Sideband.arrived(token=token, model_call_id=model_call_id, now=now)
        if line is None or line.call is None:
            return None
        verdict = judge(line.call)
        if verdict is not Verdict.ACCEPT:
            Sideband.objects.filter(pk=line.pk).update(verdict=verdict)
        line.call.note("sip_incoming", at=now, source=_FROM_MODEL, key=f"sip:{line.pk}", model_call=model_call_id)
    return line


def stranger(*, model_call_id: str, verdict: Verdict, now: datetime) -> None:
    """Somebody has come whom we do not expect: to be turned away. Told twice, it is the same."""
    Sideband.objects.get_or_create(
        model_call_id=model_call_id,
        defaults={
            "via": Sideband.Via.UNKNOWN,
            "state": SidebandState.INCOMING,
            "verdict": verdict,
            "issued_at": now,
            "incoming_at": now,
        },
    )
    metrics.SIP_CALLS.labels("stranger").inc()


def judge(call: Call) -> Verdict:
    """Whether a line of this call is still wanted when it has come."""
    if call.phase not in (Phase.RINGING, Phase.WITH_ASSISTANT):
        return Verdict.DECLINE
    return Verdict.ACCEPT if call.prompt_version_id is not None else Verdict.DECLINE


# --- its life ---------------------------------------------------------------------------------------------------------


def opened(*, line: Sideband, now: datetime) -> None:
    """We have the control socket of the line: the caller is with the assistant."""
    line.attached(now=now)
    call = line.call
    assert call is not None, "who is let in has a call"
    leg = call.customer_leg()
    if leg is not None:
        leg.report(LegStatus.IN_PROGRESS, at=now, source="carrier")
    call.advance(CallFact.STREAM_OPENED, at=now, source=_FROM_MODEL, key=f"sideband:{line.pk}", line=str(line))


def closed(*, line: Sideband, reason: str, now: datetime) -> None:
    """The line is over as far as its socket tells. Why the call ends, if it does, the carrier's word tells better."""
    call = line.call
    if not line.end(reason=reason, now=now) or call is None:
        return
    ended = EndedReason(reason) if reason in _SAYS_WHY else EndedReason.UNKNOWN
    call.advance(
        CallFact.STREAM_CLOSED, at=now, source=_FROM_MODEL, key=f"sideband_closed:{line.pk}", reason=ended, why=reason
    )
    if line.via == Sideband.Via.TRUNK:  # nobody else tells of this line
        leg = call.customer_leg()
        if leg is not None:
            leg.report(LegStatus.COMPLETED, at=now, source=_FROM_MODEL)


_SAYS_WHY = frozenset(
    {
        EndedReason.ASSISTANT_ENDED,
        EndedReason.ASSISTANT_FAREWELL,
        EndedReason.CALLER_SILENT,
        EndedReason.CALL_TOO_LONG,
        EndedReason.OPTED_OUT,
        EndedReason.RECORDING_REFUSED,
    }
)


def after_line(*, call: Call, line_id: int, outcome: DialOutcome, now: datetime) -> NextDoor:
    """The carrier says that the line to the model is over, and its caller is there: by which door it goes on."""
    line = call.sidebands.filter(pk=line_id).first()
    lost = Sideband.lost_lately(call, since=now - _LATELY, but_not=line_id)
    known = {"dial_status": outcome.status[:12], "sip_code": outcome.sip_code, "lasted_s": outcome.lasted_s}
    if line is not None:
        Sideband.objects.filter(pk=line.pk).update(**known)
        line.end(reason=f"carrier: {outcome.status}", now=now)
    door = next_door(outcome, lost_before=lost)
    metrics.SIP_LINES_OVER.labels(metrics.word_of("dial", outcome.status[:12]), door.value).inc()
    call.note(
        "sip_line_over",
        at=now,
        source="carrier",
        key=f"sip_over:{line.pk}" if line is not None else "",
        next=door.value,
        **known,
    )
    if door is NextDoor.OTHER:
        call.came_by(Call.Door.MEDIA_STREAM)
    return door


def door_of(call: Call) -> Call.Door:
    """By which door a call is to reach the assistant: as its number says, while that door is open.

    Nobody is left standing before a closed one: the media stream takes the call then.
    """
    is_wanted = call.number is not None and call.number.door == NumberDoor.OPENAI_SIP
    if call.direction != Call.Direction.INBOUND or not is_wanted:
        return Call.Door.MEDIA_STREAM
    if call.sidebands.exists() and call.door != Call.Door.OPENAI_SIP:
        return Call.Door.MEDIA_STREAM  # it was left for good reason
    return Call.Door.OPENAI_SIP if is_open() else Call.Door.MEDIA_STREAM
