"""The model's side breaks while callers talk: its socket dies, it is slow, it refuses, its sessions expire."""

import random
from typing import Any

import pytest

from calls.realtime.session_config import TurnDetection
from tests.drill.callers import call_in
from tests.faults.case import Case, quantile
from tests.faults.house import Exposed, pass_time
from tests.faults.talkers import Talkers
from tests.journeys.house import NUMBERS, eventually

TALKERS = 10
APART_S = 7.0  # between two deaths of one call, at least
HEARD_MS = 1000  # on its way to the caller
TOO_LONG_MS = 4000
# A silence that lies here around a death is the death's.
BEFORE_MS, AFTER_MS = 300, 5000
GREETING = "Thank you for calling"
END_OF_TURN_MS = TurnDetection().silence_duration_ms  # so long after the last word the model knows that it was


def has_answered(house: Exposed, session: dict[str, Any], now_ms: float) -> bool:
    """Whether an answer of this session was heard to its end: three sessions in a row without one are given up."""
    said = [one for one in house.model_session(session["id"])["items"] if one["source"] == "model" and one["audio_ms"]]
    return any(one["at_ms"] + one["audio_ms"] + HEARD_MS < now_ms for one in said)


def silences(house: Exposed, sid: str) -> dict[str, Any]:
    return dict(house.ask("GET", f"calls/{sid}/silences.json", params={"over_ms": 20}))


@pytest.mark.fault("dying model")
def test_a_session_that_dies_at_any_moment_is_replaced(case: Case, house: Exposed) -> None:
    if not case.size:  # the small size leaves this to the journeys
        return
    dice = case.dice()
    talkers = Talkers(house, min(TALKERS, case.size), first=20).settle()
    deaths: list[float] = []
    while len(deaths) < case.size:
        pass_time(APART_S / TALKERS)
        now_ms = house.ask("GET", "clock")["now_ms"]
        if not (ripe := [one for one in house.sessions_at_the_model() if has_answered(house, one, now_ms)]):
            continue
        _kill(house, dice, dice.choice(ripe)["id"])
        deaths.append(house.ask("GET", "clock")["now_ms"])
    house.behave()
    talkers.prove()
    found = talkers.look()
    case.did(len(deaths))
    case.reached("calls that ended", found.ended)
    _silences(case, house, talkers, deaths)
    for caller in talkers.callers:
        greeted = sum(text.startswith(GREETING) for text in talkers.said(caller))
        case.reached("calls greeted twice", greeted - 1)
    talkers.hang_up()


def _kill(house: Exposed, dice: random.Random, session_id: str) -> None:
    """Now, or in its next answer: before the first sound, or in a word."""
    if dice.random() < 0.5:
        body = dice.choice(({"abrupt": True}, {"code": dice.choice((1001, 1005, 1011))}))
        house.ask("POST", f"sessions/{session_id}/close", json=body, at=house.model)
        return
    at = {"close_session": session_id, "close_at": dice.choice(("before_audio", "delta"))}
    faults = {"close_responses": 1, "close_abruptly": dice.random() < 0.5}
    house.ask("POST", "faults", json=at | faults, at=house.model)
    eventually(lambda: session_id not in {one["id"] for one in house.sessions_at_the_model()}, what="its next answer")


def _silences(case: Case, house: Exposed, talkers: Talkers, deaths: list[float]) -> None:
    worst: list[float] = []
    for caller in talkers.callers:
        heard = silences(house, caller.sid)
        at = heard["answered_at_ms"]
        for death in deaths:
            near = [
                one["ms"]
                for one in heard["silences"]
                if one["start_ms"] < death - at + AFTER_MS and one["end_ms"] > death - at - BEFORE_MS
            ]
            worst.append(max(near, default=0))
        case.reached("silences over 4 s", sum(one["ms"] > TOO_LONG_MS for one in heard["silences"]))
    case.reached("silence around a death, p95, ms", quantile(worst, 0.95))
    case.reached("silence around a death, p99, ms", quantile(worst, 0.99))


@pytest.mark.fault("slow model")
def test_an_answer_that_takes_long_is_covered_by_words(case: Case, house: Exposed) -> None:
    if not case.size:
        return
    talkers = Talkers(house, min(TALKERS, case.size), first=40).settle()
    since = {caller.sid: house.ask("GET", "clock")["now_ms"] for caller in talkers.callers}
    # Every answer is slow until each of them has had its share: a number of them might all fall to the same caller.
    slow = {"slow_responses": 1_000_000, "slow_first_audio_ms": 5000}
    house.ask("POST", "faults", json=slow, at=house.model)
    want = -(-case.size // len(talkers.callers))
    for caller in talkers.callers:
        eventually(lambda caller=caller: house.events(caller.sid, "filler_played") >= want, within_s=40 * want)
    house.behave()
    pass_time(6)
    before: list[float] = []
    for caller in talkers.callers:
        heard = silences(house, caller.sid)
        mine = [one for one in heard["silences"] if one["start_ms"] > since[caller.sid] - heard["answered_at_ms"]]
        before += [one["ms"] for one in mine]
        case.reached("silences over 4 s", sum(one["ms"] > TOO_LONG_MS for one in mine))
        case.reached("calls without a filler", not house.events(caller.sid, "filler_played"))
    case.did(case.size)
    # The caller's last word is what the silence begins with; an answer is slow from the end of their turn on.
    case.reached("from the end of a turn to the filler, p99, ms", quantile(before, 0.99) - END_OF_TURN_MS)
    talkers.hang_up()


REFUSALS = (
    {"refuse_connects": 200, "refuse_status": 429, "refuse_retry_after_s": 5},
    {"refuse_connects": 200, "refuse_status": 429, "refuse_no_quota": True},
    {"refuse_connects": 200, "refuse_status": 500},
    {"half_open": True},
)


@pytest.mark.fault("refusing model")
def test_a_model_that_refuses_is_apologised_for(case: Case, house: Exposed) -> None:
    if not case.size:
        return
    each = max(1, case.size // len(REFUSALS))
    for faults in REFUSALS[: case.size]:
        house.behave()
        house.ask("POST", "faults", json=faults, at=house.model)
        sids = [house.call(to=NUMBERS[n % 2]) for n in range(each)]
        for sid in sids:
            eventually(lambda sid=sid: house.on_line(sid)["status"] == "completed", within_s=90, what="the end")
            said = [verb["text"] for verb in house.on_line(sid)["verbs"] if verb["verb"] == "Say"]
            case.reached("calls that did not end with words", not said[-1].startswith("We are sorry"))
            case.reached("silences over 4 s", house.ask("GET", f"calls/{sid}/silences.json")["longest_ms"] > 4000)
        case.did(len(sids))


@pytest.mark.fault("rollover on the line")
def test_sessions_that_expire_are_relieved_unheard(case: Case, house: Exposed) -> None:
    if not case.size:  # the small size leaves this to the journeys
        return
    house.ask("POST", "faults", json={"session_expires_in_ms": 40_000}, at=house.model)
    known = house.model_session_ids()
    talkers = Talkers(house, TALKERS, first=60).settle()
    eventually(lambda: len(house.model_session_ids() - known) >= TALKERS + case.size, within_s=600, what="the rolls")
    talkers.prove()
    found = talkers.look()
    gaps = [house.model_session(one)["longest_append_gap_ms"] or 0 for one in house.model_session_ids() - known]
    case.did(len(gaps) - TALKERS)
    case.reached("calls that ended", found.ended)
    case.reached("longest gap between frames to the model, p99, ms", quantile(gaps, 0.99))
    for caller in talkers.callers:
        said = talkers.said(caller)
        case.reached("greetings repeated", sum(text.startswith(GREETING) for text in said) - 1)
        case.reached("words forgotten", sum("do not know the word" in text for text in said))
    talkers.hang_up()


@pytest.mark.fault("ragged lines")
def test_words_come_through_a_bad_network(case: Case, house: Exposed) -> None:
    if not case.size:
        return
    bad = {"lose_every": 20, "jitter_ms": 100, "swap_every": 50, "repeat_every": 30}
    house.ask("POST", "faults", json={"seed": case.seed, "stream": bad})
    callers = [call_in(house, n) for n in range(case.size)]  # words of the bank: tones bear no loss
    talkers = Talkers(house, 0)
    talkers.callers = callers
    for caller in callers:
        try:
            eventually(lambda caller=caller: caller.proof in talkers.said(caller), within_s=60)
        except AssertionError:
            case.reached("words not understood", 1)
        case.reached("calls that ended", house.on_line(caller.sid)["status"] != "in-progress")
    case.reached("words not understood", 0)
    case.did(case.size)
    talkers.hang_up()
