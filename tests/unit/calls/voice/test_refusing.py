"""A caller who does not want to be recorded: noticed by their words or a key, once, and answered when it is done."""

from calls.voice import effects as e
from calls.voice import messages as m
from calls.voice.plan import UNRECORDED, say_exactly
from compliance import consent_words
from tests.unit.calls.voice.talk import Talk, told

REFUSAL = "Please do not record me."


def a_talk(**plan: object) -> Talk:
    known = {"is_objection": consent_words.is_objection, "refusal_key": "*"}
    return Talk(**known | plan).says("How can I help you?", 1000).wait(1500)


def refusals(talk: Talk) -> list[e.RefuseRecording]:
    return talk.all(e.RefuseRecording)


def says(talk: Talk, text: str, item: str = "item_c") -> Talk:
    return talk.caller_starts(item).wait(400).caller_stops(item, text)


def done(talk: Talk, *, ends: bool = False, by_key: bool = False) -> list[e.ToModel]:
    before = len(talk.done)
    talk.session.recording_refused(m.RecordingRefused(ends, by_key=by_key))
    talk.collect()
    return told(talk, before)


def test_an_objection_is_carried_out_with_the_callers_own_words() -> None:
    talk = says(a_talk(), REFUSAL)
    assert refusals(talk) == [e.RefuseRecording(REFUSAL)]
    assert done(talk) == [e.AddMessage("system", UNRECORDED)]


def test_whatever_else_is_said_is_none() -> None:
    assert refusals(says(a_talk(), "I do not have a record of my order.")) == []


def test_words_that_are_still_being_written_down_are_waited_for() -> None:
    talk = a_talk().caller_starts().wait(200)
    talk.model(m.CallerWords("item_c", "Please do not record", is_final=False))
    assert refusals(talk) == []


def test_the_same_wish_again_is_not_carried_out_again() -> None:
    talk = says(says(a_talk(), REFUSAL), "I said, stop recording!", "item_d")
    talk.carrier(m.KeyPressed("*"))
    assert len(refusals(talk)) == 1


def test_the_key_refuses_at_once_is_no_entry_and_is_confirmed_aloud() -> None:
    talk = a_talk()
    talk.carrier(m.KeyPressed("*"))
    assert refusals(talk) == [e.RefuseRecording("*", by_key=True)]
    assert e.Respond(say_exactly("All right, this call is no longer recorded.")) in done(talk, by_key=True)
    before = len(talk.done)
    talk.wait(2000)
    assert not [order for order in told(talk, before) if isinstance(order, e.AddMessage)]


def test_within_an_entry_the_key_is_a_part_of_it() -> None:
    talk = a_talk()
    before = len(talk.done)
    talk.carrier(m.KeyPressed("4"), m.KeyPressed("*"), m.KeyPressed("2")).wait(1500)
    assert refusals(talk) == []
    assert e.AddMessage("user", "[keypad] 4*2") in told(talk, before)


def test_where_no_key_refuses_it_is_a_key_like_others() -> None:
    talk = a_talk(refusal_key="")
    talk.carrier(m.KeyPressed("*")).wait(1500)
    assert refusals(talk) == []
    assert e.AddMessage("user", "[keypad] *") in told(talk, 0)


def test_where_nothing_goes_on_unrecorded_the_caller_is_thanked_and_the_line_released() -> None:
    talk = says(a_talk(parting="We have to end here. Goodbye."), REFUSAL)
    orders = done(talk, ends=True)
    assert e.Respond(say_exactly("We have to end here. Goodbye.")) in orders
    talk.says("We have to end here. Goodbye.", 1200, item="item_g", response="resp_g").wait(600)
    assert talk.all(e.HangUp) == []
    talk.caller_starts("item_x").wait(100).caller_stops("item_x", "But wait!").wait(3000)
    assert talk.all(e.HangUp) == [e.HangUp(m.EndReason.RECORDING_REFUSED)]


def test_a_new_session_of_the_model_knows_that_it_was_refused() -> None:
    talk = says(a_talk(), REFUSAL)
    done(talk)
    before = len(talk.done)
    talk.model(m.ModelLost()).wait(100).model(m.ModelReady())
    recalled = told(talk, before)
    assert e.AddToolCall("refusal", "stop_recording", "{}") in recalled
    assert e.AnswerTool("refusal", UNRECORDED[:300]) in recalled


def test_a_refusal_that_is_done_after_the_line_is_gone_is_no_news() -> None:
    talk = says(a_talk(), REFUSAL)
    talk.carrier(m.StreamStopped())
    assert done(talk) == []
