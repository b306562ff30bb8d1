"""What the far end knows of a call: the words the model told us, and what it said. The books are held against it.

A session that ended with its bridge had words on their way that nobody was there to take, and sound that nobody played
to its end. Those are counted apart: no product can keep what never reached it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

_WORDS = "conversation.item.input_audio_transcription.completed"
# Between the model's sending and the books: the socket, the event loop, the file.
_ON_ITS_WAY_MS = 150
# Between the last sound of an answer and the carrier's word that it was played.
_HEARD_OUT_MS = 600
# A frozen bridge keeps its sockets until it is found out; what reaches them meanwhile reaches nobody.
_FROZEN_MS = 5_000


@dataclass(slots=True)
class Truth:
    """By the model's id of each item: `told` surely reached the product, `adrift` may not have."""

    told: dict[str, str] = field(default_factory=dict)
    adrift: dict[str, str] = field(default_factory=dict)
    began: dict[str, float] = field(default_factory=dict)  # when the model's answers were first heard, in milliseconds

    def add(self, session: dict[str, Any], *, strikes_ms: Iterable[float], now_ms: float) -> None:
        """Take a session's record in, again and again if you like; the times of strikes are the sandbox's."""
        until_ms = _lived_until(session, strikes_ms, now_ms)
        for event in session["sent"]:
            if event["type"] == _WORDS and event["transcript"].strip():
                self._put(event["item_id"], event["transcript"], event["at_ms"] + _ON_ITS_WAY_MS < until_ms)
        for item, text, began_ms, ended_ms in _answers(session):
            self.began[item] = began_ms
            self._put(item, text, ended_ms + _HEARD_OUT_MS < until_ms)

    def _put(self, item: str, text: str, is_sure: bool) -> None:
        (self.told if is_sure else self.adrift).setdefault(item, text)

    def has_said(self, text: str, *, since_ms: float) -> bool:
        """True when the model said this after that moment, surely to its end."""
        return any(self.told.get(item) == text for item, at in self.began.items() if at > since_ms)

    def lost(self, written: Iterable[str]) -> list[str]:
        """The items that must be in the books and are not."""
        return sorted(self.told.keys() - set(written))

    def cut_off(self, written: Iterable[str]) -> list[str]:
        """The items that were on their way when their bridge ended, and are in no book."""
        return sorted(self.adrift.keys() - self.told.keys() - set(written))


def _lived_until(session: dict[str, Any], strikes_ms: Iterable[float], now_ms: float) -> float:
    """Until when a bridge was at the other end of this session."""
    closed_ms: float | None = session["closed_at_ms"]
    if closed_ms is None:
        return now_ms
    return max((at for at in strikes_ms if closed_ms - _FROZEN_MS < at <= closed_ms), default=closed_ms)


def _answers(session: dict[str, Any]) -> Iterator[tuple[str, str, float, float]]:
    """What the model said aloud, and to its end: item, text, and when that was played at the earliest, from and to."""
    for response in session["responses"]:
        if response["status"] == "completed" and response["first_audio_at_ms"] is not None:
            for item in response["output"]:
                if item["type"] == "message":
                    text = " ".join(part.get("transcript") or "" for part in item["content"])
                    began_ms = response["first_audio_at_ms"]
                    yield item["id"], text, began_ms, began_ms + response["audio_ms"]


def doubled(turns: Iterable[tuple[str, str, float, float]]) -> list[str]:
    """Texts that stand in one call's books twice for the same moment. Turns: party, text, start and end."""
    found, before = [], {}
    for party, text, start, end in sorted(turns, key=lambda turn: turn[2]):
        if text and before.get((party, text), float("-inf")) > start:
            found.append(text)
        before[party, text] = end
    return found
