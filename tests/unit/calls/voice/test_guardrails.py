"""Rules that the server keeps: what trips each, what each does, and that it is done once."""

import json
from typing import Any

import pytest

from calls.voice import effects as e
from calls.voice import guard_words
from calls.voice import messages as m
from calls.voice import relay_messages as r
from calls.voice.guard_words import Rule
from calls.voice.plan import say_exactly
from tests.unit.calls.voice.relay_talk import Line
from tests.unit.calls.voice.talk import Talk, mid_talk, told

WORDS = "This call may be recorded"


def a_talk(trigger: str, action: str = "coach", *, text: str = "Do this now.", **more: Any) -> Talk:
    rule = Rule("rule:1", "The rule", trigger, action, text=text, **more)
    return mid_talk(rules=(rule,), prompt_after_ms=3000)


def fired(talk: Talk) -> list[str]:
    return [note.data["ref"] for note in talk.all(e.Noted) if note.kind == "rule_fired"]


def says(talk: Talk, text: str, item: str = "c9") -> Talk:
    return talk.caller_starts(item).wait(400).caller_stops(item, text)


def fail(talk: Talk, n: int, *, is_error: bool = True) -> None:
    talk.model(m.ResponseStarted(f"t{n}"), m.ToolCalled(f"t{n}", f"call_{n}", "refund", "{}"))
    talk.model(m.ResponseEnded(f"t{n}", "completed", "", {})).tool(
        m.ToolFinished(f"call_{n}", "No.", is_error=is_error)
    )


@pytest.mark.parametrize(
    ("text", "is_it"),
    [
        ("Can I talk to a real person, please?", True),
        ("Put me through to your manager!", True),
        ("Representative.", True),
        ("I don’t want to talk to a robot", True),
        ("Quero falar com um atendente", True),
        ("Quiero hablar con una persona", True),
        ("I am a busy person", False),
        ("My agent told me to call", False),
        ("The people at the shop were nice", False),
    ],
)
def test_asking_for_a_person_is_known(text: str, is_it: bool) -> None:
    assert guard_words.asks_for_person(text) is is_it


@pytest.mark.parametrize(
    ("text", "is_it"),
    [("This is ridiculous.", True), ("Que palhaçada!", True), ("I want a class on classic cars", False)],
)
def test_anger_is_known(text: str, is_it: bool) -> None:
    assert guard_words.is_angry(text) is is_it


def test_phrases_are_whole_words_without_marks_and_accents() -> None:
    assert guard_words.mentions("About my Débito, please", ["debito"])
    assert not guard_words.mentions("A lawyerly answer", ["lawyer"])
    assert not guard_words.mentions("anything", ["", "?!"])


def test_who_asks_for_a_person_is_put_through_at_once_and_the_model_falls_silent() -> None:
    talk = a_talk("human", "transfer")
    talk.says("Well, before I do that, let me tell you", 3000, item="a2", response="r2", ends=False).wait(400)
    says(talk, "I want a human.")
    (run,) = [effect for effect in talk.all(e.RunTool) if effect.name == "transfer"]
    assert run.key == "rule:1"
    assert json.loads(run.arguments)["reason"] == "The caller asked for a person."
    assert talk.all(e.Clear)
    assert fired(talk) == ["rule:1"]
    says(talk, "A person, please", "c10")
    assert len([effect for effect in talk.all(e.RunTool) if effect.name == "transfer"]) == 1
    before = len(talk.done)
    talk.tool(m.ToolFinished(run.call_id, "The caller is being put through. Say nothing more."))
    assert told(talk, before) == []


def test_nobody_to_be_put_through_to_is_said_to_the_model_which_goes_on() -> None:
    talk = says(a_talk("human", "transfer"), "I want a human.")
    (run,) = [effect for effect in talk.all(e.RunTool) if effect.name == "transfer"]
    before = len(talk.done)
    talk.tool(m.ToolFinished(run.call_id, "Nobody is free.", is_error=True))
    texts = [effect.text for effect in talk.done[before:] if isinstance(effect, e.AddMessage)]
    assert len(texts) == 1
    assert texts[0].endswith("Nobody is free.")
    assert [effect for effect in talk.done[before:] if isinstance(effect, e.Respond)]


def test_a_threshold_counts_times() -> None:
    talk = says(a_talk("anger", threshold=2), "This is ridiculous.")
    assert fired(talk) == []
    says(talk, "Unacceptable!", "c10")
    assert fired(talk) == ["rule:1"]
    assert e.AddMessage("system", "Do this now.") in talk.done


def test_tools_that_fail_count_one_after_the_other() -> None:
    talk = a_talk("failed_tools", threshold=2)
    fail(talk, 1)
    fail(talk, 2, is_error=False)
    fail(talk, 3)
    assert fired(talk) == []
    fail(talk, 4)
    assert fired(talk) == ["rule:1"]


def test_a_caller_who_does_not_answer_trips_a_rule() -> None:
    talk = a_talk("no_input", "nudge").wait(3400)
    assert "silence_prompted" in talk.noted()
    assert fired(talk) == ["rule:1"]


@pytest.mark.parametrize("action", ["transfer", "nudge"])
def test_who_would_be_given_up_is_put_through_instead_when_a_rule_says_so(action: str) -> None:
    talk = a_talk("no_input", action, threshold=3)
    for n in range(2):
        talk.wait(3600).says("Are you still there?", 400, item=f"p{n}", response=f"p{n}")
    talk.wait(4000)
    assert fired(talk) == ["rule:1"]
    has_run = [effect.name for effect in talk.all(e.RunTool)] == ["transfer"]
    is_given_up = e.Respond(say_exactly(talk.session._conduct.plan.giving_up)) in talk.done
    assert (has_run, is_given_up) == ((True, False) if action == "transfer" else (False, True))


def test_silence_is_counted_in_seconds_while_nothing_is_expected() -> None:
    talk = Talk(greeting="Hello.", rules=(Rule("rule:1", "r", "silence", "nudge", threshold=5),), prompt_after_ms=0)
    talk.says("Hello.", 1000).wait(5600)
    assert fired(talk) == []
    talk.wait(800)
    assert fired(talk) == ["rule:1"]


def test_words_that_must_be_said_are_said_when_they_are_late() -> None:
    rule = Rule("rule:1", "Recording", "unsaid", "say", threshold=5, phrases=("may be recorded",), text=WORDS)
    talk = Talk(greeting="Hello.", rules=(rule,)).says("Hello.", 1000).wait(5200)
    assert fired(talk) == ["rule:1"]
    assert e.Respond(say_exactly(WORDS)) in talk.done


def test_words_that_were_heard_in_time_are_not_asked_for() -> None:
    rule = Rule("rule:1", "Recording", "unsaid", "say", threshold=5, phrases=("may be recorded",), text=WORDS)
    talk = Talk(greeting="Hello.", rules=(rule,)).says(f"Hello. {WORDS}.", 1000).wait(7000)
    assert fired(talk) == []


def test_words_that_must_not_be_said_are_noticed_when_they_were_heard() -> None:
    talk = a_talk("forbidden", phrases=("guarantee",)).says("I guarantee it.", 800, item="a3", response="r3")
    talk.wait(1200)
    assert fired(talk) == ["rule:1"]


def test_a_rule_may_end_the_call_with_its_words() -> None:
    talk = says(a_talk("topic", "end", text="We cannot speak of that. Goodbye.", phrases=("bomb",)), "I have a bomb")
    assert e.Respond(say_exactly("We cannot speak of that. Goodbye.")) in talk.done
    talk.says("We cannot speak of that. Goodbye.", 1000, item="a9", response="r9").wait(1600)
    assert talk.all(e.HangUp) == [e.HangUp(m.EndReason.ASSISTANT_ENDED)]


def test_what_another_process_has_done_already_is_not_done_again() -> None:
    rule = Rule("rule:1", "r", "human", "coach", text="Do this now.")
    talk = mid_talk(rules=(rule,), rules_fired=frozenset({"rule:1"}))
    assert fired(says(talk, "A human please")) == []


# --- on a line of text ---


def a_line(trigger: str, action: str, **more: Any) -> Line:
    return Line(rules=(Rule("rule:1", "The rule", trigger, action, text=more.pop("text", "Do this now."), **more),))


def test_by_text_who_asks_for_a_person_is_put_through_and_the_model_is_not_asked() -> None:
    line = a_line("human", "transfer").caller("I want to talk to a human.")
    (run,) = line.all(e.RunTool)
    assert (run.name, run.key) == ("transfer", "rule:1")
    assert line.all(r.Ask) == []
    line.session.from_tool(m.ToolFinished(run.call_id, "Nobody is free.", is_error=True))
    line.wait(200)
    assert "Nobody is free." in line.asked().items[-1].text


def test_by_text_a_rule_tells_says_and_ends() -> None:
    told_line = a_line("anger", "coach").caller("This is ridiculous.")
    assert e.AddMessage("system", "Do this now.") in told_line.asked().items
    said_line = a_line("unsaid", "say", text=WORDS, threshold=2, phrases=("may be recorded",)).wait(2600)
    assert WORDS in said_line.said()
    ended = a_line("topic", "end", text="Goodbye.", phrases=("bomb",)).caller("A bomb!")
    assert ended.said() == "Goodbye."
    assert [note.data["ref"] for note in ended.all(e.Noted) if note.kind == "rule_fired"] == ["rule:1"]
