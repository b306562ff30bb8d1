"""What has been said and done in a call, as far as a new session of the model must know it.

A session of the model knows only its own conversation, and can die at any moment; so can the process that holds the
call. What is kept here is enough to go on: the newest turns word for word, the older ones in brief, the tools that were
called with what came of them, and what has been said by rule (the greeting). It fits into a small document, which is
written down with every turn.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from calls.voice import effects as e
from calls.voice.messages import Party
from calls.voice.old_sound import OldSound
from calls.voice.plan import COLLECT_DIGITS, SEND_DIGITS, from_supervisor

# The newest turns are kept word for word, as many as fit.
VERBATIM_TURNS = 14
TURN_LIMIT = 500  # characters of one turn
BRIEF_LIMIT = 1_600  # characters of everything older
# Older turns that are not in the summary yet, before the model is asked for a new one.
SUMMARISE_AFTER = 8
_BRIEF_TURN = 90
# As JSON in ASCII, so that no language makes it larger.
DOCUMENT_BYTES = 8_000
_BRIEF_BYTES = 2_400
_TOOL_LIMIT = 300
_VERSION = 1
_ROLES = {Party.CUSTOMER: "user", Party.ASSISTANT: "assistant", Party.SUPERVISOR: "system"}
_SPEAKERS = {Party.CUSTOMER: "Caller", Party.ASSISTANT: "You", Party.SUPERVISOR: "A supervisor, to you alone"}
UNKNOWN_OUTCOME = (
    "The line was interrupted while this was being done, so it is not known whether it happened. Do not do it again; "
    "tell the caller that a colleague will check it."
)

_INTERRUPTED = {
    COLLECT_DIGITS: "The line was interrupted before the caller had keyed it in. Ask for it once more.",
    SEND_DIGITS: "The line was interrupted, so it is not known whether the digits were sent. Listen before you go on.",
}


@dataclass(frozen=True, slots=True)
class _Entry:
    """A turn (`text` of `party`), a tool call with what came of it (None: nothing yet), or a note without a `call_id`.

    With a party, `call_id` names what a supervisor said; of a note, `name` is such a name.
    """

    at_ms: int
    party: Party | None
    text: str = ""
    call_id: str = ""
    name: str = ""
    output: str | None = None
    size: int = field(init=False, compare=False)  # bytes in the document

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", _bytes(_data(self)))

    @property
    def is_note(self) -> bool:
        """True for what the assistant was told, and nobody on the line."""
        return self.party is None and not self.call_id

    def brief(self) -> str:
        """One short line."""
        if self.is_note:
            return f"Note: {self.text}"[:_BRIEF_TURN]
        if self.party is None:
            return f"You used {self.name}: {self.output or UNKNOWN_OUTCOME}"[:_BRIEF_TURN]
        return f"{_SPEAKERS[self.party]}: {self.text}"[:_BRIEF_TURN]


class Memory:
    """The memory of one call; begun anew, or from what another process wrote down."""

    def __init__(self, document: Mapping[str, Any] | None = None, *, sound_limit: int = 0) -> None:
        known = document or {}
        self.has_greeted = known.get("greeted") is True
        self.prompts = _count(known.get("prompts"))
        self.is_quiet = known.get("quiet") is True
        self.has_news = known.get("news") is True
        self._summary = _text(known.get("summary"), BRIEF_LIMIT)
        self._entries = [entry for data in _list(known.get("entries")) if (entry := _entry(data)) is not None]
        # What the assistant was heard to say on this call, as far as it is known here.
        self.voiced = [entry.text for entry in self._entries if entry.party is Party.ASSISTANT]
        self._older: list[_Entry] = []  # not in the summary yet
        self._is_summarising = False
        self.old_sound = OldSound(limit=sound_limit)

    # --- taking in ---

    def said(self, spoken: e.TurnSpoken, *, at_ms: int) -> None:
        """A turn is known as it was heard; `at_ms` puts it in its place on the call's clock."""
        if spoken.is_final:
            self.old_sound.said(spoken.item_id, at_ms=at_ms)
        if spoken.text and spoken.is_final:
            if spoken.party is Party.ASSISTANT:
                self.voiced.append(spoken.text)
            self._add(_Entry(at_ms, spoken.party, spoken.text[:TURN_LIMIT]))

    def keyed(self, keys: str, *, at_ms: int) -> None:
        """The caller pressed these keys."""
        self._add(_Entry(at_ms, Party.CUSTOMER, keys))

    def advised(self, ref: str, text: str, *, at_ms: int) -> None:
        """A supervisor told the assistant what to do."""
        self._add(_Entry(at_ms, Party.SUPERVISOR, text[:TURN_LIMIT], ref))

    def knows(self, ref: str) -> bool:
        """True when this was told before, and is remembered word for word."""
        said = (entry for entry in self._entries if entry.is_note or entry.party is Party.SUPERVISOR)
        return any(ref in (entry.call_id, entry.name) for entry in said)

    def noted(self, text: str, *, at_ms: int, ref: str = "") -> None:
        """The assistant was told something that nobody on the line has said."""
        self._add(_Entry(at_ms, None, text[:TURN_LIMIT], name=ref))

    def tool_called(self, call_id: str, name: str, arguments: str, *, at_ms: int) -> None:
        """The model called a tool."""
        self._add(_Entry(at_ms, None, arguments[:_TOOL_LIMIT], call_id, name))

    def tool_answered(self, call_id: str, output: str) -> None:
        """A tool has answered."""
        for n, entry in enumerate(self._entries):
            if entry.party is None and entry.call_id == call_id:
                self._entries[n] = replace(entry, output=output[:_TOOL_LIMIT])

    def _add(self, entry: _Entry) -> None:
        place = len(self._entries)
        while place and self._entries[place - 1].at_ms > entry.at_ms:  # words are written down late
            place -= 1
        self._entries.insert(place, entry)
        while len(self._entries) > VERBATIM_TURNS:
            self._older.append(self._entries.pop(0))

    # --- the older part, in brief ---

    def wants_summary(self) -> str:
        """The lines to be summed up now; empty while there are few, or the model is at it already."""
        if self._is_summarising or len(self._older) < SUMMARISE_AFTER:
            return ""
        self._is_summarising = True
        self.old_sound.summing_up(before_ms=self._entries[0].at_ms)
        return "\n".join(filter(None, [self._summary, *(entry.brief() for entry in self._older)]))

    def summarised(self, text: str) -> list[e.ToModel]:
        """The model has written its summary of everything it was given; what puts it in the place of old sound."""
        orders: list[e.ToModel] = []
        if self._is_summarising and text.strip():
            self._summary = text.strip()[:BRIEF_LIMIT]
            self._older.clear()
            orders = self.old_sound.replaced(self._summary)
        self._is_summarising = False
        return orders

    def model_lost(self) -> None:
        """Whatever the model was writing will not come, and its items are gone."""
        self.old_sound.forget()
        self._is_summarising = False

    def _brief(self) -> str:
        """The older part: the summary, and the newest lines that are not in it."""
        lines, room = [], BRIEF_LIMIT - len(self._summary)
        for entry in reversed(self._older):
            line = entry.brief()
            room -= len(line) + 1
            if room < 0:
                break
            lines.append(line)
        return "\n".join(filter(None, [self._summary, *reversed(lines)]))

    # --- giving out ---

    def recalled(self) -> list[e.ToModel]:
        """Everything a new session must be told, in order."""
        orders: list[e.ToModel] = []
        if brief := self._brief():
            orders.append(e.AddMessage("system", f"Earlier in this call:\n{brief}"))
        for entry in self._entries:
            if entry.party is not None:
                is_ours = entry.party is Party.SUPERVISOR
                text = from_supervisor(entry.text) if is_ours else entry.text
                orders.append(e.AddMessage(_ROLES[entry.party], text))
                continue
            if entry.is_note:
                orders.append(e.AddMessage("system", entry.text))
                continue
            orders.append(e.AddToolCall(entry.call_id, entry.name, entry.text))
            if entry.output is not None:
                orders.append(e.AnswerTool(entry.call_id, entry.output))
        return orders

    def interrupted_tools(self) -> list[str]:
        """Close the books on tools whose answer nobody will bring any more; their call ids."""
        tools = [entry for entry in self._entries if entry.party is None and not entry.is_note]
        open_tools = [entry for entry in tools if entry.output is None]
        for tool in open_tools:
            self.tool_answered(tool.call_id, _INTERRUPTED.get(tool.name, UNKNOWN_OUTCOME))
        return [tool.call_id for tool in open_tools]

    def output_of(self, call_id: str) -> str:
        """What has come of a tool call; empty when nothing has, or it is not remembered."""
        found = (entry.output for entry in self._entries if entry.party is None and entry.call_id == call_id)
        return next(found, None) or ""

    def document(self, *, is_answer_owed: bool, is_quiet: bool = False) -> dict[str, Any]:
        """What is written down: plain values, at most eight kilobytes as JSON.

        `is_quiet`: the conversation is handed over in a pause, so nothing was missed and nothing need be said.
        """
        document = {
            "v": _VERSION,
            "greeted": self.has_greeted,
            "prompts": self.prompts,
            "owed": is_answer_owed,
            "quiet": is_quiet,
            "summary": _clipped(self._brief(), _BRIEF_BYTES),
        }
        room, kept = DOCUMENT_BYTES - _bytes(document) - len('"entries": []'), []
        for entry in reversed(self._entries):
            room -= entry.size + len(", ")
            if room < 0:
                break
            kept.append(_data(entry))
        return document | {"entries": kept[::-1]}


def completed(document: Mapping[str, Any], outputs: Mapping[str, str]) -> dict[str, Any]:
    """A document with what has come of its tools since it was written, by their call ids."""
    entries = [
        data | {"output": outputs[data["id"][:64]]}
        if isinstance(data, dict) and isinstance(data.get("id"), str) and data["id"][:64] in outputs
        else data
        for data in _list(document.get("entries"))
    ]
    return {**document, "entries": entries}


def broken_off(document: Mapping[str, Any], heard: Iterable[tuple[int, str]]) -> dict[str, Any]:
    """A document with what the caller had heard of the assistant's last words, as (moment, text)."""
    said = [
        {"at": at_ms, "party": Party.ASSISTANT.value, "text": f"{text[: TURN_LIMIT - 1]}…"} for at_ms, text in heard
    ]
    return {**document, "entries": _list(document.get("entries")) + said}


def told(document: Mapping[str, Any], notes: Iterable[str], *, at_ms: int) -> dict[str, Any]:
    """A document with what happened while the assistant was away; it speaks of it as soon as it is back."""
    added = [{"at": at_ms, "note": text[:TURN_LIMIT]} for text in notes]
    if not added:
        return dict(document)
    return {**document, "entries": _list(document.get("entries")) + added, "news": True, "quiet": False}


def _bytes(value: dict[str, Any]) -> int:
    return len(json.dumps(value).encode())


def _clipped(text: str, limit: int) -> str:
    """The end of a text that fits into so many bytes of JSON."""
    while len(json.dumps(text)) > limit:
        text = text[max(len(text) // 10, 1) :]
    return text


def _data(entry: _Entry) -> dict[str, Any]:
    if entry.party is not None:
        turn = {"at": entry.at_ms, "party": entry.party.value, "text": entry.text}
        return turn | {"id": entry.call_id} if entry.call_id else turn
    if entry.is_note:
        note = {"at": entry.at_ms, "note": entry.text}
        return note | {"ref": entry.name} if entry.name else note
    tool = {"at": entry.at_ms, "tool": entry.name, "id": entry.call_id, "text": entry.text}
    return tool if entry.output is None else tool | {"output": entry.output}


def _entry(data: Any) -> _Entry | None:
    """An entry as it was written; None for what is none."""
    if not isinstance(data, dict):
        return None
    at_ms, text = _count(data.get("at")), _text(data.get("text"), TURN_LIMIT)
    party = data.get("party")
    if isinstance(party, str) and party in set(Party):
        return _Entry(at_ms, Party(party), text, _text(data.get("id"), 64))
    if isinstance(data.get("note"), str):
        return _Entry(at_ms, None, _text(data["note"], TURN_LIMIT), name=_text(data.get("ref"), 64))
    if isinstance(data.get("tool"), str) and isinstance(data.get("id"), str):
        output = _text(data["output"], _TOOL_LIMIT) if "output" in data else None
        return _Entry(at_ms, None, text, data["id"][:64], data["tool"][:64], output)
    return None


def _text(value: Any, limit: int) -> str:
    return value[:limit] if isinstance(value, str) else ""


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
