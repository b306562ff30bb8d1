"""The media stream's door: who is let in, and that nobody else costs anything."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from channels.db import database_sync_to_async
from django.conf import settings
from django.core import signing
from django.utils import timezone
from twilio.request_validator import RequestValidator

from calls import journal, metrics
from calls.carrier import twiml
from calls.consumers import media_stream
from calls.models import Call, Stream
from contactcenter.asgi import application
from tests import given

pytestmark = pytest.mark.django_db(transaction=True)

STREAM = "MZ" + "1" * 32


@pytest.fixture(autouse=True)
async def opened(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[str]]:
    """Model sessions that anybody opened: there must be none."""
    opened: list[str] = []

    async def no_model(session: Any) -> None:
        opened.append(session.model)
        raise AssertionError("a model was asked for")

    monkeypatch.setattr(media_stream.RealtimeClient, "open", no_model)
    yield opened
    await journal.settled()
    assert opened == []


def signature(url: str = "", *, token: str = "") -> str:
    return str(RequestValidator(token or settings.TWILIO_AUTH_TOKEN).compute_signature(url or twiml.media_url(), {}))


def a_socket(signed: str | None = None, *, query: str = "") -> ApplicationCommunicator:
    headers = [(b"host", b"voice.example.com")]
    if signed:
        headers.append((b"x-twilio-signature", signed.encode()))
    scope = {
        "type": "websocket",
        "path": "/twilio/media/",
        "raw_path": b"/twilio/media/",
        "query_string": query.encode(),
        "headers": headers,
        "subprotocols": [],
    }
    return ApplicationCommunicator(application, scope)


async def shake_hands(socket: ApplicationCommunicator) -> dict[str, Any]:
    await socket.send_input({"type": "websocket.connect"})
    return await socket.receive_output(2)


def a_start(call: Call, ticket: str, **changes: Any) -> str:
    start = {
        "accountSid": settings.TWILIO_ACCOUNT_SID,
        "streamSid": STREAM,
        "callSid": call.customer_leg().leg_sid,
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"ticket": ticket},
    } | changes
    return json.dumps({"event": "start", "sequenceNumber": "1", "streamSid": STREAM, "start": start})


def a_ticket(**changes: Any) -> tuple[Call, str, str]:
    """A call, the ticket of its stream, and a start message with it."""
    call = given.a_call(now=timezone.now())
    stream = call.streams.get()
    Stream.objects.filter(pk=stream.pk).update(**changes)
    ticket = signing.dumps(stream.nonce, salt="media stream ticket")
    return call, ticket, a_start(call, ticket)


async def close_code(socket: ApplicationCommunicator, *messages: str) -> int:
    """What the socket is closed with after these messages."""
    accepted = await shake_hands(socket)
    assert accepted["type"] == "websocket.accept"
    for message in messages:
        await socket.send_input({"type": "websocket.receive", "text": message})
    closed = await socket.receive_output(3)
    assert closed["type"] == "websocket.close"
    await socket.wait()
    return int(closed["code"])


def refusals(reason: str) -> float:
    return float(metrics.STREAMS_REFUSED.labels(reason)._value.get())


@pytest.mark.parametrize(
    "signed",
    [
        None,
        "bm90IGEgc2lnbmF0dXJl",
        signature(token="f" * 32),
        signature("wss://evil.example.com/twilio/media/"),
        signature("https://voice.example.com/twilio/media/"),
        signature("wss://voice.example.com/twilio/relay/"),
    ],
    ids=["none", "garbage", "other token", "other host", "https", "other path"],
)
async def test_a_handshake_that_is_not_the_carriers_is_refused_before_accept(signed: str | None) -> None:
    before = refusals("signature")
    socket = a_socket(signed)
    assert (await shake_hands(socket))["type"] == "websocket.close"
    await socket.wait()
    assert refusals("signature") == before + 1


async def test_a_query_string_is_refused_however_it_is_signed() -> None:
    socket = a_socket(signature(twiml.media_url() + "?call=1"), query="call=1")
    assert (await shake_hands(socket))["type"] == "websocket.close"


@pytest.mark.parametrize("spelling", ["", "/", ":443"])
async def test_the_carriers_spellings_of_the_address_are_let_in(spelling: str) -> None:
    bare = twiml.media_url().rstrip("/")
    url = bare.replace("example.com", "example.com:443") if spelling == ":443" else bare + spelling
    socket = a_socket(signature(url))
    assert (await shake_hands(socket))["type"] == "websocket.accept"
    await socket.send_input({"type": "websocket.disconnect", "code": 1001})
    await socket.wait()


async def test_the_secondary_token_is_good_too(settings) -> None:
    settings.TWILIO_AUTH_TOKEN_SECONDARY = "e" * 32
    socket = a_socket(signature(token="e" * 32))
    assert (await shake_hands(socket))["type"] == "websocket.accept"
    await socket.send_input({"type": "websocket.disconnect", "code": 1001})
    await socket.wait()


@pytest.mark.parametrize(
    "changes",
    [
        {"opened_at": given.NOON},
        {"opened_at": given.NOON, "closed_at": given.NOON},
        {"expires_at": given.NOON},
    ],
    ids=["in use", "used", "expired"],
)
async def test_a_ticket_that_is_spent_opens_nothing(changes: dict[str, Any]) -> None:
    _, _, start = await database_sync_to_async(a_ticket)(**changes)
    before = refusals("ticket spent")
    assert await close_code(a_socket(signature()), start) == 1008
    assert refusals("ticket spent") == before + 1


async def test_a_ticket_of_another_call_opens_nothing() -> None:
    _, ticket, _ = await database_sync_to_async(a_ticket)()
    other = await database_sync_to_async(given.a_call)(now=timezone.now())
    start = await database_sync_to_async(a_start)(other, ticket)
    assert await close_code(a_socket(signature()), start) == 1008


@pytest.mark.parametrize(
    "ticket",
    ["", "made-up", "a" * 5000, pytest.param(signing.dumps("x", salt="another purpose"), id="for another purpose")],
)
async def test_a_ticket_we_did_not_sign_opens_nothing(ticket: str) -> None:
    call, _, _ = await database_sync_to_async(a_ticket)()
    start = await database_sync_to_async(a_start)(call, ticket)
    assert await close_code(a_socket(signature()), start) == 1008


@pytest.mark.parametrize(
    "changes",
    [
        {"mediaFormat": {"encoding": "audio/x-alaw", "sampleRate": 8000, "channels": 1}},
        {"mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 16000, "channels": 1}},
        {"mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 2}},
        {"mediaFormat": "mulaw"},
        {"customParameters": []},
        {"callSid": 7},
    ],
)
async def test_a_start_of_another_shape_opens_nothing(changes: dict[str, Any]) -> None:
    call, ticket, _ = await database_sync_to_async(a_ticket)()
    start = await database_sync_to_async(a_start)(call, ticket, **changes)
    assert await close_code(a_socket(signature()), start) == 1008
    assert (await call.streams.aget()).opened_at is None


@pytest.mark.parametrize(
    "message",
    [
        "",
        "not json",
        "[]",
        "{}",
        '{"event": 7}',
        '{"event": "stop"}',
        "[" * 60_000,
        "x" * 1_000_000,
        '{"event":"media"}',
    ],
    ids=lambda message: message[:12] or "binary",
)
async def test_who_does_not_begin_with_a_start_is_not_served(message: str) -> None:
    assert await close_code(a_socket(signature()), message) == 1008


async def test_who_never_starts_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media_stream, "START_LIMIT_S", 0.05)
    assert await close_code(a_socket(signature()), '{"event":"connected","protocol":"Call","version":"1.0.0"}') == 1008


async def test_a_hundred_sockets_with_one_ticket_open_one_stream(opened: list[str]) -> None:
    call, _, _ = await database_sync_to_async(a_ticket)()
    stream = await call.streams.aget()
    leg_sid = (await database_sync_to_async(call.customer_leg)()).leg_sid
    claim = database_sync_to_async(Stream.claim, thread_sensitive=False)
    claims = (claim(nonce=stream.nonce, leg_sid=leg_sid, stream_sid=f"MZ{n}", now=timezone.now()) for n in range(100))
    assert sum(won is not None for won in await asyncio.gather(*claims)) == 1
