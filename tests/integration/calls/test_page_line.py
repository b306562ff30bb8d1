"""The socket of a page that holds a test call: who is let in, and that a hostile page ends with a reason."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from channels.db import database_sync_to_async
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils import timezone

from calls import intake, journal
from calls.consumers import media_stream, page_line
from calls.control import legs
from calls.lifecycle import EndedReason
from calls.models import Call, Stream
from contactcenter.asgi import application
from tests import given, on_page
from tests.integration.dashboard.test_listening import signed_in

pytestmark = pytest.mark.django_db(transaction=True)
db = database_sync_to_async
FRAME = base64.b64encode(b"\xff" * 160).decode()


@pytest.fixture(autouse=True)
async def silent_model(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """A model that takes its time, and books that are written before the tables go."""

    async def open_slowly(_: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(media_stream.RealtimeClient, "open", open_slowly)
    yield
    await journal.settled()


def a_socket(cookie: str = "", *, origin: str = "https://voice.example.com", path: str = "/phone/") -> Any:
    headers = [(b"host", b"voice.example.com"), (b"cookie", cookie.encode())]
    if origin:
        headers.append((b"origin", origin.encode()))
    scope = {"type": "websocket", "path": path, "raw_path": path.encode(), "query_string": b"", "headers": headers}
    return ApplicationCommunicator(application, scope | {"subprotocols": []})


async def answer(socket: ApplicationCommunicator) -> dict[str, Any]:
    await socket.send_input({"type": "websocket.connect"})
    return dict(await socket.receive_output(5))


def a_start(line: intake.PageLine, **changes: Any) -> str:
    start = {
        "accountSid": "", "streamSid": line.stream_sid, "callSid": line.call_sid, "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"ticket": line.ticket},
    } | changes  # fmt: skip
    return json.dumps({"event": "start", "sequenceNumber": "1", "streamSid": start["streamSid"], "start": start})


def says(line: intake.PageLine, event: str, body: dict[str, Any], *, sequence: int = 2) -> str:
    return json.dumps({"event": event, "sequenceNumber": str(sequence), "streamSid": line.stream_sid, event: body})


async def closed_after(socket: ApplicationCommunicator, *messages: str | bytes) -> tuple[int, str]:
    """The code and the reason with which the socket is closed."""
    for message in messages:
        kind = "text" if isinstance(message, str) else "bytes"
        await socket.send_input({"type": "websocket.receive", kind: message})
    while True:
        output = await socket.receive_output(8)
        if output["type"] == "websocket.close":
            await socket.wait(5)
            return int(output["code"]), str(output.get("reason", ""))


async def let_in() -> tuple[ApplicationCommunicator, intake.PageLine]:
    alice = await db(given.alice)()
    line = await db(on_page.begun)(alice)
    socket = a_socket(await db(signed_in)(alice))
    assert (await answer(socket))["type"] == "websocket.accept"
    return socket, line


@pytest.mark.parametrize("who", ["a stranger", "an agent", "an auditor", "Alice from elsewhere", "Alice from nowhere"])
async def test_who_may_not_test_is_refused_before_accept(who: str) -> None:
    cookie = ""
    if who.startswith("Alice"):
        cookie = await db(signed_in)(await db(given.alice)())
    elif who != "a stranger":
        cookie = await db(signed_in)(await db(given.a_person)("dana", who.split()[1]))
    origin = {"Alice from elsewhere": "https://evil.example.com", "Alice from nowhere": ""}.get(who)
    socket = a_socket(cookie) if origin is None else a_socket(cookie, origin=origin)
    assert (await answer(socket))["type"] == "websocket.close"


async def test_a_ticket_opens_one_socket_for_its_person() -> None:
    socket, line = await let_in()
    theirs = a_socket(await db(signed_in)(await db(given.a_person)("dana", "supervisor")))
    await answer(theirs)
    assert await closed_after(theirs, a_start(line)) == (1008, "ticket")
    await socket.send_input({"type": "websocket.receive", "text": a_start(line)})
    await opened(line)
    again = a_socket(await db(signed_in)(await User.objects.aget(email="alice@example.com")))
    await answer(again)
    assert await closed_after(again, a_start(line)) == (1008, "ticket spent")
    assert await closed_after(socket, says(line, "stop", {})) in ((1000, "carrier_stopped"), (1000, "caller_hung_up"))
    assert (await ended(line)).ended_reason == "caller_hung_up"


async def opened(line: intake.PageLine) -> None:
    for _ in range(200):
        if await Call.objects.filter(pk=line.call.pk, phase="with_assistant").aexists():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the stream was not opened")


async def ended(line: intake.PageLine) -> Call:
    await journal.settled()
    call = await Call.objects.aget(pk=line.call.pk)
    assert not call.is_live
    return call


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"streamSid": "MZ" + "9" * 32}, "ticket"),
        ({"customParameters": {"ticket": "x:y:z"}}, "ticket"),
        ({"customParameters": {}}, "ticket"),
        ({"callSid": "CA" + "1" * 32}, "ticket spent"),
        ({"mediaFormat": {"encoding": "audio/l16", "sampleRate": 16000, "channels": 1}}, "media format"),
    ],
)
async def test_a_start_that_is_not_the_tickets_is_refused(changes: dict[str, Any], reason: str) -> None:
    socket, line = await let_in()
    assert await closed_after(socket, a_start(line, **changes)) == (1008, reason)
    assert not await Stream.objects.filter(opened_at__isnull=False).aexists()


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("media of another shape", "not a frame"),
        ("a mark nobody gave", "a mark we did not give"),
        ("a second start", "unknown message"),
        ("too much", "message too long"),
        ("no JSON", "not JSON"),
        ("bytes", "not text"),
        ("another's stream", "not of this stream"),
        ("a flood", "faster than anybody speaks"),
    ],
)
async def test_a_hostile_page_ends_with_a_reason_and_so_does_its_call(what: str, reason: str) -> None:
    socket, line = await let_in()

    def frame(n: int) -> str:
        media = {"track": "inbound", "chunk": str(n), "timestamp": str(20 * n), "payload": FRAME}
        return says(line, "media", media, sequence=n + 1)

    messages: dict[str, list[str | bytes]] = {
        "media of another shape": [says(line, "media", {"track": "inbound", "payload": "AAAA"})],
        "a mark nobody gave": [says(line, "mark", {"name": "m1"})],
        "a second start": [a_start(line).replace('"sequenceNumber": "1"', '"sequenceNumber": "2"')],
        "too much": ["x" * 3000],
        "no JSON": ["{"],
        "bytes": [b"\x00\x01"],
        "another's stream": [says(line, "stop", {}).replace(line.stream_sid, "MZ" + "9" * 32)],
        "a flood": [frame(n) for n in range(1, 260)],
    }
    assert await closed_after(socket, a_start(line), *messages[what]) == (page_line.POLICY, reason)
    assert (await ended(line)).ended_reason == "stream_malformed"


async def test_a_hang_up_from_elsewhere_ends_the_line() -> None:
    socket, line = await let_in()
    await socket.send_input({"type": "websocket.receive", "text": a_start(line)})
    await opened(line)
    await db(legs.hang_up)(
        call=line.call, reason=EndedReason.SUPERVISOR_ENDED, source="supervisor", by="bob", now=timezone.now()
    )
    assert await closed_after(socket) == (1000, "supervisor_ended")
    assert (await ended(line)).ended_reason == "supervisor_ended"


@pytest.mark.parametrize("lost", ["session", "role"])
async def test_who_may_not_test_any_more_is_sent_away(lost: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_line, "_LOOKS_PER_CHECK", 1)
    socket, line = await let_in()
    await socket.send_input({"type": "websocket.receive", "text": a_start(line)})
    await opened(line)
    if lost == "session":
        await Session.objects.all().adelete()
    else:
        alice = await User.objects.aget(email="alice@example.com")
        await alice.groups.aclear()
    assert (await closed_after(socket))[0] == page_line.FORBIDDEN


async def test_a_page_that_is_gone_ends_its_call() -> None:
    socket, line = await let_in()
    await socket.send_input({"type": "websocket.receive", "text": a_start(line)})
    await opened(line)
    await socket.send_input({"type": "websocket.disconnect", "code": 1001})
    await socket.wait(5)
    assert (await ended(line)).ended_reason == "caller_hung_up"
