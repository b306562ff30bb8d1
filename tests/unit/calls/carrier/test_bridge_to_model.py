"""The document that connects a caller to the model by SIP."""

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from calls.carrier import callbacks, twiml


@pytest.fixture(autouse=True)
def _project(settings: Any) -> None:
    settings.OPENAI_PROJECT_ID = "proj_0123456789abcdefABCDEF"
    settings.OPENAI_SIP_HOST, settings.OPENAI_SIP_EDGE = "sip.api.openai.com", ""
    settings.PUBLIC_URL = "https://calls.example.com"


def written(**how: Any) -> ET.Element:
    usual = {"token": "t" * 24, "line_id": 7, "opening_words": "Welcome.", "language": "en-US", "is_recorded": True}
    return ET.fromstring(twiml.bridge_to_model(**(usual | how)))


def test_it_records_says_the_opening_words_and_connects_with_a_token() -> None:
    root = written()
    assert [each.tag for each in root] == ["Start", "Say", "Dial"]
    dial = root.find("Dial")
    assert dial is not None
    assert dial.get("answerOnBridge") == "true"
    assert dial.get("action") == "https://calls.example.com/twilio/sip/after/7/"
    sip = dial.findtext("Sip") or ""
    assert sip == (
        "sip:proj_0123456789abcdefABCDEF@sip.api.openai.com;transport=tls;secure=true?X-Call-Token=" + "t" * 24
    )


def test_a_conversation_that_goes_on_says_nothing_first() -> None:
    assert [each.tag for each in written(is_first=False, opening_words="")] == ["Dial"]
    assert [each.tag for each in written(is_recorded=False)] == ["Say", "Dial"]


def test_another_region_and_edge_are_the_settings_and_the_address_stays_short(settings: Any) -> None:
    settings.OPENAI_SIP_HOST, settings.OPENAI_SIP_EDGE = "sip-eu.api.openai.com", "frankfurt"
    settings.OPENAI_PROJECT_ID = "proj_" + "x" * 60
    address = twiml.model_address("t" * 64)
    assert "@sip-eu.api.openai.com;transport=tls;secure=true;edge=frankfurt?" in address
    assert len(address) < 255
    assert ";edge=sao-paulo?" in twiml.model_address("t" * 64, edge="sao-paulo"), "the caller's own comes first"


@pytest.mark.parametrize(
    ("form", "known"),
    [
        (
            {"DialCallStatus": "completed", "DialBridged": "true", "DialCallDuration": "61"},
            ("completed", None, True, 61),
        ),
        ({"DialCallStatus": "failed", "DialSipResponseCode": "408"}, ("failed", 408, False, 0)),
        ({"DialCallStatus": "busy", "DialBridged": "false", "DialSipResponseCode": "x"}, ("busy", None, False, 0)),
        ({"DialCallStatus": "answered"}, ("answered", None, True, 0)),
        ({}, ("", None, False, 0)),
        ({"DialCallStatus": "y" * 90, "DialCallDuration": "-4"}, ("y" * 12, None, False, 0)),
    ],
)
def test_what_the_carrier_says_of_the_line_is_read_as_far_as_it_goes(form: dict[str, str], known: tuple) -> None:
    dial = callbacks.dial_callback({"CallSid": "CA1", **form})
    assert (dial.status, dial.sip_code, dial.is_bridged, dial.duration_s) == known
