"""Everything that was said and done in a call, in one order on one clock: milliseconds since the first ring."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from calls.models import Call, CallEvent, Recording, ToolRun, TranscriptTurn
from contactcenter.dashboard import supervisors
from contactcenter.dashboard.sealed import Sealed

# Events that stand between the turns; the others are in the table of events only.
_AMONG_TURNS = frozenset(
    {
        "silence_prompted",
        "end_decided",
        "ending_called_off",
        "hang_up_requested",
        "fallback_dialled",
        "apologised",
        "recording_paused",
        "recording_resumed",
        "recording_stopped",
        "recording_refused",
        "digits_sent",
        "digits_not_collected",
        "key_acted",
        "approval_asked",
        "approval_decided",
        "tool_refused",
        "note_taken",
        "rule_fired",
        "prompt_swapped",
    }
)
# What the caller has keyed: events, and where in them the keys are.
_KEYS = {"key_pressed": "digit", "digits_collected": "digits"}
# The caller's way to a person and back; each is a sentence of its own (`people_words.MOMENTS`).
ON_THE_WAY = frozenset(
    {
        "transfer_requested",
        "queued",
        "offered",
        "offer_ended",
        "agent_joined",
        "agent_left",
        "given_back",
        "hold_requested",
        "held",
        "unheld",
        "capture_began",
        "capture_ended",
        "voicemail_began",
        "third_rung",
        "barge",
        "coach_person",
    }
)
# What lies this close to a recording goes with it: events are known to the moment they were reported.
_NEAR_MS = 2_000


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the time line: a turn, keys pressed, a tool at work, a supervisor's word, or something that happened.

    `audio_ms` and `audio_end_ms` are its place in a recording, None when there is nothing to play; `tape_id` is which.
    """

    dom_id: str
    kind: str  # turn, keys, tool, coach, sealed, way, event
    at_ms: int
    audio_ms: int | None = None
    audio_end_ms: int | None = None
    tape_id: int | None = None
    turn: TranscriptTurn | None = None
    sealed: Sealed | None = None
    event_kind: str = ""
    text: str = ""  # the keys, the tool's name, or the supervisor's words
    event: CallEvent | None = None
    is_heard: bool = False  # by the assistant
    took_ms: int | None = None
    is_error: bool = False
    run: ToolRun | None = None  # what came of a tool: its sources, and what was wrong


def at_ms(event: CallEvent, call: Call) -> int:
    """When an event happened on the call's clock; from the wall clock where nothing better is known."""
    if event.at_ms is not None:
        return event.at_ms
    return int((event.at - call.started_at).total_seconds() * 1000)


def in_order(call: Call) -> list[CallEvent]:
    """A call's events on the call's clock, each with its `at_ms`."""
    happened = list(call.events.all())
    for event in happened:
        event.at_ms = at_ms(event, call)
    return sorted(happened, key=lambda event: (event.at_ms, event.pk))


def moments(
    turns: Iterable[TranscriptTurn],
    events: Iterable[CallEvent],
    *,
    recordings: Sequence[Recording],
    captures: Iterable[Sealed] = (),
    runs: Iterable[ToolRun] = (),
) -> list[Moment]:
    """Turns and what happened between them, in order; events must carry their `at_ms`, recordings their place.

    Where recordings lie over each other, a line goes with the first of them.
    """
    lines = [
        Moment(f"turn-{turn.pk}", "turn", turn.started_ms, audio_end_ms=turn.ended_ms, turn=turn) for turn in turns
    ]
    events = list(events)
    lines += _tools(events, {run.ref: run for run in runs})
    lines += _advice(events)
    lines += [
        Moment(block.dom_id, "sealed", block.at_ms, audio_end_ms=block.until_ms, sealed=block) for block in captures
    ]
    lines += [
        Moment(f"event-{event.pk}", kind, event.at_ms or 0, event_kind=event.kind, event=event)
        for kind, among in (("event", _AMONG_TURNS), ("way", ON_THE_WAY))
        for event in events
        if event.kind in among
    ]
    lines += [
        Moment(f"event-{event.pk}", "keys", event.at_ms or 0, text=str(event.data.get(_KEYS[event.kind], "")))
        for event in events
        if event.kind in _KEYS
    ]
    lines.sort(key=lambda line: line.at_ms)
    return [_placed(line, recordings) for line in _keys_together(lines)]


def _tools(events: Iterable[CallEvent], runs: Mapping[str, ToolRun]) -> list[Moment]:
    """Each tool once, where it was called, with how long it took when it has finished, and what came of it."""
    finished = {event.data.get("call_id"): event for event in events if event.kind == "tool_finished"}
    lines = []
    for event in events:
        if event.kind != "tool_called":
            continue
        end = finished.get(event.data.get("call_id"))
        lines.append(
            Moment(
                f"event-{event.pk}",
                "tool",
                event.at_ms or 0,
                text=str(event.data.get("name", "")),
                took_ms=None if end is None else (end.at_ms or 0) - (event.at_ms or 0),
                is_error=end is not None and bool(end.data.get("is_error")),
                run=runs.get(str(event.data.get("call_id"))[:64]),
            )
        )
    return lines


def _advice(events: Iterable[CallEvent]) -> list[Moment]:
    """What supervisors told the assistant, and whether it is known to have heard it."""
    heard = supervisors.heard(events)
    return [
        Moment(
            f"event-{event.pk}",
            "coach",
            event.at_ms or 0,
            text=str(event.data.get("text", "")),
            event=event,
            is_heard=event.data.get("ref") in heard,
        )
        for event in events
        if event.kind == "coached"
    ]


def _keys_together(lines: list[Moment]) -> list[Moment]:
    """Keys pressed one after the other make one line."""
    together: list[Moment] = []
    for line in lines:
        if line.kind == "keys" and together and together[-1].kind == "keys":
            together[-1] = replace(together[-1], text=together[-1].text + line.text)
        else:
            together.append(line)
    return together


def _placed(line: Moment, recordings: Sequence[Recording]) -> Moment:
    """The line with its place in the recording that covers it."""
    recording = next((one for one in recordings if _covers(one, line)), None)
    if recording is None or recording.offset_ms is None:
        return replace(line, audio_end_ms=None)
    start = max(line.at_ms - recording.offset_ms, 0)
    end = start if line.audio_end_ms is None else line.audio_end_ms - recording.offset_ms
    return replace(line, audio_ms=start, audio_end_ms=max(end, start), tape_id=recording.pk)


def _covers(recording: Recording, line: Moment) -> bool:
    if recording.offset_ms is None:
        return False
    begins, ends = recording.offset_ms - _NEAR_MS, recording.offset_ms + (recording.duration_ms or 0) + _NEAR_MS
    return line.at_ms < ends and max(line.audio_end_ms or 0, line.at_ms) >= begins
