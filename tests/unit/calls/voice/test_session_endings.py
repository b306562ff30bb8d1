"""How a conversation ends, and what it survives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.voice import effects as e
from calls.voice import messages as m
from calls.voice.pauses import STALL_LIMIT_MS
from calls.voice.plan import say_exactly
from tests.unit.calls.voice.talk import Talk, sound

HELLO = "Hello, how can I help you today?"


# --- tools and endings ------------------------------------------------------------------------------------------------


def call_tool(talk: Talk, name: str = "end_call", response: str = "resp_a") -> Talk:
    return talk.model(m.ToolCalled(response, "call_1", name, "{}"))


def test_a_tool_call_that_is_told_three_times_runs_once() -> None:
    talk = Talk().model(m.ResponseStarted("resp_a"))
    for _ in range(3):
        call_tool(talk)
    assert talk.all(e.RunTool) == [e.RunTool("call_1", "end_call", "{}")]


def test_the_answer_of_a_tool_is_spoken_once_the_response_that_called_it_is_over() -> None:
    talk = call_tool(Talk().model(m.ResponseStarted("resp_a")), "look_up")
    talk.tool(m.ToolFinished("call_1", "found"))
    assert talk.all(e.AnswerTool) == [e.AnswerTool("call_1", "found")]
    assert talk.all(e.Respond) == []
    talk.model(m.ResponseEnded("resp_a", "completed", "", {}))
    assert len(talk.all(e.Respond)) == 1


def test_with_two_tools_the_model_speaks_after_the_second_answer() -> None:
    talk = Talk().model(m.ResponseStarted("r"), m.ToolCalled("r", "c1", "a", "{}"), m.ToolCalled("r", "c2", "b", "{}"))
    talk.model(m.ResponseEnded("r", "completed", "", {})).tool(m.ToolFinished("c1", "1"))
    assert talk.all(e.Respond) == []
    talk.tool(m.ToolFinished("c2", "2"))
    assert len(talk.all(e.Respond)) == 1


def test_the_goodbye_is_heard_to_its_last_sample_before_the_line_is_released() -> None:
    talk = Talk().says("Goodbye.", 1500, ends=False)
    call_tool(talk).model(m.ResponseEnded("resp_a", "completed", "", {}))
    talk.tool(m.ToolFinished("call_1", "ok", hang_up=True)).wait(1480)
    assert talk.all(e.HangUp) == []
    talk.wait(60)
    assert talk.all(e.HangUp) == [e.HangUp(m.EndReason.ASSISTANT_ENDED)]
    assert talk.played_ms == 1500


def test_a_model_that_ends_the_call_without_a_word_is_asked_for_a_goodbye_first() -> None:
    talk = call_tool(Talk(goodbye="Bye now.").wait(200).model(m.ResponseStarted("resp_a")))
    talk.tool(m.ToolFinished("call_1", "ok", hang_up=True)).model(m.ResponseEnded("resp_a", "completed", "", {}))
    talk.wait(120)
    assert talk.all(e.Respond) == [e.Respond(say_exactly("Bye now."))]
    talk.says("Bye now.", 800, item="b", response="rb").wait(780)
    assert talk.all(e.HangUp) == []
    talk.wait(60)
    assert len(talk.all(e.HangUp)) == 1


def test_a_caller_who_speaks_up_during_the_goodbye_keeps_the_line() -> None:
    talk = Talk().says("Goodbye.", 1500, ends=False)
    call_tool(talk).tool(m.ToolFinished("call_1", "ok", hang_up=True))
    talk.model(m.ResponseEnded("resp_a", "completed", "", {})).wait(600).caller_starts().wait(600)
    talk.caller_stops(text="Wait!").wait(3000)
    assert talk.all(e.HangUp) == []
    assert "ending_called_off" in talk.noted()


def test_a_model_that_says_goodbye_and_does_not_hang_up_is_caught() -> None:
    talk = Talk(prompt_after_ms=0).says("Thank you for calling. Goodbye.", 1000).wait(8000)
    assert talk.all(e.HangUp) == [e.HangUp(m.EndReason.ASSISTANT_FAREWELL)]


def test_the_line_is_released_once_only() -> None:
    talk = Talk().says("Goodbye.", 500).wait(30_000)
    assert len(talk.all(e.HangUp)) == 1


def test_a_silent_caller_is_asked_twice_and_then_let_go() -> None:
    talk = Talk(prompt_after_ms=4000)
    for n in range(3):
        talk.wait(5000).says("Are you still there?" if n < 2 else "Goodbye.", 800, item=f"i{n}", response=f"r{n}")
    talk.wait(2000)
    assert talk.noted().count("silence_prompted") == 2
    assert talk.all(e.HangUp) == [e.HangUp(m.EndReason.CALLER_SILENT)]


# --- trouble ----------------------------------------------------------------------------------------------------------


def test_a_model_that_dies_after_the_goodbye_was_sent_does_not_spoil_it() -> None:
    talk = Talk().says("Goodbye.", 1000, ends=False)
    call_tool(talk).tool(m.ToolFinished("call_1", "ok", hang_up=True)).model(m.ModelLost()).wait(1100)
    assert talk.all(e.Ended) == []
    assert talk.all(e.HangUp) == [e.HangUp(m.EndReason.ASSISTANT_ENDED)]


def test_a_model_that_was_asked_and_stays_silent_is_covered_and_then_replaced() -> None:
    talk = Talk(greeting=HELLO).wait(2000)
    assert len(talk.all(e.PlayAudio)) == 1
    talk.wait(STALL_LIMIT_MS)
    assert talk.all(e.OpenModel) == [e.OpenModel(0)]
    assert talk.all(e.Ended) == []


def test_the_tone_is_not_truncated_when_the_caller_speaks_over_it() -> None:
    talk = Talk(greeting=HELLO).wait(1600).caller_starts()
    assert talk.all(e.Truncate) == []


def test_a_failed_response_is_asked_for_again_and_three_in_a_row_are_too_many() -> None:
    talk = Talk(greeting=HELLO)
    for n in range(3):
        talk.model(m.ResponseStarted(f"r{n}"), m.ResponseEnded(f"r{n}", "failed", "server_error", {}))
    assert len(talk.all(e.Respond)) == 3
    assert talk.all(e.Ended) == [e.Ended(m.EndReason.MODEL_LOST)]


def test_a_request_that_collided_with_the_models_own_answer_is_made_again_after_it() -> None:
    talk = Talk(greeting=HELLO).model(m.ResponseStarted("own"))
    talk.model(m.ModelFault("conversation_already_has_active_response", "", is_expiry=False))
    talk.model(m.ResponseEnded("own", "completed", "", {}))
    assert talk.all(e.Respond) == [e.Respond(say_exactly(HELLO))]


@pytest.mark.parametrize("reason", [m.EndReason.STREAM_LOST, m.EndReason.STREAM_MALFORMED])
def test_a_broken_stream_ends_the_session_with_its_reason(reason: m.EndReason) -> None:
    assert Talk().wait(100).carrier(m.StreamBroken(reason)).all(e.Ended) == [e.Ended(reason)]


def test_nothing_follows_the_end() -> None:
    talk = Talk().carrier(m.StreamStopped())
    done = len(talk.done)
    talk.wait(200).caller_starts().says("Hello?", 400).model(m.ModelLost())
    assert len(talk.done) == done


# --- the last words ---------------------------------------------------------------------------------------------------


def test_the_words_of_a_caller_who_hung_up_in_mid_sentence_are_waited_for() -> None:
    talk = Talk().wait(200).caller_starts().wait(900).carrier(m.StreamStopped())
    assert talk.all(e.CommitAudio)
    assert talk.all(e.Linger)
    assert talk.all(e.Ended) == []
    talk.model(m.CallerWords("item_c", "I would like", is_final=True))
    assert talk.turns()[-1].text == "I would like"
    assert talk.all(e.Ended) == [e.Ended(m.EndReason.CARRIER_STOPPED)]


def test_they_are_not_waited_for_for_ever() -> None:
    talk = Talk().wait(200).caller_starts().wait(900).carrier(m.StreamStopped())
    talk.session.time_is_up()
    talk.collect()
    assert talk.all(e.Ended)
    assert (talk.turns()[-1].party, talk.turns()[-1].ended_ms) == (m.Party.CUSTOMER, 1100)


def test_a_caller_who_had_said_everything_leaves_nothing_to_wait_for() -> None:
    talk = Talk().wait(200).caller_starts().wait(900).caller_stops(text="Bye").carrier(m.StreamStopped())
    assert talk.all(e.Linger) == []
    assert talk.all(e.Ended)


# --- whatever comes ---------------------------------------------------------------------------------------------------

ids = st.sampled_from(["a", "b", "c"])
model_messages = st.one_of(
    st.builds(m.SpeechStarted, ids, st.integers(0, 9000)),
    st.builds(m.SpeechStopped, ids, st.integers(0, 9000)),
    st.builds(m.CallerWords, ids, st.text(max_size=8), is_final=st.booleans()),
    st.builds(m.CallerWordsFailed, ids, st.just("x")),
    st.builds(m.ResponseStarted, ids),
    st.builds(m.AudioDelta, ids, ids, st.sampled_from(["", sound(20), sound(400)])),
    st.builds(m.AssistantWords, ids, ids, st.text(max_size=8), is_final=st.booleans()),
    st.builds(m.ToolCalled, ids, ids, st.just("end_call"), st.just("{}")),
    st.builds(m.ResponseEnded, ids, st.sampled_from(["completed", "cancelled", "failed"]), st.just(""), st.just({})),
    st.builds(
        m.ModelFault,
        st.sampled_from(["x", "conversation_already_has_active_response"]),
        st.just(""),
        is_expiry=st.just(False),
    ),
    st.builds(m.RateLimits, st.just(())),
    st.just(m.ModelReady()),
)
steps = st.one_of(
    st.tuples(st.just("model"), model_messages),
    st.tuples(st.just("carrier"), st.builds(m.KeyPressed, st.sampled_from("0123456789*#"))),
    st.tuples(st.just("carrier"), st.builds(m.MarkReturned, st.sampled_from(["m1", "m2", "nonsense"]))),
    st.tuples(st.just("tool"), st.builds(m.ToolFinished, ids, st.just("ok"), hang_up=st.booleans())),
    st.tuples(st.just("wait"), st.sampled_from([20, 200, 3000])),
)


@given(st.lists(steps, max_size=40), st.booleans())
def test_any_sequence_of_messages_is_survived_and_keeps_the_promises(script, marks_come_back) -> None:
    talk = Talk(greeting=HELLO, marks_come_back=marks_come_back)
    for what, value in script:
        getattr(talk, what)(value)
    talk.carrier(m.StreamStopped())
    talk.session.time_is_up()
    talk.collect()
    assert len(talk.all(e.Ended)) == 1
    assert len(talk.all(e.HangUp)) <= 1
    assert all(t.audio_end_ms >= 0 for t in talk.all(e.Truncate))
    items = [turn.item_id for turn in talk.turns() if turn.party is m.Party.ASSISTANT]
    assert all(turn.ended_ms is not None and turn.ended_ms >= turn.started_ms for turn in talk.turns()), items
