"""Every address of the product with arbitrary methods, paths, fields and bodies: no fault of ours, and no trace."""

import random
import re
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient
from django.urls import URLPattern, URLResolver, get_resolver

from calls.realtime import warm
from tests import given
from tests.faults import odd
from tests.faults.case import Case

pytestmark = pytest.mark.django_db(transaction=True)
db = sync_to_async
METHODS = ("GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND")
VALUES = ("1", "0", "-1", "999999999999", "99999999999999999999", "x", "é", "..", "%00", "%ff", "a/b", "'", "<b>")
TYPES = ("application/x-www-form-urlencoded", "application/json", "text/plain", "multipart/form-data; boundary=x", "")
TRACES = (b"Traceback", b"site-packages", b'File "/')


def routes(resolver: URLResolver, before: str = "") -> Iterator[str]:
    """Every route as it is written."""
    for one in resolver.url_patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLPattern):
            yield route
        else:
            yield from routes(one, route)


def address(route: str, dice: random.Random) -> str:
    """The route with something in its places."""
    parts = re.sub(r"\^|\$|\\Z", "", route).split("/")
    path = "/" + "/".join(dice.choice(VALUES) if "<" in part or "(" in part else part for part in parts)
    query = "&".join(f"{dice.choice(odd._WORDS)!r}={dice.choice(VALUES)}" for _ in range(dice.randrange(3)))
    fields = ("q", "page", "since", "until", "number", "state", "next", "o", "e", "p", "_changelist_filters")
    query += "".join(f"&{dice.choice(fields)}={dice.choice(VALUES)}" for _ in range(dice.randrange(3)))
    return path + (f"?{query.strip('&')}" if query else "")


def headers(dice: random.Random) -> dict[str, str]:
    """Some a browser sends, some it does not."""
    made = {
        "HX-Request": "true",
        "Range": dice.choice(("bytes=0-", "bytes=-5", "bytes=9-1", "bytes=a-b", "x")),
        "If-None-Match": '"x"',
        "If-Modified-Since": dice.choice(("never", "Thu, 01 Jan 1970 00:00:00 GMT")),
        "Accept-Language": "x" * 200,
        "X-Twilio-Signature": "\xff",
        "Cookie": "session=\x01; csrf=",
        "Referer": "https://voice.example.com/",
    }
    return dict(dice.sample(list(made.items()), dice.randrange(4)))


@pytest.fixture(autouse=True)
def cold_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm, "begin", lambda key, settings, *, context: None)


@pytest.mark.fault("fuzzed pages")
async def test_no_request_meets_a_fault_of_ours(case: Case) -> None:
    dice = case.dice()
    written = sorted(set(routes(get_resolver())))
    supervisor = await db(given.alice)()
    supervisor.is_staff = supervisor.is_superuser = True
    await supervisor.asave()
    call = await db(given.a_call)()
    failed: list[str] = []
    telling: list[str] = []
    for n in range(case.size):
        client = AsyncClient(raise_request_exception=False)
        if dice.random() < 0.6:
            await client.aforce_login(supervisor)
        method, path = dice.choice(METHODS), address(written[n % len(written)], dice)
        if dice.random() < 0.3:
            path = path.replace(dice.choice(VALUES), str(call.pk), 1)
        body = _body(dice)
        if dice.random() < 0.3 and path.startswith("/twilio/") and "?" not in path and "%" not in path:
            answer = await _signed(client, path, dice)
        else:
            kind = dice.choice(TYPES)
            answer = await client.generic(method, path, body, content_type=kind, headers=headers(dice))
        what = f"{method} {path} {body[:60]!r}"
        content = b"" if answer.streaming else answer.content
        failed += [f"{answer.status_code} {what}"] if answer.status_code >= 500 else []
        telling += [what] if any(trace in content for trace in TRACES) else []
    case.did(case.size)
    case.reached("answers 5xx", len(failed))
    case.reached("answers with a trace", len(telling))
    assert (failed[:5], telling[:5]) == ([], [])


def _body(dice: random.Random) -> bytes:
    lot = dice.randrange(4)
    if lot == 0:
        return dice.randbytes(dice.randrange(200))
    if lot == 1:
        return odd.text(odd.value(dice), dice).encode("utf-8", "replace")
    return b"&".join(f"{dice.choice(('q', 'login', 'note', 'a'))}={dice.choice(VALUES)}".encode() for _ in range(3))


async def _signed(client: AsyncClient, path: str, dice: random.Random) -> Any:
    """A genuine webhook with arbitrary fields."""
    form = given.a_ring()
    names = [*form, "CallDuration", "SequenceNumber", "Timestamp", "RecordingSid", "RecordingStatus", "StreamEvent"]
    for _ in range(dice.randrange(4)):
        form[dice.choice(names)] = dice.choice(
            (*VALUES, "\x00", "x" * 3000, "Fri, 99 Nov 2026 12:00:01 +0000", "completed")
        )
    return await client.post(path, form, headers={"X-Twilio-Signature": given.signed(path, form)})
