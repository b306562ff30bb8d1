"""Work on the line: digits asked of the caller or sent to the far end, keys that act, and the leave for a secret."""

import base64
import json

import numpy as np

from calls.voice import effects as e
from calls.voice import key_tones
from calls.voice import messages as m
from calls.voice.line_tools import LEAVING_LIMIT_MS
from calls.voice.plan import say_exactly
from calls.voice.seal import QUIET_MS
from sandbox import audio
from tests.unit.calls.voice.sounds import of_mulaw
from tests.unit.calls.voice.talk import QUIET, Talk

ALL = frozenset({"collect_digits", "send_digits", "secure_capture"})
KEY_FRAME = base64.b64encode(audio.dtmf_tone("5")[160:320]).decode()


def asked(tool: str, *, says: str = "", ms: int = 0, talk: Talk | None = None, **arguments) -> Talk:
    """The model says something and calls a tool, all in one answer."""
    talk = talk or Talk(line_tools=ALL)
    if says:
        talk.says(says, ms, item="i", response="r", ends=False)
    else:
        talk.model(m.ResponseStarted("r"))
    talk.model(m.ToolCalled("r", "t", tool, json.dumps(arguments)))
    if says:
        talk.model(m.AssistantWords("r", "i", says, is_final=True))
    return talk.model(m.ResponseEnded("r", "completed", "", {}))


def press(talk: Talk, keys: str, every_ms: int = 200) -> Talk:
    for key in keys:
        talk.carrier(m.KeyPressed(key)).wait(every_ms)
    return talk


def answers(talk: Talk) -> list[str]:
    return [answer.output for answer in talk.all(e.AnswerTool)]


def appended(talk: Talk) -> bytes:
    return b"".join(base64.b64decode(append.payload) for append in talk.all(e.AppendAudio))


# --- digits asked of the caller ---------------------------------------------------------------------------------------


def test_digits_are_collected_without_the_model_and_are_the_tools_answer() -> None:
    talk = press(asked("collect_digits", min_digits=6, max_digits=6), "123456")
    assert answers(talk) == ["The caller keyed in 123456."]
    assert talk.all(e.RunTool) == []
    assert "key_pressed" not in talk.noted()
    (collected,) = [note for note in talk.all(e.Noted) if note.kind == "digits_collected"]
    assert collected.data == {"digits": "123456", "tries": 1}
    assert talk.all(e.Respond) == [e.Respond()]


def test_a_key_stops_what_the_assistant_is_saying() -> None:
    talk = asked("collect_digits", says="Please key in your order number now.", ms=3000, max_digits=2).wait(400)
    press(talk, "1")
    assert len(talk.all(e.Clear)) == 1
    press(talk, "2")
    assert answers(talk) == ["The caller keyed in 12."]


def test_the_callers_time_begins_when_they_have_heard_what_to_do() -> None:
    talk = asked("collect_digits", says="Please key it in.", ms=4000, timeout_s=5, tries=1).wait(8800)
    assert answers(talk) == []
    assert answers(talk.wait(600)) == ["The caller keyed in nothing."]


def test_who_keys_something_in_is_not_asked_whether_they_are_there_nor_hears_a_filler() -> None:
    talk = asked("collect_digits", timeout_s=30).wait(20_000)
    assert {"silence_prompted", "filler_played", "model_stalled"} & set(talk.noted()) == set()


def test_a_wrong_entry_is_asked_for_again_in_the_words_that_were_given() -> None:
    talk = asked("collect_digits", min_digits=4, max_digits=4, retry_words="Four digits, please.")
    press(talk, "12#").wait(200)
    assert talk.all(e.Respond) == [e.Respond(say_exactly("Four digits, please."))]
    assert answers(talk) == []
    talk.says("Four digits, please.", 600, item="again", response="again").wait(800)
    assert answers(press(talk, "1234")) == ["The caller keyed in 1234."]


def test_who_speaks_instead_is_listened_to() -> None:
    talk = asked("collect_digits").wait(500)
    talk.caller_starts().wait(600).caller_stops(text="I do not have it here.")
    assert answers(talk) == ["The caller spoke instead of keying it in. Answer what they said."]
    assert "digits_not_collected" in talk.noted()


def test_words_between_two_digits_end_nothing() -> None:
    talk = press(asked("collect_digits", max_digits=4), "12")
    talk.caller_starts().wait(400).caller_stops(text="Now, where is it.")
    assert answers(press(talk, "34")) == ["The caller keyed in 1234."]


def test_keys_pressed_before_they_were_asked_for_are_part_of_it() -> None:
    talk = press(Talk(line_tools=ALL), "12")
    assert answers(press(asked("collect_digits", talk=talk, max_digits=4), "34")) == ["The caller keyed in 1234."]


def test_a_cards_number_never_gets_into_the_books_nor_to_the_model() -> None:
    talk = press(asked("collect_digits"), "4111111111111111#")
    assert "thrown away" in answers(talk)[0]
    assert not any("4111" in repr(effect) for effect in talk.done)


def test_rules_that_make_no_sense_are_told_to_the_model_at_once() -> None:
    assert "min_digits" in answers(asked("collect_digits", min_digits=-1))[0]


def test_who_is_put_through_hears_what_is_said_of_it_first() -> None:
    talk = asked("transfer", says="One moment, I will connect you.", ms=1000).wait(800)
    assert talk.all(e.RunTool) == []
    assert [run.name for run in talk.wait(400).all(e.RunTool)] == ["transfer"]
    assert [run.name for run in asked("transfer").wait(100).all(e.RunTool)] == ["transfer"], "nothing was said"


def test_a_tool_that_was_not_granted_is_left_to_who_refuses_it() -> None:
    talk = asked("collect_digits", talk=Talk(line_tools=frozenset()))
    assert [run.name for run in talk.all(e.RunTool)] == ["collect_digits"]


# --- digits sent to the far end ---------------------------------------------------------------------------------------


def tones_of(talk: Talk) -> list[str]:
    return [played.payload for played in talk.all(e.PlayAudio) if len(played.payload) > 3000]


def test_tones_follow_the_words_before_them_and_the_model_then_listens() -> None:
    talk = asked("send_digits", says="One moment.", ms=600, digits="1w2#")
    assert tones_of(talk) == []
    talk.wait(700)
    assert tones_of(talk) == [key_tones.sequence("1w2#", lead_ms=100)]
    assert answers(talk) == []
    talk.wait(1400)
    assert answers(talk) == ["The digits were sent. Listen to what answers."]
    assert talk.all(e.Respond) == [], "it waits for the far end"
    assert [note.data for note in talk.all(e.Noted) if note.kind == "digits_sent"] == [{"digits": "1w2#"}]


def test_a_far_end_that_speaks_over_the_tones_does_not_cut_them_in_half() -> None:
    talk = asked("send_digits", digits="123456789").wait(500)
    talk.model(m.ResponseStarted("x"), m.AudioDelta("x", "y", QUIET * 1))
    talk.caller_starts()
    assert talk.all(e.Clear) == []
    talk.wait(1700)
    assert answers(talk)
    assert talk.played_ms >= key_tones.sequence_ms("123456789")


def test_words_of_the_assistant_behind_the_tones_are_cut_when_the_tones_are_through() -> None:
    talk = asked("send_digits", digits="12").wait(200)
    talk.says("I have sent it, and now", 2000, item="late", response="late", ends=False)
    talk.caller_starts()
    assert talk.all(e.Clear) == []
    talk.wait(700)
    assert len(talk.all(e.Clear)) == 1
    assert talk.all(e.Truncate)[0].item_id == "late"
    assert all("digits:" not in cut.item_id for cut in talk.all(e.Truncate))


def test_digits_that_are_none_are_refused() -> None:
    for digits in ("", "12x", "1" * 41, "W" * 30 + "1", 12):
        assert "0-9 * #" in answers(asked("send_digits", digits=digits))[0]


# --- keys that act ----------------------------------------------------------------------------------------------------


def test_a_bound_key_acts_without_the_model_which_is_told_what_happened() -> None:
    talk = Talk(bound_keys={"9": ("stop_recording", "{}")}).says("Hello, this is a long greeting.", 3000).wait(300)
    talk.carrier(m.KeyPressed("9"))
    (run,) = talk.all(e.RunTool)
    assert (run.name, run.key) == ("stop_recording", "9")
    assert len(talk.all(e.Clear)) == 1
    talk.tool(m.ToolFinished(run.call_id, "The recording is stopped."))
    (told,) = [message for message in talk.all(e.AddMessage) if message.role == "system"]
    assert told.text.endswith("this came of it: The recording is stopped.")
    assert talk.all(e.AnswerTool) == []
    assert talk.all(e.Respond)[-1] == e.Respond()
    assert "[keypad]" not in repr(talk.all(e.AddMessage))


def test_a_bound_key_within_an_entry_is_a_digit_of_it() -> None:
    talk = press(Talk(bound_keys={"9": ("stop_recording", "{}")}), "19")
    assert talk.all(e.RunTool) == []
    assert talk.wait(1500).all(e.AddMessage) == [e.AddMessage("user", "[keypad] 19")]


def test_a_key_pressed_again_while_it_acts_does_nothing_more() -> None:
    talk = press(Talk(bound_keys={"0": ("transfer", "{}")}), "00")
    assert len(talk.all(e.RunTool)) == 1


# --- leaving for a secret ---------------------------------------------------------------------------------------------


def leaving(says: str = "I will now take your card.", ms: int = 1000) -> Talk:
    return asked("secure_capture", says=says, ms=ms, kind="card")


def test_the_words_before_are_heard_to_their_end_and_then_it_begins() -> None:
    talk = leaving().wait(800)
    assert talk.all(e.RunTool) == []
    assert [run.name for run in talk.wait(400).all(e.RunTool)] == ["secure_capture"]


def test_keys_pressed_too_early_are_known_to_nobody() -> None:
    talk = press(leaving(), "4111", every_ms=40).wait(1200)
    press(talk, "1111", every_ms=40)
    talk.tool(m.ToolFinished("t", "begun", leaves_line=True)).carrier(m.StreamStopped())
    assert not any("digit" in note.data for note in talk.all(e.Noted))
    assert [note.data for note in talk.all(e.Noted) if note.kind == "keys_dropped"] == [{"count": 8}]
    assert not [message for message in talk.all(e.AddMessage) if message.role == "user"]


def test_the_tone_of_a_key_is_silence_for_the_model_while_words_still_pass() -> None:
    talk = leaving()
    spoken = base64.b64encode(audio.encode_mulaw(6000 * np.sin(np.arange(160) / 3))).decode()
    talk.carrier(m.CallerAudio(spoken, 0, 2), m.CallerAudio(KEY_FRAME, 20, 3), m.CallerAudio(QUIET, 40, 4))
    assert appended(talk)[-480:] == base64.b64decode(spoken) + b"\xff" * 320


def test_at_the_moment_of_leaving_nothing_passes_at_all() -> None:
    talk = leaving().wait(1400)
    spoken = base64.b64encode(b"\x10" * 160).decode()
    before = len(appended(talk))
    talk.carrier(m.CallerAudio(spoken, 1400, 900))
    assert appended(talk)[before:] == b"\xff" * 160
    assert base64.b64decode(talk.session.passed) == b"\xff" * 160, "and whoever listens hears nothing either"


def test_the_model_is_not_answered_before_the_call_is_back() -> None:
    talk = leaving().wait(1400).tool(m.ToolFinished("t", "begun", leaves_line=True))
    assert talk.all(e.AnswerTool) == []
    entries = talk.all(e.Remember)[-1].document["entries"]
    assert [entry for entry in entries if entry.get("tool") == "secure_capture" and "output" not in entry]


def test_a_call_that_the_carrier_does_not_take_away_is_let_go() -> None:
    talk = leaving().wait(1400).tool(m.ToolFinished("t", "begun", leaves_line=True)).wait(LEAVING_LIMIT_MS + 100)
    assert talk.all(e.Ended) == [e.Ended(m.EndReason.GAVE_WAY)]


def test_one_that_does_not_begin_is_told_to_the_model_and_keys_count_again() -> None:
    talk = press(leaving().wait(1400), "1")
    talk.tool(m.ToolFinished("t", "The recording could not be paused.", is_error=True))
    assert answers(talk) == ["The recording could not be paused."]
    assert [note.data for note in talk.all(e.Noted) if note.kind == "keys_dropped"] == [{"count": 1}]
    assert press(talk, "2").noted()[-1] == "key_pressed"


def test_keys_after_the_last_one_are_dropped_until_none_was_pressed_for_a_while() -> None:
    talk = Talk(is_after_capture=True).wait(1000)
    press(talk, "77", every_ms=1000).wait(QUIET_MS)
    assert [note.data for note in talk.all(e.Noted)] == [{"count": 2}]
    assert press(talk, "2").noted()[-1] == "key_pressed"


def test_the_sound_of_those_keys_is_dropped_too() -> None:
    tone = audio.dtmf_tone("7") + audio.dtmf_tone("3")
    talk = Talk(is_after_capture=True)
    for n in range(len(tone) // 160):
        talk.carrier(m.CallerAudio(base64.b64encode(tone[n * 160 : n * 160 + 160]).decode(), n * 20, n + 2))
    assert np.abs(of_mulaw(appended(talk))).max() < 100
