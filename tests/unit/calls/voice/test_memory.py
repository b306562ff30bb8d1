"""What a new session must know, and what is written down of it."""

import json

from hypothesis import given
from hypothesis import strategies as st

from calls.voice import effects as e
from calls.voice import memory
from calls.voice.memory import (
    DOCUMENT_BYTES,
    SUMMARISE_AFTER,
    UNKNOWN_OUTCOME,
    VERBATIM_TURNS,
    Memory,
    broken_off,
    completed,
)
from calls.voice.messages import Party


def turn(text: str, at_ms: int = 0, party: Party = Party.CUSTOMER) -> e.TurnSpoken:
    return e.TurnSpoken(party, f"item_{at_ms}", at_ms, at_ms + 500, text)


def filled(count: int) -> Memory:
    memory = Memory()
    for n in range(count):
        party = Party.ASSISTANT if n % 2 else Party.CUSTOMER
        memory.said(turn(f"sentence number {n}", n * 1000, party), at_ms=n * 1000)
    return memory


def again(memory: Memory) -> Memory:
    """The memory another process makes of what was written down."""
    return Memory(json.loads(json.dumps(memory.document(is_answer_owed=False))))


def test_turns_are_recalled_in_the_order_they_were_spoken_whenever_they_were_written_down() -> None:
    memory = Memory()
    memory.said(turn("Hello.", 0, Party.ASSISTANT), at_ms=0)
    memory.said(turn("Sure.", 3000, Party.ASSISTANT), at_ms=3000)
    memory.said(turn("Can you help?", 1500), at_ms=1500)
    assert [order.text for order in memory.recalled()] == ["Hello.", "Can you help?", "Sure."]
    assert [order.role for order in memory.recalled()] == ["assistant", "user", "assistant"]


def test_silent_turns_are_not_recalled() -> None:
    memory = Memory()
    memory.said(turn(""), at_ms=0)
    assert memory.recalled() == []


def test_the_newest_turns_are_word_for_word_and_the_older_ones_in_brief() -> None:
    brief, *newest = filled(VERBATIM_TURNS + 5).recalled()
    assert brief.role == "system"
    assert "Caller: sentence number 0" in brief.text
    assert [order.text for order in newest] == [f"sentence number {n}" for n in range(5, VERBATIM_TURNS + 5)]


def test_the_model_is_asked_for_a_summary_once_there_is_enough_to_sum_up() -> None:
    memory = filled(VERBATIM_TURNS + SUMMARISE_AFTER - 1)
    assert memory.wants_summary() == ""
    memory = filled(VERBATIM_TURNS + SUMMARISE_AFTER)
    assert "sentence number 0" in memory.wants_summary()
    assert memory.wants_summary() == "", "not twice at once"
    memory.summarised("The caller counts sentences.")
    assert memory.recalled()[0].text == "Earlier in this call:\nThe caller counts sentences."


def test_a_summary_that_fails_leaves_the_lines_as_they_are() -> None:
    memory = filled(VERBATIM_TURNS + SUMMARISE_AFTER)
    memory.wants_summary()
    memory.summarised("  ")
    assert "sentence number 0" in memory.recalled()[0].text
    assert memory.wants_summary() != ""


def test_a_summary_lost_with_its_session_can_be_asked_for_again() -> None:
    memory = filled(VERBATIM_TURNS + SUMMARISE_AFTER)
    memory.wants_summary()
    memory.model_lost()
    assert memory.wants_summary() != ""


def test_a_tool_is_recalled_with_its_answer_where_it_was_called() -> None:
    memory = Memory()
    memory.said(turn("Where is my order?", 0), at_ms=0)
    memory.tool_called("t1", "look_up", '{"no": 4}', at_ms=800)
    memory.tool_answered("t1", "on its way")
    memory.said(turn("It is on its way.", 1500, Party.ASSISTANT), at_ms=1500)
    assert memory.recalled()[1:3] == [e.AddToolCall("t1", "look_up", '{"no": 4}'), e.AnswerTool("t1", "on its way")]


def test_another_process_recalls_the_same() -> None:
    memory = filled(VERBATIM_TURNS + 3)
    memory.tool_called("t1", "look_up", "{}", at_ms=99_000)
    memory.tool_answered("t1", "found")
    memory.has_greeted = True
    assert again(memory).recalled() == memory.recalled()
    assert again(memory).has_greeted


def test_a_tool_that_nobody_answers_any_more_is_closed_with_a_warning() -> None:
    memory = Memory()
    memory.tool_called("t1", "stop_recording", "{}", at_ms=0)
    after = again(memory)
    assert after.interrupted_tools() == ["t1"]
    assert after.recalled()[-1] == e.AnswerTool("t1", UNKNOWN_OUTCOME)
    assert after.interrupted_tools() == []


def test_what_a_tool_answered_later_is_put_where_it_is_missing() -> None:
    memory = Memory()
    memory.tool_called("t1", "stop_recording", "{}", at_ms=0)
    memory.tool_called("t2", "look_up", "{}", at_ms=1)
    after = Memory(completed(memory.document(is_answer_owed=True), {"t1": "stopped", "t9": "of another call"}))
    assert after.interrupted_tools() == ["t2"]
    assert after.recalled()[1] == e.AnswerTool("t1", "stopped")


def test_what_was_half_said_when_the_line_broke_is_known_to_whoever_goes_on() -> None:
    memory = filled(2)
    after = Memory(broken_off(memory.document(is_answer_owed=False), [(5_000, "We have three kinds")]))
    assert after.recalled()[-1] == e.AddMessage("assistant", "We have three kinds…")


@given(
    st.lists(
        st.tuples(st.sampled_from(["said", "tool", "keys"]), st.text(max_size=3000), st.integers(0, 10**7)), max_size=60
    )
)
def test_whatever_was_said_the_document_is_small_and_is_read_again(steps: list[tuple[str, str, int]]) -> None:
    memory = Memory()
    for n, (kind, text, at_ms) in enumerate(steps):
        if kind == "said":
            memory.said(turn(text, at_ms), at_ms=at_ms)
        elif kind == "tool":
            memory.tool_called(f"t{n}", "look_up", text, at_ms=at_ms)
            memory.tool_answered(f"t{n}", text)
        else:
            memory.keyed(text, at_ms=at_ms)
    assert len(json.dumps(memory.document(is_answer_owed=True))) <= DOCUMENT_BYTES
    assert again(memory).recalled()[-1:] == memory.recalled()[-1:]


def test_long_turns_in_any_language_are_written_down_as_far_as_they_fit_newest_first() -> None:
    memory = Memory()
    for n in range(40):
        memory.said(turn(f"{n} " + "語" * 3000, n * 1000), at_ms=n * 1000)
    assert len(json.dumps(memory.document(is_answer_owed=False))) <= DOCUMENT_BYTES
    assert again(memory).recalled()[-1].text.startswith("39 ")
    assert len(memory.recalled()) == VERBATIM_TURNS + 1


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["v", "greeted", "summary", "entries", "party", "text", "at", "tool", "id", "output"]),
                inner,
                max_size=8,
            )
        ),
        max_leaves=30,
    )
)
def test_a_document_of_any_shape_is_read_without_a_fault(document: object) -> None:
    document = document if isinstance(document, dict) else {"entries": document}
    memory = Memory(broken_off(completed(document, {"": "done"}), [(1, "We have")]))
    memory.said(turn("Hello."), at_ms=0)
    assert memory.recalled()
    assert len(json.dumps(memory.document(is_answer_owed=False))) <= DOCUMENT_BYTES


def test_what_happened_while_the_assistant_was_away_is_told_once_and_remembered() -> None:
    document = memory.told({"greeted": True, "entries": []}, ["Max declined: busy."], at_ms=9000)
    taken_up = memory.Memory(document)
    assert taken_up.has_news
    assert taken_up.recalled() == [e.AddMessage("system", "Max declined: busy.")]
    assert taken_up.interrupted_tools() == []
    written = taken_up.document(is_answer_owed=False)
    again = memory.Memory(written)
    assert not again.has_news
    assert again.recalled() == taken_up.recalled()


def test_no_news_leaves_a_document_as_it_is() -> None:
    assert memory.told({"greeted": True, "quiet": True}, [], at_ms=1) == {"greeted": True, "quiet": True}
