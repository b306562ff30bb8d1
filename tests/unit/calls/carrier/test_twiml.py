"""The documents the carrier gets."""

from xml.etree import ElementTree as ET

import pytest

from calls.carrier import twiml


@pytest.fixture(autouse=True)
def origin(settings) -> None:
    settings.PUBLIC_URL = "https://voice.example.com"
    settings.FALLBACK_NUMBER = ""


def read(document: str) -> ET.Element:
    return ET.fromstring(document)


def assistant(**changes: object) -> ET.Element:
    values = {"opening_words": "Hello.", "language": "en-US", "ticket": "t-1", "is_recorded": True} | changes
    return read(twiml.connect_assistant(**values))


def test_recording_starts_before_the_opening_words_and_the_resume_follows_the_stream() -> None:
    assert [verb.tag for verb in assistant()] == ["Start", "Say", "Connect", "Redirect"]


def test_the_recording_is_dual_untrimmed_and_reports_to_an_absolute_address() -> None:
    recording = assistant().find("Start/Recording")
    assert recording is not None
    assert (recording.get("channels"), recording.get("trim"), recording.get("track")) == ("dual", "do-not-trim", "both")
    assert recording.get("recordingStatusCallback") == "https://voice.example.com/twilio/recording/"
    assert set((recording.get("recordingStatusCallbackEvent") or "").split()) == {"in-progress", "completed", "absent"}


def test_the_stream_has_no_query_and_carries_the_ticket_as_a_parameter() -> None:
    stream = assistant().find("Connect/Stream")
    assert stream is not None
    assert stream.get("url") == "wss://voice.example.com/twilio/media/"
    parameter = stream.find("Parameter")
    assert parameter is not None
    assert (parameter.get("name"), parameter.get("value")) == ("ticket", "t-1")


def test_a_plain_origin_gives_a_plain_socket(settings) -> None:
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    assert twiml.media_url() == "ws://127.0.0.1:8000/twilio/media/"


def test_a_number_that_is_not_recorded_is_not() -> None:
    assert assistant(is_recorded=False).find("Start") is None


def test_words_cannot_become_verbs() -> None:
    document = assistant(opening_words='</Say><Dial>+19005550100</Dial><Say a="')
    assert [verb.tag for verb in document] == ["Start", "Say", "Connect", "Redirect"]


def test_words_are_cut_to_what_one_say_may_hold() -> None:
    say = assistant(opening_words="a" * 9000).find("Say")
    assert say is not None
    assert len(say.text or "") == twiml.SAY_LIMIT


def test_the_fallback_dials_the_number_of_the_settings(settings) -> None:
    settings.FALLBACK_NUMBER = "+14155550190"
    document = read(twiml.dial_fallback())
    assert [verb.tag for verb in document] == ["Say", "Dial", "Hangup"]
    assert document.findtext("Dial") == "+14155550190"


def test_without_a_fallback_number_the_caller_hears_an_apology_and_nothing_is_dialled() -> None:
    document = read(twiml.dial_fallback(apology=twiml.LOST_ASSISTANT))
    assert [verb.tag for verb in document] == ["Say", "Hangup"]
    assert document.findtext("Say") == twiml.LOST_ASSISTANT


@pytest.mark.parametrize(
    ("address", "dialled"),
    [
        ("client:agent_7", ("Client", "agent_7")),
        ("sip:desk@example.com", ("Sip", "sip:desk@example.com")),
        ("", None),
        ("+14155550190", None),
        ("whatsapp:+14155550190", None),
        ("client:", None),
    ],
)
def test_a_whatsapp_caller_falls_back_to_a_browser_or_a_sip_telephone_and_never_to_a_number(
    settings, address: str, dialled: tuple[str, str] | None
) -> None:
    settings.FALLBACK_NUMBER, settings.WHATSAPP_FALLBACK = "+14155550190", address
    document = read(twiml.dial_fallback(is_by_whatsapp=True))
    dial = document.find("Dial")
    assert "+14155550190" not in twiml.dial_fallback(is_by_whatsapp=True)
    assert twiml.has_fallback(is_by_whatsapp=True) is (dialled is not None)
    found = None if dial is None else (dial[0].tag, dial[0].text)
    assert found == dialled


@pytest.mark.parametrize(("is_again", "path"), [(False, "/twilio/consent/"), (True, "/twilio/consent/again/")])
def test_a_question_is_asked_before_anything_is_recorded_and_silence_is_answered_too(is_again: bool, path: str) -> None:
    document = read(twiml.ask_consent(question="May we?", language="en-US", is_again=is_again))
    assert [verb.tag for verb in document.iter()] == ["Response", "Gather", "Say", "Redirect"]
    gather, redirect = document.find("Gather"), document.find("Redirect")
    assert gather is not None
    assert redirect is not None
    assert set((gather.get("input") or "").split()) == {"dtmf", "speech"}
    assert (gather.get("numDigits"), gather.get("actionOnEmptyResult")) == ("1", "true")
    assert gather.get("action") == redirect.text == f"https://voice.example.com{path}"


LINE = twiml.TextLine({"language": "en-US", "interruptible": "any"}, [{"code": "es-US", "voice": "Lupe"}], "Hi & hi.")


def test_a_line_of_text_takes_the_place_of_the_stream_and_asks_what_follows_by_its_action() -> None:
    document = assistant(text_line=LINE)
    assert [verb.tag for verb in document] == ["Start", "Say", "Connect"]
    connect = document.find("Connect")
    assert connect is not None
    assert connect.get("action") == "https://voice.example.com/twilio/relay-ended/"
    (relay,) = connect
    assert relay.tag == "ConversationRelay"
    assert relay.get("url") == "wss://voice.example.com/twilio/relay/"
    assert relay.get("welcomeGreeting") == "Hi & hi."
    assert relay.get("interruptible") == "any"
    assert [(child.tag, dict(child.attrib)) for child in relay] == [
        ("Language", {"code": "es-US", "voice": "Lupe"}),
        ("Parameter", {"name": "ticket", "value": "t-1"}),
    ]


def test_a_line_that_goes_on_greets_nobody() -> None:
    line = twiml.TextLine(LINE.attributes, (), "")
    relay = read(twiml.reconnect_assistant(ticket="t-2", text_line=line)).find("Connect/ConversationRelay")
    assert relay is not None
    assert "welcomeGreeting" not in relay.attrib
