"""The documents of calls that we place."""

from xml.etree import ElementTree as ET

import pytest

from calls.carrier import outgoing_documents
from sandbox.carrier import twiml


@pytest.fixture(autouse=True)
def origin(settings) -> None:
    settings.PUBLIC_URL = "https://voice.example.com"


def read(document: str) -> ET.Element:
    twiml.parse(document)  # the carrier takes it
    return ET.fromstring(document)


def first_words(**changes: object) -> ET.Element:
    values = {
        "sentences": ["Hello.", "Press 9."],
        "language": "en-US",
        "ticket": "t-1",
        "is_recorded": True,
        "is_again": False,
    } | changes
    return read(outgoing_documents.first_words(**values))


def test_what_records_and_listens_begins_before_the_first_word_and_the_assistant_comes_after_the_last() -> None:
    assert [verb.tag for verb in first_words()] == ["Start", "Start", "Gather", "Stop", "Connect", "Redirect"]
    assert [verb.tag for verb in first_words(is_recorded=False)][:2] == ["Start", "Gather"]


def test_keys_count_from_the_first_word_on_the_star_as_well_and_no_speech_cuts_the_words() -> None:
    gather = first_words().find("Gather")
    assert gather is not None
    assert (gather.get("input"), gather.get("numDigits"), gather.get("finishOnKey")) == ("dtmf", "1", "")
    assert [part.tag for part in gather] == ["Play", "Say", "Say"]
    assert gather.get("action") == "https://voice.example.com/twilio/outgoing/key/"


def test_words_that_are_said_again_begin_at_once_and_start_nothing_twice() -> None:
    again = first_words(is_again=True)
    assert [verb.tag for verb in again] == ["Gather", "Stop", "Connect", "Redirect"]
    assert again.find("Gather/Play") is None


def test_what_they_say_meanwhile_is_written_down_and_told_to_us() -> None:
    listening = first_words().findall("Start/Transcription")[0]
    assert listening.get("track") == "inbound_track"
    assert listening.get("statusCallbackUrl") == "https://voice.example.com/twilio/outgoing/words/"
    stopped = first_words().find("Stop/Transcription")
    assert stopped is not None
    assert stopped.get("name") == listening.get("name")


def test_a_message_is_said_to_a_machine_and_to_whoever_speaks_meanwhile() -> None:
    document = read(outgoing_documents.message(words="Call us.", language="en-US"))
    assert [verb.tag for verb in document] == ["Gather", "Redirect"]
    gather = document.find("Gather")
    assert gather is not None
    assert gather.get("input") == "dtmf speech"
    waited = read(outgoing_documents.message(words="Call us.", language="en-US", wait_s=4))
    assert [verb.tag for verb in waited] == ["Pause", "Gather", "Redirect"]


def test_who_is_listened_for_is_hung_up_on_when_nobody_speaks() -> None:
    assert [verb.tag for verb in read(outgoing_documents.listen(language="en-US"))] == ["Gather", "Hangup"]


def test_the_last_words_can_be_answered_by_a_key() -> None:
    document = read(outgoing_documents.last_words(sentences=["Hello.", "Goodbye."], language="en-US"))
    assert [verb.tag for verb in document] == ["Gather", "Hangup"]


def test_whoever_asks_first_takes_keys_and_words() -> None:
    document = read(outgoing_documents.ask_first(sentences=["Hello.", "May we?"], language="en-US"))
    assert [verb.tag for verb in document] == ["Gather", "Redirect"]


def test_a_colleague_waits_in_the_room() -> None:
    document = read(outgoing_documents.to_colleague(words="Hello.", language="en-US", name="call-7", is_recorded=True))
    assert [verb.tag for verb in document] == ["Start", "Say", "Start", "Dial"]
    room = document.find("Dial/Conference")
    assert room is not None
    assert (room.text, room.get("endConferenceOnExit")) == ("call-7", "true")


def test_every_address_is_absolute() -> None:
    for element in first_words().iter():
        for name in ("action", "statusCallback", "statusCallbackUrl", "recordingStatusCallback"):
            assert (element.get(name) or "https://").startswith("https://")
