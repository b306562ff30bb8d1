"""One drill on a house that is up: callers come, bridges are ended, and everything is held against what happened."""

import json
import subprocess
import sys
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.drill import truth
from tests.drill.books import Books
from tests.drill.callers import REFUSAL, REFUSAL_RULE, Caller, call_in
from tests.drill.figures import Figures
from tests.drill.truth import Truth
from tests.journeys.fleet import Fleet
from tests.journeys.house import ROOT, eventually

GREETING = "Thank you for calling"
_APART_S = 0.3
_LEARN_EVERY_S = 0.5
_PATIENCE_S = 60.0
# A conversation that was taken up four times in 90 s is given up by the product: a bridge that dies with every call it
# gets must not be fed for ever. A drill is no such bridge.
BETWEEN_STRIKES_S = 25.0
# A silence that lies here around a strike, in milliseconds, is the strike's.
_BEFORE_MS, _AFTER_MS = 200, 7000


@dataclass(frozen=True, slots=True)
class Strike:
    """One bridge ended, at a moment in Unix seconds, and who was on it."""

    how: str
    at: float
    callers: tuple[Caller, ...]


class Drill:
    """`hold` it once."""

    def __init__(self, house: Fleet, books: Books) -> None:
        self._house = house
        self._books = books
        self._callers: dict[str, Caller] = {}
        self._strikes: list[Strike] = []
        self._truths: defaultdict[str, Truth] = defaultdict(Truth)  # by call; "": sessions in which nobody spoke yet
        self._learnt_at = float("-inf")
        self.figures = Figures()

    def hold(self, *, calls: int, hows: list[str], apart_s: float = BETWEEN_STRIKES_S) -> Figures:
        """Bring the callers on the line, strike once for each of `hows`, and look what became of each call."""
        pause = threading.Event()
        self._house.ask("POST", "script", json={"rules": [REFUSAL_RULE]}, at=self._house.model)
        for n in range(calls):
            caller = call_in(self._house, n)
            self._callers[caller.sid] = caller
            pause.wait(_APART_S)
        for caller in self._callers.values():
            eventually(
                lambda caller=caller: self._says(caller, caller.promise), within_s=_PATIENCE_S, what=caller.promise
            )
        print("everybody is talking", flush=True)
        self.figures.calls = calls
        for how in hows:
            if self._strikes:
                pause.wait(max(0.0, self._strikes[-1].at + apart_s - time.time()))
            self._strike(how)
        self._hang_up()
        self._hold_against_the_truth()
        return self.figures

    def _says(self, caller: Caller, text: str, *, since: float = 0.0) -> bool:
        if caller.has_refused:  # no book keeps a word of theirs
            if (
                time.monotonic() - self._learnt_at > _LEARN_EVERY_S
            ):  # whoever looks all the time takes the machine from them
                self._learn()
            return self._truths[caller.sid].has_said(text, since_ms=self._clock_ms(since))
        return any(turn.text == text and turn.at > since for turn in self._books.said(caller.sid))

    # --- a strike -----------------------------------------------------------------------------------------------

    def _strike(self, how: str) -> None:
        command = [sys.executable, "manage.py", "fire_drill", "--yes", "--json", "--how", how]
        drill = subprocess.Popen(
            command, cwd=ROOT, env=self._house.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        if how == "tool":
            assert drill.stderr is not None
            drill.stderr.readline()  # it waits for a tool by now
            self._put_a_tool_to_work()
        printed, complaints = drill.communicate(timeout=180)
        if not printed:
            raise SystemExit(f"the drill did not strike: {complaints}")
        struck = json.loads(printed)
        at = datetime.fromisoformat(struck["at"]).timestamp()
        strike = Strike(how, at, tuple(self._callers[self._books.sid_of(call)] for call in struck["calls"]))
        self._strikes.append(strike)
        self.figures.strikes += 1
        self.figures.struck += len(strike.callers)
        self.figures.turns_lost += struck["turns_lost"]
        self.figures.streams.setdefault(how, []).extend(struck["resumed"].values())
        self._see_who_goes_on(strike)
        for caller in strike.callers:
            self._measure(caller, strike)
        self._learn()
        longest = max(self.figures.silences[how][-len(strike.callers) :], default=0.0)
        print(
            f"{how}: {struck['bridge']} with {len(strike.callers)} calls, {longest:.2f} s without a sound", flush=True
        )

    def _put_a_tool_to_work(self) -> None:
        """A caller asks for something that the carrier takes its time over."""
        rule = {"method": "POST", "path": "Recordings", "times": 1, "delay_ms": 2500, "after_effect": True}
        self._house.ask("POST", "faults", json={"rest_delays": [rule]})
        willing = [caller for caller in self._callers.values() if not caller.has_refused]
        caller = next((caller for caller in willing if self._is_on_line(caller)), None)
        self.figures.effects_wanted += 1
        if caller is None:  # the figures will say what became of them
            return
        caller.has_refused = True
        self._house.ask("POST", f"calls/{caller.sid}/say", json={"text": REFUSAL})

    def _is_on_line(self, caller: Caller) -> bool:
        return bool(self._house.on_line(caller.sid)["status"] == "in-progress")

    def _see_who_goes_on(self, strike: Strike) -> None:
        """Each must be told its own word again, by whoever holds the conversation now."""
        left = set(range(len(strike.callers)))

        def all_of_them() -> bool:
            for n in list(left):
                if self._says(strike.callers[n], strike.callers[n].proof, since=strike.at):
                    left.discard(n)
            return not left

        try:
            eventually(all_of_them, within_s=_PATIENCE_S)
        except AssertionError:
            for n in left:
                sid = strike.callers[n].sid
                status = self._house.on_line(sid)["status"]
                print(f"not resumed: {sid} ({status}): {list(self._truths[sid].told.values())[-3:]}", flush=True)
        self.figures.resumed += len(strike.callers) - len(left)

    def _measure(self, caller: Caller, strike: Strike) -> None:
        silences = self._house.ask("GET", f"calls/{caller.sid}/silences.json", params={"over_ms": 20})
        struck_ms = self._clock_ms(strike.at) - silences["answered_at_ms"]
        around = [
            silence["ms"]
            for silence in silences["silences"]
            if silence["start_ms"] < struck_ms + _AFTER_MS and silence["end_ms"] > struck_ms - _BEFORE_MS
        ]
        self.figures.silences.setdefault(strike.how, []).append(max(around, default=0) / 1000)

    def _clock_ms(self, at: float) -> float:
        """A moment in Unix seconds, on the sandbox's clock."""
        return float(self._house.ask("GET", "clock")["now_ms"] - (time.time() - at) * 1000)

    # --- what happened, and what is written -----------------------------------------------------------------------

    def _learn(self) -> None:
        """Take in what the model knows, before it forgets its ended sessions."""
        self._learnt_at = time.monotonic()
        now_ms = self._house.ask("GET", "clock")["now_ms"]
        strikes_ms = [self._clock_ms(strike.at) for strike in self._strikes]
        for session_id in sorted(self._house.model_session_ids()):
            session: dict[str, Any] = self._house.model_session(session_id)
            sid = next((sid for sid, caller in self._callers.items() if caller.is_in(session)), "")
            self._truths[sid].add(session, strikes_ms=strikes_ms, now_ms=now_ms)

    def _hang_up(self) -> None:
        self._learn()
        for caller in self._callers.values():
            self._house.ask("POST", f"calls/{caller.sid}/hangup")
        eventually(self._books.are_closed, within_s=_PATIENCE_S, what="the end of every stream")

    def _hold_against_the_truth(self) -> None:
        figures, written = self.figures, set()
        for sid, caller in self._callers.items():
            turns = self._books.turns(sid)
            written |= {turn.item for turn in turns}
            figures.turns += len(turns)
            twice = truth.doubled((turn.party, turn.text, turn.at, turn.until) for turn in turns)
            figures.turns_doubled += len(twice)
            said = [turn.text for turn in turns if turn.party == "assistant"]
            if caller.has_refused:
                figures.words_kept += len(turns)
                said = list(self._truths.pop(sid).told.values())
            figures.greeted_twice += sum(text.startswith(GREETING) for text in said) > 1
            effects = self._refusals(sid)
            figures.effects += effects > 0
            figures.effects_repeated += max(effects - 1, 0)
            if twice:
                print(f"doubled: {sid}: {twice}", flush=True)
                struck = [f"{strike.how} {strike.at:.2f}" for strike in self._strikes]
                print(f"  struck: {', '.join(struck)}", flush=True)
                for turn in turns:
                    if turn.text in twice:
                        print(f"  {turn.at:.2f} to {turn.until:.2f}: {turn.item} {turn.text[:40]}", flush=True)
        for known in self._truths.values():
            for item in (lost := known.lost(written)):
                print(f"lost: {item}: {known.told[item]}", flush=True)
            figures.turns_told += len(known.told)
            figures.turns_lost += len(lost)
            figures.cut_off += len(known.cut_off(written))

    def _refusals(self, sid: str) -> int:
        """How often the carrier was asked to stop the tape of this call."""
        return sum(
            entry["method"] == "POST" and "/Recordings" in entry["path"] and "stopped" in str(entry["params"])
            for entry in self._house.on_line(sid)["rest"]
        )
