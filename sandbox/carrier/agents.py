"""People at the far end of calls that we place: whether and when they pick up, and what they do then.

Colleagues are read from `sandbox/agents/*.toml`, customers from `sandbox/customers/*.toml`, both from a control request
too, and registered by the address they are dialled at.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

from sandbox.carrier.personas import Step, read_steps

FOLDER = Path(__file__).parent.parent / "agents"
CUSTOMERS = Path(__file__).parent.parent / "customers"
ANSWERED_BY = (
    *("human", "fax", "unknown", "machine_start"),
    *("machine_end_beep", "machine_end_silence", "machine_end_other"),
)


class Pickup(StrEnum):
    """What becomes of the ringing."""

    ANSWERS = "answers"
    NEVER = "never"  # it rings until the caller gives up
    BUSY = "busy"  # SIP 486, without ringing
    REJECTS = "rejects"  # SIP 603, while it rings
    FAILS = "fails"  # SIP 503, without ringing


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody who can be dialled. Times in milliseconds; the steps are those of a scripted caller."""

    name: str = "agent"
    title: str = ""
    about: str = ""
    voice: str = "caller"
    pickup: Pickup = Pickup.ANSWERS
    after_ms: int = 2_000  # of ringing
    greeting: str = ""  # said on picking up
    beep: bool = False  # after the greeting: an answering machine
    waits_ms: int = 0  # from picking up to the greeting
    guessed: str = ""  # what the carrier's machine detection takes them for, whoever they are; empty: it listens
    guess_after_ms: int = 0  # and how much later than usual it says so
    steps: tuple[Step, ...] = ()


def load_all(folder: Path = FOLDER) -> dict[str, Agent]:
    """Every agent of the folder by name, in the order of their file names. Raises `ValueError` for a broken file."""
    return {agent.name: agent for agent in map(_load, sorted(folder.glob("*.toml")))}


def everybody() -> dict[str, Agent]:
    """Colleagues and customers, by name."""
    return load_all() | load_all(CUSTOMERS)


def read(row: Mapping[str, Any], *, based_on: Agent | None = None) -> Agent:
    """An agent from a table; what it does not name is as in `based_on`. Raises `ValueError` naming what is wrong."""
    types: dict[str, Any] = {each.name: each.type for each in fields(Agent)}
    found = {name: getattr(based_on or Agent(), name) for name in types}
    for name, value in row.items():
        if name not in types:
            raise ValueError(f"{name} is unknown; known are {', '.join(types)}")
        if name == "steps":
            found[name] = read_steps(value)
        elif name == "pickup":
            if value not in list(Pickup):
                raise ValueError(f"pickup must be one of {', '.join(Pickup)}")
            found[name] = Pickup(value)
        elif name == "guessed" and value not in ("", *ANSWERED_BY):
            raise ValueError(f"guessed must be one of {', '.join(ANSWERED_BY)}")
        elif type(value) is not types[name] or (types[name] is int and value < 0):
            raise ValueError(f"{name} has the wrong type or is negative")
        else:
            found[name] = value
    return Agent(**found)


def _load(path: Path) -> Agent:
    try:
        return read(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValueError as wrong:
        raise ValueError(f"{path.name}: {wrong}") from wrong
