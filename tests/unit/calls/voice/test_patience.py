"""Who is let finish a sentence: barge-in that can be tuned, noise that is no speech, and calls that have a length."""

import pytest

from calls.voice import effects as e
from calls.voice import messages as m
from calls.voice.barge_in import WORDS_LIMIT_MS, words_of
from calls.voice.call_length import WARN_BEFORE_MS
from calls.voice.plan import say_exactly
from tests.unit.calls.voice.talk import Talk

STORY = "We have three kinds of tents and I can tell you about each of them in turn"
LISTENING = frozenset({"mm-hm", "okay", "yes", "right"})


def telling(**plan) -> Talk:
    """The assistant is in the middle of a long answer."""
    return Talk(prompt_after_ms=0, **plan).says(STORY, 8000).wait(2000)


# --- a least length of speech -----------------------------------------------------------------------------------------


def test_a_cough_does_not_silence_a_patient_assistant() -> None:
    talk = telling(barge_in_ms=400).caller_starts().wait(160).caller_stops(text="")
    assert talk.all(e.Clear) == []
    assert talk.all(e.Respond) == []
    talk.wait(6000)
    assert talk.turns()[-1].text == STORY


def test_speech_that_goes_on_silences_it_after_the_least_length() -> None:
    talk = telling(barge_in_ms=400).caller_starts()
    talk.wait(300)
    assert talk.all(e.Clear) == []
    talk.wait(200)
    assert len(talk.all(e.Clear)) == 1
    assert talk.all(e.Truncate)[0].audio_end_ms in range(2400, 2520)
    talk.caller_stops(text="Sorry, how much are they?")
    assert talk.all(e.Respond) == [e.Respond()]


def test_short_words_that_mean_something_silence_it_once_they_are_written_down() -> None:
    talk = telling(barge_in_ms=400).caller_starts().wait(200).caller_stops()
    assert talk.all(e.Clear) == []
    talk.model(m.CallerWords("item_c", "Stop!", is_final=True))
    assert len(talk.all(e.Clear)) == 1
    assert talk.all(e.Respond) == [e.Respond()]


def test_short_words_that_nobody_writes_down_are_taken_for_words() -> None:
    talk = telling(barge_in_ms=400).caller_starts().wait(200).caller_stops().wait(WORDS_LIMIT_MS + 200)
    assert len(talk.all(e.Clear)) == 1
    assert talk.all(e.Respond) == [e.Respond()]


def test_over_silence_a_patient_assistant_answers_as_soon_as_the_caller_has_finished() -> None:
    talk = Talk(barge_in_ms=400, prompt_after_ms=0).caller_starts().wait(200).caller_stops()
    assert talk.all(e.Respond) == [e.Respond()]


def test_the_model_decides_when_nothing_is_tuned() -> None:
    assert len(telling().caller_starts().all(e.Clear)) == 1


# --- words that only say "I am listening" -----------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["Mm-hm.", "Okay, okay", "YES!", "right… yes"])
def test_words_that_only_say_i_am_listening_do_not_interrupt(words: str) -> None:
    talk = telling(backchannels=LISTENING).caller_starts().wait(400).caller_stops(text=words).wait(1500)
    assert talk.all(e.Clear) == []
    assert talk.all(e.Respond) == []
    assert "speech_ignored" in talk.noted()


@pytest.mark.parametrize("words", ["No.", "Okay, but how much?", "yes please stop"])
def test_other_words_do(words: str) -> None:
    talk = telling(backchannels=LISTENING).caller_starts().wait(400).caller_stops(text=words)
    assert len(talk.all(e.Clear)) == 1
    assert talk.all(e.Respond) == [e.Respond()]


def test_who_speaks_for_long_is_not_only_listening() -> None:
    talk = telling(backchannels=LISTENING).caller_starts().wait(WORDS_LIMIT_MS + 200)
    assert len(talk.all(e.Clear)) == 1


def test_an_answer_of_one_such_word_is_an_answer_when_the_assistant_is_silent() -> None:
    talk = Talk(backchannels=LISTENING, prompt_after_ms=0).says("Is it number four?", 800).wait(1200)
    talk.caller_starts().wait(300).caller_stops(text="Yes.")
    assert talk.all(e.Respond) == [e.Respond()]


@pytest.mark.parametrize(
    ("text", "words"), [("Mm-hm, OKAY!", ["mm-hm", "okay"]), ("…", []), ("I don't", ["i", "don't"]), ("", [])]
)
def test_words_are_told_from_punctuation(text: str, words: list[str]) -> None:
    assert words_of(text) == words


# --- noise ------------------------------------------------------------------------------------------------------------


def test_noise_does_not_call_off_a_goodbye() -> None:
    talk = Talk().says("Goodbye.", 1500, ends=False).model(m.ToolCalled("resp_a", "t", "end_call", "{}"))
    talk.tool(m.ToolFinished("t", "ok", hang_up=True)).model(m.ResponseEnded("resp_a", "completed", "", {}))
    talk.wait(1520).caller_starts().wait(200).caller_stops(text="").wait(200)
    assert talk.all(e.HangUp) == [e.HangUp(m.EndReason.ASSISTANT_ENDED)]


def test_noise_on_the_line_does_not_count_as_somebody_who_is_there() -> None:
    talk = Talk(prompt_after_ms=4000, barge_in_ms=300)
    for n in range(3):
        talk.wait(2000).caller_starts(f"n{n}").wait(100).caller_stops(f"n{n}")
        # Over silence the model is asked at once; what it makes of noise is one short question.
        talk.says("Could you say that again?", 300, item=f"q{n}", response=f"rq{n}")
        talk.model(m.CallerWords(f"n{n}", "", is_final=True)).wait(4400)
        talk.says("Are you still there?" if n < 2 else "Goodbye.", 300, item=f"i{n}", response=f"ri{n}")
    talk.wait(1000)
    assert talk.noted().count("silence_prompted") == 2
    assert talk.all(e.HangUp) == [e.HangUp(m.EndReason.CALLER_SILENT)]


# --- length -----------------------------------------------------------------------------------------------------------

LIMIT_MS = 3 * WARN_BEFORE_MS


def test_a_call_that_comes_to_its_length_is_warned_and_ended_with_a_goodbye() -> None:
    talk = Talk(limit_ms=LIMIT_MS, prompt_after_ms=0, length_warning="One more minute.", time_over="Goodbye now.")
    talk.wait(LIMIT_MS - WARN_BEFORE_MS - 200)
    assert talk.all(e.Respond) == []
    talk.wait(400)
    assert talk.all(e.Respond) == [e.Respond(say_exactly("One more minute."))]
    talk.says("One more minute.", 800, item="w", response="rw").wait(WARN_BEFORE_MS)
    assert talk.all(e.Respond)[-1] == e.Respond(say_exactly("Goodbye now."))
    talk.says("Goodbye now.", 800, item="g", response="rg").wait(1000)
    assert talk.all(e.HangUp) == [e.HangUp(m.EndReason.CALL_TOO_LONG)]


def test_nothing_the_caller_says_makes_it_longer() -> None:
    talk = Talk(limit_ms=LIMIT_MS, prompt_after_ms=0).wait(LIMIT_MS - WARN_BEFORE_MS + 200)
    talk.says("One more minute.", 800, item="w", response="rw").wait(WARN_BEFORE_MS)
    talk.caller_starts().wait(400).caller_stops(text="But I am not done!").wait(20_000)
    assert talk.all(e.HangUp) == [e.HangUp(m.EndReason.CALL_TOO_LONG)]


def test_the_warning_waits_for_a_pause() -> None:
    talk = Talk(limit_ms=LIMIT_MS, prompt_after_ms=0).wait(LIMIT_MS - WARN_BEFORE_MS - 1000).caller_starts()
    talk.wait(3000)
    assert talk.all(e.Respond) == []


def test_what_passed_before_this_stream_counts() -> None:
    talk = Talk(limit_ms=LIMIT_MS, elapsed_ms=LIMIT_MS - 1000, prompt_after_ms=0).wait(1200)
    assert "end it here" in talk.all(e.Respond)[-1].instructions


def test_without_a_limit_a_call_may_last() -> None:
    assert Talk(prompt_after_ms=0).wait(20 * 60_000).all(e.Respond) == []
