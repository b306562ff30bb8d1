"""What the application may do to people in a conference: mute, hold, announce, let coach, remove.

https://www.twilio.com/docs/voice/api/conference-participant-resource. Hold plays music to one member and takes them out
of the conversation, mute does not; who coaches is heard by one other only.
"""

from dataclasses import dataclass

from sandbox.carrier import room_documents, rooms
from sandbox.carrier.room import Member, Room
from sandbox.carrier.room_reports import report, report_member
from sandbox.carrier.state import Carrier, FetchDocument


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be different; None leaves it."""

    muted: bool | None = None
    held: bool | None = None
    hold_music: FetchDocument | None = None
    coaching: bool | None = None
    coaches: str | None = None
    ends: bool | None = None
    beeps_on_exit: bool | None = None
    announcement: FetchDocument | None = None


def check(room: Room, member: Member, change: Change) -> None:
    """Raise `rooms.UnableToEnter` 13240 for coaching without somebody to coach."""
    coaches = member.coaches if change.coaches is None else change.coaches
    wants = member.is_coaching if change.coaching is None else change.coaching
    if wants and (coaches not in room.members or coaches == member.call.sid):
        raise rooms.UnableToEnter(13240, f"nobody to coach: {coaches or 'no call'} is not in the conference")


def change(carrier: Carrier, room: Room, member: Member, wanted: Change) -> None:
    """Do it, and report what became different."""
    if wanted.muted is not None and wanted.muted != member.muted:
        member.muted = wanted.muted
        report_member(carrier, room, member, "participant-mute" if wanted.muted else "participant-unmute")
    if wanted.held is not None:
        _hold(carrier, room, member, wanted.held, wanted.hold_music)
    before = (member.is_coaching, member.coaches, member.ends, member.beeps_on_exit)
    if wanted.coaches is not None:
        member.coaches = wanted.coaches
    if wanted.coaching is not None:
        member.is_coaching = wanted.coaching
    if wanted.ends is not None:
        member.ends = wanted.ends
    if wanted.beeps_on_exit is not None:
        member.beeps_on_exit = wanted.beeps_on_exit
    if before != (member.is_coaching, member.coaches, member.ends, member.beeps_on_exit):
        report_member(carrier, room, member, "participant-modify")
    if wanted.announcement is not None:
        announce(carrier, room, source=wanted.announcement, member=member)
    room.updated_at_ms = carrier.clock.now_ms()
    carrier.announce()


def _hold(carrier: Carrier, room: Room, member: Member, is_held: bool, source: FetchDocument | None) -> None:
    was_held, member.is_held = member.is_held, is_held
    if is_held and (source is not None or not was_held):
        rooms.play_music(carrier, member, source)
    elif was_held and not is_held:
        rooms.stop_music(member)
        if not room.is_started and not member.terms.waits_in_silence:
            rooms.play_music(carrier, member, member.terms.wait)
    if was_held != is_held:
        report_member(carrier, room, member, "participant-hold" if is_held else "participant-unhold")


def announce(carrier: Carrier, room: Room, *, source: FetchDocument, member: Member | None = None) -> None:
    """Let everybody, or one, hear a document once; how it went is reported."""
    carrier.spawn(_announce(carrier, room, source, member))


async def _announce(carrier: Carrier, room: Room, source: FetchDocument, member: Member | None) -> None:
    asked_as = member or next(iter(room.members.values()), None)
    if asked_as is None:
        return
    sounds = room.sounds if member is None else member.announcements
    wrong = await room_documents.announce(carrier, call=asked_as.call, source=source, sounds=sounds)
    facts = [("AnnounceUrl", source.url)]
    if wrong:
        facts.append(("ReasonAnnouncementFailed", wrong))
    event = "announcement-fail" if wrong else "announcement-end"
    if member is None:
        report(carrier, room, event, *facts)
    elif member.call.sid in room.members:
        report_member(carrier, room, member, event, *facts)


def remove(carrier: Carrier, room: Room, member: Member) -> None:
    """Out of the room: the call goes on with what follows its `<Dial>`, and without anything ends."""
    rooms.leave(carrier, room, member, reason=rooms.UPDATED, is_kicked=True)
