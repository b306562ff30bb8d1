"""A session of the model is renewed before it expires, and a conversation goes on in another process."""

from calls.voice import effects as e
from calls.voice import messages as m
from calls.voice.plan import TAKE_UP, say_exactly
from tests.unit.calls.voice.talk import HELLO, QUESTION, Talk, mid_talk, told

# --- renewed before it expires ----------------------------------------------------------------------------------------

LIFE_MS = 20_000


def long_lived() -> Talk:
    """A session with a short life, and somebody to talk to."""
    return Talk(is_ready=False, greeting=HELLO, prompt_after_ms=0).model(m.ModelReady(LIFE_MS)).says(HELLO, 1000)


def test_a_session_that_ends_soon_is_renewed_in_a_pause_unheard_and_with_everything_said() -> None:
    talk = long_lived().wait(LIFE_MS * 4 // 5 + 200)
    assert len(talk.all(e.OpenSpare)) == 1
    talk.caller_starts("c1").wait(600)
    talk.model(m.SpareReady(LIFE_MS)).wait(200)
    assert talk.all(e.SwitchModel) == [], "not while the caller speaks"
    talk.caller_stops("c1", QUESTION).says("From nine to six.", 400, item="a1", response="r1")
    since = len(talk.done)
    talk.wait(700)
    assert told(talk, since) == [
        e.AddMessage("assistant", HELLO),
        e.AddMessage("user", QUESTION),
        e.AddMessage("assistant", "From nine to six."),
    ]
    assert len(talk.all(e.SwitchModel)) == 1
    assert talk.all(e.Respond) == [e.Respond(say_exactly(HELLO))]
    assert "filler_played" not in talk.noted()


def test_without_a_pause_it_is_renewed_all_the_same_and_the_words_are_said_again() -> None:
    talk = long_lived().wait(LIFE_MS * 4 // 5 + 200).model(m.SpareReady(LIFE_MS)).caller_starts("c1")
    since = len(talk.done)
    talk.wait(LIFE_MS // 5)
    assert len(talk.all(e.SwitchModel)) == 1
    at = next(n for n, effect in enumerate(talk.done) if isinstance(effect, e.SwitchModel))
    again = [effect for effect in talk.done[at:] if isinstance(effect, e.AppendAudio)]
    spoken_before = [effect for effect in talk.done[since:at] if isinstance(effect, e.AppendAudio)]
    assert len(again) >= len(spoken_before)


def test_a_renewed_session_is_renewed_again() -> None:
    talk = long_lived()
    for _ in range(4):
        talk.wait(LIFE_MS).model(m.SpareReady(LIFE_MS)).wait(200)
    assert len(talk.all(e.SwitchModel)) == len(talk.all(e.OpenSpare)) == 4


def test_a_spare_that_cannot_be_had_is_asked_for_again() -> None:
    talk = long_lived().wait(LIFE_MS * 4 // 5 + 200).model(m.SpareLost()).wait(1000)
    assert len(talk.all(e.OpenSpare)) == 2
    assert talk.all(e.SwitchModel) == []


def test_a_session_that_does_not_say_when_it_ends_is_not_renewed() -> None:
    assert Talk(prompt_after_ms=0).wait(120_000).all(e.OpenSpare) == []


# --- another process --------------------------------------------------------------------------------------------------


def document(talk: Talk) -> dict:
    return talk.all(e.Remember)[-1].document


def test_another_process_takes_the_conversation_up_where_it_was() -> None:
    left = document(mid_talk())
    talk = Talk(greeting=HELLO, resumed=left, elapsed_ms=9000)
    assert told(talk) == [
        e.AddMessage("assistant", HELLO),
        e.AddMessage("user", QUESTION),
        e.AddMessage("assistant", "From nine to six."),
        e.Respond(TAKE_UP),
    ]
    assert "conversation_resumed" in talk.noted()


def test_a_conversation_lost_before_anything_was_heard_begins_anew() -> None:
    talk = Talk(greeting=HELLO, resumed={"v": 1, "greeted": False})
    assert told(talk) == [e.Respond(say_exactly(HELLO))]


def test_a_conversation_handed_over_in_a_pause_is_gone_on_with_unheard() -> None:
    talk = mid_talk()
    talk.session.hand_over()
    talk.wait(200)
    assert talk.all(e.Ended) == [e.Ended(m.EndReason.HANDED_OVER)]
    after = Talk(greeting=HELLO, resumed=document(talk), elapsed_ms=9000)
    assert after.all(e.Respond) == []
    assert len(after.all(e.AddMessage)) == 3


def test_a_hand_over_waits_for_the_assistant_to_have_spoken() -> None:
    talk = mid_talk().says("On Sunday we are closed.", 2000, item="a2", response="r2").wait(500)
    talk.session.hand_over()
    talk.wait(1000)
    assert talk.all(e.Ended) == []
    talk.wait(1000)
    assert talk.all(e.Ended) == [e.Ended(m.EndReason.HANDED_OVER)]


def test_a_hand_over_that_cannot_wait_does_not() -> None:
    talk = mid_talk().says("On Sunday we are closed.", 2000, item="a2", response="r2").wait(500)
    talk.session.hand_over(at_once=True)
    talk.collect()
    assert talk.all(e.Ended) == [e.Ended(m.EndReason.HANDED_OVER)]
    assert Talk(greeting=HELLO, resumed=document(talk)).all(e.Respond) == [e.Respond(TAKE_UP)]


def test_a_tool_whose_fate_is_unknown_is_not_repeated() -> None:
    talk = mid_talk().model(m.ResponseStarted("r2"), m.ToolCalled("r2", "t1", "stop_recording", "{}"))
    after = Talk(greeting=HELLO, resumed=document(talk))
    call, answer = [effect for effect in told(after) if isinstance(effect, e.AddToolCall | e.AnswerTool)]
    assert call == e.AddToolCall("t1", "stop_recording", "{}")
    assert "Do not do it again" in answer.output


def test_how_often_a_silent_caller_was_asked_is_not_forgotten() -> None:
    talk = Talk(greeting=HELLO, prompt_after_ms=4000).says(HELLO, 400).wait(4600)
    talk.says("Are you still there?", 400, item="p", response="rp").wait(600)
    after = Talk(greeting=HELLO, prompt_after_ms=4000, resumed=document(talk))
    after.says("Sorry, the line broke.", 400).wait(4600).says("Are you still there?", 400, item="p", response="rp")
    after.wait(6000)
    assert after.noted().count("silence_prompted") == 1
    assert after.all(e.Respond)[-1].instructions.endswith("Goodbye.”")
