"""A hiss has the level that was asked for, a cough is short and loud, and neither is a word."""

import pytest

from sandbox import audio, noises, speech


@pytest.mark.parametrize("level", [-70, -60, -50, -40, -30, -20])
def test_a_hiss_has_its_level_all_along(level):
    hiss = noises.hiss(level)
    assert len(hiss) == 40_000
    assert audio.level_dbfs(hiss) == pytest.approx(level, abs=1)
    for start in range(0, len(hiss), 4000):
        assert audio.level_dbfs(hiss[start : start + 4000]) == pytest.approx(level, abs=2)


def test_the_quietest_hiss_is_silence():
    assert noises.hiss(-90) == audio.silence(5000)


@pytest.mark.parametrize("ms", [80, 120, 200])
def test_a_cough_begins_loud_and_dies_away(ms):
    cough = noises.cough(ms)
    assert len(cough) == ms * 8
    assert audio.level_dbfs(cough) == pytest.approx(-18, abs=1)
    half = len(cough) // 2
    assert audio.level_dbfs(cough[:half]) > audio.level_dbfs(cough[half:]) + 6
    assert noises.cough(ms, seed=2) != cough == noises.cough(ms)


def test_neither_is_a_word():
    assert speech.recognise(noises.hiss(-30) + noises.cough(200) + noises.hiss(-60)) is None


def test_words_are_understood_between_hiss_and_coughs():
    said = noises.hiss(-45) + speech.say("Thank you very much.").audio + noises.hiss(-45)[:4000] + noises.cough(120)
    assert speech.recognise(said) == "Thank you very much."
