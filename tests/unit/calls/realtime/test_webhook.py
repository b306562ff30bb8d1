"""A webhook of the model's side: what is proved to be one, and what is not."""

import base64
import hashlib
import hmac
import json
import random
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.http import HttpRequest
from django.http.request import HttpHeaders

from calls.realtime import webhook

# The worked vector: a secret, a moment, a body, and the signature they give.
SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
AT = 1767225600
BODY = (
    b'{"id":"evt_000000000001","object":"event","type":"realtime.call.incoming","created_at":1767225600,"data":'
    b'{"call_id":"rtc_0000000000000001","sip_headers":[{"name":"From","value":"<sip:+14155550100@sip.example.com>;tag=1"}'
    b',{"name":"To","value":"<sip:proj_000@sip.api.openai.com>"},{"name":"X-Call-Token","value":"tok_123"}]}}'
)
HEADERS = {
    "webhook-id": "wh_000000000001",
    "webhook-timestamp": str(AT),
    "webhook-signature": "v1,ucrsGF1iW/brWpa7WCg9en0IBdhDJOPodst2dtxGiq0=",
}


def at(second: float) -> time_machine.travel:
    return time_machine.travel(datetime.fromtimestamp(second, UTC), tick=False)


def signed(body: bytes, *, secret: str = SECRET, stamp: str = str(AT), webhook_id: str = "wh_1") -> dict[str, str]:
    key = base64.b64decode(secret.removeprefix("whsec_")) if secret.startswith("whsec_") else secret.encode()
    mac = hmac.new(key, f"{webhook_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(mac).decode()}"
    return {"webhook-id": webhook_id, "webhook-timestamp": stamp, "webhook-signature": signature}


def as_request(headers: dict[str, str]) -> HttpHeaders:
    request = HttpRequest()
    request.META = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    return request.headers


@pytest.fixture(autouse=True)
def _secret(settings: Any) -> None:
    settings.OPENAI_WEBHOOK_SECRETS = [SECRET]


def test_the_worked_vector_is_genuine_and_read() -> None:
    assert hashlib.sha256(BODY).hexdigest().startswith("4da0fca9")
    with at(AT):
        webhook_id = webhook.verify(BODY, as_request(HEADERS))
    event = webhook.read(BODY, webhook_id=webhook_id)
    assert isinstance(event, webhook.IncomingCall)
    assert (event.webhook_id, event.call_id) == ("wh_000000000001", "rtc_0000000000000001")
    assert event.header("x-call-TOKEN") == "tok_123"
    assert event.number("To", "From") == "+14155550100"


@pytest.mark.parametrize("second", [AT - 300, AT - 299, AT, AT + 299, AT + 300])
def test_clocks_may_differ_by_five_minutes(second: int) -> None:
    with at(second):
        assert webhook.verify(BODY, as_request(HEADERS))


@pytest.mark.parametrize("second", [AT - 301, AT + 301, AT + 86_400])
def test_and_not_by_more(second: int) -> None:
    with at(second), pytest.raises(webhook.NotGenuine) as refused:
        webhook.verify(BODY, as_request(HEADERS))
    assert refused.value.status == 401


def test_while_a_secret_is_changed_either_counts_and_either_signature(settings: Any) -> None:
    new = "whsec_" + base64.b64encode(b"another key of thirty-two bytes.").decode()
    old_only, new_only = signed(BODY), signed(BODY, secret=new)
    both = {**new_only, "webhook-signature": f"{new_only['webhook-signature']} {old_only['webhook-signature']}"}
    with at(AT):
        for headers in (old_only, both):
            assert webhook.verify(BODY, as_request(headers))
        settings.OPENAI_WEBHOOK_SECRETS = [new, SECRET]
        for headers in (old_only, new_only, both):
            assert webhook.verify(BODY, as_request(headers))
        settings.OPENAI_WEBHOOK_SECRETS = [new]
        assert webhook.verify(BODY, as_request(both))
        with pytest.raises(webhook.NotGenuine):
            webhook.verify(BODY, as_request(old_only))


def test_names_of_headers_are_found_in_any_case() -> None:
    with at(AT):
        assert webhook.verify(BODY, as_request({name.title(): value for name, value in HEADERS.items()}))


@pytest.mark.parametrize("name", webhook.HEADERS)
def test_a_missing_header_is_named(name: str) -> None:
    headers = {each: value for each, value in HEADERS.items() if each != name}
    with at(AT), pytest.raises(webhook.NotGenuine, match=name) as refused:
        webhook.verify(BODY, as_request(headers))
    assert refused.value.status == 400


def test_without_a_secret_nothing_is_genuine(settings: Any) -> None:
    settings.OPENAI_WEBHOOK_SECRETS = []
    with at(AT), pytest.raises(webhook.NotGenuine, match="No secret"):
        webhook.verify(BODY, as_request(HEADERS))


@pytest.mark.parametrize("secret", ["whsec_not base64 at all!", "whsec_", "plain words"])
def test_a_secret_that_is_none_proves_nothing_and_breaks_nothing(settings: Any, secret: str) -> None:
    settings.OPENAI_WEBHOOK_SECRETS = [secret]
    with at(AT), pytest.raises(webhook.NotGenuine):
        webhook.verify(BODY, as_request(HEADERS))


def forgery(dice: random.Random) -> tuple[bytes, dict[str, str]]:
    """One that an attacker could send, who knows everything but the secret; or an old one, sent again."""
    body, headers = BODY, dict(HEADERS)
    match dice.randrange(9):
        case 0:
            headers["webhook-signature"] = f"v1,{base64.b64encode(dice.randbytes(32)).decode()}"
        case 1:
            body = body.replace(b"rtc_0000000000000001", b"rtc_" + str(dice.randrange(10**16)).zfill(16).encode())
        case 2:
            headers["webhook-id"] = f"wh_{dice.randrange(10**12)}"
        case 3:
            headers["webhook-timestamp"] = str(AT + dice.choice([-1, 1]) * dice.randrange(1, 300))
        case 4:
            headers = signed(body, secret="whsec_" + base64.b64encode(dice.randbytes(32)).decode())
        case 5:
            stale = AT + dice.choice([-1, 1]) * dice.randrange(301, 10**6)
            headers = signed(body, stamp=str(stale))
        case 6:
            place = dice.randrange(len(body))
            body = body[:place] + bytes([body[place] ^ (1 << dice.randrange(8))]) + body[place + 1 :]
        case 7:
            headers["webhook-signature"] = dice.choice(["", "v1,", "v2,x", "v1,é", "ucrsGF1iW", " ", "v1," * 2000])
        case 8:
            headers["webhook-timestamp"] = dice.choice(["", "now", "1e9", "-1", "٣", "9" * 400, "1767225600.0"])
    return body, headers


def test_of_a_thousand_forged_or_stale_ones_none_is_taken() -> None:
    dice = random.Random(20)
    with at(AT):
        for _ in range(1_000):
            body, headers = forgery(dice)
            with pytest.raises(webhook.NotGenuine) as refused:
                webhook.verify(body, as_request(headers))
            assert refused.value.status in (400, 401)
            assert str(refused.value)


@pytest.mark.parametrize(
    "data",
    [
        [],
        "x",
        {"type": 7},
        {"type": "realtime.call.incoming"},
        {"type": "realtime.call.incoming", "data": {"call_id": ""}},
        {"type": "realtime.call.incoming", "data": {"call_id": ["rtc"]}},
        {"type": "realtime.call.incoming", "data": {"call_id": "r" * 161}},
    ],
)
def test_what_is_signed_and_yet_no_event_is_refused(data: object) -> None:
    with pytest.raises(webhook.NotGenuine):
        webhook.read(json.dumps(data).encode(), webhook_id="wh_1")


def test_headers_of_any_shape_are_read_as_far_as_they_go() -> None:
    headers = [{"name": "To", "value": 7}, "x", None, {"name": "X-Call-Token", "value": "a\x00b"}, {}]
    data = {"type": "realtime.call.incoming", "data": {"call_id": "rtc_1", "sip_headers": headers}}
    event = webhook.read(json.dumps(data).encode(), webhook_id="wh_1")
    assert isinstance(event, webhook.IncomingCall)
    assert event.header("x-call-token") == "ab"
    assert event.number("To") == ""


def test_a_type_nobody_knows_is_only_known_by_its_name() -> None:
    event = webhook.read(b'{"type":"live.transport.incoming","data":{}}', webhook_id="wh_1")
    assert type(event) is webhook.ModelEvent
    assert event.kind == "live.transport.incoming"
