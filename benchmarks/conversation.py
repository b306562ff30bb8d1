"""How soon the greeting leaves, and how exactly an interruption is known, over the whole product in real time.

Simulated callers ring the real processes through the sandbox, a few at a time. Each hears the greeting, asks for a long
answer and cuts into it at a moment drawn by lot. Both figures are differences on the sandbox's own clock, which its
carrier and its model share:

*first word*: from the stream's `start` to the first byte of the greeting at the carrier, less the model's own time
(from our request to its first sound).

*truncation*: what the model was told the caller had heard, less what the carrier had played when our clear arrived.
"""

import random
import statistics
import threading
from typing import Any

from benchmarks.goals import Goal, Outcome
from benchmarks.surroundings import with_stores
from tests.journeys.house import NUMBERS, House, eventually

AT_ONCE = 4
STORY = "Hi. Please tell me about your tents."
CUT_IN = "Sorry, I only want to know how much they cost."


def run(*, quick: bool = False, calls: int = 0, **_: Any) -> Outcome:
    """Hold that many calls, or as many as suit the time there is."""
    with with_stores():
        return _run(calls or (12 if quick else 40))


def _run(calls: int) -> Outcome:
    house = House("uvicorn", clock="real")
    try:
        dice, lock, held = random.Random(), threading.Lock(), []
        todo = list(range(calls))

        def hold_some() -> None:
            while todo:
                with lock:
                    if not todo:
                        return
                    todo.pop()
                    into_ms = dice.randint(700, 6000)
                held.append(_hold(house, into_ms))

        threads = [threading.Thread(target=hold_some) for _ in range(AT_ONCE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        sessions = [house.model_session(session_id) for session_id in house.model_session_ids()]
    finally:
        house.stop()
    first_words = [_first_word_ms(stream, sessions) for stream in held]
    errors = [error for stream in held for error in _truncation_errors_ms(stream, sessions)]
    goals = [
        Goal("first greeting byte beyond the model's own time, p95", "ms", _p95(first_words), 50),
        Goal("truncation error, p95", "ms", _p95([abs(error) for error in errors]), 20),
    ]
    measured = {
        "calls": len(held),
        "interruptions": len(errors),
        "first_word_ms": _spread(first_words),
        "truncation_error_ms": _spread(errors),
    }
    return Outcome(goals, measured)


def _hold(house: House, into_ms: int) -> dict[str, Any]:
    """One call; returns the carrier's record of its stream."""
    steps = [
        {"when": "assistant_done", "settle_ms": 900, "say": STORY},
        {"when": "assistant_speaking", "after_ms": into_ms, "say": CUT_IN},
        {"when": "assistant_done", "settle_ms": 500, "hang_up": True},
    ]
    sid = house.call(to=NUMBERS[0], steps=steps)
    eventually(lambda: house.on_line(sid)["status"] == "completed", within_s=90, what=sid)
    return house.streams(sid)[0]


def _session_of(stream: dict[str, Any], sessions: list[dict[str, Any]]) -> dict[str, Any]:
    """The model's session of a stream: the one that received what the stream sent, found by when its sound began."""
    began = stream["started_at_ms"]

    def distance(session: dict[str, Any]) -> float:
        asked = next((e["at_ms"] for e in session["received"] if e["type"] == "response.create"), float("inf"))
        same = session["audio_received_bytes"] == stream["frames"]["count"] * 160
        return abs(asked - began) + (0 if same else 1e6)

    return min(sessions, key=distance)


def _first_word_ms(stream: dict[str, Any], sessions: list[dict[str, Any]]) -> float:
    session = _session_of(stream, sessions)
    arrived = next(m["at_ms"] for m in stream["received"] if m["type"] == "media")
    asked = next(e["at_ms"] for e in session["received"] if e["type"] == "response.create")
    sounded = next(e["at_ms"] for e in session["sent"] if e["type"] == "response.output_audio.delta")
    return arrived - stream["started_at_ms"] - (sounded - asked)


def _truncation_errors_ms(stream: dict[str, Any], sessions: list[dict[str, Any]]) -> list[float]:
    told = [e for e in _session_of(stream, sessions)["received"] if e["type"] == "conversation.item.truncate"]
    clears = [m for m in stream["received"] if m["type"] == "clear"]
    return [t["audio_end_ms"] - c["played_of_filling_ms"] for t, c in zip(told, clears, strict=False)]


def _p95(values: list[float]) -> float:
    return sorted(values)[min(int(len(values) * 0.95), len(values) - 1)] if values else float("inf")


def _spread(values: list[float]) -> dict[str, float]:
    if not values:
        return {}
    return {
        "min": round(min(values), 1),
        "median": round(statistics.median(values), 1),
        "p95": round(_p95(values), 1),
        "max": round(max(values), 1),
    }
