"""Who posts to the carrier's addresses: forged, altered and replayed requests, and genuine ones in odd spellings."""

import base64
import random
import time
from typing import Any
from urllib.parse import quote

import pytest
import time_machine
from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpResponse, QueryDict
from django.test import AsyncClient
from django.utils import timezone
from twilio.request_validator import RequestValidator

from calls.carrier import signature
from calls.models import CallEvent
from tests import given
from tests.faults.case import Case, quantile

pytestmark = pytest.mark.django_db(transaction=True)
db = sync_to_async
PATH = "/twilio/stream-status/"  # of a leg nobody knows it keeps nothing
OVER_HTTP = 50  # one in so many is posted


def _sign(url: str, form: dict[str, Any], token: str = "") -> str:
    return str(RequestValidator(token or settings.TWILIO_AUTH_TOKEN).compute_signature(url, form))


def _form(dice: random.Random) -> dict[str, str]:
    words = ("", "São Paulo", "Zoë ✂", "a+b c", "%2B", "日本", "x" * 400, " lead", "trail ", "a&b=c", "\r\n")
    fields = {f"F{dice.randrange(9)}": dice.choice(words) for _ in range(dice.randrange(6))}
    return given.a_ring() | {"StreamSid": given.a_sid("MZ"), "StreamEvent": "stream-started"} | fields


def _forged(dice: random.Random) -> tuple[str, dict[str, str]]:
    """A signature and a form that do not belong together."""
    form, url = _form(dice), settings.PUBLIC_URL + PATH
    good = _sign(url, form)
    at = dice.randrange(len(good) - 2)
    other = dice.choice([letter for letter in "ABCxyz019+/" if letter != good[at]])
    name = dice.choice(list(form))
    altered: list[tuple[str, dict[str, str]]] = [
        ("", form),
        (good[:at] + other + good[at + 1 :], form),
        (good[:at], form),
        (good.rstrip("="), form),
        (good.swapcase(), form),
        (good[::-1], form),
        (base64.b64encode(dice.randbytes(20)).decode(), form),
        (_sign(url.replace("voice.", "evil."), form), form),
        (_sign(url.replace("https", "http"), form), form),
        (_sign(url.replace("example.com", "example.com:8443"), form), form),
        (_sign(url + "?a=1", form), form),
        (_sign(settings.PUBLIC_URL + "/twilio/status/", form), form),
        (_sign(url, form, "f" * 32), form),
        (_sign(url, form, settings.TWILIO_AUTH_TOKEN[:-1]), form),
        (good, form | {name: form[name] + "1"}),
        (good, form | {"AccountSid": "AC" + "f" * 32}),
        (good, form | {"ZzNew": "1"}),
        (good, {key: value for key, value in form.items() if key != "CallSid"}),
        (_sign(url, {}), form),
    ]
    return dice.choice(altered)


async def _post(sent: str, form: Any, *, path: str = PATH, **headers: str) -> HttpResponse:
    return await AsyncClient().post(path, form, headers={"X-Twilio-Signature": sent, **headers})


@pytest.mark.fault("forged signatures")
async def test_nothing_forged_is_let_in(case: Case, settings) -> None:
    settings.TWILIO_AUTH_TOKEN_SECONDARY = "e" * 32
    dice, took, accepted, telling = case.dice(), [], 0, 0
    for n in range(case.size):
        sent, form = _forged(dice)
        body = QueryDict(mutable=True)
        body.update(form)
        began = time.perf_counter()
        accepted += signature.is_genuine_post(path=PATH, query="", form=body, signature=sent, settings_header="")
        took.append((time.perf_counter() - began) * 1000)
        if n % OVER_HTTP == 0:
            answer = await _post(sent, form)
            accepted += answer.status_code < 400
            telling += (answer.status_code, answer.content) != (403, b"")
    case.did(case.size)
    case.reached("accepted", accepted)
    case.reached("refusals that say more than 403", telling)
    case.reached("one check, p99, ms", quantile(took, 0.99))


@pytest.mark.fault("proxies")
async def test_genuine_requests_are_known_however_they_came_in(case: Case) -> None:
    dice, refused, accepted = case.dice(), 0, 0
    for n in range(case.size // 2):
        form = _form(dice)
        query = dice.choice(("", "a=1&b=%20x", "name=S%C3%A3o", "a=1&a=2", "empty="))
        origin = dice.choice((settings.PUBLIC_URL, settings.PUBLIC_URL + ":443"))
        path = PATH + (f"?{query}" if query else "")
        lies = {"X-Forwarded-Host": dice.choice(("evil.example.com", "voice.example.com:8443", "127.0.0.1"))}
        lies |= {"X-Forwarded-Proto": dice.choice(("http", "https", "ftp")), "X-Forwarded-Port": str(n)}
        lies |= {"X-Forwarded-For": "203.0.113.9", "Forwarded": "for=203.0.113.9;host=evil.example.com;proto=http"}
        lies = dict(dice.sample(list(lies.items()), dice.randrange(len(lies) + 1)))
        refused += (await _post(_sign(origin + path, form), form, path=path, **lies)).status_code != 200
        # The same, signed for the address that the headers claim.
        claimed = f"{lies.get('X-Forwarded-Proto', 'http')}://{lies.get('X-Forwarded-Host', 'evil.example.com')}"
        accepted += (await _post(_sign(claimed + path, form), form, path=path, **lies)).status_code < 400
        doubled = QueryDict("&".join(f"{key}={quote(text)}" for key, text in (*form.items(), ("To", "x"))))
        answer = await AsyncClient().post(
            path,
            doubled.urlencode(),
            content_type="application/x-www-form-urlencoded",
            headers={"X-Twilio-Signature": _sign(origin + path, form)},
        )
        accepted += answer.status_code < 400
    case.did(case.size // 2 * 3)
    case.reached("genuine refused", refused)
    case.reached("forged accepted", accepted)


@pytest.mark.fault("replay")
async def test_a_callback_has_its_effect_once_however_often_it_comes(case: Case) -> None:
    call = await db(given.a_call)()
    leg = await db(call.customer_leg)()
    form = given.a_ring(leg_sid=leg.leg_sid) | {"CallStatus": "completed", "CallDuration": "17", "SequenceNumber": "0"}
    await given.post("/twilio/status/", form)
    before = await _books(call)
    for _ in range(case.size - 1):
        await given.post("/twilio/status/", form)
    with time_machine.travel(timezone.now().timestamp() + 86_400):
        await given.post("/twilio/status/", form)
    case.did(case.size)
    case.reached("effects beyond the first", sum(a != b for a, b in zip(before, await _books(call), strict=True)))


async def _books(call: Any) -> list[Any]:
    await call.arefresh_from_db()
    leg = await db(call.customer_leg)()
    return [call.phase, call.ended_reason, call.ended_at, leg.status, leg.ended_at, await CallEvent.objects.acount()]
