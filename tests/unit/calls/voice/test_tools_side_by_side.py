"""Several tools at once, one slow, one failing; and tools that outlive an interruption: nobody hears dead air."""

from calls.voice import effects as e
from calls.voice import messages as m
from tests.unit.calls.voice.talk import Talk, sound

LOOK_UPS = ("quick", "slow", "failing")


def three_called(talk: Talk) -> Talk:
    """One answer of the model that asks for three tools."""
    talk.model(m.ResponseStarted("r1"))
    talk.model(*(m.ToolCalled("r1", name, f"look_up_{name}", "{}") for name in LOOK_UPS))
    return talk.model(m.ResponseEnded("r1", "completed", "", {}))


def answered(talk: Talk) -> list[str]:
    return [answer.call_id for answer in talk.all(e.AnswerTool)]


def test_all_three_run_at_once_and_are_spoken_of_together() -> None:
    talk = three_called(Talk(filler=sound(600)))
    assert [run.call_id for run in talk.all(e.RunTool)] == list(LOOK_UPS)
    talk.tool(m.ToolFinished("quick", "found"))
    talk.tool(m.ToolFinished("failing", "The server refuses or has failed.", is_error=True))
    assert answered(talk) == ["quick", "failing"]
    assert talk.all(e.Respond) == [], "the model waits for the third"
    talk.wait(6000)
    talk.tool(m.ToolFinished("slow", "found late"))
    assert answered(talk) == ["quick", "failing", "slow"]
    assert len(talk.all(e.Respond)) == 1


def test_a_slow_tool_is_bridged_by_words_of_our_own_from_the_second_on() -> None:
    talk = three_called(Talk(filler=sound(600)).wait(20))
    talk.wait(1100)
    assert talk.all(e.PlayAudio) == []
    talk.wait(200)
    assert talk.noted().count("filler_played") == 1
    longest, last = 0, talk.played_ms
    for _ in range(60):  # six seconds more: never longer without a sign of life than the tone's pause
        talk.wait(100)
        longest, last = (0, talk.played_ms) if talk.played_ms != last else (longest + 100, last)
        assert longest <= 2600
    assert "model_stalled" not in talk.noted(), "a slow tool is no lost model"


def test_the_result_of_a_tool_that_outlives_an_interruption_is_still_spoken_of() -> None:
    talk = three_called(Talk())
    for name in ("quick", "failing"):
        talk.tool(m.ToolFinished(name, "ok"))
    talk.caller_starts("c1").wait(600).caller_stops("c1", "And how are you?")
    talk.model(m.ResponseStarted("r2")).says("I am well.", 400, item="a2", response="r2").wait(600)
    before = len(talk.all(e.Respond))
    talk.tool(m.ToolFinished("slow", "found late"))
    assert answered(talk)[-1] == "slow"
    assert len(talk.all(e.Respond)) == before + 1


def test_a_result_that_comes_while_the_caller_speaks_is_told_and_not_spoken_over_them() -> None:
    talk = three_called(Talk())
    for name in ("quick", "failing"):
        talk.tool(m.ToolFinished(name, "ok"))
    talk.caller_starts("c1").wait(200).tool(m.ToolFinished("slow", "found late"))
    assert answered(talk)[-1] == "slow"
    assert talk.all(e.Respond) == [], "the model answers when they have finished, and knows the result"


def test_a_result_that_comes_while_the_assistant_speaks_waits_for_the_end() -> None:
    talk = three_called(Talk())
    for name in ("quick", "failing"):
        talk.tool(m.ToolFinished(name, "ok"))
    talk.caller_starts("c1").wait(400).caller_stops("c1", "Hello?")
    talk.model(m.ResponseStarted("r2"))
    talk.tool(m.ToolFinished("slow", "found late"))
    assert talk.all(e.Respond) == []
    talk.model(m.ResponseEnded("r2", "completed", "", {}))
    assert len(talk.all(e.Respond)) == 1
