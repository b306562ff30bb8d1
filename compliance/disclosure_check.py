"""Marks what had to be said first on the transcript of a call: what was said, when, in which order, and in time.

The words are spoken by the application, so that something is missing is a fault, not a slip of the tongue; this finds
it. It reads the transcript alone, as anybody would who asks for proof: the sentences are looked for by what they say.

A turn is known by its beginning and its end: where in it a sentence begins is reckoned by its place in the text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

# From the end of their greeting, or the answer, to the first word: 47 CFR 64.1200(a)(7).
IDENTITY_WITHIN_MS = 2_000
# From the end of the identity to the opt-out: (b)(3).
OPT_OUT_WITHIN_MS = 2_000
# By then all of it has begun: Conn. Gen. Stat. 42-288a.
ALL_WITHIN_MS = 10_000
# Where a sentence begins is reckoned, and what is reckoned is not held against anybody to the last tenth.
_DOUBT_MS = 400


class Need(StrEnum):
    """What has to be said, in this order."""

    IDENTITY = "identity"  # for whom we speak
    AI = "ai"  # that it is an AI
    OPT_OUT = "opt_out"  # how to have no more calls
    RECORDING = "recording"
    PURPOSE = "purpose"


@dataclass(frozen=True, slots=True)
class Said:
    """One turn of ours, on the call's clock; `text` is what was heard of it."""

    text: str
    started_ms: int
    ended_ms: int


@dataclass(frozen=True, slots=True)
class Duty:
    """What had to be said on this call. `answered_ms` on its clock; `greeting_ms`: how long their greeting took."""

    seller: str
    topic: str = ""
    is_outgoing: bool = True
    is_recorded: bool = True
    answered_ms: int = 0
    greeting_ms: int = 0


@dataclass(frozen=True, slots=True)
class Mark:
    """What became of one need; `problem` is a sentence for a person, empty when all is well.

    `at_ms` is the moment on the call's clock, None when it was never said; `after_ms` counts from the answer.
    """

    need: Need
    at_ms: int | None = None
    ended_ms: int | None = None
    after_ms: int | None = None
    problem: str = ""

    @property
    def is_good(self) -> bool:
        """True when it was said, in its place and in time."""
        return not self.problem


_AI = re.compile(
    r"\b(an? )?(ai|artificial(?:ly generated)?|automated|virtual) (assistant|voice|agent)\b", re.IGNORECASE
)
_OPT_OUT = re.compile(r"\bpress (9|nine)\b.{0,40}\bstop\b|\bsay stop\b", re.IGNORECASE)
_RECORDED = re.compile(r"\brecord(ed|ing)?\b", re.IGNORECASE)


def needs(duty: Duty) -> tuple[Need, ...]:
    """What has to be said on this call, in order."""
    found = [Need.IDENTITY, Need.AI]
    if duty.is_outgoing:
        found.append(Need.OPT_OUT)
    if duty.is_recorded:
        found.append(Need.RECORDING)
    if duty.is_outgoing and duty.topic.strip():
        found.append(Need.PURPOSE)
    return tuple(found)


def check(turns: Sequence[Said], duty: Duty) -> tuple[Mark, ...]:
    """What became of each need; the turns of ours in their order, what was said by rule and by the assistant alike."""
    marks: dict[Need, Mark] = {}
    for need in needs(duty):
        marks[need] = _judged(need, _find(need, turns, duty), marks, duty)
    return tuple(marks.values())


def _find(need: Need, turns: Sequence[Said], duty: Duty) -> tuple[int, int] | None:
    """When the first sentence that says this began and ended."""
    pattern = _pattern(need, duty)
    for turn in turns:
        found = pattern.search(turn.text)
        if found is not None:
            return _moment(turn, _sentence_start(turn.text, found.start())), _moment(
                turn, _sentence_end(turn.text, found.end())
            )
    return None


def _pattern(need: Need, duty: Duty) -> re.Pattern[str]:
    match need:
        case Need.IDENTITY:
            return _words_of(duty.seller)
        case Need.AI:
            return _AI
        case Need.OPT_OUT:
            return _OPT_OUT
        case Need.RECORDING:
            return _RECORDED
        case Need.PURPOSE:
            return _words_of(duty.topic)


def _words_of(text: str) -> re.Pattern[str]:
    """A name as it is said: in any case, whatever stands between its words."""
    words = re.findall(r"[^\W_]+", text)
    return re.compile(r"[\W_]+".join(map(re.escape, words)) if words else r"(?!)", re.IGNORECASE)


def _sentence_start(text: str, place: int) -> int:
    before = max(text.rfind(mark, 0, place) for mark in (". ", "? ", "! "))
    return 0 if before < 0 else before + 2


def _sentence_end(text: str, place: int) -> int:
    after = [end for mark in (". ", "? ", "! ") if (end := text.find(mark, max(place - 1, 0))) >= 0]
    return min(after) + 1 if after else len(text)


def _moment(turn: Said, place: int) -> int:
    length = max(turn.ended_ms - turn.started_ms, 0)
    return turn.started_ms + length * place // max(len(turn.text), 1)


def _judged(need: Need, found: tuple[int, int] | None, before: dict[Need, Mark], duty: Duty) -> Mark:
    if found is None:
        return Mark(need, problem="Not said.")
    at_ms, ended_ms = found
    after_ms = at_ms - duty.answered_ms
    return Mark(need, at_ms, ended_ms, after_ms, _problem(need, at_ms, after_ms, before, duty))


def _problem(need: Need, at_ms: int, after_ms: int, before: dict[Need, Mark], duty: Duty) -> str:
    last = next((mark for mark in reversed(before.values()) if mark.at_ms is not None), None)
    if last is not None and last.at_ms is not None and at_ms < last.at_ms:
        return f"Said before {NAMES[last.need]}."
    waited_ms = after_ms - duty.greeting_ms
    if need in (Need.IDENTITY, Need.AI) and waited_ms > IDENTITY_WITHIN_MS + _DOUBT_MS and duty.is_outgoing:
        return f"Said {waited_ms / 1000:.1f} s after their greeting; 2 s are allowed."
    identity = before.get(Need.IDENTITY)
    if need is Need.OPT_OUT and identity is not None and identity.ended_ms is not None:
        gap_ms = at_ms - identity.ended_ms
        if gap_ms > OPT_OUT_WITHIN_MS + _DOUBT_MS:
            return f"Said {gap_ms / 1000:.1f} s after who is calling; 2 s are allowed."
    if after_ms > ALL_WITHIN_MS + _DOUBT_MS and duty.is_outgoing:
        return f"Begun {after_ms / 1000:.1f} s after the answer; 10 s are allowed."
    return ""


NAMES = {
    Need.IDENTITY: "who is calling",
    Need.AI: "that it is an AI",
    Need.OPT_OUT: "how to have no more calls",
    Need.RECORDING: "that it is recorded",
    Need.PURPOSE: "what it is about",
}
