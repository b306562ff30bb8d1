import base64
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox import speech
from sandbox.model import script
from sandbox.model.script import Prompt, Reply, Rule, Script, fit_arguments
from tests.unit.sandbox.model.stepped_client import END_CALL

TRANSFER = {"type": "function", "name": "transfer", "parameters": {"type": "object", "properties": {}}}


def answer(*heard, tools=(), **prompt):
    return Script().answer(Prompt(heard=heard, must_answer=True, tools=tools, **prompt))


@pytest.mark.parametrize(
    ("heard", "says"),
    [
        ("please note river anchor tiger", "I noted river anchor tiger"),
        ("Could you tell me your opening hours, please?", "We are open from nine to six"),
        ("Please tell me about your tents.", "We have three kinds of tents."),
        ("Sorry, I only want to know how much they cost.", "Our two person tents start at"),
        ("[keypad] 2", "Repairs."),
        ("[keypad] 9", "That is not one of the options."),
        ("Which departments do you have?", "For orders, press one."),
        ("I would rather not be recorded.", "I understand, you would rather not be recorded."),
        ("Please stop calling me.", "I am sorry for the trouble."),
        ("Thank you very much.", "You are welcome."),
        ("Thank you, that is all.", "Thank you for calling Marlow Outdoor. Goodbye."),
        ("No, that is all. Goodbye.", "Thank you for calling Marlow Outdoor. Goodbye."),
        ("I would like to speak to a person, please.", "I am afraid nobody is free"),
        ("My order number is seven four one nine.", "Thank you, I found it."),
        ("(speech, 2.3 s)", "Could you say that again, please?"),
        ("xyzzy", "Could you say that again, please?"),
    ],
)
def test_what_it_answers(heard, says):
    assert answer(heard).says.startswith(says)


def test_every_sentence_of_the_phone_page_gets_a_real_answer():
    for sentence in speech.prepared_texts(voice="caller"):
        assert answer(sentence).says != "Could you say that again, please?", sentence


def test_nobody_has_spoken_yet_or_nobody_answers():
    opening = Script().answer(Prompt(is_opening=True))
    assert opening == Reply(says="Thank you for calling Marlow Outdoor. How can I help you today?")
    assert Script().answer(Prompt()).says == "Are you still there?"


def test_what_is_told_beside_the_caller_has_rules_of_its_own():
    wait = "Nothing has been done yet: a colleague has to approve this first, and has been asked."
    asked = Script().answer(Prompt(after_tool="stop_recording", output=wait))
    assert asked.says == "I have to ask a colleague first. One moment, please."
    assert (
        Script().answer(Prompt(after_tool="stop_recording", output="Done.")).says.startswith("Thank you, that is done")
    )
    patience = Script().answer(Prompt(instructions="Say that you are still waiting for a colleague."))
    assert patience.says == "I am still waiting for my colleague. Thank you for your patience."
    assert answer("a colleague has to approve this first").says != asked.says, "a caller who says so is somebody else"


def test_dictation_is_said_word_for_word():
    dictated = answer("goodbye", instructions="Say exactly this: “Good day, Zoë.” and nothing else.")
    assert dictated == Reply(says="Good day, Zoë.")


def test_farewell_ends_the_call_only_with_the_tool():
    assert answer("goodbye").calls == ()
    (call,) = answer("goodbye", tools=[END_CALL]).calls
    assert (call.tool, call.arguments) == ("end_call", {"reason": "caller_finished"})


def test_other_words_when_the_tool_is_missing():
    with_tool, without = answer("a person", tools=[TRANSFER]), answer("a person", tools=[END_CALL])
    assert with_tool.says.startswith("Of course.")
    assert [call.tool for call in with_tool.calls] == ["transfer"]
    assert without.says.startswith("I am afraid")
    assert without.calls == ()


def test_after_a_tool():
    assert Script().answer(Prompt(after_tool="end_call")).says == ""
    assert Script().answer(Prompt(after_tool="look_up")).says.startswith("Thank you, that is done.")


def test_a_rule_that_recalls_takes_its_groups_from_what_was_found():
    own = Script()
    rule = {"hears": "my (name|age)", "recalls": r"called (\w+)", "says": r"\1.", "otherwise": r"Your \1?"}
    own.put_first([Rule.parse({**rule, "calls": [{"tool": "transfer"}]})])
    asked = Prompt(heard=["What is my name?"], must_answer=True, tools=[TRANSFER])
    unknown = own.answer(asked)
    assert (unknown.says, unknown.calls) == ("Your name?", ())
    known = own.answer(replace(asked, remembered=["What is my name?", "She is called Carol.", "called Bob"]))
    assert (known.says, [call.tool for call in known.calls]) == ("Carol.", ["transfer"])


def test_a_question_is_not_its_own_answer():
    own = Script()
    own.put_first([Rule.parse({"hears": "what", "recalls": "(.+)", "says": r"\1", "otherwise": "Nothing."})])
    asked = Prompt(heard=["What did I say?"], must_answer=True, remembered=["What did I say?"])
    assert own.answer(asked).says == "Nothing."
    assert own.answer(replace(asked, remembered=["What did I say?", "Hello."])).says == "Hello."


def test_text_put_in_by_the_application_needs_no_answer():
    prompt = Prompt(heard=["The caller is called Carol."], must_answer=False, is_opening=True)
    assert Script().answer(prompt).says.startswith("Thank you for calling")


def test_newest_words_first():
    assert answer("xyzzy", "What are your opening hours?").says.startswith("We are open")
    assert answer("goodbye", "What are your opening hours?").says.endswith("Goodbye.")


def test_added_rules_come_first_in_their_order_and_wear_out():
    own = Script()
    own.put_first([Rule.parse({"hears": "goodbye", "says": "Stay!", "times": 1})])
    own.put_first([Rule.parse({"hears": "stay", "says": "No."}), Rule.parse({"hears": ".", "says": "Any."})])
    heard = [own.answer(Prompt(heard=[words], must_answer=True)).says for words in ("stay", "goodbye")]
    assert heard == ["No.", "Any."]
    own.extra.pop(1)
    said = [own.answer(Prompt(heard=["goodbye"], must_answer=True)).says for _ in range(2)]
    assert said == ["Stay!", "Thank you for calling Marlow Outdoor. Goodbye."]
    own.clear()
    assert own.extra == []


def test_a_rule_for_dictation_times_it_and_answers_nobody():
    own = Script()
    own.put_first([Rule.parse({"hears": "^Hello", "says": "Hello.", "think_ms": 5, "dictated": True})])
    assert own.answer(Prompt(instructions="Say “Hello to you.”")) == Reply(says="Hello.", think_ms=5)
    assert own.answer(Prompt(heard=["Hello"], must_answer=True)).think_ms is None


def test_a_rule_with_exact_audio():
    audio = bytes(range(256))
    rule = Rule.parse({"hears": ".", "audio_b64": base64.b64encode(audio).decode(), "chunk_bytes": [160, 7]})
    assert (rule.reply.audio, rule.reply.chunk_bytes) == (audio, (160, 7))


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"hears": "("},
        {"hears": 5},
        {"hears": ".", "say": "x"},
        {"hears": ".", "chunk_bytes": [0]},
        {"hears": ".", "recalls": "(", "otherwise": "x"},
        {"hears": ".", "recalls": "x"},
    ],
)
def test_broken_rules_are_refused(entry):
    with pytest.raises(ValueError, match=r"hears|recalls|unknown in a rule|chunk_bytes"):
        Rule.parse(entry)


def test_arguments_follow_the_tools_schema():
    schema = {
        "properties": {
            "reason": {"type": "string", "enum": ["done", "other"]},
            "note": {"type": "string"},
            "count": {"type": "integer"},
            "sure": {"type": "boolean"},
        },
        "required": ["reason", "note", "count", "sure"],
    }
    made = fit_arguments({"reason": "caller_finished", "colour": "red"}, {"parameters": schema}, "the words")
    assert made == {"reason": "done", "note": "the words", "count": 1, "sure": True}
    assert fit_arguments({"reason": "other"}, {"parameters": schema}, "")["reason"] == "other"
    assert fit_arguments({"x": 1}, {"name": "bare"}, "") == {}


def test_the_long_answer_is_long_enough_to_be_interrupted():
    assert speech.say(answer("tell me about your tents").says, voice="assistant").ms >= 8000


def test_every_standing_rule_can_be_reached():
    table = tomllib.loads(Path(script.__file__).with_name("replies.toml").read_text(encoding="utf-8"))
    assert len(table["rules"]) == len({rule["hears"] for rule in table["rules"]})


def test_a_model_that_was_talked_into_something_asks_for_tools_it_was_never_given():
    rule = Rule.parse({"hears": "refund me", "talked_into": True, "calls": [{"tool": "refund", "arguments": {"n": 1}}]})
    told = Script([rule]).answer(Prompt(heard=("please refund me",), tools=[TRANSFER]))
    assert [(call.tool, call.arguments) for call in told.calls] == [("refund", {"n": 1})]
