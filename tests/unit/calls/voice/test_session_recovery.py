"""A conversation outlives the sessions of the model it is held with, and the process it is held in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.voice import effects as e
from calls.voice import messages as m
from calls.voice.model_link import MISSED_AFTER_MS, READY_LIMIT_MS, RETRY_AFTER_MS
from calls.voice.pauses import FILLER_AFTER_LOSS_MS, FILLER_AFTER_MS
from calls.voice.plan import GO_ON, say_exactly
from tests.unit.calls.voice.talk import HELLO, QUESTION, QUIET, Talk, mid_talk, sound, told


def reopened(talk: Talk, wait_ms: int = 100) -> list[e.Effect]:
    """The session dies and another is open a little later; what that one is told."""
    talk.model(m.ModelLost()).wait(wait_ms)
    since = len(talk.done)
    talk.model(m.ModelReady())
    return told(talk, since)


# --- another session --------------------------------------------------------------------------------------------------


def test_a_new_session_is_opened_at_once_and_told_what_was_said() -> None:
    talk = mid_talk()
    assert reopened(talk) == [
        e.AddMessage("assistant", HELLO),
        e.AddMessage("user", QUESTION),
        e.AddMessage("assistant", "From nine to six."),
    ]
    assert talk.all(e.OpenModel) == [e.OpenModel(0)]
    assert talk.all(e.Ended) == []


def test_nobody_is_greeted_twice() -> None:
    talk = mid_talk()
    reopened(talk)
    assert talk.all(e.Respond) == [e.Respond(say_exactly(HELLO))]


def test_a_greeting_that_nobody_heard_is_asked_for_again() -> None:
    assert reopened(Talk(greeting=HELLO)) == [e.Respond(say_exactly(HELLO))]


def test_a_session_that_dies_before_the_first_sound_of_an_answer_is_asked_again() -> None:
    talk = mid_talk().caller_starts("c2").wait(600).caller_stops("c2", "And on Sunday?")
    talk.model(m.ResponseStarted("r2"))
    assert reopened(talk)[-2:] == [e.AddMessage("user", "And on Sunday?"), e.Respond()]


def test_a_session_that_dies_between_the_question_and_the_answer_is_asked_for_one() -> None:
    talk = mid_talk().caller_starts("c2").wait(600).caller_stops("c2", "And on Sunday?")
    assert reopened(talk)[-2:] == [e.AddMessage("user", "And on Sunday?"), e.Respond()]


def test_a_session_that_dies_in_mid_word_is_gone_on_from_what_was_heard() -> None:
    talk = mid_talk().says("On Sunday we are clo", 900, item="a2", response="r2", ends=False).wait(300)
    assert reopened(talk)[-2:] == [e.AddMessage("assistant", "On Sunday we are clo"), e.Respond(GO_ON)]
    assert talk.all(e.Clear) == [], "what was sent is heard to its end"
    talk.wait(1200)
    assert [turn.text for turn in talk.turns()][-1] == "On Sunday we are clo"


def test_an_interruption_of_a_dead_sessions_words_is_not_told_to_the_new_one() -> None:
    talk = mid_talk().says("On Sunday we are clo", 900, item="a2", response="r2", ends=False).wait(100)
    reopened(talk, wait_ms=0)
    talk.model(m.ResponseStarted("r3"), m.AudioDelta("r3", "a3", sound(400))).wait(100)
    talk.caller_starts("c2")
    assert talk.all(e.Truncate) == [e.Truncate("a3", 0)]
    assert [turn.is_cut for turn in talk.turns() if turn.item_id == "a2"] == [True]


def test_what_the_caller_was_saying_is_said_to_the_new_session_again() -> None:
    talk = mid_talk().wait(400).caller_starts("c2")
    began = talk.session.now_ms
    said = [speak(talk, n) for n in range(30)]
    talk.model(m.ModelLost())
    said += [speak(talk, n) for n in range(30, 45)]
    since = len(talk.done)
    talk.model(m.ModelReady())
    appended = [effect.payload for effect in talk.done[since:] if isinstance(effect, e.AppendAudio)]
    assert appended == said
    talk.model(m.SpeechStarted("c9", 0), m.SpeechStopped("c9", 900), m.CallerWords("c9", "Sunday?", is_final=True))
    (turn,) = [turn for turn in talk.turns() if turn.text == "Sunday?"]
    assert turn.started_ms == began
    assert [turn.item_id for turn in talk.turns()].count("c2") == 0


def speak(talk: Talk, n: int) -> str:
    """One frame of speech that is like no other."""
    payload = sound(20)[:-8] + f"{n:04d}" + sound(20)[-4:]
    talk.carrier(m.CallerAudio(payload, talk.session.now_ms, 10_000 + n))
    return payload


def test_words_that_were_spoken_and_not_written_down_are_said_again_and_nothing_is_asked_beside_them() -> None:
    talk = mid_talk().wait(200).caller_starts("c2").wait(600).caller_stops("c2")
    since = len(talk.done)
    orders = reopened(talk)
    assert not any(isinstance(order, e.Respond) for order in orders)
    assert sum(isinstance(effect, e.AppendAudio) for effect in talk.done[since:]) >= 30


def test_keys_pressed_while_no_session_is_open_are_not_lost() -> None:
    talk = mid_talk().model(m.ModelLost()).carrier(m.KeyPressed("4"), m.KeyPressed("#"))
    since = len(talk.done)
    talk.model(m.ModelReady())
    assert told(talk, since)[-2:] == [e.AddMessage("user", "[keypad] 4"), e.Respond()]


def test_a_tool_that_finishes_while_no_session_is_open_tells_the_next_one() -> None:
    talk = mid_talk().model(m.ResponseStarted("r2"), m.ToolCalled("r2", "t1", "look_up", '{"no": 4}'), m.ModelLost())
    talk.tool(m.ToolFinished("t1", "found"))
    since = len(talk.done)
    talk.model(m.ModelReady())
    assert told(talk, since)[-3:] == [
        e.AddToolCall("t1", "look_up", '{"no": 4}'),
        e.AnswerTool("t1", "found"),
        e.Respond(),
    ]
    assert len(talk.all(e.RunTool)) == 1


def test_a_tool_that_finishes_later_answers_the_session_that_never_called_it() -> None:
    talk = mid_talk().model(m.ResponseStarted("r2"), m.ToolCalled("r2", "t1", "look_up", "{}"))
    assert reopened(talk)[-1] == e.AddToolCall("t1", "look_up", "{}")
    since = len(talk.done)
    talk.tool(m.ToolFinished("t1", "found"))
    assert told(talk, since) == [e.AnswerTool("t1", "found"), e.Respond()]


def test_a_greeting_that_cannot_be_cut_is_over_for_the_new_session_too() -> None:
    talk = Talk(greeting=HELLO, is_greeting_interruptible=False).says(HELLO, 800).wait(1200)
    assert e.ListenAgain() in reopened(talk)


# --- hope and its end -------------------------------------------------------------------------------------------------


def test_failures_in_a_row_wait_longer_and_come_to_an_end() -> None:
    talk = mid_talk().model(m.ModelLost())
    for _ in RETRY_AFTER_MS:
        talk.model(m.ModelLost(unreachable=True))
    assert talk.all(e.OpenModel) == [e.OpenModel(ms) for ms in RETRY_AFTER_MS]
    assert talk.all(e.Ended) == [e.Ended(m.EndReason.MODEL_UNREACHABLE)]


def test_a_model_that_was_heard_again_has_all_its_tries_again() -> None:
    talk = mid_talk()
    for n in range(10):
        reopened(talk)
        talk.says("Yes.", 400, item=f"x{n}", response=f"rx{n}").wait(600)
    assert talk.all(e.Ended) == []


def test_a_refusal_for_good_is_not_tried_again() -> None:
    refused = m.ModelLost(unreachable=True, is_permanent=True, why="refused 401")
    talk = Talk(is_ready=False, greeting=HELLO).model(refused)
    assert talk.all(e.OpenModel) == []
    assert [noted.data for noted in talk.all(e.Noted) if noted.kind == "model_given_up"] == [{"why": "refused 401"}]
    assert talk.all(e.Ended) == [e.Ended(m.EndReason.MODEL_UNREACHABLE)]


def test_a_model_that_stays_away_too_long_is_given_up() -> None:
    talk = mid_talk().model(m.ModelLost()).wait(READY_LIMIT_MS + 200)
    assert talk.all(e.Ended) == [e.Ended(m.EndReason.MODEL_UNREACHABLE)]


def test_a_loss_that_the_caller_would_notice_is_covered_by_words_of_our_own() -> None:
    talk = mid_talk(filler=sound(1000)).caller_starts("c2").wait(600).caller_stops("c2", "And on Sunday?")
    talk.wait(200).model(m.ModelLost()).wait(FILLER_AFTER_LOSS_MS - 100)
    assert sound(1000) not in [effect.payload for effect in talk.all(e.PlayAudio)]
    talk.wait(200)
    assert sound(1000) in [effect.payload for effect in talk.all(e.PlayAudio)]
    assert "filler_played" in talk.noted()


def test_the_model_is_told_nothing_of_words_of_our_own_that_the_caller_interrupts() -> None:
    talk = mid_talk(filler=sound(1000)).caller_starts("c2").wait(600).caller_stops("c2", "And on Sunday?")
    talk.wait(FILLER_AFTER_MS + 200)
    assert "filler_played" in talk.noted()
    since = len(talk.done)
    talk.caller_starts("c3")
    assert talk.done[since:].count(e.Clear()) == 1
    assert talk.all(e.Truncate) == []


def test_a_loss_that_nobody_notices_is_not_spoken_of() -> None:
    talk = mid_talk(filler=sound(1000))
    reopened(talk, wait_ms=1500)
    assert "filler_played" not in talk.noted()


def test_a_loss_in_a_pause_is_spoken_of_when_it_lasts() -> None:
    talk = mid_talk()
    talk.model(m.ModelLost()).wait(MISSED_AFTER_MS + FILLER_AFTER_LOSS_MS + 200)
    assert talk.noted().count("filler_played") == 1


def test_the_caller_never_waits_four_seconds_without_a_sound() -> None:
    talk = mid_talk(filler=sound(900)).caller_starts("c2").wait(600).caller_stops("c2", "And on Sunday?")
    talk.model(m.ModelLost())
    silent_ms, played = 0, talk.played_ms
    for _ in range(READY_LIMIT_MS // 100 - 1):
        talk.wait(100)
        silent_ms = silent_ms + 100 if talk.played_ms == played else 0
        played = talk.played_ms
        assert silent_ms < 4000


@given(st.lists(st.sampled_from(["lose", "ready", "say", "ask", "key", "wait", "tool", "spare"]), max_size=40))
def test_whatever_is_lost_and_found_again_nothing_stale_is_sent_and_nothing_breaks(story: list[str]) -> None:
    talk = Talk(greeting=HELLO)
    for n, step in enumerate(story):
        since = len(talk.done)
        match step:
            case "lose":
                talk.model(m.ModelLost())
            case "ready":
                talk.model(m.ModelReady(60_000))
            case "say":
                talk.says(f"Sentence {n}.", 400, item=f"i{n}", response=f"r{n}")
            case "ask":
                talk.caller_starts(f"c{n}").wait(200).caller_stops(f"c{n}", f"Question {n}?")
            case "key":
                talk.carrier(m.KeyPressed("1"))
            case "tool":
                talk.model(m.ResponseStarted(f"r{n}"), m.ToolCalled(f"r{n}", f"t{n}", "look_up", "{}"))
                talk.tool(m.ToolFinished(f"t{n}", "ok")).model(m.ResponseEnded(f"r{n}", "completed", "", {}))
            case "spare":
                talk.model(m.SpareReady(60_000))
            case _:
                talk.wait(300)
        if step == "lose":
            assert not any(isinstance(effect, e.AppendAudio | e.Respond | e.Truncate) for effect in talk.done[since:])
    assert len(talk.all(e.Ended)) <= 1


@pytest.mark.parametrize("payload", [QUIET, sound(20)])
def test_frames_go_straight_through_as_long_as_nothing_else_is_due(payload: str) -> None:
    talk = Talk(prompt_after_ms=0)
    passed = [talk.session.frame(payload, n * 20, n + 2) for n in range(100)]
    talk.collect()
    assert passed == [True] * 100
    assert talk.all(e.AppendAudio) == []


def test_a_long_answer_is_in_the_books_before_it_is_over_and_then_as_a_whole() -> None:
    words = "On Sunday we are closed, and on Monday we are there from nine to six as on every other day"
    talk = mid_talk().says(words, 6_000, item="a2", response="r2").wait(3_000)
    (kept,) = [turn for turn in talk.all(e.TurnSpoken) if turn.item_id == "a2"]
    assert words.startswith(kept.text)
    assert (kept.is_final, kept.is_cut, bool(kept.text), bool(kept.unheard)) == (False, True, True, True)
    last = [turn for turn in talk.wait(4_000).all(e.TurnSpoken) if turn.item_id == "a2"][-1]
    assert (last.text, last.is_final, last.is_cut) == (words, True, False)
