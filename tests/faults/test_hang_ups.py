"""Callers hang up at any moment: the books close right and soon, and nothing of theirs is left."""

import random
import time
from contextlib import suppress
from dataclasses import dataclass

import psycopg
import pytest

from tests.faults.case import Case, quantile
from tests.faults.house import Exposed, pass_time
from tests.faults.talkers import Talkers
from tests.journeys.house import NUMBERS, eventually

AT_ONCE = 20
LATEST_MS = 20_000  # from the first ring: opening words, greeting, a question, a tool, an answer
SAYS = ("When are you open?", "Please stop recording this call.", "Please tell me about your tents.", "Thanks. Bye.")
_BOOKS = """
SELECT call.phase, call.ended_reason, coalesce(extract(epoch FROM max(event.kept_at)), 0) FROM calls_call call
JOIN calls_leg leg ON leg.call_id = call.id LEFT JOIN calls_callevent event
ON event.call_id = call.id AND event.kind IN ('leg_ended', 'stream_closed') WHERE leg.leg_sid = %s GROUP BY call.id
"""
# Whoever leaves while the assistant says goodbye was let go by it.
RIGHT = {"caller_hung_up", "assistant_ended", "assistant_farewell", "not_answered"}


@dataclass(slots=True)
class Leaver:
    """Somebody who hangs up."""

    sid: str
    at: float  # monotonic
    left_at: float = 0.0  # Unix seconds


def _steps(dice: random.Random) -> list[dict[str, object]]:
    return [{"when": "assistant_done", "settle_ms": 300, "say": text, "give_up_ms": 60_000} for text in SAYS] + [
        {"when": "at_ms", "at_ms": 60_000, "hang_up": True}
    ]


@pytest.mark.fault("hang-up")
def test_whoever_hangs_up_at_any_moment_leaves_nothing_behind(case: Case, house: Exposed, crowd: Talkers) -> None:
    assert crowd.callers, "others come on the line meanwhile, and stay"
    dice = case.dice()
    before = house.process.memory_info().rss
    waiting = [dice.uniform(0, LATEST_MS) / 1000 for _ in range(case.size)]
    if not case.is_full:
        waiting = [at / 3 + (n % 2) * 7 for n, at in enumerate(waiting)]  # few: some in the opening, some in the talk
    online: list[Leaver] = []
    done: list[Leaver] = []
    while waiting or online:
        if waiting and len(online) < AT_ONCE:
            sid = house.call(to=NUMBERS[len(waiting) % 2], steps=_steps(dice))
            online.append(Leaver(sid, time.monotonic() + waiting.pop()))
        for one in [one for one in online if one.at <= time.monotonic()]:
            house.ask("POST", f"calls/{one.sid}/hangup")
            one.left_at = time.time()
            online.remove(one)
            done.append(one)
        pass_time(0.02)
    eventually(house.is_quiet, what="a quiet line")
    with suppress(AssertionError):  # then they are counted
        eventually(house.is_let_go)
    left_open = house.open_sessions() - len(house.residents)
    took = [_closed_after_ms(house, case, one) for one in done]
    case.did(len(done))
    case.reached("calls not closed", sum(ms is None for ms in took))
    case.reached("calls closed with a wrong reason", 0)
    case.reached("sessions of the model left open", left_open)
    case.reached("streams left open", house.counted("calls_streams_open") - len(house.residents))
    case.reached("from the hang-up to the closed books, p99, ms", quantile([ms for ms in took if ms is not None], 0.99))
    case.reached("growth of the process, MB", (house.process.memory_info().rss - before) / 1e6)


def _closed_after_ms(house: Exposed, case: Case, one: Leaver) -> float | None:
    with psycopg.connect(house.books_url, autocommit=True) as books:
        try:
            phase, reason, kept_at = eventually(
                lambda: (row := books.execute(_BOOKS, (one.sid,)).fetchone()) and row[0] == "closed" and row,
                within_s=10,
            )
        except AssertionError:
            return None
    if reason not in RIGHT:
        case.reached("calls closed with a wrong reason", 1)
        print(one.sid, phase, reason, house.on_line(one.sid)["verbs"])
    return max(0.0, float(kept_at) - one.left_at) * 1000
