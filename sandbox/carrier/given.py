"""What a scripted caller keys in or says and what no file holds: a card, a PIN. `{card}` in a step stands for it.

It is given with the placing of a call; what is not given is drawn by lot. It is kept in no record of the call.
"""

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from sandbox.carrier import cards
from sandbox.carrier.personas import Step

_PLACE = re.compile(r"\{(\w+)\}")
_KEYS = re.compile(r"[0-9*#A-D]+")


def _card(dice: random.Random) -> str:
    """The number of a card nobody has, with its check digit."""
    number = "4" + "".join(dice.choices("0123456789", k=14))
    return next(number + digit for digit in "0123456789" if cards.passes_luhn(number + digit))


_DRAWN: dict[str, Callable[[random.Random], str]] = {
    "card": _card,
    "expiry": lambda dice: f"{dice.randint(1, 12):02d}{dice.randint(90, 99)}",
    "code": lambda dice: "".join(dice.choices("0123456789", k=3)),
    "pin": lambda dice: "".join(dice.choices("0123456789", k=9)),
}


def fill(steps: tuple[Step, ...], given: Mapping[str, str], *, dice: random.Random) -> tuple[Step, ...]:
    """The steps with what stands for something replaced. Raises `ValueError` for what is not given, or is no keys."""
    names = {name for step in steps for text in (step.say, step.press) for name in _PLACE.findall(text)}
    values = {name: draw(dice) for name, draw in _DRAWN.items() if name in names} | dict(given)
    if missing := sorted(names - values.keys()):
        raise ValueError(f"nothing is given for {', '.join(missing)}")
    filled = tuple(
        replace(step, say=_filled(step.say, values), press=_filled(step.press, values)) if names else step
        for step in steps
    )
    for step in filled:
        if step.press and not _KEYS.fullmatch(step.press):
            raise ValueError("what is to be pressed is not made of the keys 0-9 * # A-D")
    return filled


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda found: values[found[1]], text)
