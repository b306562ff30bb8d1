"""The socket of somebody who listens: who is let in, that it is kept before anything is heard, and what comes out."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from calls.control import bridges, supervision
from calls.models import Call, Supervision
from compliance.models import AuditEntry
from contactcenter.asgi import application
from tests import calls_on_screen as screen
from tests import given

pytestmark = pytest.mark.django_db(transaction=True)
db = database_sync_to_async
FORBIDDEN = 4403


def signed_in(person: User) -> str:
    client = Client()
    client.force_login(person)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def a_socket(call_id: int, cookie: str = "", *, origin: str = "https://voice.example.com") -> ApplicationCommunicator:
    headers = [(b"host", b"voice.example.com"), (b"origin", origin.encode()), (b"cookie", cookie.encode())]
    path = f"/listen/{call_id}/"
    scope = {"type": "websocket", "path": path, "raw_path": path.encode(), "query_string": b"", "headers": headers}
    return ApplicationCommunicator(application, scope | {"subprotocols": []})


async def answer(socket: ApplicationCommunicator) -> dict[str, Any]:
    await socket.send_input({"type": "websocket.connect"})
    return await socket.receive_output(5)


async def next_of(socket: ApplicationCommunicator, kind: str) -> Any:
    """The next message of a kind, `text` or `bytes`."""
    while True:
        message = await socket.receive_output(5)
        if message.get(kind) is not None:
            return json.loads(message["text"]) if kind == "text" else message["bytes"]


@asynccontextmanager
async def listening(call: Call, person: User) -> AsyncIterator[ApplicationCommunicator]:
    socket = a_socket(call.pk, await db(signed_in)(person))
    assert (await answer(socket))["type"] == "websocket.accept"
    assert await next_of(socket, "text") == {"state": "waiting"}
    yield socket
    await socket.send_input({"type": "websocket.disconnect", "code": 1001})
    await socket.wait(5)


@asynccontextmanager
async def bridge() -> AsyncIterator[Any]:
    """What processes that hold calls are told."""
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(bridges.group_of(""), channel)
    yield lambda: layer.receive(channel)
    await layer.group_discard(bridges.group_of(""), channel)


async def sound(call: Call, at_ms: int, caller: bytes, assistant: bytes) -> None:
    message = {"type": "call.sound", "at_ms": at_ms, "caller": caller, "assistant": assistant}
    await get_channel_layer().group_send(supervision.sound_group(call.pk), message)


@pytest.mark.parametrize("who", ["a stranger", "an agent", "an auditor"])
async def test_who_may_not_listen_is_refused_before_accept(who: str) -> None:
    call = await db(screen.a_live_call)()
    cookie = ""
    if who != "a stranger":
        cookie = await db(signed_in)(await db(given.a_person)("dana", who.split()[1]))
    refused = await answer(a_socket(call.pk, cookie))
    assert (refused["type"], refused["code"]) == ("websocket.close", FORBIDDEN)
    assert not await Supervision.objects.aexists()


async def test_a_page_of_somebody_else_is_refused(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["voice.example.com"]
    call, alice = await db(screen.a_live_call)(), await db(given.alice)()
    socket = a_socket(call.pk, await db(signed_in)(alice), origin="https://evil.example.com")
    assert (await answer(socket))["type"] == "websocket.close"


async def test_that_somebody_listens_is_in_the_books_until_the_socket_closes() -> None:
    call, alice = await db(screen.a_live_call)(), await db(given.alice)()
    async with listening(call, alice):
        assert [(one.name, one.mode) for one in (await db(Supervision.now)([call]))[call.pk]] == [
            ("alice@example.com", "listening")
        ]
        assert await AuditEntry.objects.filter(act="listen_call", actor_ref="alice@example.com").acount() == 1
    assert await db(Supervision.now)([call]) == {}


async def test_whoever_holds_the_call_is_asked_for_its_sound_again_and_again() -> None:
    call, alice = await db(screen.a_live_call)(), await db(given.alice)()
    async with bridge() as told, listening(call, alice):
        await db(screen.held)(call)
        async with asyncio.timeout(10):
            assert [await told(), await told()] == [{"type": "bridge.listen", "call": call.pk}] * 2


async def test_both_sides_reach_the_browser_with_their_place_on_the_calls_clock() -> None:
    call, alice = await db(screen.a_live_call)(), await db(given.alice)()
    async with listening(call, alice) as socket:
        heard: asyncio.Task[Any] = asyncio.create_task(next_of(socket, "bytes"))
        while not heard.done():  # until the socket has joined the group
            await sound(call, 70_000, b"\x01" * 800, b"\x02" * 800)
            await asyncio.wait([heard], timeout=0.05)
        assert heard.result() == (70_000).to_bytes(4, "big") + b"\x01" * 800 + b"\x02" * 800


async def test_how_it_stands_is_said_and_the_end_closes() -> None:
    call, alice = await db(screen.a_live_call)(), await db(given.alice)()
    async with listening(call, alice) as socket:
        said: asyncio.Task[Any] = asyncio.create_task(next_of(socket, "text"))
        while not said.done():
            await sound(call, 0, b"\x01", b"\x02")
            await asyncio.wait([said], timeout=0.05)
        assert said.result() == {"state": "listening"}
        assert await next_of(socket, "text") == {"state": "waiting"}
        await db(screen.end)(call)
        assert await next_of(socket, "text") == {"state": "over"}
        assert (await socket.receive_output(5))["type"] == "websocket.close"


async def test_a_call_that_is_over_cannot_be_listened_to() -> None:
    call, alice = await db(screen.a_past_call)(), await db(given.alice)()
    socket = a_socket(call.pk, await db(signed_in)(alice))
    assert (await answer(socket))["type"] == "websocket.accept"
    assert await next_of(socket, "text") == {"state": "over"}
    assert not await AuditEntry.objects.filter(act="listen_call").aexists()


async def test_a_role_that_is_taken_away_closes_the_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contactcenter.dashboard.listening.RECHECK_S", 0.05)
    call, alice = await db(screen.a_live_call)(), await db(given.alice)()
    socket = a_socket(call.pk, await db(signed_in)(alice))
    await answer(socket)
    await alice.groups.aclear()
    while (message := await socket.receive_output(5))["type"] != "websocket.close":
        pass
    assert message["code"] == FORBIDDEN
    await socket.send_input({"type": "websocket.disconnect", "code": FORBIDDEN})
    await socket.wait(5)
