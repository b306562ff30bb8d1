"""A room at the carrier: who is in it, hold, mute, coach, announce, and the written words of a leg. CarrierError only.

Source: https://www.twilio.com/docs/voice/api/conference-participant-resource, /realtime-transcription-resource.
"""

from dataclasses import dataclass

from calls.carrier.client import get_client
from calls.carrier.errors import CarrierError
from calls.carrier.rest import NOT_FOUND, asking
from calls.carrier.twiml import public_url

TRANSCRIPTION = "talk"


@dataclass(frozen=True, slots=True)
class MemberFound:
    """A leg in a room as the carrier knows it."""

    leg_sid: str
    label: str
    is_on_hold: bool
    is_muted: bool


@dataclass(frozen=True, slots=True)
class RoomFound:
    """A room as the carrier knows it."""

    conference_sid: str
    members: tuple[MemberFound, ...]


def find_room(name: str) -> RoomFound | None:
    """The room of this name that is in progress or waits for its second member; None when there is none."""
    with asking():
        rooms = get_client().conferences.list(friendly_name=name, limit=10)
        live = next((room for room in rooms if room.status in ("init", "in-progress")), None)
        if live is None:
            return None
        found = get_client().conferences(str(live.sid)).participants.list(limit=100)
    members = (MemberFound(str(p.call_sid), p.label or "", bool(p.hold), bool(p.muted)) for p in found)
    return RoomFound(str(live.sid), tuple(members))


def hold(conference_sid: str, leg_sid: str, *, call_id: int) -> None:
    """Play the waiting address to one member instead of the room."""
    url = public_url(f"/twilio/wait/{call_id}/")
    with asking():
        participants = get_client().conferences(conference_sid).participants(leg_sid)
        participants.update(hold=True, hold_url=url, hold_method="POST")


def unhold(conference_sid: str, leg_sid: str) -> None:
    """Let a member hear the room again."""
    with asking():
        get_client().conferences(conference_sid).participants(leg_sid).update(hold=False)


def mute(conference_sid: str, leg_sid: str, *, is_muted: bool) -> None:
    """Keep a member from being heard, or let them be heard again."""
    with asking():
        get_client().conferences(conference_sid).participants(leg_sid).update(muted=is_muted)


def coach(conference_sid: str, leg_sid: str, *, coached_sid: str) -> None:
    """Let a member be heard by one other only; with an empty `coached_sid` by everybody."""
    with asking():
        member = get_client().conferences(conference_sid).participants(leg_sid)
        if coached_sid:
            member.update(coaching=True, call_sid_to_coach=coached_sid)
        else:
            member.update(coaching=False)


def remove(conference_sid: str, leg_sid: str) -> None:
    """Take a member out of the room; one that is gone already is fine."""
    try:
        with asking():
            get_client().conferences(conference_sid).participants(leg_sid).delete()
    except CarrierError as error:
        if error.code != NOT_FOUND:
            raise


def announce(conference_sid: str, path: str) -> None:
    """Say to everybody in the room what this address of ours answers."""
    with asking():
        get_client().conferences(conference_sid).update(announce_url=public_url(path), announce_method="POST")


def begin_transcription(leg_sid: str, *, language: str) -> None:
    """Have both directions of a leg written down as they are spoken, told to our address."""
    with asking():
        get_client().calls(leg_sid).transcriptions.create(
            name=TRANSCRIPTION,
            track="both_tracks",
            status_callback_url=public_url("/twilio/transcription/"),
            status_callback_method="POST",
            language_code=language if "-" in language else {"en": "en-US"}.get(language, language),
        )


def end_transcription(leg_sid: str) -> None:
    """Stop it; one that has ended already is fine."""
    try:
        with asking():
            get_client().calls(leg_sid).transcriptions(TRANSCRIPTION).update(status="stopped")
    except CarrierError as error:
        if not error.is_permanent:
            raise
