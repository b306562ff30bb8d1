"""Conferences: who comes in and goes out, when people begin to hear each other, and when it is over.

A room begins when two are in it and one of them may start it; until then each one waits with music. It ends with the
last one, with one who takes it along, or by the API. https://www.twilio.com/docs/voice/twiml/conference
"""

import asyncio

from sandbox import music
from sandbox.carrier import recordings, room_documents, room_sound
from sandbox.carrier.ear import Ear
from sandbox.carrier.line import Line
from sandbox.carrier.room import Member, Room, Terms
from sandbox.carrier.room_reports import report, report_failed, report_member
from sandbox.carrier.state import Call, CallStatus, Carrier, FetchDocument, HangUp, new_sid
from sandbox.carrier.values import Visit

HUNG_UP, UPDATED = "participant_hung_up", "participant_updated_via_api"
MODERATOR, BY_API = "moderator_ended_conference", "conference_ended_via_api"
_FEWEST_TO_START = 2
_SPOKE_MS, _PAUSED_MS = 100, 800
_SENTENCES = {
    "conference-ended-via-api": "Conference ended via API",
    "last-participant-left": "Last participant left",
    "last-participant-kicked": "Last participant kicked",
    "participant-with-end-conference-on-exit-left": "Participant with endConferenceOnExit left",
    "participant-with-end-conference-on-exit-kicked": "Participant with endConferenceOnExit kicked",
}


class UnableToEnter(Exception):
    """The room does not take this participant: 16025 the label is taken, 13240 nobody to coach, 16020 it is full."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def find(carrier: Carrier, name: str) -> Room | None:
    """The conference of this name that is not over."""
    return next((room for room in carrier.rooms.values() if room.name == name and room.is_live), None)


def check(room: Room | None, terms: Terms) -> None:
    """Raise `UnableToEnter` when somebody cannot come in on these terms."""
    if room is not None and room.has_label(terms.label):
        raise UnableToEnter(16025, f"the participant label {terms.label!r} is taken in {room.name!r}")
    if terms.coach and (room is None or terms.coach not in room.members):
        raise UnableToEnter(13240, f"nobody to coach: {terms.coach} is not in the conference")
    if room is not None and len(room.members) + len(room.dialled) >= room.terms.most:
        raise UnableToEnter(16020, f"the conference {room.name!r} is full")


def open_room(carrier: Carrier, *, name: str, call: Call, terms: Terms) -> Room:
    """A new conference; the terms of its first participant are those of the room."""
    room = Room(
        sid=new_sid("CF"),
        name=name,
        created_at_ms=carrier.clock.now_ms(),
        updated_at_ms=carrier.clock.now_ms(),
        line=Line(carrier.clock),
        terms=terms,
        first_call_sid=call.sid,
    )
    carrier.rooms[room.sid] = room
    return room


async def stay(carrier: Carrier, *, call: Call, name: str, terms: Terms) -> Member:
    """Be in the conference from now until something takes the call out of it. Raises `UnableToEnter`."""
    room = find(carrier, name)
    if room is not None and call.sid in room.dialled:
        terms = room.dialled.pop(call.sid)[1]
    check(room, terms)
    if room is None:
        room = open_room(carrier, name=name, call=call, terms=terms)
    member = _enter(carrier, room, call, terms)
    try:
        await member.gone.wait()
    except asyncio.CancelledError:
        is_hung_up = not call.is_live or isinstance(call.command, HangUp)
        leave(carrier, room, member, reason=HUNG_UP if is_hung_up else UPDATED)
        raise
    return member


def step_out(carrier: Carrier, call: Call) -> None:
    """The call leaves the conference that it is in, and goes on with what follows."""
    for room in carrier.rooms.values():
        if member := room.members.get(call.sid):
            leave(carrier, room, member, reason=HUNG_UP)
            return


def expect(carrier: Carrier, *, room: Room, call: Call, terms: Terms) -> None:
    """A leg is being dialled into the room; if it is not answered, the room is told."""
    room.dialled[call.sid] = (call, terms)
    carrier.spawn(_await_answer(carrier, room, call))


async def _await_answer(carrier: Carrier, room: Room, call: Call) -> None:
    await call.ended.wait()
    if call.sid not in room.dialled:
        return
    terms = room.dialled.pop(call.sid)[1]
    if room.is_live:
        report_failed(carrier, room, call.sid, terms, call.status.value)
        _end_if_empty(carrier, room, sid=call.sid, label=terms.label, is_kicked=False)


def _enter(carrier: Carrier, room: Room, call: Call, terms: Terms) -> Member:
    now_ms = carrier.clock.now_ms()
    member = Member(
        call=call,
        terms=terms,
        visit=Visit(room.sid, room.name, terms.label, now_ms),
        muted=terms.muted,
        is_coaching=bool(terms.coach),
        coaches=terms.coach,
        ends=terms.ends,
        beeps_on_exit=terms.beeps_on_exit,
    )
    call.visits.append(member.visit)
    if "speaker" in room.terms.status_events:
        member.ear = Ear(call.line.inbound, since=call.line.run())
    room.members[call.sid] = member
    report_member(carrier, room, member, "participant-join")
    if room.mover is None or room.mover.done():
        room.mover = carrier.spawn(room_sound.run(carrier.clock, room))
        if "speaker" in room.terms.status_events:
            carrier.spawn(_listen_for_speakers(carrier, room))
    if room.is_started:
        if terms.beeps_on_enter:
            room.sounds.put(music.somebody_came())
    elif len(room.members) >= _FEWEST_TO_START and any(each.terms.starts for each in room.members.values()):
        _start(carrier, room)
    elif not terms.waits_in_silence:
        play_music(carrier, member, terms.wait)
    if terms.recording is not None and room.is_started:
        _record(carrier, room, terms)
    carrier.announce()
    return member


def _start(carrier: Carrier, room: Room) -> None:
    room.status, room.started_at_ms = "in-progress", carrier.clock.now_ms()
    room.line.answer()
    for member in room.members.values():
        if not member.is_held:
            stop_music(member)
    report(carrier, room, "conference-start")
    wanted = next((each.terms for each in room.members.values() if each.terms.recording is not None), None)
    if wanted is not None:
        _record(carrier, room, wanted)


def _record(carrier: Carrier, room: Room, terms: Terms) -> None:
    if terms.recording is None or recordings.current(room) is not None:
        return
    recording = recordings.new(carrier, call=room, source="Conference")
    terms.recording.apply_to(recording)
    recording.call_sid, recording.conference_sid = room.first_call_sid, room.sid
    recordings.start(carrier, call=room, recording=recording)


def leave(carrier: Carrier, room: Room, member: Member, *, reason: str, is_kicked: bool = False) -> None:
    """Somebody goes, and the room with them if they take it along or were the last."""
    if room.members.pop(member.call.sid, None) is None:
        return
    _say_goodbye(carrier, room, member, reason)
    if member.ends:
        how = "kicked" if is_kicked else "left"
        end(
            carrier,
            room,
            why=f"participant-with-end-conference-on-exit-{how}",
            others=MODERATOR,
            sid=member.call.sid,
            label=member.terms.label,
        )
        return
    if member.beeps_on_exit and room.is_started:
        room.sounds.put(music.somebody_left())
    _end_if_empty(carrier, room, sid=member.call.sid, label=member.terms.label, is_kicked=is_kicked)


def _say_goodbye(carrier: Carrier, room: Room, member: Member, reason: str) -> None:
    stop_music(member)
    room_sound.leave(member)
    member.visit.left_at_ms, member.visit.reason = carrier.clock.now_ms(), reason
    member.gone.set()
    is_over = reason == HUNG_UP and isinstance(member.call.command, HangUp)
    status = CallStatus.COMPLETED if is_over else member.call.status
    facts = (("ParticipantCallStatus", status.value), ("ReasonParticipantLeft", reason))
    report_member(carrier, room, member, "participant-leave", *facts)
    carrier.announce()


def _end_if_empty(carrier: Carrier, room: Room, *, sid: str, label: str, is_kicked: bool) -> None:
    if not room.members and not room.dialled:
        why = "last-participant-kicked" if is_kicked else "last-participant-left"
        end(carrier, room, why=why, others=MODERATOR, sid=sid, label=label)


def end(carrier: Carrier, room: Room, *, why: str, others: str, sid: str = "", label: str = "") -> None:
    """The conference is over; everybody who is left goes on with what follows their `<Dial>`."""
    if not room.is_live:
        return
    for member in list(room.members.values()):
        del room.members[member.call.sid]
        _say_goodbye(carrier, room, member, others)
    for call, _ in list(room.dialled.values()):
        call.commands.put_nowait(HangUp(CallStatus.CANCELED, by="carrier"))
    room.dialled.clear()
    recordings.stop_all(carrier, call=room)
    room.line.hang_up()
    room.status, room.reason_ended, room.ended_by_sid = "completed", why, sid
    room.ended_at_ms = room.updated_at_ms = carrier.clock.now_ms()
    facts = [("ReasonConferenceEnded", why), ("Reason", _SENTENCES[why])]
    if sid:
        facts.append(("CallSidEndingConference", sid))
    if label:
        facts.append(("ParticipantLabelEndingConference", label))
    report(carrier, room, "conference-end", *facts)
    carrier.announce()


def play_music(carrier: Carrier, member: Member, source: FetchDocument | None) -> None:
    """Let somebody hear music, from the beginning."""
    stop_music(member)
    member.playing = carrier.spawn(
        room_documents.play_music(carrier, call=member.call, source=source, sounds=member.music)
    )


def stop_music(member: Member) -> None:
    """No music any more."""
    if member.playing is not None:
        member.playing.cancel()
        member.playing = None
    member.music.clear()


async def _listen_for_speakers(carrier: Carrier, room: Room) -> None:
    while room.members:
        await carrier.clock.sleep(_SPOKE_MS)
        for member in list(room.members.values()) if room.is_started else ():
            if member.ear is None:
                continue
            member.call.line.run()
            member.ear.listen()
            is_speaking = (
                member.ear.speaking_ms >= _SPOKE_MS if not member.is_speaking else (member.ear.silent_ms < _PAUSED_MS)
            )
            if is_speaking != member.is_speaking and not member.muted:
                member.is_speaking = is_speaking
                event = "participant-speech-start" if is_speaking else "participant-speech-stop"
                report_member(carrier, room, member, event)
