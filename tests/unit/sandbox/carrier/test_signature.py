"""Signatures against vectors computed with the vendor's own package, and against that package itself."""

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from sandbox.carrier.signature import forge, sign

TOKEN = "0123456789abcdef0123456789abcdef"
URL = "https://voice.example.com/twilio/voice/inbound/"
FORM = (
    ("AccountSid", "AC" + "0" * 31 + "1"),
    ("ApiVersion", "2010-04-01"),
    ("CallSid", "CA" + "0" * 31 + "2"),
    ("CallStatus", "ringing"),
    ("Digits", ""),
    ("Direction", "inbound"),
    ("From", "+14155550100"),
    ("To", "+14155550199"),
)


@pytest.mark.parametrize(
    ("url", "params", "signature"),
    [
        (URL, FORM, "Kvi1fEEFyuJUxL1SRQHUSD3SbTA="),
        (URL.replace(".com/", ".com:443/"), FORM, "9gmXRg+N+COtPLqkcPrV1OGttNE="),
        (URL + "?lang=es&step=2", FORM, "xfQs7vhO3NlIj79s6XoXlIKVGBA="),
        (URL, (("A", "x"), ("B", "2"), ("B", "1"), ("B", "2")), "/yiSoVCbfpvucbtFQ0DixO/Kizw="),
        (
            "https://voice.example.com/twilio/status/?CallSid=CA00000000000000000000000000000002&CallStatus=completed",
            (),
            "f2lc0ZausOmlHc8HsjlrptqxCv4=",
        ),
        ("wss://voice.example.com/twilio/stream/tok_123/", (), "A+/2bI7bNI4u4C6l4bIFL5ksAmk="),
        ("wss://voice.example.com/twilio/stream/tok_123", (), "D63gY1Puxw2p/TRDbAfs5qrbwZE="),
        ("wss://voice.example.com:443/twilio/stream/tok_123/", (), "yw/RAf9hnYnObzS6UWv37rGGU5k="),
    ],
)
def test_known_vectors(url, params, signature):
    assert sign(auth_token=TOKEN, url=url, params=params) == signature


def test_the_fragment_is_not_signed():
    assert sign(auth_token=TOKEN, url=URL + "#rc=3&rp=5xx", params=FORM) == "Kvi1fEEFyuJUxL1SRQHUSD3SbTA="


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=12), max_size=6))
def test_the_vendors_validator_accepts_it(params):
    signature = sign(auth_token=TOKEN, url=URL, params=params.items())
    assert RequestValidator(TOKEN).validate(URL, params, signature)


def test_a_forged_signature_is_well_formed_and_wrong():
    genuine = sign(auth_token=TOKEN, url=URL, params=FORM)
    forged = forge(genuine)
    assert len(base64.b64decode(forged)) == hmac.new(b"", b"", hashlib.sha1).digest_size
    assert not RequestValidator(TOKEN).validate(URL, dict(FORM), forged)
