"""SIP addresses: what a trunk may point at, and what is said of anything else."""

import pytest

from calls.line_rules import sip
from calls.line_rules.sip import SipAddress, Target


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("sip:pbx.example.com", Target("", "pbx.example.com", None, "", "", ())),
        ("SIP:PBX.example.com:5061;transport=TLS", Target("", "pbx.example.com", 5061, "tls", "", ())),
        ("sip:in@203.0.113.7;transport=tcp;edge=dublin", Target("in", "203.0.113.7", None, "tcp", "dublin", ())),
        (
            "sip:proj_x@sip.api.openai.com;transport=tls?X-Site=berlin&X-Line=2",
            Target("proj_x", "sip.api.openai.com", None, "tls", "", (("X-Site", "berlin"), ("X-Line", "2"))),
        ),
        ("sip:pbx.example.com;edge=ashburn-ix", Target("", "pbx.example.com", None, "", "ashburn-ix", ())),
    ],
)
def test_good_addresses_are_read(text: str, target: Target) -> None:
    assert sip.read_target(text) == target


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sips:pbx.example.com", ";transport=tls"),
        ("tel:+14155550100", "Write a SIP address"),
        ("pbx.example.com", "Write a SIP address"),
        ("", "Write a SIP address"),
        ("sip:", "Name a host"),
        ("sip:pbx", "Name a host"),
        ("sip:-pbx.example.com", "Name a host"),
        ("sip:999.1.1.1", "Name a host"),
        ("sip:10.0.0.7", "inside a network"),
        ("sip:192.168.1.4:5060", "inside a network"),
        ("sip:127.0.0.1", "inside a network"),
        ("sip:[2001:db8::1]", "A port"),
        ("sip:pbx.example.com:0", "A port"),
        ("sip:pbx.example.com:99999", "A port"),
        ("sip:pbx.example.com;transport=ws", "udp, tcp or tls"),
        ("sip:pbx.example.com;edge=mars", "edge is one of"),
        ("sip:pbx.example.com;region=br1", "the old name"),
        ("sip:pbx.example.com;secure=true", "set on the trunk"),
        ("sip:pbx.example.com;user=phone", "not known here"),
        ("sip:pbx.example.com;transport=tls;transport=udp", "twice"),
        ("sip:pbx.example.com?Subject=x", "begin with X-"),
        ("sip:pbx.example.com?X-Site", "begin with X-"),
        ("sip:pbx.example.com?X-Twilio-CallSid=x", "the carrier's own"),
        ("sip:pbx.example.com?X-A=1&x-a=2", "begin with X-"),
        ("sip:pbx.example.com?X-A=1&X-a=2", "twice"),
        ("sip:pbx.example.com?X-A=a\r\nVia: x", "Write a SIP address"),
        ("sip:pbx.example.com?X-A=ä", "letters, digits"),
        ("sip:" + "a" * 260 + ".example.com", "fewer than 255"),
        ("sip:a b@pbx.example.com", "Write a SIP address"),
        ("sip:<x>@pbx.example.com", "Write a SIP address"),
        ("sip:realtime@api.openai.com", "sip:proj_…@sip.api.openai.com;transport=tls"),
        ("sip:proj_x@sip.api.openai.com", "sip:proj_…@sip.api.openai.com;transport=tls"),
        ("sip:ada@sip.api.openai.com;transport=tls", "your project's id"),
    ],
)
def test_others_are_refused_with_what_to_write(text: str, said: str) -> None:
    with pytest.raises(sip.UnableToRead) as no:
        sip.read_target(text)
    assert said in str(no.value)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("sip:sales@acme.sip.twilio.com", SipAddress("sales", "acme.sip.twilio.com")),
        ("sip:+14155550100@ACME.sip.twilio.com:5060;transport=udp", SipAddress("+14155550100", "acme.sip.twilio.com")),
        ("sip:%2B14155550100@pbx.example.com", SipAddress("+14155550100", "pbx.example.com")),
        ("sip:+1415;ext=2@pbx.example.com>;tag=1", SipAddress("+1415", "pbx.example.com")),
        ("sip:pbx.example.com", SipAddress("", "pbx.example.com")),
    ],
)
def test_addresses_of_webhooks_are_read(text: str, address: SipAddress) -> None:
    assert sip.read_address(text) == address


@pytest.mark.parametrize("text", ["", "+14155550100", "client:ada", "whatsapp:+1415", "sip:", "sip:@", "anonymous"])
def test_what_is_no_sip_address_is_none(text: str) -> None:
    assert sip.read_address(text) is None
