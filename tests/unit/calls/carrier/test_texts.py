"""A text message's form, read; and the document that answers it."""

import pytest

from calls.carrier import texts

ANSWER = {
    "MessageSid": "SM01",
    "From": "whatsapp:+14155550101",
    "To": "whatsapp:+14155550100",
    "WaId": "14155550101",
    "ProfileName": "Ana",
    "MessageType": "interactive",
    "Body": "VOICE_CALL_REQUEST",
    "ButtonText": "Allow",
    "ButtonPayload": "ACCEPTED",
    "NumMedia": "0",
}


def test_a_form_is_read() -> None:
    text = texts.text_callback(
        {"SmsSid": "SM1", "From": "whatsapp:+14155552671", "To": "whatsapp:+14155550100", "Body": "STOP\0"}
    )
    assert text == texts.TextCallback("SM1", "whatsapp:+14155552671", "whatsapp:+14155550100", "STOP")
    assert (text.is_whatsapp, text.number, text.our_number) == (True, "+14155552671", "+14155550100")


def test_what_is_missing_is_empty_and_what_is_long_is_cut() -> None:
    assert texts.text_callback({}) == texts.TextCallback("", "", "", "")
    assert len(texts.text_callback({"Body": "x" * 9999}).body) == 1600


def test_no_words_are_no_message() -> None:
    assert "<Message" not in texts.answer("")
    assert "<Message>a &lt; b</Message>" in texts.answer("a < b")


def test_a_button_is_an_answer() -> None:
    button = texts.button_callback(ANSWER)
    assert (button.is_answer, button.is_accepted) == (True, True)
    assert (button.sender, button.person, button.message_sid) == ("+14155550100", "+14155550101", "SM01")
    assert button.raw == {
        "MessageType": "interactive",
        "Body": "VOICE_CALL_REQUEST",
        "ButtonText": "Allow",
        "ButtonPayload": "ACCEPTED",
    }, "the name of a person is not kept"
    assert not texts.button_callback(ANSWER | {"ButtonPayload": "REJECTED"}).is_accepted


@pytest.mark.parametrize(
    "changes",
    [
        {"MessageType": "text"},
        {"MessageType": ""},
        {"Body": "Yes, you may call me."},
        {"ButtonPayload": "MAYBE"},
        {"ButtonPayload": ""},
        {"From": "+14155550101"},
    ],
)
def test_words_in_a_chat_are_no_answer(changes: dict[str, str]) -> None:
    assert not texts.button_callback(ANSWER | changes).is_answer


def test_how_far_a_message_has_come() -> None:
    status = texts.message_status({"MessageSid": "MM1", "MessageStatus": "failed", "ErrorCode": "63016"})
    assert status == texts.MessageStatus("MM1", "failed", 63016)
    assert texts.message_status({}) == texts.MessageStatus("", "", None)
    assert texts.message_status({"SmsSid": "MM1", "SmsStatus": "SENT", "ErrorCode": "x"}).status == "sent"
