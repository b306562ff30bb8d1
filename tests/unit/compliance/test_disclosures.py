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


def test_in_portuguese_the_same_is_said_and_what_is_not_understood_is_not_asked_for() -> None:
    words = disclosures.opening_words(business="Marlow Outdoor", language="pt-BR")
    assert words.language == "pt-BR"
    for duty in ("Marlow Outdoor", "inteligência artificial", "gravada", "transcrita", "prestador de serviços"):
        assert duty in words.text
    assert "estrela" in words.text
    assert "diga" not in words.text, "a wish in Portuguese words is not recognised for certain; a key is"
    assert disclosures.words(Words.JOINED, language="pt-BR").language == "en-US", "where there is no key"


def test_a_business_without_a_name_is_not_spoken_as_a_gap() -> None:
    assert "for our company." in disclosures.opening_words(business="  ").text


OF_CALLS_WE_PLACE = (Words.OUTGOING_RECORDED, Words.OUTGOING_REFUSE, Words.OUTGOING_QUESTION)
OF_RECORDING = [
    which
    for which in Words
    if which in OF_CALLS_WE_PLACE
    or not (which.startswith(("outgoing", "human")) or which in (Words.UNRECORDED, Words.STOPPED, Words.PARTING))
]


@pytest.mark.parametrize("which", OF_RECORDING)
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


# --- calls that we place ----------------------------------------------------------------------------------------------


def said(**how: object) -> list[str]:
    known = {"business": "Marlow Outdoor", "topic": "your order", "is_recorded": True}
    return [sentence.text for sentence in disclosures.outgoing_words(**known | how)]


def test_a_call_of_ours_says_who_calls_how_to_stop_that_it_is_recorded_and_what_it_is_about() -> None:
    assert said() == [
        "Hello, this is an AI assistant calling for Marlow Outdoor.",
        "To stop these calls, press 9 or say stop.",
        "This call is recorded and transcribed by our provider.",
        "It is about your order.",
        "Press star if you would rather not be recorded.",
    ]


def test_what_is_not_so_is_not_said() -> None:
    assert len(said(is_recorded=False)) == 3
    assert not any("record" in sentence for sentence in said(is_recorded=False))
    assert not any(sentence.startswith("It is") for sentence in said(topic=" "))


@pytest.mark.parametrize("topic", ["your order.", " your  order ", "your order!"])
def test_a_topic_is_the_end_of_a_sentence_however_it_was_written(topic: str) -> None:
    assert "It is about your order." in said(topic=topic)


def test_the_words_of_calls_we_place_have_a_version_of_their_own() -> None:
    (first, *_) = disclosures.outgoing_words(business="X", topic="", is_recorded=False)
    assert first.version == disclosures.OUTGOING_VERSION != disclosures.VERSION


def test_a_machine_is_told_who_calls_and_how_to_reach_us_and_nothing_of_the_person() -> None:
    message = disclosures.words(
        Words.OUTGOING_MESSAGE, business="Marlow Outdoor", message="Your order is ready", number="+14155550100"
    ).text
    assert message == (
        "Hello, this is an AI assistant calling for Marlow Outdoor. Your order is ready. You can reach us on "
        "4 1 5, 5 5 5, 0 1 0 0. To stop these calls, call that number and say stop. Goodbye."
    )


@pytest.mark.parametrize(
    ("number", "spoken"),
    [("+14155550100", "4 1 5, 5 5 5, 0 1 0 0"), ("+442079460000", "4 4 2, 0 7 9, 4 6 0 0 0 0"), ("", "")],
)
def test_a_number_is_read_out_digit_by_digit(number: str, spoken: str) -> None:
    assert disclosures.spoken_number(number) == spoken
