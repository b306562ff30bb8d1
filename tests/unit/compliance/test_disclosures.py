"""The words that are spoken first."""

import pytest

from compliance import disclosures
from compliance.disclosures import Words


def test_the_first_sentence_says_who_answers_and_that_it_is_an_ai() -> None:
    first = disclosures.opening_words(business="Marlow Outdoor").text.split(". ")[0]
    assert "Marlow Outdoor" in first
    assert "AI" in first


@pytest.mark.parametrize("duty", ["recorded", "transcribed", "service provider", "rather not be recorded"])
def test_every_duty_is_in_the_words(duty: str) -> None:
    assert duty in disclosures.opening_words(business="X").text


def test_there_is_no_question_before_the_words_are_over() -> None:
    assert "?" not in disclosures.opening_words(business="X").text


@pytest.mark.parametrize("language", ["en", "en-GB", "fi", ""])
def test_every_call_hears_the_same_words_whatever_its_language_until_there_is_a_text_for_it(language: str) -> None:
    words = disclosures.opening_words(business="X", language=language)
    assert (words.text, words.language) == (disclosures.opening_words(business="X").text, "en-US")


def test_a_business_without_a_name_is_not_spoken_as_a_gap() -> None:
    assert "for our company." in disclosures.opening_words(business="  ").text


@pytest.mark.parametrize("which", [w for w in Words if w not in (Words.UNRECORDED, Words.STOPPED, Words.PARTING)])
def test_whatever_is_said_about_recording_names_it(which: Words) -> None:
    assert "record" in disclosures.words(which, business="X").text


@pytest.mark.parametrize("which", [Words.OPENING, Words.QUESTION])
def test_whatever_is_said_first_says_who_answers_that_it_is_an_ai_and_how_to_go_on_without(which: Words) -> None:
    text = disclosures.words(which, business="Marlow Outdoor").text
    first, *_ = text.split(". ")
    assert ("Marlow Outdoor" in first, "AI" in first) == (True, True)
    assert "service provider" in text
    assert "please say so" in text or "say no" in text


def test_a_question_tells_both_ways_to_answer_it() -> None:
    for which in (Words.QUESTION, Words.QUESTION_AGAIN):
        text = disclosures.words(which, business="X").text
        assert "?" in text
        assert all(words in text for words in ("say yes", "press one", "say no", "press two"))
    in_room = disclosures.words(Words.JOINED_QUESTION).text  # where no key is heard
    assert "say yes, or no" in in_room
    assert "press" not in in_room
