"""Speech that comes in another code or at another rate is understood by its sound."""

import hashlib
import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox import audio, speech, tones
from sandbox.clips import library, likeness
from sandbox.model.formats import Format, from_mulaw, to_mulaw

GREETING = "Thank you for calling Marlow Outdoor. How can I help you today?"
SILENCE = b"\xff" * 800
texts = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x17F, exclude_categories=("Z", "C")), min_size=1, max_size=12
)
silences = st.integers(min_value=0, max_value=1500).map(lambda length: b"\xff" * length)


def in_alaw(data):
    return to_mulaw(from_mulaw(data, Format.PCMA), Format.PCMA)


def in_pcm(data, *, later=37):
    """Raised to 24 kHz, without what is above 3500 Hz, `later` of its samples late, and down again."""
    pcm = np.frombuffer(from_mulaw(data, Format.PCM), "<i2")
    spectrum = np.fft.rfft(pcm)
    spectrum[int(len(spectrum) * 3500 / 12000) :] = 0
    line = np.concatenate([np.zeros(later), np.fft.irfft(spectrum, len(pcm))[: len(pcm) - later]])
    return to_mulaw(np.rint(line).astype("<i2").tobytes(), Format.PCM)


CODES = pytest.mark.parametrize("recoded", [in_alaw, in_pcm])


def understood(data):
    return speech.recognise(data, is_recoded=True)


@pytest.mark.parametrize(("recoded", "first"), [pytest.param(in_alaw, 0, marks=pytest.mark.rarely), (in_pcm, 3)])
def test_clips_are_understood_at_any_alignment(recoded, first):
    for number, clip in enumerate(library.load_clips()[first::6]):
        lead, tail = b"\xff" * (number * 7 % 400), b"\xff" * (100 + number * 13 % 900)
        assert understood(recoded(lead + clip.audio + tail)) == clip.text, clip.voice


@CODES
@given(words=st.lists(st.sampled_from(speech.WORDS), min_size=1, max_size=5), lead=silences)
@settings(max_examples=8, deadline=None)
def test_random_bank_sentences_come_back(recoded, words, lead):
    for voice, phrase in (("caller", "please note"), ("assistant", "I noted")):
        sentence = " ".join((phrase, *words))
        assert understood(recoded(lead + speech.say(sentence, voice=voice).audio + SILENCE)) == sentence


@CODES
@given(words=st.lists(texts, min_size=1, max_size=6), lead=silences)
@settings(max_examples=15, deadline=None)
def test_any_text_comes_back_from_tones(recoded, words, lead):
    sentence = " ".join(words)
    assert understood(recoded(lead + tones.modulate(sentence) + SILENCE)) == sentence


@CODES
def test_clips_and_tones_one_after_the_other(recoded):
    parts = [speech.say("Hello."), speech.say("My name is Zo\u00eb."), speech.say("Thank you very much.")]
    assert understood(recoded((b"\xff" * 3000).join(part.audio for part in parts))) == (
        "Hello. My name is Zo\u00eb. Thank you very much."
    )


@CODES
def test_a_clip_cut_short_gives_the_words_so_far(recoded):
    said = speech.say(GREETING, voice="assistant").audio
    heard = [understood(recoded(said[: len(said) * part // 10] + b"\xff" * 4000)) or "" for part in range(11)]
    assert heard[0] == ""
    assert heard[-1] == GREETING
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(heard))
    assert 4 <= len(heard[5].split()) <= 8


@CODES
def test_silence_keys_and_noise_are_no_words(recoded):
    noise = b"".join(hashlib.sha256(bytes([number])).digest() for number in range(256)) * 8
    for data in (b"\xff" * 16000, b"\x7f" * 480, audio.dtmf_tone("5") * 20, noise):
        assert understood(recoded(data)) is None


def test_nothing_is_no_words():
    assert understood(b"") is understood(b"\xff" * 100) is None


@CODES
def test_bytes_alone_do_not_tell(recoded):
    """The reason for all this: the exact search finds nothing in what another code has changed."""
    assert speech.recognise(recoded(speech.say(GREETING, voice="assistant").audio)) is None


def test_a_sentence_is_understood_soon_enough_for_a_live_loop(monkeypatch):
    """A tenth of a second: each clip is tried by one transform, and what is known beforehand is not made again."""
    said = in_pcm(speech.say("Could you tell me your opening hours, please?").audio)
    understood(said)
    sizes, looked_at = [], []

    def counted(real, into, size_of):
        def instead(*args):
            into.append(size_of(*args))
            return real(*args)

        return instead

    for name in ("rfft", "irfft"):
        monkeypatch.setattr(np.fft, name, counted(getattr(np.fft, name), sizes, lambda _, size: size))
    monkeypatch.setattr(likeness, "_exact_place", counted(likeness._exact_place, looked_at, lambda *_: 1))
    understood(said)
    assert len(sizes) <= len(library.load_clips()) + 6, "one each, and the sound's own of a few sizes"
    assert sum(size * math.log2(size) for size in sizes) < 15 * 2**18 * 18, "of one of a quarter of a million samples"
    assert len(looked_at) <= 6
