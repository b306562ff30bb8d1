"""A conversation in text: turns, interruptions, tools, silence, and how it ends."""

import itertools

import pytest

from calls.voice import effects as e
from calls.voice import messages as m
from calls.voice import relay_messages as r
from tests.unit.calls.voice.relay_talk import Line


def tool(line: Line, name: str, arguments: str = "{}", call_id: str = "call_1") -> m.ToolCalled:
    return m.ToolCalled(line.asked().answer_id, call_id, name, arguments)


def test_the_carrier_greets_and_the_caller_is_answered_word_by_word() -> None:
    line = Line(greeting="Good morning.").spoken()
    assert line.turns() == [("assistant", "Good morning.")]
    line.caller("When are you open?")
    assert line.asked().items == (
        e.AddMessage("assistant", "Good morning."),
        e.AddMessage("user", "When are you open?"),
    )
    line.answer("From nine ", "to six.")
    says = line.all(r.Say)
    assert [(say.text, say.is_last) for say in says] == [("From nine ", False), ("to six.", False), ("", True)]
    line.spoken()
    assert line.turns()[1:] == [("customer", "When are you open?"), ("assistant", "From nine to six.")]
    (used,) = line.all(e.Used)
    assert used.ref == "resp_answer-1"


def test_without_a_greeting_the_caller_speaks_first_and_a_resumed_line_is_greeted_by_us() -> None:
    assert Line().all(r.Say) == []
    assert Line(greeting="Hello.", greets=False).said() == "Hello."


def test_an_interruption_keeps_what_was_heard_and_drops_the_rest() -> None:
    line = Line().caller("Tell me about tents.")
    first = line.asked().answer_id
    line.model(r.Piece(first, "We have three kinds of tents. "), r.Piece(first, "The smallest is light."))
    line.wait(500).carrier(r.Interrupted("We have three kinds", 1300))
    line.model(r.Piece(first, " And more."))
    assert r.CancelAsk(first) in line.done
    cut = line.all(e.TurnSpoken)[-1]
    assert (cut.text, cut.unheard, cut.is_cut) == ("We have three kinds", "of tents. The smallest is light.", True)
    line.caller("How much is one?")
    heard = [item.text for item in line.asked().items if isinstance(item, e.AddMessage) and item.role == "assistant"]
    assert heard == ["We have three kinds […the caller interrupted here]"]
    assert "And more" not in line.said()


def test_a_turn_of_the_caller_lies_where_the_carrier_heard_them() -> None:
    line = Line().wait(1_000).carrier(r.Listening(is_on=True)).wait(2_000).carrier(r.Listening(is_on=False))
    line.wait(600).caller("When are you open?").wait(300).answer("Always.")
    (turn,) = line.all(e.TurnSpoken)
    assert (turn.started_ms, turn.ended_ms) == (1_000, 3_000)
    line.spoken()
    assert line.all(e.TurnSpoken)[-1].response_ms == 900


def test_noise_that_is_never_written_down_does_not_keep_the_line_for_ever() -> None:
    line = Line(greeting="Hello.").spoken().carrier(r.Listening(is_on=True)).wait(20_000)
    assert line.all(r.Say) == []
    line.wait(10_000)
    assert "Are you still there?" in line.said()


def test_words_are_shown_as_they_come_and_belong_to_the_turn_they_become() -> None:
    line = Line().carrier(r.Prompted("When", "en-US", is_last=False), r.Prompted("When are", "en-US", is_last=False))
    line.caller("When are you open?")
    shown = line.all(e.Words)
    assert [words.text for words in shown] == ["When", "When are"]
    assert {words.item_id for words in shown} == {line.all(e.TurnSpoken)[0].item_id}
    line.answer("We are always open for you.").carrier(r.Speaking(is_on=True)).wait(900)
    ours = [words for words in line.all(e.Words) if words.party is m.Party.ASSISTANT]
    assert [words.text for words in ours] == ["We", "We are"]
    line.spoken()
    assert {words.item_id for words in ours} == {line.all(e.TurnSpoken)[-1].item_id}


def test_markdown_is_not_read_out() -> None:
    line = Line().caller("Hello").answer("**Two** kinds:\n", "- [small](https://x.example) ones")
    assert line.said() == "Two kinds: - small ones"


def test_a_tool_is_run_and_its_answer_goes_back_to_the_model() -> None:
    line = Line().caller("Where is my parcel?")
    line.answer("One moment.", tools=(tool(line, "look_up", '{"id": 7}'),))
    assert line.all(e.RunTool) == [e.RunTool("call_1", "look_up", '{"id": 7}')]
    line.tool(m.ToolFinished("call_1", "It is on its way."))
    assert line.asked().items[-2:] == (
        e.AddToolCall("call_1", "look_up", '{"id": 7}'),
        e.AnswerTool("call_1", "It is on its way."),
    )
    assert {"tool_called", "tool_finished"} <= set(line.notes())


def test_a_tool_that_answers_before_its_answer_is_whole_is_spoken_of_afterwards() -> None:
    line = Line().caller("Where is my parcel?")
    line.model(tool(line, "look_up"))
    line.tool(m.ToolFinished("call_1", "Here."))
    assert len(line.all(r.Ask)) == 1
    line.answer()
    assert len(line.all(r.Ask)) == 2


def test_a_caller_who_speaks_while_a_tool_works_is_answered_when_it_has() -> None:
    line = Line().caller("Where is my parcel?")
    line.answer(tools=(tool(line, "look_up"),)).caller("Hello?")
    assert len(line.all(r.Ask)) == 1
    line.tool(m.ToolFinished("call_1", "Here."))
    assert line.asked().items[-1] == e.AnswerTool("call_1", "Here.")


def test_who_is_put_through_hears_the_words_before_it_first() -> None:
    line = Line().caller("A person, please.")
    line.answer("I am connecting you.", tools=(tool(line, "transfer"),))
    assert line.all(e.RunTool) == []
    line.spoken().wait(100)
    assert [run.name for run in line.all(e.RunTool)] == ["transfer"]


def test_the_goodbye_is_heard_before_the_line_is_released() -> None:
    line = Line().caller("That is all.")
    line.answer("Goodbye.", tools=(tool(line, "end_call"),))
    line.tool(m.ToolFinished("call_1", "It ends.", hang_up=True))
    line.wait(100)
    assert line.all(e.HangUp) == []
    line.spoken()
    assert line.all(e.HangUp) == [e.HangUp(m.EndReason.ASSISTANT_ENDED)]


def test_a_model_that_ends_without_a_word_has_one_said_for_it() -> None:
    line = Line().caller("That is all.")
    line.answer(tools=(tool(line, "end_call"),))
    line.tool(m.ToolFinished("call_1", "It ends.", hang_up=True))
    assert line.said() == "Thank you for calling. Goodbye."
    line.spoken().wait(200)
    assert line.all(e.HangUp) == [e.HangUp(m.EndReason.ASSISTANT_ENDED)]


def test_nobody_waits_in_silence_for_a_slow_model() -> None:
    line = Line().caller("Hello?").wait(20_000)
    said_at = []
    silent = Line().caller("Hello?")
    for _ in range(85):
        before = len(silent.all(r.Say))
        silent.wait(100)
        if len(silent.all(r.Say)) > before:
            said_at.append(silent.now_ms)
    assert said_at[0] <= 1300
    assert all(later - earlier < 4000 for earlier, later in itertools.pairwise(said_at))
    assert "response_failed" in line.notes()
    assert len(line.all(r.Ask)) > 1  # it was asked again


@pytest.mark.parametrize("is_permanent", [True, False])
def test_a_model_that_fails_is_asked_again_and_given_up_in_the_end(is_permanent: bool) -> None:
    line = Line().caller("Hello?")
    for _ in range(1 if is_permanent else 3):
        failed = r.AnswerFailed(line.asked().answer_id, "server_error", is_permanent=is_permanent, unreachable=True)
        line.model(failed)
    assert line.all(e.Ended) == [e.Ended(m.EndReason.MODEL_UNREACHABLE)]


def test_an_answer_that_breaks_off_is_gone_on_with() -> None:
    line = Line().caller("Hello?")
    first = line.asked().answer_id
    line.model(r.Piece(first, "We are"), r.AnswerFailed(first, "broken off"))
    assert "Go on with your answer" in line.asked().instructions
    assert line.asked().items[-1] == e.AddMessage("assistant", "We are")


def test_a_silent_caller_is_asked_twice_and_let_go() -> None:
    line = Line(greeting="Hello.").spoken()
    for _ in range(3):
        line.wait(8_100).spoken()
    line.wait(500)
    assert line.said().count("Are you still there?") == 2
    assert line.all(e.HangUp) == [e.HangUp(m.EndReason.CALLER_SILENT)]


def test_a_call_has_a_greatest_length() -> None:
    line = Line(limit_ms=60_000, prompt_after_ms=0).wait(60_100).spoken().wait(200)
    assert "longest time" in line.said()
    assert line.all(e.HangUp) == [e.HangUp(m.EndReason.CALL_TOO_LONG)]


def test_nothing_said_after_the_last_goodbye_is_answered() -> None:
    line = Line(limit_ms=60_000, prompt_after_ms=0).wait(60_100).caller("Wait!").wait(100).spoken().wait(200)
    assert line.all(r.Ask) == []
    assert line.all(e.HangUp) == [e.HangUp(m.EndReason.CALL_TOO_LONG)]
    assert ("customer", "Wait!") in line.turns()


def test_a_caller_who_is_not_done_calls_an_ordinary_goodbye_off() -> None:
    line = Line().caller("That is all.")
    line.answer("Goodbye.", tools=(tool(line, "end_call"),))
    line.tool(m.ToolFinished("call_1", "It ends.", hang_up=True)).caller("One more thing.")
    assert "ending_called_off" in line.notes()
    assert len(line.all(r.Ask)) == 2


def test_keys_are_told_to_the_model_as_one_entry() -> None:
    line = Line().carrier(m.KeyPressed("4"), m.KeyPressed("2")).wait(1_500)
    assert line.asked().items == (e.AddMessage("user", "[keypad] 42"),)


def test_digits_are_collected_and_sent() -> None:
    line = Line(line_tools=frozenset({"collect_digits", "send_digits"})).caller("My PIN?")
    line.answer("Key it in.", tools=(tool(line, "collect_digits", '{"min_digits": 2, "max_digits": 2}'),))
    line.spoken().carrier(m.KeyPressed("4"), m.KeyPressed("2"))
    assert line.asked().items[-1] == e.AnswerTool("call_1", "The caller keyed in 42.")
    line.answer("Thank you.", tools=(tool(line, "send_digits", '{"digits": "1w2"}', "call_2"),)).spoken().wait(100)
    assert line.all(r.SendDigits) == [r.SendDigits("1w2")]


def test_the_line_is_switched_to_another_of_its_languages_and_to_no_other() -> None:
    line = Line(languages=frozenset({"en-US", "es-US"})).caller("¿Habla español?")
    line.answer(tools=(tool(line, "switch_language", '{"language": "fr-FR"}'),))
    assert line.all(r.SwitchLanguage) == []
    line.answer(tools=(tool(line, "switch_language", '{"language": "es-US"}', "call_2"),))
    assert line.all(r.SwitchLanguage) == [r.SwitchLanguage("es-US")]
    assert line.asked().items[-1].output.startswith("The line hears and speaks es-US")


def test_a_wish_for_no_more_calls_is_kept_confirmed_and_ends_the_call() -> None:
    line = Line(opt_out_wish=lambda text: "stop" if "stop" in text else "").caller("Please stop calling me.")
    assert line.all(r.Ask) == []
    assert line.all(e.OptOut) == [e.OptOut("Please stop calling me.")]
    line.session.opted_out(m.OptedOut("You are off our list."))
    line.wait(100).spoken().wait(100)
    assert line.said() == "You are off our list."
    assert line.all(e.HangUp) == [e.HangUp(m.EndReason.OPTED_OUT)]


def test_who_leaves_it_in_doubt_and_hangs_up_has_not_taken_it_back() -> None:
    line = Line(opt_out_wish=lambda text: "ask").caller("Maybe no more calls.")
    assert "stop calling you" in line.said()
    line.carrier(m.StreamStopped())
    assert line.all(e.OptOut) == [e.OptOut("Maybe no more calls.")]
    assert line.all(e.Ended) == [e.Ended(m.EndReason.CARRIER_STOPPED)]


def test_a_refusal_of_the_recording_is_carried_out_and_may_end_the_call() -> None:
    line = Line(is_objection=lambda text: "record" in text).caller("Do not record me.")
    assert line.all(e.RefuseRecording) == [e.RefuseRecording("Do not record me.")]
    line.session.recording_refused(m.RecordingRefused(ends=True))
    line.wait(100).spoken().wait(100)
    assert line.all(e.HangUp) == [e.HangUp(m.EndReason.RECORDING_REFUSED)]


def test_advice_reaches_the_model_and_words_aloud_wait_for_a_pause() -> None:
    line = Line().caller("Hello")
    line.session.from_supervisor(m.Advice("a", "Offer a discount."))
    line.session.from_supervisor(m.Advice("b", "We are closing soon.", aloud=True))
    line.answer("Hi.").spoken().wait(200)
    assert line.said() == "Hi.We are closing soon."
    line.caller("And?")
    assert any("Offer a discount." in item.text for item in line.asked().items if isinstance(item, e.AddMessage))


def test_another_process_takes_the_conversation_up() -> None:
    first = Line(greeting="Hello.").spoken().caller("I lost my card.").answer("Which one?").spoken()
    document = first.all(e.Remember)[-1].document
    line = Line(greeting="Hello.", resumed=document, greets=False)
    assert "interrupted" in line.asked().instructions
    assert [item.text for item in line.asked().items] == ["Hello.", "I lost my card.", "Which one?"]


def test_a_process_that_stops_leaves_in_a_pause() -> None:
    line = Line().caller("Hello")
    line.session.hand_over(at_once=False)
    assert line.wait(200).all(e.Ended) == []
    line.answer("Hi.").spoken().wait(200)
    assert line.all(e.Ended) == [e.Ended(m.EndReason.HANDED_OVER)]


def test_late_pieces_of_an_answer_nobody_wants_are_dropped() -> None:
    line = Line().caller("One")
    stale = line.asked().answer_id
    line.caller("Two").model(r.Piece(stale, "Late."), r.AnswerEnded(stale, "resp_x", {}))
    assert line.said() == ""
    assert [item.text for item in line.asked().items] == ["One", "Two"]
