"""Others in a call's room: a third person, and a supervisor who barges in or coaches."""

from datetime import datetime

from agents.models import Agent
from calls.carrier import conferences
from calls.carrier.errors import CarrierError
from calls.control import dialing
from calls.lifecycle import Phase
from calls.models import Call, Conference, Participant
from calls.models.conference import CUSTOMER, name_of
from compliance import audit
from compliance.verdict import StaffEntry

_ROOM = (Phase.WITH_AGENT, Phase.ON_HOLD)


class UnableToJoin(Exception):
    """They cannot be brought in; `str()` says why, for a person."""


def add_third(*, call: Call, address: str, by: str, now: datetime) -> None:
    """Ring somebody of the directory and take them into the room. Raises UnableToJoin."""
    if call.phase not in _ROOM:
        raise UnableToJoin("A third person can be added once the caller is with somebody.")
    n = call.events.filter(kind="third_rung").count() + 2  # somebody who was rung and never came counts too
    call.note("third_rung", at=now, source="supervisor", by=by)
    try:
        dialing.dial_guest(
            call=call,
            to=address,
            label=f"third-{n}",
            errand=f"third:{call.pk}:{n}",
            room=name_of(call.pk),
            status_callback="/twilio/status/",
            by=by,
            now=now,
        )
    except (dialing.Refused, dialing.UnableToDial) as problem:
        raise UnableToJoin(str(problem)) from problem
    audit.note(act="add_third", subject=f"call:{call.pk}", by=by, now=now)


def barge(*, call: Call, supervisor: Agent, by: str, now: datetime) -> None:
    """A supervisor comes into the room: everybody hears them. Raises UnableToJoin."""
    _come(call, supervisor, coaches="", by=by, now=now)


def coach(*, call: Call, supervisor: Agent, by: str, now: datetime) -> None:
    """A supervisor speaks into the person's ear: the caller hears nothing of it. Raises UnableToJoin."""
    person = Participant.inside(call=call).filter(label__startswith="agent-").last()
    if person is None:
        raise UnableToJoin("There is nobody in the call to be coached.")
    _come(call, supervisor, coaches=person.leg_sid, by=by, now=now)


def _come(call: Call, supervisor: Agent, *, coaches: str, by: str, now: datetime) -> None:
    if call.phase not in _ROOM:
        raise UnableToJoin("The caller is with nobody at this moment.")
    label = f"supervisor-{supervisor.pk}"
    act = "coach_person" if coaches else "barge"
    present = Participant.inside(call=call).select_related("conference").filter(label=label).last()
    try:
        if present is not None:
            conferences.coach(present.conference.conference_sid, present.leg_sid, coached_sid=coaches)
        else:
            visits = call.events.filter(kind="supervisor_rung", data__who=label).count()
            call.note("supervisor_rung", at=now, source="supervisor", who=label)
            dialing.seat_staff(
                call=call,
                to=supervisor.address,
                directory=StaffEntry(address=supervisor.address, label=label),
                errand=f"{act}:{call.pk}:{supervisor.pk}:{visits}",
                room=name_of(call.pk),
                status_callback="/twilio/status/",
                coaches=coaches,
                by=by,
                now=now,
            )
    except (dialing.Refused, dialing.UnableToDial) as problem:
        raise UnableToJoin(str(problem)) from problem
    except CarrierError as error:
        raise UnableToJoin("The telephone network did not do it. Try again.") from error
    call.note(act, at=now, source="supervisor", by=by)
    audit.note(act=act, subject=f"call:{call.pk}", by=by, now=now)


def leave(*, call: Call, supervisor: Agent, by: str, now: datetime) -> None:
    """A supervisor goes out of the room again; the others talk on. Raises UnableToJoin."""
    present = Participant.inside(call=call).select_related("conference").filter(label=f"supervisor-{supervisor.pk}")
    try:
        for member in present:
            conferences.remove(member.conference.conference_sid, member.leg_sid)
    except CarrierError as error:
        raise UnableToJoin("The telephone network did not do it. Try again.") from error
    audit.note(act="leave_room", subject=f"call:{call.pk}", by=by, now=now)


def who_is_in(call: Call) -> list[Participant]:
    """Everybody in the call's room but the caller."""
    is_over = Conference.objects.filter(call=call, ended_at=None).exists()
    return list(Participant.inside(call=call).exclude(label=CUSTOMER)) if is_over else []
