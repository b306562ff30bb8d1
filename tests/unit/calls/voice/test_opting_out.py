"""Somebody wants no more calls: noticed without the model, kept once, confirmed in our words, and the call ends."""

from calls.intake.conversation import _wish_on_our_call, _wish_on_their_call
from calls.voice import effects as e
from calls.voice import messages as m
from calls.voice.opting_out import ANSWER_MS
from calls.voice.plan import say_exactly
from compliance import opt_out_words
from tests.unit.calls.voice.talk import Talk, told

QUESTION = "Do you want us to stop calling you?"
DONE = "All right, we will not call you again. Goodbye."


def a_talk(*, is_ours: bool = True, **plan: object) -> Talk:
    known = {
        "opt_out_wish": _wish_on_our_call if is_ours else _wish_on_their_call,
        "opt_out_answer": opt_out_words.answer,
        "opt_out_key": "9" if is_ours else "",
        "is_opt_out_presumed": is_ours,
        "opt_out_question": QUESTION,
    }
    return Talk(**known | plan).says("We have new tents.", 1000).wait(1500)


def says(talk: Talk, text: str, item: str = "item_c") -> Talk:
    return talk.caller_starts(item).wait(400).caller_stops(item, text)


def wishes(talk: Talk) -> list[e.OptOut]:
    return talk.all(e.OptOut)


def done(talk: Talk, words: str = DONE) -> list[e.ToModel]:
    before = len(talk.done)
    talk.session.opted_out(m.OptedOut(words))
    talk.collect()
    return told(talk, before)


def endings(talk: Talk) -> list[e.HangUp]:
    return talk.all(e.HangUp)


def asked(talk: Talk) -> Talk:
    """The question has been asked and heard."""
    return talk.says(QUESTION, 1000, item="item_q", response="resp_q").wait(1200)


def test_a_plain_wish_is_kept_confirmed_and_the_call_ends() -> None:
    talk = says(a_talk(), "Stop calling me!")
    assert wishes(talk) == [e.OptOut("Stop calling me!")]
    assert e.Respond(say_exactly(DONE)) in done(talk)
    talk.says(DONE, 1200, item="item_g", response="resp_g").wait(600)
    assert endings(talk) == []
    talk.wait(1500)
    assert endings(talk) == [e.HangUp(m.EndReason.OPTED_OUT)]


def test_nothing_they_say_calls_the_end_off() -> None:
    talk = says(a_talk(), "Take me off your list.")
    done(talk)
    talk.says(DONE, 1200, item="item_g", response="resp_g").wait(600)
    says(talk, "But wait!", "item_x").wait(3000)
    assert endings(talk) == [e.HangUp(m.EndReason.OPTED_OUT)]


def test_it_is_kept_once() -> None:
    talk = says(says(a_talk(), "Stop calling me."), "I said stop!", "item_d")
    talk.carrier(m.KeyPressed("9"))
    assert len(wishes(talk)) == 1


def test_a_threat_is_to_be_read_by_somebody() -> None:
    assert wishes(says(a_talk(), "I'll report you!")) == [e.OptOut("I'll report you!", needs_review=True)]


def test_other_words_are_none() -> None:
    for said in ("Call me later.", "Not today.", "Please stop recording this call.", "I will stop by your shop."):
        assert wishes(says(a_talk(), said)) == []


def test_the_key_is_one_at_once_and_no_entry() -> None:
    talk = a_talk()
    before = len(talk.done)
    talk.carrier(m.KeyPressed("9")).wait(1500)
    assert wishes(talk) == [e.OptOut("9", by_key=True)]
    assert not [order for order in told(talk, before) if isinstance(order, e.AddMessage)]


def test_within_an_entry_and_on_their_own_call_the_key_is_a_digit() -> None:
    talk = a_talk()
    talk.carrier(m.KeyPressed("4"), m.KeyPressed("9")).wait(1500)
    assert wishes(talk) == []
    theirs = a_talk(is_ours=False)
    theirs.carrier(m.KeyPressed("9")).wait(1500)
    assert wishes(theirs) == []


def test_callers_of_ours_are_heard_too() -> None:
    assert wishes(says(a_talk(is_ours=False), "Please stop calling me.")) == [e.OptOut("Please stop calling me.")]


def test_the_last_words_before_they_hang_up_count() -> None:
    talk = a_talk().caller_starts().wait(400).caller_stops()
    talk.carrier(m.StreamStopped())
    assert wishes(talk) == []
    talk.model(m.CallerWords("item_c", "Stop calling me", is_final=True))
    assert wishes(talk) == [e.OptOut("Stop calling me")]
    kinds = [type(effect) for effect in talk.done]
    assert kinds.index(e.OptOut) < kinds.index(e.Ended)


def test_who_is_in_doubt_is_asked_once_and_silence_is_a_yes() -> None:
    talk = says(a_talk(), "Stop, wait, go on.")
    assert wishes(talk) == []
    assert e.Respond(say_exactly(QUESTION)) in told(talk)
    asked(talk).wait(ANSWER_MS - 600)
    assert wishes(talk) == []
    talk.wait(1200)
    assert wishes(talk) == [e.OptOut("Stop, wait, go on.")]


def test_a_yes_is_one_and_whatever_is_no_plain_no_on_our_call() -> None:
    for answer in ("Yes.", "I told you already.", "Stop."):
        talk = says(asked(says(a_talk(), "Stop, wait, go on.")), answer, "item_d")
        assert wishes(talk) == [e.OptOut(f"Stop, wait, go on. / {answer}")], answer


def test_a_plain_no_takes_it_back_and_the_call_goes_on() -> None:
    talk = says(asked(says(a_talk(), "Stop, wait, go on.")), "No, go on.", "item_d").wait(ANSWER_MS + 2000)
    assert wishes(talk) == []
    assert "opt_out_taken_back" in talk.noted()
    assert endings(talk) == []
    assert len(wishes(says(talk, "Stop calling me.", "item_e"))) == 1, "but a plain wish later counts"


def test_on_their_own_call_an_answer_about_something_else_is_no_wish() -> None:
    talk = says(asked(says(a_talk(is_ours=False), "Cancel.")), "My order of Monday.", "item_d")
    assert wishes(talk) == []


def test_hanging_up_instead_of_an_answer_is_no_retraction() -> None:
    talk = asked(says(a_talk(), "Stop, wait, go on."))
    talk.carrier(m.StreamStopped())
    assert wishes(talk) == [e.OptOut("Stop, wait, go on.")]


def test_what_the_model_would_say_of_its_own_accord_is_cut() -> None:
    talk = says(a_talk(), "Stop calling me.")
    talk.model(m.ResponseStarted("resp_own"))
    orders = done(talk)
    assert e.CancelResponse("resp_own") in orders
    before = len(talk.done)
    talk.says("But we have an offer!", 600, item="item_own", response="resp_own")
    assert talk.done[before:]
    assert not [x for x in talk.done[before:] if isinstance(x, e.PlayAudio)]
    talk.says(DONE, 1200, item="item_g", response="resp_g").wait(2500)
    assert endings(talk) == [e.HangUp(m.EndReason.OPTED_OUT)]


def test_a_confirmation_that_came_second_is_asked_for_again() -> None:
    talk = says(a_talk(), "Stop calling me.")
    done(talk)
    before = len(talk.done)
    talk.model(m.ResponseStarted("resp_own"), m.ModelFault("conversation_already_has_active_response", "", False))
    talk.model(m.ResponseEnded("resp_own", "cancelled", "", {}))
    assert e.CancelResponse("resp_own") in told(talk, before)
    assert e.Respond(say_exactly(DONE)) in told(talk, before)


def test_the_models_own_tool_ends_it_alike() -> None:
    talk = a_talk().caller_starts().wait(300).caller_stops()
    talk.model(m.ResponseStarted("resp_t"), m.ToolCalled("resp_t", "call_1", "opt_out", '{"said": "no more"}'))
    talk.model(m.ResponseEnded("resp_t", "completed", "", {}))
    before = len(talk.done)
    talk.tool(m.ToolFinished("call_1", DONE, hang_up=True))
    assert e.AnswerTool("call_1", DONE) in told(talk, before)
    assert e.Respond(say_exactly(DONE)) in told(talk, before)
    talk.says(DONE, 1000, item="item_g", response="resp_g").wait(2500)
    assert endings(talk) == [e.HangUp(m.EndReason.OPTED_OUT)]
    assert wishes(talk) == []


def test_a_tool_that_failed_leaves_it_to_the_words() -> None:
    talk = a_talk()
    talk.model(m.ResponseStarted("resp_t"), m.ToolCalled("resp_t", "call_1", "opt_out", "{}"))
    talk.model(m.ResponseEnded("resp_t", "completed", "", {}))
    talk.tool(m.ToolFinished("call_1", "The tool failed.", is_error=True))
    assert len(wishes(says(talk, "Stop calling me."))) == 1


def test_a_wish_that_is_done_after_the_line_is_gone_is_no_news() -> None:
    talk = says(a_talk(), "Stop calling me.")
    talk.carrier(m.StreamStopped())
    assert done(talk) == []
