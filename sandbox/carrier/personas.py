"""Scripted callers: who they are and what they do when, read from `sandbox/callers/*.toml` or from a control request.

A script is a list of steps. Each waits for its moment (`when`) and then does one thing (say, press, cough, let the line
hiss, hang up); if the moment does not come within `give_up_ms`, the caller hangs up.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

from sandbox import noises

FOLDER = Path(__file__).parent.parent / "callers"


class When(StrEnum):
    """The moments a step can wait for."""

    ASSISTANT_DONE = "assistant_done"
    ASSISTANT_SPEAKING = "assistant_speaking"
    AT_MS = "at_ms"
    AFTER_MS = "after_ms"
    STREAM_ENDED = "stream_ended"
    GATHER = "gather"
    JOINED = "joined"
    HEARS = "hears"
    BEEP = "beep"
    HUNG_UP = "hung_up"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a script; at most one of say, press, cough, noise and hang_up. Times in milliseconds."""

    when: When
    hears: str = ""  # hears: these words, a regular expression in any case
    say: str = ""
    press: str = ""
    hang_up: bool = False
    cough: int = 0  # a burst of this length
    noise: int = 0  # from now on the line hisses at this level in dBFS, between the words; -90 ends it
    say_cut_ms: int = 0  # with say: hang up this long into the sentence
    settle_ms: int = 700  # assistant_done: how long it must have been silent
    after_ms: int = (
        0  # assistant_speaking: this long into its speech; else: this long after the step before, or after the moment
    )
    at_ms: int = 0  # at_ms: this long after the answer
    give_up_ms: int = 20_000


@dataclass(frozen=True, slots=True)
class Persona:
    """A scripted caller."""

    name: str
    title: str
    about: str
    from_: str
    voice: str
    steps: tuple[Step, ...]
    is_regular: bool = True
    """Whether they call of their own accord, when simulated customers are wanted."""


def read_steps(rows: Iterable[Mapping[str, Any]]) -> tuple[Step, ...]:
    """Check and read the steps of a script. Raises `ValueError` naming the step and what is wrong with it."""
    return tuple(_read_step(number, row) for number, row in enumerate(rows, start=1))


def _read_step(number: int, row: Mapping[str, Any]) -> Step:
    types: dict[str, Any] = {each.name: each.type for each in fields(Step)}
    if not hasattr(row, "items"):
        raise ValueError(f"step {number} is not a table")
    for name, value in row.items():
        wanted = str if name == "when" else types.get(name)
        if wanted is None:
            raise ValueError(f"step {number}: {name} is unknown")
        if type(value) is not wanted or (isinstance(value, int) and value < 0 and name != "noise"):
            raise ValueError(f"step {number}: {name} has the wrong type or is negative")
    if row.get("when") not in list(When):
        raise ValueError(f"step {number}: when must be one of {', '.join(When)}")
    step = Step(**{**row, "when": When(row["when"])})
    if sum(map(bool, (step.say, step.press, step.hang_up, "cough" in row, "noise" in row))) > 1:
        raise ValueError(f"step {number}: only one of say, press, cough, noise and hang_up is possible")
    check_sounds(cough_ms=row.get("cough"), noise_dbfs=row.get("noise"), where=f"step {number}: ")
    _check_words(number, step)
    if step.say_cut_ms and not step.say:
        raise ValueError(f"step {number}: say_cut_ms needs say")
    return step


def _check_words(number: int, step: Step) -> None:
    if bool(step.hears) != (step.when is When.HEARS):
        raise ValueError(f"step {number}: hears names the words of when = hears, and of nothing else")
    try:
        re.compile(step.hears)
    except re.error as wrong:
        raise ValueError(f"step {number}: hears is no regular expression: {wrong}") from wrong


def check_sounds(*, cough_ms: float | None = None, noise_dbfs: float | None = None, where: str = "") -> None:
    """Raise `ValueError` for a cough or a level that nobody would take for one."""
    if cough_ms is not None and not noises.SHORTEST_COUGH_MS <= cough_ms <= noises.LONGEST_COUGH_MS:
        raise ValueError(f"{where}a cough takes {noises.SHORTEST_COUGH_MS} to {noises.LONGEST_COUGH_MS} ms")
    if noise_dbfs is not None and not noises.QUIETEST_DBFS <= noise_dbfs <= noises.LOUDEST_DBFS:
        raise ValueError(f"{where}noise is {noises.QUIETEST_DBFS} to {noises.LOUDEST_DBFS} dBFS")


def load_all(folder: Path = FOLDER) -> dict[str, Persona]:
    """Every persona of the folder by name, in the order of their file names. Raises `ValueError` for a broken file."""
    return {persona.name: persona for persona in map(_load, sorted(folder.glob("*.toml")))}


def _load(path: Path) -> Persona:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        unknown = table.keys() - {"name", "title", "about", "from", "voice", "is_regular", "steps"}
        if unknown:
            raise ValueError(f"unknown keys: {', '.join(sorted(unknown))}")
        return Persona(
            name=table["name"],
            title=table["title"],
            about=table["about"],
            from_=table["from"],
            voice=table.get("voice", "caller"),
            steps=read_steps(table["steps"]),
            is_regular=bool(table.get("is_regular", True)),
        )
    except (KeyError, ValueError) as wrong:
        raise ValueError(f"{path.name}: {wrong}") from wrong
