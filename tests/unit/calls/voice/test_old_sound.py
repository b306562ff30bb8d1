"""Old sound gives way to text: seldom, in one step, and never without its summary."""

import json

from calls.realtime import wire
from calls.voice import effects as e
from calls.voice import messages as m
from calls.voice.memory import SUMMARISE_AFTER, VERBATIM_TURNS, Memory
from calls.voice.messages import Party
from calls.voice.old_sound import OldSound
from tests.unit.calls.voice.talk import Talk

ENOUGH = VERBATIM_TURNS + SUMMARISE_AFTER
LONG, SHORT = {"input_tokens": 16_000}, {"input_tokens": 15_999}


def a_memory(turns: int, *, used: dict[str, int] = LONG, limit: int = 16_000) -> Memory:
    memory = Memory(sound_limit=limit)
    say(memory, 0, turns)
    memory.old_sound.used(used)
    return memory


def say(memory: Memory, first: int, count: int) -> None:
    for n in range(first, first + count):
        party = Party.CUSTOMER if n % 2 else Party.ASSISTANT
        memory.said(e.TurnSpoken(party, f"item_{n}", n * 1000, n * 1000 + 500, f"Sentence {n}."), at_ms=n * 1000)


def test_what_is_summed_up_leaves_and_the_newest_turns_stay() -> None:
    memory = a_memory(ENOUGH)
    assert memory.wants_summary()
    say(memory, ENOUGH, 1)  # while the model writes
    first, *gone = memory.summarised("They talk in sentences.")
    assert first == e.AddMessage(
        "system", "Earlier in this call:\nThey talk in sentences.", item_id="old_sound_1", after="root"
    )
    assert gone == [e.DeleteItem(f"item_{n}") for n in range(SUMMARISE_AFTER)]


def test_the_next_summary_takes_the_place_of_the_one_before() -> None:
    memory = a_memory(ENOUGH)
    memory.wants_summary()
    memory.summarised("One.")
    say(memory, ENOUGH, SUMMARISE_AFTER)
    memory.old_sound.used(LONG)
    memory.wants_summary()
    first, *gone = memory.summarised("One and two.")
    assert isinstance(first, e.AddMessage)
    assert first.item_id == "old_sound_2"
    assert gone[0] == e.DeleteItem("old_sound_1")
    assert gone[1:] == [e.DeleteItem(f"item_{n}") for n in range(SUMMARISE_AFTER, 2 * SUMMARISE_AFTER)]


def test_a_short_conversation_keeps_its_sound_and_with_it_the_cache() -> None:
    for memory in (a_memory(ENOUGH, used=SHORT), a_memory(ENOUGH, limit=0)):
        assert memory.wants_summary()
        assert memory.summarised("They talk.") == []


def test_another_session_has_none_of_these_items() -> None:
    memory = a_memory(ENOUGH)
    memory.wants_summary()
    memory.model_lost()
    memory.old_sound.used(LONG)
    assert memory.wants_summary(), "asked for again"
    assert memory.summarised("They talk.") == []


def test_a_usage_of_another_shape_is_no_reason() -> None:
    old = OldSound(limit=1)
    old.said("item_1", at_ms=0)
    old.summing_up(before_ms=1)
    old.used({"input_tokens": "many"})
    assert old.replaced("They talk.") == []


def test_a_session_tells_the_model_and_the_books() -> None:
    talk = Talk(sound_limit=10)
    for n in range(ENOUGH + 1):
        talk.model(m.SpeechStarted(f"item_{n}", n * 100), m.SpeechStopped(f"item_{n}", n * 100 + 50))
        talk.model(m.CallerWords(f"item_{n}", f"Sentence {n}.", is_final=True))
    talk.model(m.ResponseStarted("resp_1"), m.ResponseEnded("resp_1", "completed", "", {"input_tokens": 10}))
    talk.model(m.SummaryWritten("They count."))
    deleted = [one.item_id for one in talk.done if isinstance(one, e.DeleteItem)]
    assert deleted[0] == "item_0"
    assert "old_sound_replaced" in {one.kind for one in talk.done if isinstance(one, e.Noted)}


def test_on_the_wire_the_summary_stands_in_front_and_items_are_deleted() -> None:
    message = e.AddMessage("system", "Earlier.", item_id="old_sound_1", after="root")
    assert json.loads(wire.encode(message, listening={})) == {
        "type": "conversation.item.create",
        "previous_item_id": "root",
        "item": {
            "type": "message",
            "role": "system",
            "id": "old_sound_1",
            "content": [{"type": "input_text", "text": "Earlier."}],
        },
    }
    deleted = json.loads(wire.encode(e.DeleteItem("item_1"), listening={}))
    assert deleted == {"type": "conversation.item.delete", "item_id": "item_1"}


def test_whatever_is_told_in_a_call_leaves_the_instructions_and_tools_alone() -> None:
    """They stand in front of the conversation: touching them would empty the model's cache of all of it."""
    updates = [json.loads(wire.encode(e.ListenAgain(), listening={"turn_detection": None}))]
    inside = {"type": "realtime", "audio": {"input": {"turn_detection": None}}}
    assert updates == [{"type": "session.update", "session": inside}]
