"""A conversation by SIP: led over a control socket, without a sound passing through us."""

import pytest

from calls.voice import effects as e
from calls.voice import line_messages as lm
from calls.voice import messages as m
from calls.voice.plan import ConversationPlan
from calls.voice.sideband_session import ONE_MOMENT, SidebandSession

PLAN = ConversationPlan(greeting="Hello, Marlow Outdoor.", prompt_after_ms=8_000)


class Line:
    """A session, its clock and everything it has ordered."""

    def __init__(self, plan: ConversationPlan = PLAN, **how: object) -> None:
        self.session = SidebandSession(plan, **how)  # type: ignore[arg-type]
        self.now_ms = 0
        self.done: list[e.Effect] = []

    def hears(self, *messages: m.ModelMessage) -> list[e.Effect]:
        """The model tells this; what is ordered because of it."""
        self.session.tick(self.now_ms)
        for message in messages:
            self.session.from_model(message)
        return self._took()

    def passes(self, ms: int) -> list[e.Effect]:
        """Time passes; what is ordered meanwhile."""
        found = []
        for _ in range(ms // 100):
            self.now_ms += 100
            self.session.tick(self.now_ms)
            found += self._took()
        return found

    def _took(self) -> list[e.Effect]:
        effects = self.session.effects()
        self.done += effects
        return effects

    def says(self, response: str, item: str, words: str, *, heard: bool = True, ms: int = 1_000) -> list[e.Effect]:
        """The assistant says a sentence, and the caller hears it."""
        found = self.hears(
            m.ResponseStarted(response),
            m.AssistantWords(response, item, words, is_final=False),
            lm.OutputStarted(response),
            m.AssistantWords(response, item, words, is_final=True),
            m.ResponseEnded(response, "completed", "", {}),
        )
        found += self.passes(ms)
        return found + (self.hears(lm.OutputStopped(response)) if heard else [])

    def caller_says(self, item: str, words: str) -> list[e.Effect]:
        """The caller says a sentence, which is written down."""
        return self.hears(
            m.SpeechStarted(item, self.now_ms),
            m.SpeechStopped(item, self.now_ms),
            m.CallerWords(item, words, is_final=True),
        )

    def turns(self) -> list[tuple[str, str, bool]]:
        """What was said, as (party, words, whether it was cut)."""
        spoken = [each for each in self.done if isinstance(each, e.TurnSpoken) and each.is_final]
        return [(each.party.value, each.text, each.is_cut) for each in spoken]


def responds(effects: list[e.Effect]) -> list[str]:
    return [each.instructions for each in effects if isinstance(each, e.Respond)]


def notes(effects: list[e.Effect]) -> list[str]:
    return [each.kind for each in effects if isinstance(each, e.Noted)]


def opened(**how: object) -> Line:
    line = Line(**how)
    line.hears(m.ModelReady(3_600_000))
    return line


def test_the_assistant_greets_as_soon_as_the_socket_is_there() -> None:
    line = Line()
    (instructions,) = responds(line.hears(m.ModelReady(3_600_000)))
    assert "Hello, Marlow Outdoor." in instructions
    line.says("r1", "i1", "Hello, Marlow Outdoor.")
    assert line.turns() == [("assistant", "Hello, Marlow Outdoor.", False)]


def test_no_effect_is_for_a_carrier_and_no_sound_is_sent_on() -> None:
    line = opened()
    line.hears(m.AudioDelta("r1", "i1", "AAAA"))
    line.says("r1", "i1", "Hello, Marlow Outdoor.")
    line.caller_says("c1", "I need a tent.")
    line.passes(30_000)
    forbidden = (e.PlayAudio, e.Mark, e.Clear, e.AppendAudio, e.Truncate, e.OpenSpare, e.SwitchModel)
    assert [each for each in line.done if isinstance(each, forbidden)] == []


def test_a_turn_begins_when_the_caller_hears_it_and_ends_when_they_have() -> None:
    line = opened()
    line.says("r0", "i0", "Hello, Marlow Outdoor.")
    line.caller_says("c1", "I need a tent.")
    line.passes(500)
    line.says("r1", "i1", "We have three of them.", ms=1_400)
    (turn,) = [each for each in line.done if isinstance(each, e.TurnSpoken) and each.item_id == "i1"]
    assert (turn.started_ms, turn.ended_ms, turn.response_ms) == (1_500, 2_900, 500)


def test_words_that_come_after_the_sound_has_begun_are_of_that_turn() -> None:
    line = opened()
    line.hears(m.ResponseStarted("r1"), lm.OutputStarted("r1"))
    line.passes(300)
    line.hears(m.AssistantWords("r1", "i1", "Hello.", is_final=True), m.ResponseEnded("r1", "completed", "", {}))
    line.passes(300)
    line.hears(lm.OutputStopped("r1"))
    (turn,) = [each for each in line.done if isinstance(each, e.TurnSpoken)]
    assert (turn.started_ms, turn.ended_ms, turn.text) == (0, 600, "Hello.")


def test_a_caller_who_cuts_in_leaves_the_turn_as_far_as_it_was_heard() -> None:
    line = opened()
    line.says("r1", "i1", "We have tents for two, for four and for a whole family of six.", heard=False, ms=1_000)
    effects = line.hears(m.SpeechStarted("c1", 900), lm.OutputCleared("r1"))
    assert not [each for each in effects if isinstance(each, e.SilenceOutput)], "the model silences itself"
    ((party, words, is_cut),) = line.turns()
    assert (party, is_cut) == ("assistant", True)
    assert "We have tents".startswith(words[:13])
    assert "family" not in words


def test_where_we_cut_the_model_is_told_to_be_silent() -> None:
    line = opened()
    line.says("r1", "i1", "We have tents for two, for four and for a family.", heard=False)
    effects = line.hears(lm.LineKey("5"))
    assert [each for each in effects if isinstance(each, e.SilenceOutput)]
    assert "key_pressed" in notes(effects)


def test_keys_are_told_as_an_entry() -> None:
    line = opened()
    line.says("r1", "i1", "Your number, please.")
    line.hears(lm.LineKey("4"), lm.LineKey("2"))
    told = [each.text for each in line.passes(4_000) if isinstance(each, e.AddMessage)]
    assert told == ["[keypad] 42"]


def test_the_line_is_released_when_the_goodbye_was_heard_and_not_before() -> None:
    line = opened()
    line.hears(
        m.ResponseStarted("r1"),
        m.AssistantWords("r1", "i1", "Thank you for calling. Goodbye.", is_final=True),
        lm.OutputStarted("r1"),
        m.ToolCalled("r1", "t1", "end_call", "{}"),
        m.ResponseEnded("r1", "completed", "", {}),
    )
    line.session.from_tool(m.ToolFinished("t1", "The call ends.", hang_up=True))
    assert not [each for each in line.passes(2_500) if isinstance(each, e.HangUp)]
    effects = line.hears(lm.OutputStopped("r1"))
    assert [each.reason for each in effects if isinstance(each, e.HangUp)] == [m.EndReason.ASSISTANT_ENDED]


def test_a_tool_is_run_once_and_its_answer_is_spoken_of() -> None:
    line = opened()
    line.says("r0", "i0", "Hello.")
    call = m.ToolCalled("r1", "t1", "callback", "{}")
    effects = line.hears(m.ResponseStarted("r1"), call, call, m.ResponseEnded("r1", "completed", "", {}))
    assert [each.name for each in effects if isinstance(each, e.RunTool)] == ["callback"]
    line.session.from_tool(m.ToolFinished("t1", "Done."))
    effects = line.passes(100)
    assert [each for each in line.done if isinstance(each, e.AnswerTool)] == [e.AnswerTool("t1", "Done.")]
    assert responds(effects) == [""]


def test_while_a_tool_takes_long_the_model_is_asked_for_a_word_and_not_all_the_time() -> None:
    line = opened()
    line.says("r0", "i0", "Hello.")
    line.hears(
        m.ResponseStarted("r1"),
        m.ToolCalled("r1", "t1", "callback", "{}"),
        m.ResponseEnded("r1", "completed", "", {}),
    )
    assert responds(line.passes(3_000)) == [ONE_MOMENT]
    line.says("r2", "i2", "One moment more.", ms=800)
    assert responds(line.passes(3_000)) == []


def test_a_socket_that_is_lost_is_joined_again_and_nothing_is_told_twice() -> None:
    line = opened()
    line.says("r1", "i1", "Hello, Marlow Outdoor.")
    effects = line.hears(m.ModelLost())
    assert [type(each) for each in effects if isinstance(each, e.OpenModel)] == [e.OpenModel]
    line.passes(300)
    effects = line.hears(m.ModelReady(3_000_000))
    assert not [each for each in effects if isinstance(each, e.AddMessage | e.Respond)]
    line.caller_says("c1", "Are you there?")
    assert line.turns()[-1] == ("customer", "Are you there?", False)


def test_a_tool_s_answer_waits_for_the_socket() -> None:
    line = opened()
    line.says("r0", "i0", "Hello.")
    line.hears(m.ResponseStarted("r1"), m.ToolCalled("r1", "t1", "callback", "{}"))
    line.hears(m.ResponseEnded("r1", "completed", "", {}), m.ModelLost())
    line.session.from_tool(m.ToolFinished("t1", "Done."))
    assert not [each for each in line.passes(200) if isinstance(each, e.AnswerTool)]
    effects = line.hears(m.ModelReady(3_000_000))
    assert [each for each in effects if isinstance(each, e.AnswerTool)] == [e.AnswerTool("t1", "Done.")]


def resumed() -> ConversationPlan:
    entries = [
        {"at": 1, "party": "assistant", "text": "Hello."},
        {"at": 2, "party": "customer", "text": "Book it."},
        {"at": 3, "tool": "callback", "id": "t1", "text": "{}", "output": "Booked."},
        {"at": 4, "tool": "transfer", "id": "t2", "text": "{}"},
    ]
    return ConversationPlan(greeting="Hello.", resumed={"v": 1, "greeted": True, "entries": entries}, elapsed_ms=9_000)


def test_whoever_joins_a_session_greets_nobody_and_tells_it_only_what_it_waits_for() -> None:
    line = Line(resumed(), is_joined=True, owed=["t1", "t2"])
    effects = line.hears(m.ModelReady(3_000_000))
    assert not [each for each in effects if isinstance(each, e.AddMessage)]
    answers = [each for each in effects if isinstance(each, e.AnswerTool)]
    assert answers[0] == e.AnswerTool("t1", "Booked.")
    assert answers[1].call_id == "t2"
    assert "not known whether it happened" in answers[1].output
    assert responds(effects) == [""]
    assert "sideband_rejoined" in notes(effects)


def test_whoever_joins_a_session_that_waits_for_nothing_says_nothing() -> None:
    line = Line(resumed(), is_joined=True)
    assert responds(line.hears(m.ModelReady(3_000_000))) == []


def test_another_line_of_the_same_call_is_told_the_conversation_and_greets_nobody() -> None:
    line = Line(resumed())
    effects = line.hears(m.ModelReady(3_000_000))
    assert [each.text for each in effects if isinstance(each, e.AddMessage)][:2] == ["Hello.", "Book it."]
    (asked,) = responds(effects)
    assert "Hello" not in asked


def test_the_end_of_a_sentence_whose_beginning_was_missed_is_a_turn() -> None:
    line = Line(resumed(), is_joined=True)
    line.hears(m.ModelReady(3_000_000))
    line.hears(m.AssistantWords("r9", "i9", "You told me the word tiger.", is_final=True))
    line.hears(m.ResponseEnded("r9", "completed", "", {}))
    line.passes(600)
    line.hears(lm.OutputStopped("r9"))
    assert line.turns() == [("assistant", "You told me the word tiger.", False)]


def test_a_line_that_is_over_leaves_what_was_heard() -> None:
    line = opened()
    line.says("r1", "i1", "We have tents for two, for four and for a family.", heard=False)
    line.session.line_over()
    effects = line._took()
    assert [each.reason for each in effects if isinstance(each, e.Ended)] == [m.EndReason.CARRIER_STOPPED]
    assert line.turns()[0][2] is True
    assert line.session.is_line_gone


@pytest.mark.parametrize("order", ["stopped first", "cleared twice", "nobody's"])
def test_late_and_repeated_news_of_the_sound_change_nothing(order: str) -> None:
    line = opened()
    line.says("r1", "i1", "Hello, Marlow Outdoor.")
    before = line.turns()
    match order:
        case "stopped first":
            line.hears(lm.OutputStopped("r1"), lm.OutputStarted("r1"), lm.OutputStopped("r1"))
        case "cleared twice":
            line.hears(lm.OutputCleared("r1"), lm.OutputCleared(""))
        case "nobody's":
            line.hears(lm.OutputStarted("r7"), lm.OutputStopped("r7"), lm.OutputCleared("r8"))
    assert line.turns() == before
    assert not [each for each in line.passes(3_000) if isinstance(each, e.Ended | e.HangUp)]


def test_a_silent_caller_is_asked_and_then_let_go() -> None:
    line = opened()
    line.says("r1", "i1", "Hello, Marlow Outdoor.")
    (asked,) = responds(line.passes(8_500))
    assert "Are you still there?" in asked


def test_nothing_is_noted_as_said_that_could_not_be_heard() -> None:
    line = opened()
    line.says("r0", "i0", "Hello.")
    line.hears(m.ResponseStarted("r1"))
    assert "filler_played" not in notes(line.passes(4_000))


def test_what_was_said_while_nobody_was_there_is_asked_for_and_kept() -> None:
    line = Line(resumed(), is_joined=True, known=["i1"])
    line.hears(m.ModelReady(3_000_000))
    effects = line.hears(lm.ItemPlaced("i2", "c1"), lm.ItemPlaced("i2", "c1"), lm.ItemPlaced("c2", "i2"))
    assert [each for each in effects if isinstance(each, e.RetrieveItem)] == [e.RetrieveItem("c1")]
    line.hears(lm.ItemRetrieved("c1", "user", "And a sleeping bag."), lm.ItemRetrieved("c1", "user", "Twice."))
    assert line.turns() == [("customer", "And a sleeping bag.", False)]


def test_of_a_session_that_was_ours_from_the_beginning_nothing_is_asked() -> None:
    line = opened()
    effects = line.hears(lm.ItemPlaced("i2", "c1"), lm.ItemRetrieved("c1", "user", "What?"))
    assert not [each for each in effects if isinstance(each, e.RetrieveItem | e.TurnSpoken)]


def test_a_wish_for_no_more_calls_counts_also_when_it_was_missed() -> None:
    plan = ConversationPlan(greeting="Hello.", resumed={"v": 1, "greeted": True}, opt_out_wish=lambda _: "stop")
    line = Line(plan, is_joined=True)
    line.hears(m.ModelReady(3_000_000), lm.ItemPlaced("i2", "c1"))
    effects = line.hears(lm.ItemRetrieved("c1", "user", "Never call me again."))
    assert [each.said for each in effects if isinstance(each, e.OptOut)] == ["Never call me again."]
