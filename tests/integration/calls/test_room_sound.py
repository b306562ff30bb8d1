"""The socket to which the carrier copies a call: who is let in, and when a copy is asked for at all."""

import asyncio
import base64
import json
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings
from django.core import signing
from django.utils import timezone
from twilio.request_validator import RequestValidator

from calls import journal
from calls.carrier import listening, twiml
from calls.carrier.errors import CarrierError
from calls.consumers.process import process
from calls.control import room_sound, supervision
from calls.lifecycle import CallFact
from calls.models import Call, RoomSound
from calls.models.room_sound import COMES_WITHIN
from contactcenter.asgi import application
from tests import calls_on_screen as screen
from tests import given

pytestmark = pytest.mark.django_db(transaction=True)
db = database_sync_to_async
SID = "MZ" + "7" * 32


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The legs whose sound the carrier was asked for; it does not answer by itself here."""
    legs: list[str] = []

    def start(leg_sid: str, *, ticket: str) -> str:
        legs.append(leg_sid)
        if leg_sid.endswith("0bad"):
            raise CarrierError("gone", is_permanent=True, code=20404)
        return SID

    monkeypatch.setattr(listening, "start", start)
    # It would start the server process of the tools, which other tests want to start in their own way.
    monkeypatch.setattr(process, "ensure_started", lambda: None)
    return legs


def with_people() -> Call:
    call = screen.a_live_call()
    call.advance(CallFact.TRANSFER_REQUESTED, at=timezone.now(), source="system")
    return call


def a_socket(signed: bool = True) -> ApplicationCommunicator:
    signature = RequestValidator(settings.TWILIO_AUTH_TOKEN).compute_signature(twiml.listen_url(), {})
    headers = [(b"host", b"voice.example.com"), (b"x-twilio-signature", signature.encode() if signed else b"x")]
    path = "/twilio/listen/"
    scope = {"type": "websocket", "path": path, "raw_path": path.encode(), "query_string": b"", "headers": headers}
    return ApplicationCommunicator(application, scope | {"subprotocols": []})


def a_start(call: Call, nonce: str, **more: Any) -> str:
    start = {
        "streamSid": SID,
        "callSid": call.customer_leg().leg_sid,
        "tracks": ["inbound", "outbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"ticket": signing.dumps(nonce, salt="room sound ticket")},
    } | more
    return json.dumps({"event": "start", "sequenceNumber": "1", "streamSid": SID, "start": start})


async def talk(socket: ApplicationCommunicator, *texts: str) -> None:
    await socket.send_input({"type": "websocket.connect"})
    assert (await socket.receive_output(5))["type"] == "websocket.accept"
    for text in texts:
        await socket.send_input({"type": "websocket.receive", "text": text})


# --- asking -----------------------------------------------------------------------------------------------------------


def test_of_a_call_with_the_assistant_no_copy_is_asked_for(asked: list[str]) -> None:
    room_sound.ask(call=screen.a_live_call(), now=timezone.now())
    assert asked == []


def test_one_copy_is_asked_for_however_many_listen(asked: list[str]) -> None:
    call = with_people()
    for _ in range(3):
        room_sound.ask(call=call, now=timezone.now())
    assert asked == [call.customer_leg().leg_sid]
    assert room_sound.holding(call) is None, "it has not come yet"


def test_one_that_does_not_come_is_asked_for_again(asked: list[str]) -> None:
    call, now = with_people(), timezone.now()
    room_sound.ask(call=call, now=now)
    room_sound.ask(call=call, now=now + COMES_WITHIN / 2)
    assert len(asked) == 1
    room_sound.ask(call=call, now=now + COMES_WITHIN)
    assert len(asked) == 2


def test_a_carrier_that_does_not_do_it_is_asked_again_later(asked: list[str]) -> None:
    call = with_people()
    leg = call.customer_leg()
    leg.leg_sid = "CA0bad"
    leg.save()
    room_sound.ask(call=call, now=timezone.now())
    assert RoomSound.of(call) is None
    room_sound.ask(call=call, now=timezone.now())
    assert asked == ["CA0bad", "CA0bad"]


def test_a_copy_whose_process_is_gone_is_given_up(asked: list[str]) -> None:
    call = with_people()
    room_sound.ask(call=call, now=timezone.now())
    RoomSound.objects.update(opened_at=given.NOON)
    room_sound.ask(call=call, now=timezone.now())
    assert len(asked) == 1
    room_sound.ask(call=call, now=timezone.now(), is_lost=True)
    assert len(asked) == 2


# --- the socket -------------------------------------------------------------------------------------------------------


async def test_a_stranger_is_refused_before_accept() -> None:
    socket = a_socket(signed=False)
    await socket.send_input({"type": "websocket.connect"})
    assert (await socket.receive_output(5))["type"] == "websocket.close"


@pytest.mark.parametrize("what", ["unknown ticket", "spent ticket", "another leg", "no start"])
async def test_what_was_not_asked_for_is_closed(what: str) -> None:
    call = await db(with_people)()
    await db(room_sound.ask)(call=call, now=timezone.now())
    nonce = "nobody's" if what == "unknown ticket" else (await RoomSound.objects.aget()).nonce
    more = {"callSid": given.a_sid()} if what == "another leg" else {}
    text = '{"event":"stop"}' if what == "no start" else await db(a_start)(call, nonce, **more)
    if what == "spent ticket":
        await RoomSound.objects.aupdate(opened_at=timezone.now())
    socket = a_socket()
    await talk(socket, text)
    assert await socket.receive_output(5) == {"type": "websocket.close", "code": 1008}
    await socket.wait()


async def test_both_sides_go_to_those_who_listen_and_a_stop_ends_it() -> None:
    call = await db(with_people)()
    await db(room_sound.ask)(call=call, now=timezone.now())
    copy = await RoomSound.objects.aget()
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(supervision.sound_group(call.pk), channel)
    media = [
        {"track": track, "chunk": "1", "timestamp": str(at), "payload": base64.b64encode(sound * 160).decode()}
        for at in range(0, 100, 20)
        for track, sound in (("inbound", b"\x01"), ("outbound", b"\x02"))
    ]
    frames = [json.dumps({"event": "media", "streamSid": SID, "media": one}) for one in media]
    socket = a_socket()
    await talk(socket, await db(a_start)(call, copy.nonce), *frames)
    async with asyncio.timeout(5):
        message = await layer.receive(channel)
    assert (set(message["caller"]), set(message["assistant"])) == ({1}, {2})
    assert len(message["caller"]) == len(message["assistant"]) == 800
    assert (await db(room_sound.holding)(call)) is not None
    await socket.send_input({"type": "websocket.receive", "text": json.dumps({"event": "stop", "streamSid": SID})})
    assert await socket.receive_output(5) == {"type": "websocket.close", "code": 1000}
    await socket.wait()
    await journal.settled()
    assert (await RoomSound.objects.aget()).closed_at is not None
