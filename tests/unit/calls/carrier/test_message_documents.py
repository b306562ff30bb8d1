"""Documents of callers who leave a message or are not picked up."""

from xml.etree import ElementTree as ET

import pytest

from calls.carrier import callbacks, message_documents, twiml


@pytest.fixture(autouse=True)
def origin(settings) -> None:
    settings.PUBLIC_URL = "https://voice.example.com"


@pytest.mark.parametrize(("is_busy", "reason"), [(True, "busy"), (False, "rejected")])
def test_a_call_that_is_not_picked_up_hears_nothing_before(is_busy: bool, reason: str) -> None:
    (verb,) = ET.fromstring(message_documents.reject(is_busy=is_busy))
    assert (verb.tag, verb.get("reason")) == ("Reject", reason)


def test_every_address_in_a_message_document_is_absolute() -> None:
    document = ET.fromstring(message_documents.take_message(greeting="Hello.", language="en-US", name="voicemail-7"))
    addresses = [
        value
        for verb in document.iter()
        for name, value in verb.attrib.items()
        if name in ("action", "recordingStatusCallback", "statusCallbackUrl")
    ]
    assert len(addresses) == 3
    assert all(address.startswith("https://voice.example.com/twilio/") for address in addresses)
    assert document.findtext("Redirect") == "https://voice.example.com/twilio/voicemail/"


def test_words_cannot_become_verbs() -> None:
    hostile = '</Say><Dial>+19005550100</Dial><Say a="'
    for document in (
        message_documents.take_message(greeting=hostile, language="en-US", name="x"),
        message_documents.offer_callback(words=hostile, language="en-US", otherwise="/twilio/voice/resume/"),
        twiml.go_on("/twilio/voice/resume/"),
    ):
        assert "Dial" not in [verb.tag for verb in ET.fromstring(document).iter()]


def test_what_the_carrier_says_of_a_message() -> None:
    form = {"CallSid": "CA1", "RecordingSid": "RE1", "RecordingDuration": "7"}
    assert callbacks.message_callback(form) == callbacks.MessageCallback("CA1", "RE1", 7, has_hung_up=False)
    odd = form | {"RecordingDuration": "-1", "Digits": "hangup"}
    assert callbacks.message_callback(odd) == callbacks.MessageCallback("CA1", "RE1", None, has_hung_up=True)
    assert callbacks.message_callback({}) == callbacks.MessageCallback("", "", None, has_hung_up=False)
