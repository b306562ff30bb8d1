"""Watching a call, listening to it, and telling the assistant what to do; the caller hears nothing of it.

Who is at a call is in the books and on the screens as long as their browser is. Sound is copied by whoever holds the
call, and only while somebody asks for it again and again.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.db import transaction

from agents import floor
from calls.control import bridges
from calls.lifecycle import Phase
from calls.models import Call, CallEvent, Supervision, ToolApproval
from compliance import audit
from compliance.statements import EXAMPLE_KEY, EXAMPLE_TIME, Question

Mode = Supervision.Mode
LONGEST_ADVICE = 500  # characters
ADVICE_LIFE = timedelta(minutes=2)
# Who listens asks for the sound so often; without that, copying ends by itself.
LISTEN_EVERY_S = 1.0
LISTEN_LEASE_S = 4.0
_ACTS = {
    Mode.WATCHING: "watch_call",
    Mode.LISTENING: "listen_call",
    Mode.COACHING: "coach_call",
    Mode.BARGING: "barge",
    Mode.TAKING_OVER: "take_over",
}
_HEARD = Question(
    lambda call: CallEvent.objects.filter(call=call, kind="supervisor_heard").values_list("data__ref", flat=True),
    call=EXAMPLE_KEY,
)
_ADVICE = Question(
    lambda call, since: (
        CallEvent.objects.filter(call=call, kind="coached", at__gt=since).order_by("pk").values_list("data", flat=True)
    ),
    call=EXAMPLE_KEY,
    since=EXAMPLE_TIME,
)
_APPROVALS = Question(
    lambda call: ToolApproval.objects.filter(call=call).order_by("pk").values_list("pk", flat=True), call=EXAMPLE_KEY
)


class UnableToCoach(Exception):
    """The assistant was not told; `str()` says why, for a person."""


# --- being there ------------------------------------------------------------------------------------------------------


def begin(*, call: Call, user: User, mode: Mode, now: datetime) -> Supervision:
    """Somebody begins to watch a call, or more; kept for those who ask later. End it with `end`."""
    with transaction.atomic():
        audit.note(act=_ACTS[mode], subject=f"call:{call.pk}", by=user.email, now=now)
        return Supervision.begin(
            call=call, user_id=user.pk, name=user.get_full_name() or user.email, mode=mode, now=now
        )


def end(*, supervision_id: int, now: datetime) -> None:
    """Somebody has left; told twice, the first word counts."""
    Supervision.end(supervision_id, now=now)


def sound_group(call_id: int) -> str:
    """The channel group to which a call's sound is copied."""
    return f"sound.{call_id}"


# --- telling the assistant --------------------------------------------------------------------------------------------


def coach(*, call: Call, text: str, by: str, now: datetime, aloud: bool = False) -> None:
    """Tell the assistant something, or (`aloud`) have it say this word for word. Raises UnableToCoach."""
    text = " ".join(text.split())
    if not text:
        raise UnableToCoach("There is nothing to tell.")
    if len(text) > LONGEST_ADVICE:
        raise UnableToCoach(f"Too long by {len(text) - LONGEST_ADVICE} characters: the assistant was not told.")
    if not call.is_live:
        raise UnableToCoach("This call is over: the assistant was not told.")
    if call.phase not in (Phase.RINGING, Phase.WITH_ASSISTANT):
        raise UnableToCoach("The caller is not with the assistant now: it was not told.")
    place = bridges.holding(call)
    if place is None or not bridges.is_there(place):
        raise UnableToCoach(
            "The assistant cannot be reached at this moment: it was not told. Try again in a few seconds."
        )
    ref = f"coach:{secrets.token_hex(8)}"
    with transaction.atomic():
        call.note("coached", at=now, source="supervisor", key=ref, ref=ref, by=by, text=text, aloud=aloud)
        floor.changed("transcript", call.pk)
        audit.note(act=_ACTS[Mode.COACHING], subject=f"call:{call.pk}", by=by, now=now)
    async_to_sync(bridges.advise)(place, call_id=call.pk, ref=ref, text=text, aloud=aloud)


@dataclass(frozen=True, slots=True)
class Untold:
    """What supervisors have said that no assistant is known to have heard: (ref, text, aloud), and decisions."""

    advice: list[tuple[str, str, bool]]
    approvals: list[int]


def untold(*, call: Call, now: datetime) -> Untold:
    """What whoever takes the call up must still be told; advice that is old has lost its sense."""
    heard = set(_HEARD.all(call=call.pk))
    advice = _ADVICE.all(call=call.pk, since=now - ADVICE_LIFE)
    approvals = _APPROVALS.all(call=call.pk)
    return Untold(
        [(data["ref"], data["text"], bool(data["aloud"])) for data in advice if data["ref"] not in heard],
        [pk for pk in approvals if f"approval:{pk}" not in heard],
    )
