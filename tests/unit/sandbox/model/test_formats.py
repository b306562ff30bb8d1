import numpy as np
import pytest

from sandbox import audio, speech
from sandbox.model.formats import Format, from_mulaw, to_mulaw

SENTENCE = speech.say("river").audio


def test_mulaw_passes_unchanged():
    assert from_mulaw(SENTENCE, Format.PCMU) is SENTENCE
    assert to_mulaw(SENTENCE, Format.PCMU) is SENTENCE


def test_alaw_is_recoded():
    alaw = from_mulaw(SENTENCE, Format.PCMA)
    assert len(alaw) == len(SENTENCE)
    assert audio.level_dbfs(to_mulaw(alaw, Format.PCMA)) == pytest.approx(audio.level_dbfs(SENTENCE), abs=0.2)


def test_pcm_has_three_samples_for_one():
    pcm = from_mulaw(SENTENCE, Format.PCM)
    assert len(pcm) == 6 * len(SENTENCE)
    assert np.frombuffer(pcm, dtype="<i2")[::3] == pytest.approx(audio.decode_mulaw(SENTENCE), abs=8)
    assert audio.level_dbfs(to_mulaw(pcm, Format.PCM)) == pytest.approx(audio.level_dbfs(SENTENCE), abs=1)


@pytest.mark.parametrize("target", list(Format))
def test_no_audio_stays_no_audio(target):
    assert to_mulaw(from_mulaw(b"", target), target) == b""


def test_length_of_a_millisecond():
    assert [one.bytes_per_ms for one in (Format.PCMU, Format.PCMA, Format.PCM)] == [8, 8, 48]
