"""The carrier's signature, against published check values."""

import pytest
from django.http import QueryDict

from calls.carrier import signature

TOKEN = "0123456789abcdef0123456789abcdef"
FORM = {
    "AccountSid": "AC" + "0" * 31 + "1",
    "ApiVersion": "2010-04-01",
    "CallSid": "CA" + "0" * 31 + "2",
    "CallStatus": "ringing",
    "Digits": "",
    "Direction": "inbound",
    "From": "+14155550100",
    "To": "+14155550199",
}
PATH = "/twilio/voice/inbound/"
MEDIA = "wss://voice.example.com/twilio/stream/tok_123/"


@pytest.fixture(autouse=True)
def tokens(settings) -> None:
    settings.TWILIO_AUTH_TOKEN = TOKEN
    settings.TWILIO_AUTH_TOKEN_SECONDARY = ""
    settings.PUBLIC_URL = "https://voice.example.com"


def form(**fields: str) -> QueryDict:
    query = QueryDict(mutable=True)
    query.update(FORM | fields)
    return query


def is_genuine(
    given: str, *, path: str = PATH, query: str = "", body: QueryDict | None = None, header: str = ""
) -> bool:
    return signature.is_genuine_post(
        path=path, query=query, form=form() if body is None else body, signature=given, settings_header=header
    )


@pytest.mark.parametrize(
    ("given", "more"),
    [
        ("Kvi1fEEFyuJUxL1SRQHUSD3SbTA=", {}),
        ("9gmXRg+N+COtPLqkcPrV1OGttNE=", {}),  # signed with the port spelled out
        ("xfQs7vhO3NlIj79s6XoXlIKVGBA=", {"query": "lang=es&step=2"}),
        ("Ie347y7styNtlqQ+lazg2zo8c5BvkldF7+cepCy/JVY=", {"header": "key=k,algorithm=HMAC_SHA256"}),
        ("/yiSoVCbfpvucbtFQ0DixO/Kizw=", {"body": QueryDict("A=x&B=2&B=1&B=2")}),
    ],
)
def test_genuine_requests_are_recognised(given: str, more: dict) -> None:
    assert is_genuine(given, **more)


@pytest.mark.parametrize(
    "forged",
    [
        {"given": ""},
        {"given": "Kvi1fEEFyuJUxL1SRQHUSD3SbTA"},
        {"given": "Kvi1fEEFyuJUxL1SRQHUSD3SbTB="},
        {"given": "Kvi1fEEFyuJUxL1SRQHUSD3SbTA=", "path": "/twilio/voice/"},
        {"given": "Kvi1fEEFyuJUxL1SRQHUSD3SbTA=", "query": "lang=es"},
        {"given": "Kvi1fEEFyuJUxL1SRQHUSD3SbTA=", "header": "key=k,algorithm=HMAC_SHA256"},
        {"given": "Kvi1fEEFyuJUxL1SRQHUSD3SbTA=", "header": "key=k,algorithm=NONE"},
    ],
)
def test_forged_and_altered_requests_are_not(forged: dict) -> None:
    assert not is_genuine(**forged)


@pytest.mark.parametrize("field", FORM)
def test_no_field_can_be_altered(field: str) -> None:
    assert not is_genuine("Kvi1fEEFyuJUxL1SRQHUSD3SbTA=", body=form(**{field: "altered"}))


def test_the_secondary_token_counts_while_tokens_are_changed(settings) -> None:
    settings.TWILIO_AUTH_TOKEN, settings.TWILIO_AUTH_TOKEN_SECONDARY = "new" * 8, TOKEN
    assert is_genuine("Kvi1fEEFyuJUxL1SRQHUSD3SbTA=")


def test_without_any_token_nothing_is_genuine(settings) -> None:
    settings.TWILIO_AUTH_TOKEN = ""
    assert not is_genuine("Kvi1fEEFyuJUxL1SRQHUSD3SbTA=")


@pytest.mark.parametrize(
    "given",
    ["A+/2bI7bNI4u4C6l4bIFL5ksAmk=", "D63gY1Puxw2p/TRDbAfs5qrbwZE=", "yw/RAf9hnYnObzS6UWv37rGGU5k="],
)
def test_a_socket_may_be_signed_with_or_without_slash_or_port(given: str) -> None:
    assert signature.is_genuine_handshake(url=MEDIA, signature=given)


@pytest.mark.parametrize("given", ["", "A+/2bI7bNI4u4C6l4bIFL5ksAml=", "Kvi1fEEFyuJUxL1SRQHUSD3SbTA="])
def test_a_socket_of_somebody_else_is_not_let_in(given: str) -> None:
    assert not signature.is_genuine_handshake(url=MEDIA, signature=given)
