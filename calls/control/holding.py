"""Hold and mute: a caller hears music instead of the room, or of the assistant; somebody in the room is not heard.

With a person the hold is the carrier's, and its report moves the call. With the assistant nobody but us holds the line:
the caller is parked in the call's room, alone, and the assistant is given the call again when the hold is over.
"""

from datetime import datetime

from django.db import transaction

from calls.carrier import conferences
from calls.carrier.errors import CarrierError
from calls.control import leaving
from calls.lifecycle import CallFact, Phase
from calls.models import AssistantNote, Call, Participant, Transfer
from calls.models.conference import CUSTOMER
from compliance import audit

_BACK = "The caller was on hold for a while and is back. Thank them for waiting and go on where you were."


class UnableToHold(Exception):
    """The call cannot be put on hold, or taken off it; `str()` says why, for a person."""


def hold(*, call: Call, by: str, now: datetime) -> None:
    """Put the caller on hold. Raises UnableToHold."""
    if call.is_on_page():
        raise UnableToHold("This test call cannot be put on hold: the music is the telephone network's.")
    match Phase(call.phase):
        case Phase.WITH_AGENT:
            _ask_carrier(call, is_on_hold=True)
        case Phase.WITH_ASSISTANT:
            with transaction.atomic():
                call.advance(CallFact.HOLD_REQUESTED, at=now, source="supervisor", by=by)
            _send(call, now=now)
        case Phase.ON_HOLD:
            raise UnableToHold("The caller is on hold already.")
        case _:
            raise UnableToHold("This call cannot be put on hold at this moment.")
    audit.note(act="hold", subject=f"call:{call.pk}", by=by, now=now)


def resume(*, call: Call, by: str, now: datetime) -> None:
    """Take the caller off hold: back to the person, or to the assistant. Raises UnableToHold."""
    if call.phase != Phase.ON_HOLD:
        raise UnableToHold("The caller is not on hold.")
    if Transfer.open_of(call) is not None:
        _ask_carrier(call, is_on_hold=False)
    else:
        with transaction.atomic():
            AssistantNote.leave(call=call, text=_BACK, at=now)
            call.advance(CallFact.GIVEN_BACK, at=now, source="supervisor", by=by)
        _send(call, now=now)
    audit.note(act="end_hold", subject=f"call:{call.pk}", by=by, now=now)


def mute(*, call: Call, label: str, is_muted: bool, by: str, now: datetime) -> None:
    """Keep somebody in the room from being heard, or let them be heard again. Raises UnableToHold."""
    member = _member(call, label)
    try:
        conferences.mute(member.conference.conference_sid, member.leg_sid, is_muted=is_muted)
    except CarrierError as error:
        raise UnableToHold("The telephone network did not do it. Try again.") from error
    audit.note(act="mute" if is_muted else "unmute", subject=f"call:{call.pk}", by=by, now=now, who=label)


def drop(*, call: Call, label: str, by: str, now: datetime) -> None:
    """Take somebody but the caller out of the room. Raises UnableToHold."""
    if label == CUSTOMER:
        raise UnableToHold("To let the caller go, end the call.")
    member = _member(call, label)
    try:
        conferences.remove(member.conference.conference_sid, member.leg_sid)
    except CarrierError as error:
        raise UnableToHold("The telephone network did not do it. Try again.") from error
    audit.note(act="drop_participant", subject=f"call:{call.pk}", by=by, now=now, who=label)


def _ask_carrier(call: Call, *, is_on_hold: bool) -> None:
    member = _member(call, CUSTOMER)
    try:
        if is_on_hold:
            conferences.hold(member.conference.conference_sid, member.leg_sid, call_id=call.pk)
        else:
            conferences.unhold(member.conference.conference_sid, member.leg_sid)
    except CarrierError as error:
        raise UnableToHold("The telephone network did not do it. Try again.") from error


def _member(call: Call, label: str) -> Participant:
    member = Participant.inside(call=call).select_related("conference").filter(label=label).last()
    if member is None:
        raise UnableToHold("They are not in the room any more.")
    return member


def _send(call: Call, *, now: datetime) -> None:
    try:
        leaving.send(call, now=now)
    except CarrierError as error:
        raise UnableToHold("The telephone network was not reached. It is being tried again.") from error
