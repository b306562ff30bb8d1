"""One call of many is sent poison; the others lose no frame, no word, and not their line."""

import random

import pytest
import requests

from tests.faults import bad_tools
from tests.faults.case import Case, quantile
from tests.faults.house import Exposed, pass_time
from tests.faults.talkers import Talkers
from tests.journeys.house import NUMBERS, eventually

LEAVES_AT_MS = 45_000  # who was not hung up before
OF_THE_MODEL = ("not_json", "not_object", "unknown_type", "missing_fields", "binary")
APART_S = 0.3
# Victims at once: what is measured is the poison, not how many calls this machine carries.
AT_ONCE = 5
AFTERMATH_S = 1.0  # what a poison does to others it has done by then
HEALTHY = ""  # as good as any call; what the others feel of so many of these is what they feel of calls


def kinds(house: Exposed, dice: random.Random, count: int) -> list[str]:
    """The poisons to give: of the carrier's side all there are, drawn by lot, and the model's garbage among them."""
    names = [one["name"] for one in house.ask("GET", "poisons")["poisons"]]
    dice.shuffle(names)
    of_model = [f"model {odd}" for odd in OF_THE_MODEL]
    of_tools = [f"tool {name}" for name in bad_tools.BAD]
    if count < len(names):
        return [dice.choice(of_model), *of_tools, *names][:count]
    return [*of_tools, *of_model, *names]


def now_ms(house: Exposed) -> float:
    """The sandbox's clock."""
    return float(house.ask("GET", "clock")["now_ms"])


def call_all(house: Exposed, poisons: list[str]) -> list[tuple[str, str]]:
    """One call for each poison; its sid, and the session of the model that waits for it."""
    made = []
    for name in poisons:
        known = house.model_session_ids()
        steps = [{"when": "at_ms", "at_ms": LEAVES_AT_MS, "hang_up": True}]
        if name.startswith("tool "):  # said twice: on a busy machine one of them may not be understood
            asks = {"when": "assistant_done", "say": f"Please use the {name}.", "give_up_ms": LEAVES_AT_MS}
            steps = [asks, asks, *steps]
        sid = house.call(to=NUMBERS[1], steps=steps)
        (session,) = eventually(lambda known=known: house.model_session_ids() - known, what="a warmed session")
        made.append((sid, session))
        pass_time(APART_S)
    return made


def give(house: Exposed, name: str, sid: str, session: str) -> None:
    """This call gets this poison; streams open in the order of the calls, and each takes what is laid out then."""
    is_of_model = name.startswith("model ")
    is_of_carrier = not name.startswith(("model ", "tool "))
    house.ask("POST", "faults", json={"stream": {"poison": name if is_of_carrier else HEALTHY, "poison_at": 10}})
    eventually(lambda: any(one["opened_at_ms"] for one in house.streams(sid)), what=f"the stream of {name}")
    if is_of_model:
        house.ask("POST", f"sessions/{session}/send", json={"odd": name.removeprefix("model ")}, at=house.model)


def give_all(house: Exposed, poisons: list[str]) -> None:
    """Some victims at a time are called in, get theirs, and are hung up."""
    for first in range(0, len(poisons), AT_ONCE):
        batch = poisons[first : first + AT_ONCE]
        victims = call_all(house, batch)
        for name, (sid, session) in zip(batch, victims, strict=True):
            give(house, name, sid, session)
        for name, (sid, _) in zip(batch, victims, strict=True):
            eventually(lambda name=name, sid=sid: _has_had_it(house, name, sid), what=f"{name} for {sid}")
        pass_time(AFTERMATH_S)
        for sid, _ in victims:
            house.ask("POST", f"calls/{sid}/hangup")


@pytest.mark.fault("poison")
def test_poison_for_one_call_is_not_felt_by_the_others(case: Case, house: Exposed, crowd: Talkers) -> None:
    house.ask("POST", "script", json={"rules": bad_tools.script()}, at=house.model)
    others = crowd
    case.reached("other calls on the line", len(others.callers))
    if case.is_full:
        others.settle().prove()
        quiet_from = now_ms(house)
        give_all(house, [HEALTHY] * 3 * AT_ONCE)
        quiet = others.latencies_ms(quiet_from, now_ms(house))
        case.reached("longest gap between frames of the others, without poison, ms", others.look().longest_gap_ms)
    poisons = kinds(house, case.dice(), case.size)
    began = now_ms(house)
    give_all(house, poisons)
    ended = now_ms(house)
    others.settle()
    found = others.look()
    assert requests.get(f"{house.url}/readyz", timeout=10).ok
    case.did(len(poisons))
    case.reached("frames the others lost", found.frames_lost)
    case.reached("turns the others lost", found.turns_lost)
    case.reached("others that ended", found.ended)
    case.reached("longest gap between frames of the others, with poison, ms", found.longest_gap_ms)
    if case.is_full:
        poisoned = others.latencies_ms(began, ended)
        case.reached("latency of the others without poison, p99, ms", quantile(quiet, 0.99))
        case.reached("latency of the others with poison, p99, ms", quantile(poisoned, 0.99))
        case.reached("added latency of the others, p99, ms", quantile(poisoned, 0.99) - quantile(quiet, 0.99))
    house.clear_the_line()
    assert "bridge failed" not in house.log("web"), "poison is recognised as such"


def _has_had_it(house: Exposed, name: str, sid: str) -> bool:
    if name.startswith("tool "):
        return house.events(sid, "tool_finished") > 0
    (stream,) = house.streams(sid)[:1]
    return bool(stream["poison"]) or stream["state"] == "closed" or stream["frames"]["count"] > 20
