"""What a recording's box shows: something to play, or why there is nothing; and the marks on its waveform."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from calls.lifecycle import CopyState, PauseReason, RecordingStatus
from calls.models import Call, Recording, TranscriptTurn
from calls.models.recording import LIVE
from contactcenter.dashboard.timeline import Moment

# After this many tries the box stops asking by itself: the next try is many minutes away.
_ASK_UNTIL_TRY = 5
# How long after a call its recording may still be on its way from the carrier without a word.
_ON_ITS_WAY = timedelta(minutes=10)


class Box(StrEnum):
    """What stands in a recording's box."""

    RUNNING = "running"
    COMING = "coming"  # the page asks again by itself
    LATE = "late"  # not here yet, and the page no longer asks
    PLAYABLE = "playable"
    QUARANTINED = "quarantined"
    REFUSED = "refused"
    LOST = "lost"
    GONE = "gone"  # deleted when its time was over
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Mark:
    """A span or a point on the waveform, in percent of its length; `width` is None for a point."""

    kind: str  # notice, paused, cut, tool, keys
    left: float
    width: float | None
    from_ms: int  # on the call's clock
    to_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """A channel: the caller's (`caller`) or what they heard (`assistant`), or `both`; and who is heard, in words."""

    kind: str
    who: str


@dataclass(frozen=True, slots=True)
class Tape:
    """A recording as its box shows it."""

    recording: Recording
    box: Box
    channels: list[Side]  # by number
    marks: list[Mark]

    @property
    def end_ms(self) -> int:
        """Where the recording ends on the call's clock."""
        return (self.recording.offset_ms or 0) + (self.recording.duration_ms or 0)


@dataclass(frozen=True, slots=True)
class Running:
    """A recording under way, as an agent may change it."""

    recording: Recording
    may_pause: bool
    may_resume: bool


def running(call: Call) -> Running | None:
    """The recording of a live call; None when there is none."""
    recording = Recording.running(call) if call.is_live else None
    if recording is None or recording.status not in LIVE:
        return None
    is_paused = recording.status == RecordingStatus.PAUSED
    wants_it = PauseReason.AGENT in recording.pauses
    return Running(recording, may_pause=not is_paused or not wants_it, may_resume=is_paused and wants_it)


def tape(recording: Recording, *, call: Call, lines: list[Moment], now: datetime) -> Tape:
    """A recording's box at this moment."""
    box = _box(recording, call=call, now=now)
    ours, caller = Side("assistant", _heard_by_caller(recording, lines)), Side("caller", "Caller")
    channels = [ours if number == recording.assistant_channel else caller for number in range(recording.channels)]
    if recording.channels == 1:
        channels = [caller if recording.is_message else Side("both", "Everybody")]
    return Tape(recording, box, channels, _marks(recording, lines) if box is Box.PLAYABLE else [])


def _heard_by_caller(recording: Recording, lines: list[Moment]) -> str:
    """Who is on the other channel: the caller has one for themselves, and whoever they hear is on the other."""
    begins, ends = recording.offset_ms or 0, (recording.offset_ms or 0) + (recording.duration_ms or 0)
    found: dict[str, None] = {}  # in the order of their first word
    for line in lines:
        if begins <= line.at_ms < ends and (name := _who_is_heard(line)):
            found[name] = None
    if len(found) > 1:
        found.pop("Agent", None)  # somebody of those with a name
    return ", ".join(found) or "Assistant"


def _who_is_heard(line: Moment) -> str:
    if line.turn is None:
        return (
            str(line.event.data.get("who", "")) if line.event is not None and line.event_kind == "agent_joined" else ""
        )
    match line.turn.party:
        case TranscriptTurn.Party.ASSISTANT:
            return "Assistant"
        case TranscriptTurn.Party.AGENT:
            return line.turn.speaker or "Agent"
    return ""


def _box(recording: Recording, *, call: Call, now: datetime) -> Box:
    match recording.copy_state:
        case CopyState.REFUSED:
            return Box.REFUSED
        case CopyState.LOST:
            return Box.LOST
        case CopyState.STORED | CopyState.REMOVED:
            if not recording.audio:
                return Box.GONE
            return Box.PLAYABLE if recording.is_playable else Box.QUARANTINED
    if recording.status in (RecordingStatus.ABSENT, RecordingStatus.FAILED):
        return Box.NOTHING
    if call.is_live:
        return Box.RUNNING
    if recording.copy_state == CopyState.DUE:
        return Box.COMING if recording.copy_attempts <= _ASK_UNTIL_TRY else Box.LATE
    return Box.COMING if call.ended_at is None or now - call.ended_at < _ON_ITS_WAY else Box.LATE


def _marks(recording: Recording, lines: list[Moment]) -> list[Mark]:
    length = recording.duration_ms or 0
    if length <= 0:
        return []
    offset = recording.offset_ms or 0

    def mark(kind: str, start: int, end: int | None) -> Mark:
        left = min(max(start, 0), length)
        width = None if end is None else round((min(max(end, left), length) - left) * 100 / length, 3)
        return Mark(kind, round(left * 100 / length, 3), width, start + offset, None if end is None else end + offset)

    marks = []
    if recording.notice_started_ms is not None and recording.notice_ended_ms is not None:
        marks.append(mark("notice", recording.notice_started_ms, recording.notice_ended_ms))
    for start, end in recording.paused_spans:
        if start is not None and start - offset < length:
            marks.append(mark("paused", start - offset, length if end is None else end - offset))
    for line in lines:
        if line.audio_ms is None or line.tape_id != recording.pk:
            continue
        if line.turn is not None and line.turn.is_cut and line.audio_end_ms is not None:
            marks.append(mark("cut", line.audio_end_ms, None))
        elif line.kind in ("tool", "keys"):
            marks.append(mark(line.kind, line.audio_ms, None))
    return marks
