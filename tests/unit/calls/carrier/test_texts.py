"""A text message's form, read; and the document that answers it."""

from calls.carrier import texts


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
