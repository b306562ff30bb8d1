import tomllib
from pathlib import Path

import pytest

import sandbox
from sandbox import speech

PERSONAS = sorted((Path(sandbox.__file__).parent / "callers").glob("*.toml"))
WHEN = {
    "assistant_done",
    "assistant_speaking",
    "at_ms",
    "after_ms",
    "stream_ended",
    "hears",
    "beep",
    "joined",
    "hung_up",
}
STEP_FIELDS = {"when", "settle_ms", "after_ms", "at_ms", "give_up_ms"} | {
    *("hears", "say", "say_cut_ms", "press", "cough", "noise", "hang_up")
}


def read(path):
    return tomllib.loads(path.read_text(encoding="utf-8"))


def test_the_personas_there_are():
    assert [path.stem for path in PERSONAS] == [
        "card_payer",
        "hangs_up",
        "interrupter",
        "keys",
        "leaves_message",
        "listener",
        "noisy",
        "pin_caller",
        "polite",
        "silent",
        "wants_person",
    ]
    numbers = [read(path)["from"] for path in PERSONAS]
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("path", PERSONAS, ids=lambda path: path.stem)
def test_a_persona_is_complete_and_ends_by_itself(path):
    persona = read(path)
    assert set(persona) - {"is_regular"} == {"name", "title", "about", "from", "voice", "steps"}
    assert persona["name"] == path.stem
    assert persona["about"].endswith(".")
    for step in persona["steps"]:
        assert set(step) <= STEP_FIELDS
        assert step["when"] in WHEN
        assert 0 < step["give_up_ms"] <= 60_000
        if "say_cut_ms" in step:
            assert step["say_cut_ms"] < speech.say(step["say"], voice=persona["voice"]).ms
    last = persona["steps"][-1]
    assert last["when"] == "hung_up" or "say_cut_ms" in last or last.get("hang_up")


@pytest.mark.parametrize("path", PERSONAS, ids=lambda path: path.stem)
def test_a_persona_speaks_with_a_voice(path):
    persona = read(path)
    for step in persona["steps"]:
        if "say" in step:
            said = speech.say(step["say"], voice=persona["voice"])
            assert said.is_clip
            assert speech.recognise(said.audio) == step["say"]
