"""The conversation as a machine: what follows from what."""

import base64
import itertools

from hypothesis import given
from hypothesis import strategies as st

from calls.voice import effects as e
from calls.voice import messages as m
from calls.voice.model_link import READY_LIMIT_MS
from calls.voice.pauses import FILLER_AFTER_MS
from calls.voice.plan import say_exactly
from tests.unit.calls.voice.talk import QUIET, Talk, sound

HELLO = "Hello, how can I help you today?"


# --- audio passes unchanged -------------------------------------------------------------------------------------------


@given(st.lists(st.binary(min_size=1, max_size=400), min_size=1, max_size=30), st.integers(0, 30))
def test_every_byte_of_the_caller_reaches_the_model_in_order_also_from_before_it_was_ready(frames, ready_after) -> None:
    talk, at_ms = Talk(is_ready=False), 0
    for n, frame in enumerate(frames):
        if n == ready_after:
            talk.model(m.ModelReady())
        talk.carrier(m.CallerAudio(base64.b64encode(frame).decode(), at_ms, n + 2))
    talk.model(m.ModelReady())
    assert b"".join(base64.b64decode(a.payload) for a in talk.all(e.AppendAudio)) == b"".join(frames)


def test_a_piece_of_the_assistants_voice_goes_out_as_it_came_with_a_mark_behind_it() -> None:
    talk = Talk().model(m.ResponseStarted("r"), m.AudioDelta("r", "i", sound(120)))
    assert [type(effect) for effect in talk.done[-2:]] == [e.PlayAudio, e.Mark]
    assert talk.all(e.PlayAudio)[0].payload == sound(120)


def test_a_frame_sent_twice_is_appended_once() -> None:
    talk = Talk()
    talk.carrier(m.CallerAudio(sound(20), 0, 2), m.CallerAudio(sound(20), 0, 2), m.CallerAudio(sound(20), 20, 3))
    assert len(talk.all(e.AppendAudio)) == 2


def test_lost_frames_become_silence_of_the_same_length() -> None:
    talk = Talk().carrier(m.CallerAudio(sound(20), 0, 2), m.CallerAudio(sound(20), 60, 5))
    assert [len(a.payload) for a in talk.all(e.AppendAudio)] == [len(sound(20)), len(sound(40)), len(sound(20))]


def test_a_frame_with_which_nothing_is_due_passes_without_an_order() -> None:
    session = Talk().session
    assert all(session.frame(QUIET, n * 20, n + 2) for n in range(20))
    assert session.effects() == []


def test_a_frame_reaches_the_model_before_what_is_due_with_it() -> None:
    talk = Talk(prompt_after_ms=400)
    talk.wait(600)
    (asked,) = (note for note in talk.all(e.Noted) if note.kind == "silence_prompted")
    before = talk.done[: talk.done.index(asked)]
    assert sum(isinstance(effect, e.AppendAudio) for effect in before) == asked.at_ms // 20


# --- first words ------------------------------------------------------------------------------------------------------


def test_the_greeting_is_asked_for_as_soon_as_the_model_is_ready() -> None:
    talk = Talk(is_ready=False, greeting=HELLO)
    assert talk.all(e.Respond) == []
    talk.model(m.ModelReady())
    assert talk.all(e.Respond) == [e.Respond(say_exactly(HELLO))]


def test_an_assistant_that_lets_the_caller_speak_first_says_nothing() -> None:
    assert Talk(greeting="").wait(3000).all(e.Respond) == []


def test_a_second_start_does_not_greet_again() -> None:
    talk = Talk(greeting=HELLO).says(HELLO, 1000).wait(1200)
    talk.carrier(m.StreamStarted("MZ1", "CA1", "audio/x-mulaw", 8000, 1, {}))
    assert len(talk.all(e.Respond)) == 1


def test_a_model_that_is_not_ready_in_time_is_covered_by_words_and_ends_the_session_in_the_end() -> None:
    talk = Talk(is_ready=False, greeting=HELLO).wait(FILLER_AFTER_MS + 100)
    assert talk.noted() == ["filler_played"]
    talk.wait(READY_LIMIT_MS)
    assert talk.all(e.Ended) == [e.Ended(m.EndReason.MODEL_UNREACHABLE)]


# --- barge-in ---------------------------------------------------------------------------------------------------------


def test_a_caller_who_cuts_in_silences_the_line_and_the_model_is_told_what_was_heard() -> None:
    talk = Talk().says("We have three kinds of tents and many more things", 5000).wait(1260).caller_starts()
    assert talk.played_ms == 1260
    assert talk.all(e.Clear)
    assert talk.all(e.Truncate) == [e.Truncate("item_a", 1260)]


def test_the_clear_comes_before_anything_else() -> None:
    talk = Talk().says("One two three four", 2000).wait(400)
    before = len(talk.done)
    talk.caller_starts()
    assert isinstance(talk.done[before], e.Clear)


def test_the_transcript_keeps_only_the_heard_words_and_shows_the_cut() -> None:
    talk = Talk().says("aaaa bbbb cccc dddd eeee", 2400).wait(1200).caller_starts()
    (turn,) = talk.turns()
    assert (turn.text, turn.unheard, turn.is_cut) == ("aaaa bbbb", "cccc dddd eeee", True)
    assert (turn.started_ms, turn.ended_ms) == (0, 1200)


def test_late_pieces_of_an_interrupted_response_are_not_played() -> None:
    talk = Talk().says("One two three four", 2000, ends=False).wait(400).caller_starts()
    played = len(talk.all(e.PlayAudio))
    talk.model(
        m.AudioDelta("resp_a", "item_a", sound(200)), m.AssistantWords("resp_a", "item_a", " five", is_final=False)
    )
    assert len(talk.all(e.PlayAudio)) == played
    assert len(talk.turns()) == 1


def test_speech_over_silence_clears_nothing() -> None:
    talk = Talk().says("Hello", 600).wait(1000).caller_starts()
    assert talk.all(e.Clear) == []
    assert talk.all(e.Truncate) == []


def test_a_second_item_that_was_not_heard_at_all_is_truncated_to_nothing() -> None:
    talk = Talk().says("One", 1000, item="a", response="ra").says("Two", 1000, item="b", response="rb")
    talk.wait(500).caller_starts()
    assert talk.all(e.Truncate) == [e.Truncate("a", 500), e.Truncate("b", 0)]


def test_a_new_answer_after_the_cut_is_played_from_its_first_sample() -> None:
    talk = Talk().says("A long story", 8000).wait(1000).caller_starts().wait(400).caller_stops()
    talk.played_ms = 0
    talk.says("Yes", 600, item="b", response="rb").wait(1000)
    assert talk.played_ms == 600
    assert talk.turns()[-1].text == "Yes"


def test_a_greeting_that_cannot_be_cut_is_played_out_and_then_the_caller_is_answered() -> None:
    talk = Talk(greeting=HELLO, is_greeting_interruptible=False).says(HELLO, 2000).wait(600)
    talk.caller_starts().wait(400).caller_stops(text="I have a question")
    assert talk.all(e.Clear) == []
    talk.wait(1500)
    assert talk.played_ms == 2000
    assert talk.all(e.ListenAgain)
    assert talk.all(e.Respond)[-1] == e.Respond("")


# --- turns and their timing -------------------------------------------------------------------------------------------


def test_a_callers_turn_has_the_models_times_on_the_callers_clock() -> None:
    talk = Talk().carrier(m.CallerAudio(QUIET, 500, 2)).wait(0)
    talk.model(m.SpeechStarted("c", 100), m.SpeechStopped("c", 900), m.CallerWords("c", "Hi there", is_final=True))
    (turn,) = talk.turns()
    assert (turn.party, turn.started_ms, turn.ended_ms, turn.text) == (m.Party.CUSTOMER, 600, 1400, "Hi there")


def test_the_wait_for_an_answer_is_counted_from_the_end_of_speech() -> None:
    talk = Talk().wait(1000).caller_starts().wait(800).caller_stops().wait(640).says("Yes", 400).wait(600)
    assert talk.turns()[-1].response_ms == 640


def test_growing_words_are_shown_as_they_are_heard() -> None:
    talk = Talk().says("one two three four five six seven eight", 4000).wait(2000)
    shown = [words.text for words in talk.all(e.Words)]
    assert shown[-1] == "one two three four"
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(shown))


def test_speech_that_could_not_be_transcribed_is_kept_as_such() -> None:
    talk = Talk().wait(100).caller_starts().wait(300).caller_stops()
    talk.model(m.CallerWordsFailed("item_c", "audio_unintelligible"))
    assert talk.turns()[-1].transcription_failed
    assert "transcription_failed" in talk.noted()


# --- keys -------------------------------------------------------------------------------------------------------------


def test_keys_pressed_together_reach_the_model_as_one_entry() -> None:
    talk = Talk().carrier(m.KeyPressed("4")).wait(400).carrier(m.KeyPressed("2")).wait(2000)
    assert talk.all(e.AddMessage) == [e.AddMessage("user", "[keypad] 42")]
    assert len(talk.all(e.Respond)) == 1


def test_an_entry_is_written_down_at_once_for_whoever_goes_on() -> None:
    talk = Talk().carrier(m.KeyPressed("4"), m.KeyPressed("2"), m.KeyPressed("#"))
    document = talk.all(e.Remember)[-1].document
    assert document["entries"][-1]["text"] == "[keypad] 42"
    assert document["owed"]


def test_the_finish_key_ends_an_entry_at_once() -> None:
    talk = Talk().carrier(m.KeyPressed("7"), m.KeyPressed("#"))
    assert talk.all(e.AddMessage) == [e.AddMessage("user", "[keypad] 7")]


def test_every_key_is_kept_also_when_the_model_is_not_to_know() -> None:
    talk = Talk(is_keypad_told=False).carrier(m.KeyPressed("1"), m.KeyPressed("2")).wait(2000)
    assert [note.data["digit"] for note in talk.all(e.Noted)] == ["1", "2"]
    assert talk.all(e.AddMessage) == []


def test_a_key_interrupts_the_assistant() -> None:
    talk = Talk().says("For opening hours press one", 3000, ends=False).wait(800).carrier(m.KeyPressed("1"))
    assert talk.all(e.CancelResponse) == [e.CancelResponse("resp_a")]
    assert talk.all(e.Truncate) == [e.Truncate("item_a", 800)]
