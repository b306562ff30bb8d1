"""A plain yes, a no, and what is neither; and who objects to being recorded in the middle of a call."""

import pytest

from compliance import consent_words


@pytest.mark.parametrize(
    "said", ["Yes.", "yes please", "Yeah, sure", "OK", "Okay.", "Yes, you may.", "I agree", "Go ahead!"]
)
def test_a_plain_yes(said: str) -> None:
    assert consent_words.answer(said) is True


@pytest.mark.parametrize(
    "said", ["No.", "no thank you", "Please don't", "I’d rather not", "No, please do not.", "Never!", "stop"]
)
def test_a_no(said: str) -> None:
    assert consent_words.answer(said) is False


@pytest.mark.parametrize(
    "said",
    [
        "",
        "What?",
        "Who is this?",
        "yes but do not record it",
        "no problem, fine",
        "I don't mind, okay",
        "sure, why not",
    ],
)
def test_whatever_could_be_a_no_is_no_yes(said: str) -> None:
    assert consent_words.answer(said) is not True


@pytest.mark.parametrize(("keys", "answer"), [("1", True), ("2", False), ("3", None), ("", None), ("*", None)])
def test_keys(keys: str, answer: bool | None) -> None:
    assert consent_words.answer_by_key(keys) is answer


@pytest.mark.parametrize(
    "said",
    [
        "Please stop recording this call.",
        "I would rather not be recorded.",
        "Don't record me, please.",
        "Hello. I do not want you to record this.",
        "I don’t want to be recorded",
        "Could you turn off the recording?",
        "Please switch the recorder off.",
        "I do not agree to being recorded.",
        "I object to being taped.",
        "Stop recording!",
        "Can we do this without being recorded?",
        "No recording, please.",
        "Please do not record.",
        "I don't consent to recording this call",
    ],
)
def test_objections(said: str) -> None:
    assert consent_words.is_objection(said)


@pytest.mark.parametrize(
    "said",
    [
        "Is this call recorded?",
        "You may record this.",
        "I do not have a record of that order.",
        "I don't want to record of the sale",
        "There is no record of my payment.",
        "Please stop recording parcels as lost.",
        "My band is recording an album, and I do not know when it is done.",
        "I broke the record, don't you know.",
        "It is no problem to record me.",
        "When will I get my refund?",
        "",
    ],
)
def test_what_is_no_objection(said: str) -> None:
    assert not consent_words.is_objection(said)
