"""Simulated customers: keeps some of them on the line, one persona after the other, each from another number."""

import asyncio
import itertools
from collections.abc import Mapping

from sandbox.carrier import calls, persona_runner
from sandbox.carrier.given import fill
from sandbox.carrier.personas import Persona
from sandbox.carrier.state import Call, Carrier

_SHORTEST_GAP_MS, _LONGEST_GAP_MS = 1_000, 4_000
_LOOK_AGAIN_MS = 500
_AREA_CODES = ("415", "212", "206", "312", "617", "305", "404", "503", "512", "718")


async def keep(carrier: Carrier, *, lines: int, personas: list[Persona]) -> None:
    """Keep `lines` callers busy until cancelled; while no number is configured they wait."""
    turn = itertools.cycle([persona for persona in personas if persona.is_regular])
    async with asyncio.TaskGroup() as group:
        for line in range(lines):
            group.create_task(_customer(carrier, turn, first_gap_ms=line * _SHORTEST_GAP_MS))


async def _customer(carrier: Carrier, turn: "itertools.cycle[Persona]", *, first_gap_ms: float) -> None:
    await carrier.clock.sleep(first_gap_ms)
    while True:
        configured = [number.e164 for number in carrier.numbers.values() if number.voice_url]
        if not configured:
            await carrier.clock.sleep(_LOOK_AGAIN_MS)
            continue
        call = place(carrier, persona=next(turn), to=carrier.dice.choice(configured), from_=_from_number(carrier))
        await call.ended.wait()
        await carrier.clock.sleep(carrier.dice.uniform(_SHORTEST_GAP_MS, _LONGEST_GAP_MS))


def place(
    carrier: Carrier, *, persona: Persona, to: str, from_: str = "", given: Mapping[str, str] | None = None
) -> Call:
    """A persona calls `to`, from its own number unless told otherwise, and keys in what is `given`.

    Raises `calls.UnableToCall`, and `ValueError` for something that cannot be keyed in.
    """
    steps = fill(persona.steps, given or {}, dice=carrier.dice)
    call = calls.place(carrier, to=to, from_=from_ or persona.from_, caller=persona.name, voice=persona.voice)
    carrier.spawn(persona_runner.run(carrier, call=call, steps=steps))
    return call


def _from_number(carrier: Carrier) -> str:
    """A number nobody has: the 555-01xx block is reserved for fiction in every area code."""
    return f"+1{carrier.dice.choice(_AREA_CODES)}55501{carrier.dice.randrange(100):02d}"
