"""Webhooks go a way of their own through Django: nothing that is for browsers, and nobody but webhooks."""

from typing import Any
from urllib.parse import urlencode

import pytest
from asgiref.testing import ApplicationCommunicator

from contactcenter import webhook_way
from contactcenter.asgi import application
from tests import given
from tests.integration.test_access import addresses

pytestmark = pytest.mark.django_db(transaction=True)


async def answer(
    path: str, *, method: str = "POST", body: bytes = b"", **headers: str
) -> tuple[int, dict[bytes, bytes], bytes]:
    """What the application as it is served answers: status, headers, body."""
    told = [(name.encode(), value.encode()) for name, value in {"host": "anybody.example", **headers}.items()]
    scope: dict[str, Any] = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "headers": told}
    asked = ApplicationCommunicator(application, scope | {"query_string": b"", "http_version": "1.1", "scheme": "http"})
    await asked.send_input({"type": "http.request", "body": body})
    start = await asked.receive_output(5)
    rest = await asked.receive_output(5)
    await asked.wait(5)
    return start["status"], dict(start["headers"]), rest["body"]


def test_nothing_but_webhooks_goes_that_way_and_all_of_them_do() -> None:
    webhooks = {
        path
        for path, at in addresses()
        if hasattr(at.callback, "is_carrier_webhook") or hasattr(at.callback, "is_model_webhook")
    }
    assert webhooks == {path for path, _ in addresses() if f"/{path}".startswith(webhook_way.PATHS)}


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/twilio/voice/", "POST", 403),
        ("/twilio/voice/", "GET", 405),
        ("/twilio/music/1/1/", "GET", 403),
        ("/openai/webhook/", "POST", 400),
        ("/openai/webhook/", "GET", 405),
        ("/twilio/", "POST", 404),
        ("/twilio/voice", "POST", 404),
        ("/openai/nothing/", "GET", 404),
    ],
)
async def test_who_has_no_proof_is_sent_away_in_few_words(path: str, method: str, status: int) -> None:
    code, headers, body = await answer(path, method=method)
    assert code == status
    assert b"set-cookie" not in {name.lower() for name in headers}
    assert len(body) < 100


async def test_a_page_is_still_a_page() -> None:
    code, headers, _ = await answer("/", method="GET", host="testserver")
    assert (code, headers[b"Location"]) == (302, b"/accounts/login/?next=/")


async def test_a_genuine_call_is_answered_that_way_and_a_fault_of_ours_shows_no_trace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    form = given.a_ring(to="+14155550199")
    genuine: dict[str, Any] = {
        "body": urlencode(form).encode(),
        "content-type": "application/x-www-form-urlencoded",
        "x-twilio-signature": given.signed("/twilio/voice/", form),
    }
    code, headers, body = await answer("/twilio/voice/", **genuine)
    assert (code, headers[b"Content-Type"]) == (200, b"text/xml; charset=utf-8")
    assert b"<Hangup" in body

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr("calls.webhooks.carrier.ask", broken)
    code, _, body = await answer("/twilio/voice/", **genuine)
    assert code == 500
    assert b"secret" not in body
