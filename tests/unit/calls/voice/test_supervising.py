"""What a supervisor has for the assistant: told once, unheard by the caller, followed from the next sentence on."""

import json

import pytest

from calls.voice import effects as e
from calls.voice import messages as m
from calls.voice.memory import DOCUMENT_BYTES, Memory
from calls.voice.pauses import COMPANY_AFTER_MS
from calls.voice.plan import KEEP_COMPANY, from_supervisor, say_exactly
from tests.unit.calls.voice.talk import Talk, mid_talk, sound, told

OFFER = "Offer a free repair at once."
ADVICE = m.Advice("coach:1", OFFER)
TOLD = e.AddMessage("system", from_supervisor(OFFER))
ALOUD = m.Advice("coach:2", "We will call you back within the hour.", aloud=True)
APPROVED = m.Decided("approval:7", "“refund” was approved and done: 40 dollars were paid back.")


def advise(talk: Talk, *messages: m.SupervisorMessage) -> list[e.Effect]:
    """What follows at once."""
    before = len(talk.done)
    for message in messages:
        talk.session.from_supervisor(message)
        talk.collect()
    return talk.done[before:]


def heard(talk: Talk) -> list[str]:
    """What the model is known to have been told."""
    return [note.data["ref"] for note in talk.all(e.Noted) if note.kind == "supervisor_heard"]


# --- advice -----------------------------------------------------------------------------------------------------------


def test_advice_is_put_into_the_conversation_and_nothing_else_happens() -> None:
    talk = mid_talk()
    assert told(talk, len(talk.done)) == []
    before = len(talk.done)
    followed = advise(talk, ADVICE)
    assert told(talk, before) == [TOLD]
    assert not [effect for effect in followed if isinstance(effect, e.PlayAudio | e.Clear | e.Respond)]
    assert heard(talk) == ["coach:1"]


def test_advice_does_not_interrupt_an_answer_under_way() -> None:
    talk = Talk().says("One moment, I will look that up for you", 4000, ends=False).wait(600)
    before = len(talk.done)
    advise(talk, ADVICE)
    assert told(talk, before) == [TOLD]
    talk.wait(3600)
    assert talk.played_ms == 4000
    assert not talk.all(e.Clear)


def test_the_same_advice_twice_is_told_once() -> None:
    talk = mid_talk()
    advise(talk, ADVICE, ADVICE)
    assert talk.all(e.AddMessage).count(TOLD) == 1


def test_a_session_opened_anew_knows_it() -> None:
    talk = mid_talk()
    advise(talk, ADVICE)
    before = len(talk.done)
    talk.model(m.ModelLost(), m.ModelReady())
    assert TOLD in talk.done[before:]


def test_advice_while_no_session_is_open_is_told_with_everything_else_and_counts_as_heard_only_then() -> None:
    talk = mid_talk()
    talk.model(m.ModelLost())
    before = len(talk.done)
    advise(talk, ADVICE)
    assert (told(talk, before), heard(talk)) == ([], [])
    talk.model(m.ModelReady()).wait(200)
    assert told(talk, before).count(TOLD) == 1
    assert heard(talk) == ["coach:1"]


def test_another_process_knows_it_too_and_does_not_tell_it_again() -> None:
    talk = mid_talk()
    advise(talk, ADVICE)
    document = json.loads(json.dumps(talk.all(e.Remember)[-1].document))
    other = Talk(resumed=document, is_ready=False)
    advise(other, ADVICE)
    other.model(m.ModelReady()).wait(100)
    assert other.all(e.AddMessage).count(TOLD) == 1
    assert heard(other) == ["coach:1"], "the word of the first process may have been lost"


def test_advice_that_the_first_process_had_not_heard_is_told_by_the_next() -> None:
    document = mid_talk().all(e.Remember)[-1].document
    other = Talk(resumed=document, is_ready=False)
    advise(other, ADVICE)
    assert heard(other) == []
    other.model(m.ModelReady()).wait(100)
    assert other.all(e.AddMessage).count(TOLD) == 1
    assert heard(other) == ["coach:1"]


def test_a_line_that_is_gone_is_not_advised() -> None:
    talk = mid_talk().carrier(m.StreamStopped())
    assert advise(talk, ADVICE) == []


def test_much_advice_fits_into_the_memory() -> None:
    memory = Memory()
    for n in range(40):
        memory.advised(f"coach:{n}", "é" * 500, at_ms=n)
    document = memory.document(is_answer_owed=False)
    assert len(json.dumps(document)) <= DOCUMENT_BYTES
    assert Memory(document).knows("coach:39")


# --- words to be said -------------------------------------------------------------------------------------------------


def test_words_are_said_at_once_when_nobody_speaks() -> None:
    talk = mid_talk()
    advise(talk, ALOUD)
    assert talk.all(e.Respond)[-1] == e.Respond(say_exactly(ALOUD.text))
    assert heard(talk) == ["coach:2"]
    assert not [message for message in talk.all(e.AddMessage) if ALOUD.text in message.text]


def test_words_wait_for_the_answer_under_way() -> None:
    talk = Talk().says("One moment", 1000, ends=False)
    advise(talk, ALOUD)
    talk.wait(400)
    assert (talk.all(e.Respond), heard(talk)) == ([], [])
    talk.model(m.ResponseEnded("resp_a", "completed", "", {})).wait(200)
    assert talk.all(e.Respond) == [e.Respond(say_exactly(ALOUD.text))]
    assert heard(talk) == ["coach:2"]


def test_words_are_not_spoken_over_the_caller() -> None:
    talk = mid_talk()
    talk.caller_starts("c2").wait(200)
    advise(talk, ALOUD)
    talk.wait(600)
    asked = len(talk.all(e.Respond))
    talk.caller_stops("c2", "And on Sunday?").wait(200)
    assert len(talk.all(e.Respond)) == asked, "the model answers the caller first"
    talk.says("Closed on Sunday.", 800, item="a2", response="r2").wait(400)
    assert talk.all(e.Respond)[asked:] == [e.Respond(say_exactly(ALOUD.text))]


# --- decisions --------------------------------------------------------------------------------------------------------


def waiting(**plan) -> Talk:
    """The model has called a tool, was told to wait, has said so, and that was heard."""
    talk = mid_talk(**plan)
    talk.model(m.ResponseStarted("r9"), m.ToolCalled("r9", "call_9", "refund", "{}"))
    talk.model(m.ResponseEnded("r9", "completed", "", {}))
    talk.tool(m.ToolFinished("call_9", "A colleague has been asked."))
    advise(talk, m.Awaited("approval:7"))
    return talk.says("I am asking a colleague.", 1000, item="a9", response="r10").wait(1100)


def test_a_caller_who_waits_is_kept_company_and_never_asked_whether_they_are_there() -> None:
    talk = waiting(prompt_after_ms=2000)
    before = len(talk.all(e.Respond))
    for n in range(3):
        talk.wait(COMPANY_AFTER_MS + 200)
        assert talk.all(e.Respond)[before:] == [e.Respond(KEEP_COMPANY)] * (n + 1)
        talk.says("Still waiting.", 600, item=f"k{n}", response=f"rk{n}").wait(700)
    assert "silence_prompted" not in talk.noted()
    assert talk.noted().count("company_kept") == 3


def test_a_decision_is_told_to_the_model_which_tells_the_caller() -> None:
    talk = waiting()
    before = len(talk.done)
    advise(talk, APPROVED)
    assert told(talk, before) == [e.AddMessage("system", APPROVED.text), e.Respond("")]
    talk.says("It is done.", 500, item="b", response="rb").wait(9000)
    assert "company_kept" not in talk.noted()
    assert talk.all(e.Respond)[-1] != e.Respond(KEEP_COMPANY)


def test_another_process_is_not_told_of_a_decision_again() -> None:
    talk = waiting()
    advise(talk, APPROVED)
    other = Talk(resumed=talk.all(e.Remember)[-1].document, is_ready=False)
    advise(other, m.Awaited(APPROVED.ref), APPROVED)
    other.model(m.ModelReady()).wait(100)
    assert other.all(e.AddMessage).count(e.AddMessage("system", APPROVED.text)) == 1
    assert heard(other) == [APPROVED.ref]


def test_a_decision_that_comes_before_anybody_waits_is_not_waited_for() -> None:
    talk = mid_talk()
    advise(talk, APPROVED, m.Awaited("approval:7"))
    talk.says("It is done.", 500, item="b", response="rb").wait(7500)
    assert "company_kept" not in talk.noted()


@pytest.mark.parametrize("is_answered", [True, False])
def test_a_decision_while_the_caller_speaks_is_in_the_models_answer_or_gets_one(is_answered: bool) -> None:
    talk = waiting(backchannels=frozenset({"mm-hm"}), barge_in_ms=200)
    talk.caller_starts("c5").wait(200)
    before = len(talk.all(e.Respond))
    advise(talk, APPROVED)
    assert len(talk.all(e.Respond)) == before
    talk.caller_stops("c5", "How long?" if is_answered else "mm-hm").wait(200)
    if is_answered:
        talk.says("It is done.", 500, item="b", response="rb").wait(800)
    talk.wait(400)
    assert len(talk.all(e.Respond)) == before + 1


def test_a_decided_end_of_the_call_is_said_goodbye_to() -> None:
    talk = waiting()
    advise(talk, m.Decided("approval:7", "The call ends.", hang_up=True))
    talk.wait(100).says("Thank you for calling. Goodbye.", 1000, item="b", response="rb").wait(1200)
    assert talk.all(e.HangUp) == [e.HangUp(m.EndReason.ASSISTANT_ENDED)]


def test_what_is_being_said_when_the_end_is_decided_is_no_goodbye() -> None:
    talk = waiting()
    talk.model(m.ResponseStarted("rb"))
    advise(talk, m.Decided("approval:7", "The call ends.", hang_up=True))
    talk.says("I am still waiting.", 1000, item="b", response="rb").wait(300)
    assert talk.all(e.Respond)[-1] == e.Respond(say_exactly(talk.session._conduct.plan.goodbye))
    assert talk.all(e.HangUp) == []
    talk.says("Thank you for calling. Goodbye.", 1000, item="c", response="rc").wait(2200)
    assert talk.all(e.HangUp) == [e.HangUp(m.EndReason.ASSISTANT_ENDED)]


# --- what is heard ----------------------------------------------------------------------------------------------------


def test_what_was_played_is_known_to_the_byte_and_what_was_cleared_does_not_count() -> None:
    talk = Talk().says("One two three four", 2000, ends=False).wait(700)
    assert talk.session.played() == 700 * 8
    before, payloads = talk.session.queued()
    assert payloads == [sound(200)] * 7
    assert before == 600 * 8
    talk.caller_starts()
    assert talk.session.queued() == (700 * 8, [])
    talk.wait(500).says("Yes?", 400, item="b", response="rb").wait(1000)
    assert talk.session.played() == 1100 * 8
