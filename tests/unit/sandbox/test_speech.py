import hashlib
import itertools
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox import audio, speech, tones
from sandbox.clips import hearing, library, make

GREETING = "Thank you for calling Marlow Outdoor. How can I help you today?"
silences = st.integers(min_value=0, max_value=1000).map(lambda count: b"\xff" * count)
texts = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Z")), min_size=1, max_size=12)


# --- saying -------------------------------------------------------------------------------------------------------


def test_a_prepared_sentence_is_a_clip_in_its_voice():
    greeting = speech.say(GREETING, voice="assistant")
    assert greeting.is_clip
    assert greeting.text == GREETING
    assert 2500 < greeting.ms < 5000
    assert greeting.audio != speech.say("Are you still there?", voice="assistant").audio


def test_spoken_audio_has_no_silence_around_it_and_telephone_level():
    for clip in library.load_clips():
        assert audio.level_dbfs(clip.audio[:160]) > -60, clip.text
        assert audio.level_dbfs(clip.audio[-160:]) > -60, clip.text
        assert -27 < audio.level_dbfs(clip.audio) < -17, clip.text


def test_a_clip_holds_no_pause_that_would_end_a_turn():
    for clip in library.load_clips():
        assert b"\xff" * (280 * 8) not in clip.audio, clip.text


def test_the_same_word_differs_between_voices():
    assert speech.say("river", voice="caller").audio != speech.say("river", voice="assistant").audio


def test_a_personas_voice_falls_back_to_the_ordinary_caller():
    assert speech.say("river", voice="caller-f2").audio == speech.say("river", voice="caller").audio


@pytest.mark.parametrize("voice", ["caller", "caller-f1", "caller-m1"])
def test_a_word_to_remember_is_spoken_in_the_callers_own_voice(voice):
    asked = speech.say("Please remember the word violin.", voice=voice)
    assert asked.is_clip
    assert speech.say("violin", voice=voice).audio in asked.audio
    assert speech.recognise(asked.audio) == "Please remember the word violin"
    assert speech.recognise(speech.say("Which word did I tell you?", voice=voice).audio) == "Which word did I tell you?"
    voices = ["caller", "caller-f1", "caller-m1"]
    assert len({speech.say("violin", voice=each).audio for each in voices}) == len(voices)


@pytest.mark.parametrize("text", ["I will remember violin.", "You told me the word violin.", "I do not know the word."])
def test_what_is_answered_to_it_is_spoken_too(text):
    answered = speech.say(text, voice="assistant")
    assert answered.is_clip
    assert (speech.recognise(answered.audio) or "").rstrip(".") == text.rstrip(".")


@pytest.mark.parametrize("voice", ["caller", "caller-f1", "caller-m1", "caller-f2", "caller-m2"])
def test_every_caller_can_show_that_they_listen(voice):
    for text in ("Mm-hm.", "Okay.", "Yes."):
        said = speech.say(text, voice=voice)
        assert said.is_clip
        assert 200 < said.ms < 700
        assert speech.recognise(said.audio) == text


def test_the_assistant_never_borrows_a_callers_voice():
    assert not speech.say("Please stop calling me.", voice="assistant").is_clip


def test_bank_words_are_joined_and_other_words_become_tones():
    joined = speech.say("Please note, river lamp.", voice="caller")
    assert not joined.is_clip
    joined = speech.say("Please note, river lantern.", voice="caller")
    assert joined.is_clip
    assert len(joined.audio) > len(speech.say("river").audio) + len(speech.say("lantern").audio)


def test_marked_tones_take_about_a_second_for_twenty_characters():
    said = speech.say("twenty characters!!!" * 5)
    assert not said.is_clip
    assert said.ms == pytest.approx(5000, rel=0.05)
    assert audio.level_dbfs(said.audio) == pytest.approx(-20, abs=1.5)


@pytest.mark.parametrize("text", ["", "  \n"])
def test_nothing_cannot_be_said(text):
    with pytest.raises(ValueError, match="nothing to say"):
        speech.say(text)


def test_the_word_bank():
    assert len(set(speech.WORDS)) >= 40
    for word in speech.WORDS:
        for voice in ("caller", "assistant"):
            assert speech.say(word, voice=voice).is_clip


def test_prepared_texts_are_whole_sentences():
    offered = speech.prepared_texts(voice="caller")
    assert "Please tell me about your tents." in offered
    assert not set(offered) & {*speech.WORDS, "please note"}


# --- recognising --------------------------------------------------------------------------------------------------


def test_every_clip_is_recognised_at_any_alignment():
    for number, clip in enumerate(library.load_clips()):
        lead, tail = b"\xff" * (number * 7 % 400), b"\xff" * (number * 13 % 900)
        assert speech.recognise(lead + clip.audio + tail) == clip.text, clip.voice


@given(words=st.lists(st.sampled_from(speech.WORDS), min_size=1, max_size=5), lead=silences, tail=silences)
@settings(max_examples=60, deadline=None)
def test_random_bank_sentences_come_back(words, lead, tail):
    for voice, phrase in (("caller", "please note"), ("assistant", "I noted")):
        sentence = " ".join((phrase, *words))
        assert speech.recognise(lead + speech.say(sentence, voice=voice).audio + tail) == sentence


@given(words=st.lists(texts, min_size=1, max_size=6), lead=silences, tail=silences)
@settings(max_examples=60, deadline=None)
def test_any_text_comes_back_from_tones(words, lead, tail):
    sentence = " ".join(words)
    assert speech.recognise(lead + tones.modulate(sentence) + tail) == sentence


def test_clips_and_tones_one_after_the_other():
    parts = [speech.say("Hello."), speech.say("My name is Zoë."), speech.say("Thank you very much.")]
    assert speech.recognise((b"\xff" * 3000).join(part.audio for part in parts)) == (
        "Hello. My name is Zoë. Thank you very much."
    )


def test_the_same_word_twice_is_heard_twice():
    assert speech.recognise(speech.say("tiger tiger").audio) == "tiger tiger"


@pytest.mark.parametrize("data", [b"", b"\xff" * 16000, b"\x7f" * 100, audio.dtmf_tone("5") * 20])
def test_silence_and_keys_are_no_words(data):
    assert speech.recognise(data) is None


def test_noise_is_no_words():
    noise = b"".join(hashlib.sha256(bytes([number])).digest() for number in range(256)) * 8
    assert speech.recognise(noise) is None


def test_a_clip_cut_short_gives_the_words_so_far():
    said = speech.say(GREETING, voice="assistant").audio
    heard = [speech.recognise(said[: len(said) * part // 10] + b"\xff" * 4000) or "" for part in range(11)]
    assert heard[0] == ""
    assert heard[-1] == GREETING
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(heard))
    assert 4 <= len(heard[5].split()) <= 8


def test_a_word_counts_when_half_of_it_was_heard():
    said = speech.say("violin").audio
    assert speech.recognise(said[: len(said) * 45 // 100]) is None
    assert speech.recognise(said[: len(said) * 55 // 100]) == "violin"


def test_a_clip_heard_from_its_middle_gives_its_later_words():
    said = speech.say(GREETING, voice="assistant").audio
    assert GREETING.endswith(speech.recognise(said[len(said) // 2 :]))


@pytest.mark.parametrize("filled", [b"", b"\xff" * 160])
def test_a_lost_frame_does_not_split_a_sentence(filled):
    said = speech.say(GREETING, voice="assistant").audio
    assert speech.recognise(said[:12000] + filled + said[12160:]) == GREETING


def test_tones_cut_short_give_the_complete_words():
    said = tones.modulate("one two three")
    assert speech.recognise(said[: len(said) * 3 // 4]) == "one two"
    assert speech.recognise(said[:2000]) is None


def test_tones_with_a_wrong_symbol_are_refused_by_the_check_sum():
    said = tones.modulate("one two three")
    swapped = said[:2000] + said[2600:2800] + said[2200:]
    assert swapped != said
    assert speech.recognise(swapped) is None


def test_tones_stand_a_little_noise_in_the_data():
    said = bytearray(tones.modulate("one two three"))
    said[1300::9] = b"\xff" * len(said[1300::9])
    assert speech.recognise(bytes(said)) == "one two three"


def test_a_very_long_text_is_several_messages():
    text = " ".join(f"word{number}" for number in range(600))
    assert speech.recognise(tones.modulate(text)) == text


def test_recognition_is_fast_enough_for_a_live_loop(monkeypatch):
    """A few milliseconds: of ten seconds hardly any window is looked up, and at hardly any place are bytes compared."""
    longest = max(library.load_clips(), key=lambda clip: len(clip.audio)).audio
    compared, looked_up = [], []
    compare, choose = hearing._stretches_at, hearing._landmarks

    def comparing(octets, clip, *of):
        compared.append(len(clip.audio))
        return compare(octets, clip, *of)

    def choosing(data):
        chosen = list(choose(data))
        looked_up.extend(chosen)
        return iter(chosen)

    speech.recognise(longest)
    monkeypatch.setattr(hearing, "_stretches_at", comparing)
    monkeypatch.setattr(hearing, "_landmarks", choosing)
    for segment in ((longest * 2)[:80000], tones.modulate("fox " * 60)[:80000], b"\xff" * 80000):
        speech.recognise(segment)
        assert sum(compared) < 3 * len(segment)
        assert len(looked_up) < len(segment) / 40
        compared.clear()
        looked_up.clear()


# --- the committed clips ------------------------------------------------------------------------------------------


def test_every_reply_and_every_personas_line_is_recorded():
    assert make.missing_texts() == []


def test_the_manifest_describes_the_files():
    entries = json.loads(library.MANIFEST.read_text(encoding="utf-8"))
    for entry in entries:
        data = (library.FOLDER / entry["file"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == entry["sha256"]
        assert entry["ms"] == len(data) // 8
    assert {entry["file"] for entry in entries} == {
        path.relative_to(library.FOLDER).as_posix() for path in library.FOLDER.glob("*/*.ulaw")
    }
    assert sum(path.stat().st_size for path in library.FOLDER.rglob("*.ulaw")) < 4_000_000


def test_recording_without_espeak_says_so(monkeypatch, capsys):
    monkeypatch.setattr(make.shutil, "which", lambda _: None)
    assert make.main([]) == 1
    assert "espeak-ng is not on this machine" in capsys.readouterr().err


def test_check_lists_what_is_missing(monkeypatch, capsys):
    monkeypatch.setattr(make, "wanted_texts", lambda: [("assistant", "A new sentence."), ("caller", "river")])
    assert make.main(["--check"]) == 1
    assert capsys.readouterr().out == "not recorded: assistant: A new sentence.\n"
