"""The people at the far end: those on disk are complete, and a wrong one is named."""

import pytest

from sandbox import speech
from sandbox.carrier import agents
from sandbox.carrier.agents import FOLDER, Pickup

KNOWN = agents.load_all()


def test_the_agents_there_are():
    assert list(KNOWN) == [path.stem for path in sorted(FOLDER.glob("*.toml"))]
    assert {agent.pickup for agent in KNOWN.values()} == set(Pickup)
    assert [agent.name for agent in KNOWN.values() if agent.beep] == ["voicemail"]


@pytest.mark.parametrize("agent", KNOWN.values(), ids=list(KNOWN))
def test_an_agent_is_complete_and_speaks_with_a_voice(agent):
    assert agent.title
    assert agent.about.endswith(".")
    for text in filter(None, (agent.greeting, *(step.say for step in agent.steps))):
        assert speech.say(text, voice=agent.voice).is_clip
    assert not (agent.steps and agent.pickup is not Pickup.ANSWERS)


def test_what_is_not_named_is_as_in_the_agent_it_is_based_on():
    agent = agents.read({"after_ms": 100}, based_on=KNOWN["declines"])
    assert (agent.after_ms, agent.steps, agent.voice) == (100, KNOWN["declines"].steps, "caller-m2")


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ({"pikcup": "never"}, "pikcup is unknown"),
        ({"pickup": "later"}, "pickup must be one of answers, never"),
        ({"after_ms": -1}, "after_ms"),
        ({"after_ms": "2"}, "after_ms"),
        ({"beep": 1}, "beep"),
        ({"steps": [{"when": "gather", "sing": "la"}]}, "step 1: sing"),
    ],
)
def test_a_wrong_agent_is_named(row, wrong):
    with pytest.raises(ValueError, match=wrong):
        agents.read(row)


def test_a_broken_file_is_named(tmp_path):
    (tmp_path / "odd.toml").write_text('after_ms = "soon"\n')
    with pytest.raises(ValueError, match=r"odd\.toml: after_ms"):
        agents.load_all(tmp_path)
