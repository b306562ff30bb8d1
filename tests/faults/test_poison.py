"""One call of many is sent poison; the others lose no frame, no word, and not their line."""

import random

import pytest
import requests

from tests.faults.case import Case
from tests.faults.house import Exposed, pass_time
from tests.faults.talkers import Talkers
from tests.journeys.house import NUMBERS, eventually

OTHERS = 20
OF_THE_MODEL = ("not_json", "not_object", "unknown_type", "missing_fields", "binary")
APART_S = 0.3
AT_ONCE = 20


def kinds(house: Exposed, dice: random.Random, count: int) -> list[str]:
    """The poisons to give: of the carrier's side all there are, drawn by lot, and the model's garbage among them."""
    names = [one["name"] for one in house.ask("GET", "poisons")["poisons"]]
    dice.shuffle(names)
    of_model = [f"model {odd}" for odd in OF_THE_MODEL]
    return ([*of_model[:2], *names[: count - 2]] if count < len(names) else [*of_model, *names])[:count]


def call_all(house: Exposed, poisons: list[str]) -> list[tuple[str, str]]:
    """One call for each poison; its sid, and the session of the model that waits for it."""
    made = []
    for _ in poisons:
        known = house.model_session_ids()
        sid = house.call(to=NUMBERS[1], steps=[{"when": "at_ms", "at_ms": 30_000, "hang_up": True}])
        (session,) = eventually(lambda known=known: house.model_session_ids() - known, what="a warmed session")
        made.append((sid, session))
        pass_time(APART_S)
    return made


def give(house: Exposed, name: str, sid: str, session: str) -> None:
    """This call gets this poison; streams open in the order of the calls, and each takes what is laid out then."""
    is_of_model = name.startswith("model ")
    house.ask("POST", "faults", json={"stream": {"poison": "" if is_of_model else name, "poison_at": 10}})
    eventually(lambda: any(one["opened_at_ms"] for one in house.streams(sid)), what=f"the stream of {name}")
    if is_of_model:
        house.ask("POST", f"sessions/{session}/send", json={"odd": name.removeprefix("model ")}, at=house.model)


@pytest.mark.fault("poison")
def test_poison_for_one_call_is_not_felt_by_the_others(case: Case, house: Exposed) -> None:
    others = Talkers(house, OTHERS)
    case.reached("other calls on the line", OTHERS)
    if case.is_full:
        others.settle().prove()
        healthy = others.look()
        case.reached("longest gap between frames of the others, without poison, ms", healthy.longest_gap_ms)
    poisons = kinds(house, case.dice(), case.size)
    for first in range(0, len(poisons), AT_ONCE):
        batch = poisons[first : first + AT_ONCE]
        victims = call_all(house, batch)
        for name, (sid, session) in zip(batch, victims, strict=True):
            give(house, name, sid, session)
        for sid, _ in victims:
            eventually(lambda sid=sid: _has_had_it(house, sid), what=f"the poison of {sid}")
    others.settle().prove()
    found = others.look()
    assert requests.get(f"{house.url}/readyz", timeout=10).ok
    case.did(len(poisons))
    case.reached("frames the others lost", found.frames_lost)
    case.reached("turns the others lost", found.turns_lost)
    case.reached("others that ended", found.ended)
    case.reached("longest gap between frames of the others, with poison, ms", found.longest_gap_ms)
    others.hang_up()
    house.clear_the_line()
    assert "bridge failed" not in house.log("web"), "poison is recognised as such"


def _has_had_it(house: Exposed, sid: str) -> bool:
    (stream,) = house.streams(sid)[:1]
    return bool(stream["poison"]) or stream["state"] == "closed" or stream["frames"]["count"] > 20
