"""Telling a room that the call is recorded, whenever somebody comes into it who can be heard there.

The person is told alone before they enter; the room is told by an announcement, which is inside the recording because
the caller hears it. Who is only in somebody's ear joins nobody.
"""

from datetime import datetime

import structlog

from agents.models import Agent
from calls.carrier import conferences
from calls.carrier.errors import CarrierError
from calls.control import recording_consent
from calls.control.recordings import UnableToChangeRecording
from calls.models import Call, Conference, Leg, Participant, RecordingConsent
from calls.models.conference import CUSTOMER
from compliance import places
from compliance.places import NOWHERE, Place

_WHO = {"agent": "the colleague who joins", "supervisor": "the supervisor who joins"}
_THIRD = "the person who joins"

log = structlog.get_logger(__name__)


def before_entering(*, call: Call, label: str, leg_sid: str, now: datetime) -> str:
    """What somebody hears alone before they come into the room; empty when nothing is recorded.

    Where their place wants a yes of the caller, the recording is silent from here on. Raises UnableToChangeRecording.
    """
    found = recording_consent.on_join(call=call, party=label, who=_who(label), place=place_of(label, leg_sid), now=now)
    return "" if found is None else found.aside.text


def words(*, call: Call, now: datetime) -> str:
    """What everybody in the room is to be told now, or asked; empty when all of them know. Those told are noted."""
    said: dict[str, None] = {}
    for member in _audible(call):
        try:
            found = recording_consent.on_join(
                call=call,
                party=member.label,
                who=_who(member.label),
                place=place_of(member.label, member.leg_sid),
                now=now,
            )
        except UnableToChangeRecording as error:
            log.error("room not asked for its consent", call=call.pk, error=str(error))
            continue
        if found is not None:
            said[found.words.text] = None
            recording_consent.spoken(call=call, party=member.label, now=now)
    return " ".join(said)


def tell(*, call: Call, now: datetime) -> None:
    """Have the carrier ask us what a room is to be told, when somebody has come who was not announced otherwise."""
    told = RecordingConsent.objects.filter(call=call).exclude(asked_at=None).values_list("party", flat=True)
    is_news = any(not member.label.startswith("agent-") and member.label not in told for member in _audible(call))
    room = Conference.objects.filter(call=call, ended_at=None).first()
    if not is_news or room is None or not call.are_words_kept:
        return
    try:
        conferences.announce(room.conference_sid, f"/twilio/recorded/{call.pk}/")
    except CarrierError as error:
        log.warning("room not told that it is recorded", call=call.pk, error=str(error))


def _audible(call: Call) -> list[Participant]:
    inside = Participant.inside(call=call).exclude(label=CUSTOMER).exclude(label="")
    return list(inside.filter(is_coaching=False))


def _who(label: str) -> str:
    return _WHO.get(label.partition("-")[0], _THIRD)


def place_of(label: str, leg_sid: str) -> Place:
    """Where somebody in a room is: by what we know of a colleague, else by the number that was rung."""
    kind, _, number = label.partition("-")
    if kind in _WHO and number.isdigit():
        agent = Agent.objects.filter(pk=int(number)).first()
        if agent is not None and agent.place:
            return places.of_code(agent.place)
    leg = Leg.objects.filter(leg_sid=leg_sid).first()
    return NOWHERE if leg is None else places.of_number(leg.to_address)
