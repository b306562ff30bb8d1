"""The customers at the far end of calls that are placed: complete, and taken for somebody else where they say so."""

import pytest

from sandbox import speech
from sandbox.carrier import agents
from tests.unit.sandbox.carrier.conftest import NUMBER

KNOWN = agents.load_all(agents.CUSTOMERS)
CAROL = "+14155552671"


@pytest.mark.parametrize("customer", KNOWN.values(), ids=list(KNOWN))
def test_a_customer_is_complete_and_speaks_with_a_voice(customer: agents.Agent) -> None:
    assert customer.title
    assert customer.about.endswith(".")
    assert customer.name not in agents.load_all()
    for text in filter(None, (customer.greeting, *(step.say for step in customer.steps))):
        assert speech.say(text, voice=customer.voice).is_clip


async def answered(world, who: agents.Agent) -> list[tuple[str, int]]:
    """Who the carrier says that it was, and after how long."""
    world.carrier.agents[CAROL] = who
    base = world.application.base
    world.application.pages |= {"/voice": '<Response><Pause length="20"/></Response>'}
    form = {"To": CAROL, "From": NUMBER, "Url": base + "/voice", "MachineDetection": "DetectMessageEnd"}
    form |= {"AsyncAmd": "true", "AsyncAmdStatusCallback": base + "/amd"}
    await world.rest("POST", "/Calls.json", data=form)
    await world.step(20_000)
    return [(got["AnsweredBy"], int(got["MachineDetectionDuration"])) for got in world.application.got("/amd")]


async def test_a_guess_may_be_wrong_and_late(open_world) -> None:
    async with open_world() as world:
        ((who, soon_ms),) = await answered(world, agents.read({"greeting": "Hello.", "after_ms": 500}))
        assert who == "human"
    async with open_world() as world:
        wrong = {"greeting": "Hello.", "after_ms": 500, "guessed": "machine_end_silence", "guess_after_ms": 3_000}
        ((who, late_ms),) = await answered(world, agents.read(wrong))
        assert who == "machine_end_silence"
        assert late_ms - soon_ms == pytest.approx(3_000, abs=60)


async def test_who_is_slow_to_speak_is_guessed_later(open_world) -> None:
    async with open_world() as world:
        slow = {"greeting": "Hello.", "after_ms": 500, "waits_ms": 2_000}
        ((who, took_ms),) = await answered(world, agents.read(slow))
        assert (who, took_ms > 3_000) == ("human", True)


def test_a_guess_is_one_of_the_carriers_words() -> None:
    with pytest.raises(ValueError, match="guessed must be one of human"):
        agents.read({"guessed": "a dog"})
