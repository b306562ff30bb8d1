"""Callers who talk all the time, and what became of every frame and every word of theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from tests.drill.callers import Caller, call_in
from tests.faults.house import Exposed, pass_time
from tests.journeys.house import eventually

FRAME_BYTES = 160
APART_S = 0.25
_TURNS = """
SELECT turn.party, turn.text FROM calls_transcriptturn turn JOIN calls_leg leg ON leg.call_id = turn.call_id
WHERE leg.leg_sid = %s AND turn.item_id <> 'opening' ORDER BY turn.started_ms, turn.id
"""
_ITEMS = """
SELECT turn.item_id, turn.party, turn.text FROM calls_transcriptturn turn
JOIN calls_leg leg ON leg.call_id = turn.call_id WHERE leg.leg_sid = %s
"""
# Turns of a conversation that may not be over, or not be written down yet.
NEWEST = 3


@dataclass(slots=True)
class Found:
    """What became of some callers."""

    frames_lost: int = 0
    turns_lost: int = 0
    ended: int = 0
    longest_gap_ms: float = 0.0
    turns: int = 0


class Talkers:
    """Some callers on the line, who talk until they are hung up on."""

    def __init__(self, house: Exposed, count: int, *, first: int = 0) -> None:
        self._house = house
        self.callers: list[Caller] = []
        for n in range(first, first + count):
            self.callers.append(call_in(house, n))
            pass_time(APART_S)
        house.residents |= {caller.sid for caller in self.callers}
        self._before = Found()
        self._is_settled = False

    def settle(self) -> "Talkers":
        """Wait until everybody has told the assistant a word, and been told it."""
        if self._is_settled:
            return self
        self._is_settled = True
        for caller in self.callers:
            eventually(lambda caller=caller: caller.proof in self.said(caller), within_s=90, what=caller.proof)
        return self

    def turns(self, caller: Caller) -> list[tuple[str, str]]:
        """The turns of a call in the books."""
        with psycopg.connect(self._house.books_url) as books:
            return [(str(party), str(text)) for party, text in books.execute(_TURNS, (caller.sid,)).fetchall()]

    def said(self, caller: Caller, party: str = "assistant") -> list[str]:
        """What a party said on this call."""
        return [text for who, text in self.turns(caller) if who == party]

    def prove(self) -> None:
        """Wait until everybody has been told his word once more: they still talk."""
        known = {caller.sid: self.said(caller).count(caller.proof) for caller in self.callers}
        for caller in self.callers:
            eventually(
                lambda caller=caller: self.said(caller).count(caller.proof) > known[caller.sid],
                within_s=60,
                what=caller.proof,
            )

    def look(self) -> Found:
        """What has become of them since the last look; they go on."""
        counts = {caller.sid: self._frames(caller) for caller in self.callers}
        known = self._house.ask("GET", "sessions", at=self._house.model)["sessions"]
        sessions = [self._house.model_session(one["id"]) for one in known]
        found = Found()
        for caller in self.callers:
            mine = [one for one in sessions if f"the word {caller.word}." in _all_text(one)]
            received = sum(one["audio_received_bytes"] for one in mine)
            found.frames_lost += max(0, counts[caller.sid] - received // FRAME_BYTES)
            found.ended += self._house.on_line(caller.sid)["status"] != "in-progress"
            found.longest_gap_ms = max([found.longest_gap_ms, *(one["longest_append_gap_ms"] or 0 for one in mine)])
            self._compare(caller, mine, found)
        before, self._before = self._before, found
        return Found(
            frames_lost=max(0, found.frames_lost - before.frames_lost),
            turns_lost=max(0, found.turns_lost - before.turns_lost),
            ended=found.ended - before.ended,
            longest_gap_ms=found.longest_gap_ms,
            turns=found.turns - before.turns,
        )

    def _frames(self, caller: Caller) -> int:
        return sum(stream["frames"]["count"] for stream in self._house.streams(caller.sid))

    def _compare(self, caller: Caller, sessions: Sequence[dict[str, Any]], found: Found) -> None:
        """Every turn the model knows of, but for the newest, is in the books once, with its words."""
        wanted = [(item["id"], turn) for one in sessions for item in one["items"] if (turn := _turn(item))][:-NEWEST]
        with psycopg.connect(self._house.books_url) as books:
            written = [
                (str(item), (str(party), str(text))) for item, party, text in books.execute(_ITEMS, (caller.sid,))
            ]
        found.turns += len(wanted)
        for item, turn in wanted:
            if written.count((item, turn)) != 1:
                found.turns_lost += 1
                print(f"{caller.sid}: {item} {turn} is written as {[one for one in written if one[0] == item]}")

    def latencies_ms(self, since_ms: float, until_ms: float) -> list[float]:
        """How long each frame took through the product, from the carrier's end of it to the model's."""
        found: list[float] = []
        known = self._house.ask("GET", "sessions", at=self._house.model)["sessions"]
        sessions = {one["id"]: self._house.model_session(one["id"]) for one in known}
        for caller in self.callers:
            mine = [key for key, one in sessions.items() if f"the word {caller.word}." in _all_text(one)]
            (stream,) = self._house.streams(caller.sid, frames=1)
            arrived = [
                at
                for key in mine
                for at in self._house.ask("GET", f"sessions/{key}/appends.json", at=self._house.model)["at_ms"]
            ]
            pairs = zip(stream["frame_sent_at_ms"], arrived, strict=False)
            found += [there - here for here, there in pairs if since_ms <= here < until_ms]
        return found

    def hang_up(self) -> None:
        """They leave."""
        for caller in self.callers:
            self._house.ask("POST", f"calls/{caller.sid}/hangup")
            self._house.residents.discard(caller.sid)
        self.callers.clear()


def _turn(item: dict[str, Any]) -> tuple[str, str] | None:
    who = {"caller": "customer", "model": "assistant"}.get(item["source"])
    text = _text(item)
    return (who, text) if who and text else None


def _text(item: dict[str, Any]) -> str:
    return " ".join(part.get("transcript") or part.get("text") or "" for part in item.get("content") or []).strip()


def _all_text(session: dict[str, Any]) -> str:
    return " ".join(_text(item) for item in session["items"])
