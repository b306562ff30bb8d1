"""The sound of a conference: every 20 ms each member is given what all the others said, and never themselves.

Frames go from line to line by the sandbox clock. What somebody said is heard one frame later, and later by the jitter
buffer, which on a real clock keeps words whole when the machine is busy.
"""

from sandbox import audio
from sandbox.audio import FRAME_BYTES, FRAME_MS
from sandbox.carrier.line import BYTES_PER_MS, Line
from sandbox.carrier.mixing import is_silent, mix
from sandbox.carrier.room import Member, Room
from sandbox.clock import Clock

_SLACK = 2 * FRAME_BYTES  # a buffer that holds more than this too much gets shorter in the next silence


async def run(clock: Clock, room: Room) -> None:
    """Move sound until nobody is left."""
    due_ms = clock.now_ms()
    while room.members:
        due_ms += FRAME_MS
        await clock.until(due_ms)
        move(room)


def move(room: Room) -> None:
    """One step of 20 ms."""
    members = list(room.members.values())
    said = {member.call.sid: _take(member) for member in members}
    everybody = room.sounds.take()
    for member in members:
        frames = [member.announcements.take()]
        if room.is_started and not member.is_held:
            frames.append(everybody)
            frames += [said[other.call.sid] for other in members if hears(member, other)]
        else:
            frames.append(member.music.take())
        _give(member.call.line, mix(frames), jitter=member.terms.jitter_ms * BYTES_PER_MS)
    if any(recording.span_from is not None for recording in room.recordings):
        spoken = [said[each.call.sid] for each in members if is_audible(each) and not each.is_coaching]
        _give(room.line, mix([everybody, *spoken]), jitter=0)


def is_audible(member: Member) -> bool:
    """Somebody may hear what they say."""
    return not member.muted and not member.is_held


def hears(listener: Member, speaker: Member) -> bool:
    """In a room that has started, with a listener who is not held."""
    if speaker is listener or not is_audible(speaker):
        return False
    return not speaker.is_coaching or speaker.coaches == listener.call.sid


def leave(member: Member) -> None:
    """Somebody is going: what the room still had for them is not heard any more."""
    member.call.line.run()
    member.call.line.outbound.clear()


def _take(member: Member) -> bytes:
    """What a member said in the last 20 ms; nothing in their first step, which only finds the place."""
    line = member.call.line
    if not line.is_open:
        return b""
    if member.taken is None:
        member.taken = line.run()
        return b""
    member.taken += FRAME_BYTES
    line.inbound.run_to(member.taken)
    return bytes(line.inbound.past[member.taken - FRAME_BYTES : member.taken])


def _give(line: Line, frame: bytes, *, jitter: int) -> None:
    track = line.outbound
    line.run()
    if jitter and not track.pending:
        track.put(audio.silence(jitter // BYTES_PER_MS))
    elif track.pending > jitter + _SLACK and is_silent(frame):
        return
    track.put(frame)
