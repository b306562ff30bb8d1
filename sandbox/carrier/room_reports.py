"""The callbacks of a conference, to the address that its first participant named.

https://www.twilio.com/docs/voice/twiml/conference#statuscallback. They are numbered and pass through `callbacks`, so
that they can be lost, repeated, late or forged like all others.
"""

from sandbox.carrier import callbacks
from sandbox.carrier.room import Member, Room, Terms
from sandbox.carrier.state import Carrier

_WANTED_AS = {
    "conference-start": "start",
    "conference-end": "end",
    "participant-join": "join",
    "participant-leave": "leave",
    "participant-mute": "mute",
    "participant-unmute": "mute",
    "participant-hold": "hold",
    "participant-unhold": "hold",
    "participant-modify": "modify",
    "participant-speech-start": "speaker",
    "participant-speech-stop": "speaker",
    "announcement-end": "announcement",
    "announcement-fail": "announcement",
}

Params = tuple[tuple[str, str], ...]


def report(carrier: Carrier, room: Room, event: str, *more: tuple[str, str]) -> None:
    """Send one callback, if the first participant wanted to know of this event."""
    to = room.terms.status_callback
    if to is None or _WANTED_AS[event] not in room.terms.status_events:
        return
    room.sequence += 1
    params = (
        ("ConferenceSid", room.sid),
        ("FriendlyName", room.name),
        ("AccountSid", carrier.account_sid),
        ("SequenceNumber", str(room.sequence)),
        ("Timestamp", callbacks.rfc2822(carrier.clock.date())),
        ("StatusCallbackEvent", event),
        *more,
    )
    callbacks.send(carrier, call=room, kind="conference", event=event, url=to.url, method=to.method, params=params)


def report_member(carrier: Carrier, room: Room, member: Member, event: str, *more: tuple[str, str]) -> None:
    """The same about one member; of a call that was forgotten nothing is told."""
    if not member.call.is_forgotten:
        report(carrier, room, event, *_of(member), *more)


def report_failed(carrier: Carrier, room: Room, sid: str, terms: Terms, status: str) -> None:
    """Somebody who was dialled into the room does not come."""
    label = (("ParticipantLabel", terms.label),) if terms.label else ()
    facts = (("ParticipantCallStatus", status), ("ReasonParticipantLeft", "participant_add_failed"))
    report(carrier, room, "participant-leave", ("CallSid", sid), *label, *facts)


def _of(member: Member) -> Params:
    label = (("ParticipantLabel", member.terms.label),) if member.terms.label else ()
    return (
        ("CallSid", member.call.sid),
        *label,
        ("Muted", _word(member.muted)),
        ("Hold", _word(member.is_held)),
        ("Coaching", _word(member.is_coaching)),
        ("EndConferenceOnExit", _word(member.ends)),
        ("StartConferenceOnEnter", _word(member.terms.starts)),
    )


def _word(truth: bool) -> str:
    return str(truth).lower()
