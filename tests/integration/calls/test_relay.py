"""Lines of text: the document that connects one, who is let in, what hostile words do, and how it ends in the books."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from asgiref.sync import sync_to_async as db
from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from django.core import signing
from django.utils import timezone
from twilio.request_validator import RequestValidator

from agents.models import Assistant, PromptVersion
from calls import journal, metrics
from calls.carrier import twiml
from calls.consumers.relay_model import RelayModel
from calls.lifecycle import EndedReason
from calls.models import Call, LookUp, Stream, UsageRecord
from calls.realtime import responses
from calls.realtime.responses_wire import TextModel
from calls.realtime.session_config import SessionSettings
from calls.tools import workshop
from calls.voice import relay_messages as r
from contactcenter.asgi import application
from tests import given
from tests.given import post

pytestmark = pytest.mark.django_db(transaction=True)
SESSION = "VX" + "1" * 32


@pytest.fixture(autouse=True)
async def asked(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[r.Ask]]:
    """What the model was asked; it answers "Hello to you." and nothing else."""
    asked: list[r.Ask] = []

    async def answers(_: Any, ask: r.Ask) -> AsyncIterator[r.AnswerMessage]:
        asked.append(ask)
        yield r.Piece(ask.answer_id, "Hello to you.")
        yield r.AnswerEnded(ask.answer_id, f"resp_{ask.answer_id}", {"output_token_details": {"text_tokens": 3}})

    monkeypatch.setattr(responses, "answers", answers)
    yield asked
    await journal.settled()


def by_text(assistant: Assistant) -> None:
    given.a_text_line(assistant)
    Assistant.objects.filter(pk=assistant.pk).update(door=Assistant.Door.RELAY)


def a_call() -> tuple[Call, str]:
    """A call whose assistant reads and writes, and the ticket of its line."""
    number = given.a_number()
    by_text(number.assistant)
    call = given.a_call(now=timezone.now())
    stream = call.streams.get()
    return call, signing.dumps(stream.nonce, salt="media stream ticket")


async def a_socket(*, signed: bool = True, query: bytes = b"") -> ApplicationCommunicator:
    signature = RequestValidator(settings.TWILIO_AUTH_TOKEN).compute_signature(twiml.relay_url(), {})
    headers = [(b"host", b"voice.example.com")] + ([(b"x-twilio-signature", signature.encode())] if signed else [])
    scope = {
        "type": "websocket",
        "path": "/twilio/relay/",
        "raw_path": b"/twilio/relay/",
        "query_string": query,
        "headers": headers,
        "subprotocols": [],
    }
    socket = ApplicationCommunicator(application, scope)
    await socket.send_input({"type": "websocket.connect"})
    return socket


def setup(call: Call, ticket: str, **changes: Any) -> str:
    message = {
        "type": "setup",
        "sessionId": SESSION,
        "callSid": call.customer_leg().leg_sid,
        "customParameters": {"ticket": ticket},
    }
    return json.dumps(message | changes)


async def say(socket: ApplicationCommunicator, **message: Any) -> None:
    await socket.send_input({"type": "websocket.receive", "text": json.dumps(message)})


async def sent(socket: ApplicationCommunicator) -> dict[str, Any]:
    """The next message to the carrier, or the close."""
    output = await socket.receive_output(3)
    return json.loads(output["text"]) if output["type"] == "websocket.send" else output


async def opened(call: Call, ticket: str) -> ApplicationCommunicator:
    socket = await a_socket()
    assert (await socket.receive_output(2))["type"] == "websocket.accept"
    await socket.send_input({"type": "websocket.receive", "text": await db(setup)(call, ticket)})
    return socket


async def test_the_document_connects_a_line_of_text_with_every_attribute() -> None:
    number = await db(given.a_number)()
    await db(by_text)(number.assistant)
    response = await post("/twilio/voice/", given.a_ring())
    document = ET.fromstring(response.content)
    connect = document.find("Connect")
    assert connect is not None
    assert connect.get("action") == "https://voice.example.com/twilio/relay-ended/"
    relay = connect.find("ConversationRelay")
    assert relay is not None
    assert relay.get("url") == "wss://voice.example.com/twilio/relay/"
    assert relay.get("welcomeGreeting")
    assert (relay.get("reportInputDuringAgentSpeech"), relay.get("dtmfDetection")) == ("any", "true")
    assert (relay.get("hints"), relay.get("speechTimeout")) == ("tent", "auto")
    language, parameter = relay.findall("Language")[0], relay.find("Parameter")
    assert (language.get("code"), language.get("voice")) == ("es-US", "Lupe-Neural")
    assert parameter is not None
    assert parameter.get("name") == "ticket"
    stream = await Stream.objects.aget()
    assert stream.door == Stream.Door.RELAY


async def test_a_prompt_is_answered_and_both_turns_are_kept(asked: list[r.Ask]) -> None:
    call, ticket = await db(a_call)()
    socket = await opened(call, ticket)
    await say(socket, type="info", name="agentSpeaking", value="on")
    await say(socket, type="info", name="agentSpeaking", value="off")
    await say(socket, type="prompt", voicePrompt="Hello?", lang="en-US", last=True)
    assert await sent(socket) == {"type": "text", "token": "Hello to you.", "last": False}
    assert await sent(socket) == {"type": "text", "token": "", "last": True}
    await say(socket, type="info", name="agentSpeaking", value="off")
    await socket.send_input({"type": "websocket.disconnect", "code": 1000})
    await socket.wait()
    await journal.settled()
    turns = [turn async for turn in call.turns.exclude(item_id="opening").order_by("pk")]
    said = [(turn.party, turn.text) for turn in turns]
    assert said == [
        ("assistant", "How can I help you?"),
        ("customer", "Hello?"),
        ("assistant", "Hello to you."),
    ]
    assert len(asked) == 1
    stream = await Stream.objects.aget(call=call)
    assert (stream.stream_sid, stream.close_reason) == (SESSION, "carrier_stopped")
    assert await UsageRecord.objects.filter(call=call, kind="response", output_text_tokens=3).aexists()


async def test_what_is_looked_up_beside_the_line_is_known_to_the_next_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    is_known = asyncio.Event()

    async def answers(model: TextModel, ask: r.Ask) -> AsyncIterator[r.AnswerMessage]:
        told.append(model.instructions)
        yield r.Piece(ask.answer_id, "Hello.")
        yield r.AnswerEnded(ask.answer_id, "resp_1", {})

    async def look_up(*, call: Call, wanted: tuple[str, ...]) -> bool:
        assert wanted == ("lookup.crm.name",)
        await db(LookUp.keep)(call=call, tool="crm", values={"name": "Carol"}, trouble="", now=timezone.now())
        return True

    def reshape(model: RelayModel, settings: SessionSettings) -> None:
        reshaped(model, settings)
        is_known.set()

    reshaped = RelayModel.reshape
    monkeypatch.setattr(RelayModel, "reshape", reshape)
    monkeypatch.setattr(workshop, "look_up", look_up)
    monkeypatch.setattr(responses, "answers", answers)
    call, ticket = await db(a_call)()
    await PromptVersion.objects.aupdate(instructions="They are: {{lookup.crm.name}}.")
    socket = await opened(call, ticket)
    await asyncio.wait_for(is_known.wait(), 5)
    await say(socket, type="prompt", voicePrompt="Hello?", lang="en-US", last=True)
    assert (await sent(socket))["token"] == "Hello."
    assert told == ["They are: Carol."]
    await socket.send_input({"type": "websocket.disconnect", "code": 1000})
    await socket.wait()


async def test_a_handshake_that_is_not_the_carriers_is_refused_before_accept() -> None:
    socket = await a_socket(signed=False)
    assert (await socket.receive_output(2))["type"] == "websocket.close"
    socket = await a_socket(query=b"x=1")
    assert (await socket.receive_output(2))["type"] == "websocket.close"


@pytest.mark.parametrize(
    "changes",
    [
        {"callSid": "CA-of-somebody-else"},
        {"customParameters": {}},
        {"customParameters": {"ticket": "forged"}},
        {"type": "prompt", "voicePrompt": "x"},
        {"sessionId": 7},
    ],
    ids=["other leg", "no ticket", "forged", "no setup", "no session"],
)
async def test_who_has_no_ticket_for_this_leg_is_not_let_in(changes: dict[str, Any]) -> None:
    call, ticket = await db(a_call)()
    socket = await a_socket()
    await socket.receive_output(2)
    await socket.send_input({"type": "websocket.receive", "text": await db(setup)(call, ticket, **changes)})
    assert await sent(socket) == {"type": "websocket.close", "code": 1008}
    assert not await Stream.objects.filter(opened_at__isnull=False).aexists()


async def test_a_ticket_of_text_opens_no_stream_of_sound_and_opens_once() -> None:
    call, ticket = await db(a_call)()
    nonce = (await call.streams.aget()).nonce
    leg = await db(call.customer_leg)()
    assert await db(Stream.claim)(nonce=nonce, leg_sid=leg.leg_sid, stream_sid="MZ1", now=timezone.now()) is None
    socket = await opened(call, ticket)
    await say(socket, type="prompt", voicePrompt="Hello?", last=True)
    await sent(socket)  # it is in
    again = await opened(call, ticket)
    assert await sent(again) == {"type": "websocket.close", "code": 1008}
    await socket.send_input({"type": "websocket.disconnect", "code": 1000})
    await socket.wait()


@pytest.mark.parametrize(
    "text",
    ["not json", "[]", '{"type":"prompt"}', '{"type":"dtmf","digit":"x"}', json.dumps({"type": "x", "y": "z" * 10**6})],
    ids=["not json", "list", "no words", "no key", "1 MB"],
)
async def test_hostile_words_end_this_line_with_a_reason_and_no_other(text: str) -> None:
    call, ticket = await db(a_call)()
    socket = await opened(call, ticket)
    await socket.send_input({"type": "websocket.receive", "text": text})
    ended = await sent(socket)
    assert (ended["type"], json.loads(ended["handoffData"])) == ("end", {"reason": "stream_malformed"})
    await socket.send_input({"type": "websocket.disconnect", "code": 1000})
    await socket.wait()
    await journal.settled()
    stream = await Stream.objects.aget(call=call)
    assert stream.close_reason == EndedReason.STREAM_MALFORMED


async def test_an_unknown_message_is_counted_and_skipped() -> None:
    call, ticket = await db(a_call)()
    socket = await opened(call, ticket)
    before = metrics.STREAM_MESSAGES_SKIPPED.labels("unknown")._value.get()
    await say(socket, type="surprise", token="x")
    await say(socket, type="prompt", voicePrompt="Hello?", last=True)
    assert (await sent(socket))["token"] == "Hello to you."
    assert metrics.STREAM_MESSAGES_SKIPPED.labels("unknown")._value.get() == before + 1
    await socket.send_input({"type": "websocket.disconnect", "code": 1000})
    await socket.wait()


async def test_a_model_that_is_lost_ends_the_line_with_the_reason_as_handoff(monkeypatch: pytest.MonkeyPatch) -> None:
    async def failing(_: Any, ask: r.Ask) -> AsyncIterator[r.AnswerMessage]:
        yield r.AnswerFailed(ask.answer_id, "invalid_api_key", is_permanent=True, unreachable=True)

    monkeypatch.setattr(responses, "answers", failing)
    call, ticket = await db(a_call)()
    socket = await opened(call, ticket)
    await say(socket, type="prompt", voicePrompt="Hello?", last=True)
    ended = await sent(socket)
    assert (ended["type"], json.loads(ended["handoffData"])) == ("end", {"reason": "model_unreachable"})
    await socket.send_input({"type": "websocket.disconnect", "code": 1000})
    await socket.wait()
    await journal.settled()
    # What follows is asked for at once, and is told why.
    form = given.a_ring(leg_sid=(await db(call.customer_leg)()).leg_sid, CallStatus="in-progress")
    told = {"SessionId": SESSION, "SessionStatus": "ended", "SessionDuration": "7", "HandoffData": ended["handoffData"]}
    response = await post("/twilio/relay-ended/", form | told)
    assert twiml.LOST_ASSISTANT.encode() in response.content or b"<Dial>" in response.content
    stream = await Stream.objects.aget(call=call)
    assert (stream.session_status, stream.session_s) == ("ended", 7)
    assert await UsageRecord.objects.filter(call=call, kind="relay", seconds=7).acount() == 1


async def test_a_line_that_failed_is_taken_up_on_a_new_one_without_a_greeting() -> None:
    call, ticket = await db(a_call)()
    socket = await opened(call, ticket)
    await say(socket, type="prompt", voicePrompt="Hello?", last=True)
    await sent(socket)
    await socket.send_input({"type": "websocket.disconnect", "code": 1006})
    await socket.wait()
    await journal.settled()
    form = given.a_ring(leg_sid=(await db(call.customer_leg)()).leg_sid, CallStatus="in-progress")
    response = await post("/twilio/relay-ended/", form | {"SessionId": SESSION, "SessionStatus": "failed"})
    relay = ET.fromstring(response.content).find("Connect/ConversationRelay")
    assert relay is not None
    assert relay.get("welcomeGreeting") is None
    assert await call.streams.acount() == 2


async def test_who_hung_up_is_told_nothing_and_twice_the_same_is_kept_once() -> None:
    call, ticket = await db(a_call)()
    socket = await opened(call, ticket)
    await socket.send_input({"type": "websocket.disconnect", "code": 1000})
    await socket.wait()
    form = given.a_ring(leg_sid=(await db(call.customer_leg)()).leg_sid, CallStatus="completed")
    told = {"SessionId": SESSION, "SessionStatus": "completed", "SessionDuration": "3"}
    for _ in range(2):
        response = await post("/twilio/relay-ended/", form | told)
        assert list(ET.fromstring(response.content)) == []
    await asyncio.sleep(0)
    assert await call.events.filter(kind="relay_ended").acount() == 1
    assert await UsageRecord.objects.filter(call=call, kind="relay").acount() == 1


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"SessionStatus": "surprise", "SessionDuration": "soon", "SessionId": "x" * 1000},
        {"SessionStatus": "failed", "ErrorCode": "64105", "ErrorMessage": "é" * 5000, "HandoffData": "{" * 5000},
    ],
    ids=["nothing", "nonsense", "long"],
)
async def test_a_report_of_any_shape_is_answered(told: dict[str, str]) -> None:
    call, _ = await db(a_call)()
    form = given.a_ring(leg_sid=(await db(call.customer_leg)()).leg_sid, CallStatus="in-progress")
    response = await post("/twilio/relay-ended/", form | told)
    assert response.status_code == 200
