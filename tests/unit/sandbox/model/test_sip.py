"""Calls by SIP at the model stand-in: announced, let in or not, led over a control socket that may come and go."""

import hashlib
import json

import pytest
from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer

from sandbox import speech
from sandbox.model.sip import signature
from tests.unit.sandbox.model.serving import BEARER, receive, receive_until, send, state, step

ACCEPT = {
    "type": "realtime",
    "model": "gpt-realtime-2.1",
    "instructions": "Be kind.",
    "audio": {"input": {"transcription": {"model": "gpt-4o-transcribe"}}, "output": {"voice": "marin"}},
}


class Line:
    """What the model says into a line of ours, which plays eight bytes a millisecond when it is told to."""

    def __init__(self):
        self.waiting = bytearray()

    def put(self, sound):
        self.waiting += sound

    def clear(self):
        dropped = len(self.waiting)
        self.waiting.clear()
        return dropped

    def pending(self):
        return len(self.waiting)

    def play(self, ms):
        del self.waiting[: ms * 8]


@pytest.fixture
async def inbox(server):
    """Where webhooks arrive: (headers, body) of each, answered as `answers` says, 200 at the end."""
    got, answers = [], []

    async def take(request):
        got.append((dict(request.headers), await request.read()))
        return web.Response(status=answers.pop(0) if answers else 200)

    app = web.Application()
    app.router.add_post("/hook", take)
    async with TestServer(app) as there:
        state(server).sip.webhooks.url = str(there.make_url("/hook"))
        yield got, answers


async def verb(server, call_id, word, body=None, **headers):
    response = await server.post(f"/v1/realtime/calls/{call_id}/{word}", json=body or {}, headers=BEARER | headers)
    text = await response.text()
    return response.status, (json.loads(text)["error"]["code"] if text else "")


def invited(server):
    return state(server).sip.invite({"From": "<sip:+14155550100@x>", "X-Call-Token": "t"})


async def accepted(server):
    call = invited(server)
    assert await verb(server, call.id, "accept", ACCEPT) == (200, "")
    return call


async def until_sent(server, inbox, count):
    for _ in range(200):
        if len(inbox) >= count:
            return
        await step(server, 500)
    raise AssertionError(f"{len(inbox)} of {count}")


async def test_an_incoming_call_is_announced_with_a_signature_that_fits(server, inbox):
    call = invited(server)
    await until_sent(server, inbox[0], 1)
    ((headers, body),) = inbox[0]
    event = json.loads(body)
    assert (event["type"], event["data"]["call_id"]) == ("realtime.call.incoming", call.id)
    assert {"name": "X-Call-Token", "value": "t"} in event["data"]["sip_headers"]
    hooks = state(server).sip.webhooks
    mac = signature(hooks.secret, headers["webhook-id"], headers["webhook-timestamp"], body)
    assert headers["webhook-signature"] == f"v1,{mac}"


def test_the_signature_is_that_of_the_worked_vector():
    body = (
        b'{"id":"evt_000000000001","object":"event","type":"realtime.call.incoming","created_at":1767225600,"data":'
        b'{"call_id":"rtc_0000000000000001","sip_headers":[{"name":"From","value":"<sip:+14155550100@sip.example.com>;'
        b'tag=1"},{"name":"To","value":"<sip:proj_000@sip.api.openai.com>"},{"name":"X-Call-Token","value":"tok_123"}]}}'
    )
    assert hashlib.sha256(body).hexdigest().startswith("4da0fca9")
    secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
    assert signature(secret, "wh_000000000001", "1767225600", body) == "ucrsGF1iW/brWpa7WCg9en0IBdhDJOPodst2dtxGiq0="


async def test_a_webhook_that_is_not_taken_is_sent_again_with_its_id(server, inbox):
    got, answers = inbox
    answers += [500, 302]
    invited(server)
    await until_sent(server, got, 3)
    assert len({headers["webhook-id"] for headers, _ in got}) == 1


async def test_webhooks_can_be_late_twice_doubly_signed_or_of_an_unknown_type(server, inbox):
    got, _ = inbox
    hooks = state(server).sip.webhooks
    hooks.unknown_types = hooks.duplicates = 1
    hooks.old_secret = hooks.secret
    invited(server)
    await until_sent(server, got, 3)
    kinds = [json.loads(body)["type"] for _, body in got]
    assert sorted(set(kinds)) == ["realtime.call.daydreamed", "realtime.call.incoming"]
    assert all(len(headers["webhook-signature"].split()) == 2 for headers, _ in got)


@pytest.mark.parametrize("word", ["accept", "reject", "refer", "hangup"])
async def test_a_call_that_is_not_there_is_not_found(server, word):
    assert await verb(server, "rtc_none", word, ACCEPT) == (404, "call_id_not_found")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({**ACCEPT, "voice": "marin"}, "unknown_parameter"),
        ({**ACCEPT, "model": "gpt-5"}, "model_not_found"),
        ({**ACCEPT, "audio": {"input": {"format": {"type": "audio/pcmu"}}}}, "invalid_value"),
        ({"model": "gpt-realtime-2.1"}, "missing_required_parameter"),
    ],
)
async def test_a_session_that_cannot_be_is_refused_and_the_call_waits_on(server, body, code):
    call = invited(server)
    assert await verb(server, call.id, "accept", body) == (400, code)
    assert await verb(server, call.id, "accept", ACCEPT) == (200, "")


async def test_nobody_is_let_in_twice_or_without_the_key(server):
    call = invited(server)
    assert (await verb(server, call.id, "accept", ACCEPT, Authorization="Bearer x"))[0] == 401
    assert await verb(server, call.id, "accept", ACCEPT) == (200, "")
    assert await verb(server, call.id, "accept", ACCEPT) == (400, "call_already_accepted")
    assert call.accepts == 1


async def test_a_call_is_turned_away_with_the_status_that_was_chosen(server):
    call = invited(server)
    assert (await verb(server, call.id, "reject", {"status_code": 200}))[0] == 400
    assert await verb(server, call.id, "reject", {"status_code": 486}) == (200, "")
    assert (call.state, call.sip_status) == ("rejected", 486)
    other = invited(server)
    await verb(server, other.id, "reject")
    assert other.sip_status == 603


async def test_the_control_socket_of_a_call_that_is_over_or_was_not_let_in_is_not_found(server):
    call = invited(server)
    response = await server.get(f"/v1/realtime?call_id={call.id}", headers=BEARER)
    assert response.status == 404
    await verb(server, call.id, "accept", ACCEPT)
    assert await verb(server, call.id, "hangup") == (200, "")
    response = await server.get(f"/v1/realtime?call_id={call.id}", headers=BEARER)
    assert response.status == 404


async def test_sound_goes_to_the_line_and_its_beginning_and_end_to_the_socket(server):
    call = await accepted(server)
    line = call.session.wire.output.ear = Line()
    async with server.ws_connect(f"/v1/realtime?call_id={call.id}", headers=BEARER) as socket:
        assert (await receive(socket))["session"]["audio"]["input"]["format"] == {"type": "audio/pcmu"}
        await send(socket, "response.create", response={"instructions": "Say exactly: “Hello there.”"})
        await step(server, 2_000)
        kinds = [event["type"] for event in await receive_until(socket, "response.done")]
        assert "output_audio_buffer.started" in kinds
        assert "response.output_audio.delta" not in kinds
        assert line.pending()
        line.play(60_000)
        call.session.wire.output.tick()
        await receive_until(socket, "output_audio_buffer.stopped")


async def test_a_caller_who_cuts_in_silences_the_line_and_the_item_is_cut_for_them(server):
    call = await accepted(server)
    line = call.session.wire.output.ear = Line()
    async with server.ws_connect(f"/v1/realtime?call_id={call.id}", headers=BEARER) as socket:
        await receive(socket)
        await send(socket, "response.create", response={"instructions": "Say exactly: “Hello there, my dear friend.”"})
        await step(server, 2_000)
        await receive_until(socket, "response.done")
        line.play(500)
        call.session.hear(speech.say("stop please", voice="caller").audio)
        events = await receive_until(socket, "conversation.item.truncated")
        assert "output_audio_buffer.cleared" in [event["type"] for event in events]
        assert events[-1]["audio_end_ms"] == 500
        assert line.pending() == 0


async def test_the_session_outlives_its_socket_and_ends_with_the_line(server):
    call = await accepted(server)
    for n in (1, 2):
        async with server.ws_connect(f"/v1/realtime?call_id={call.id}", headers=BEARER) as socket:
            assert (await receive(socket))["session"]["id"] == call.session.id
            assert call.session.attachments == n
    async with server.ws_connect(f"/v1/realtime?call_id={call.id}", headers=BEARER) as socket:
        await receive(socket)
        call.session.wire.key("5", received_at=7)
        assert await receive(socket) == {
            "type": "input_audio_buffer.dtmf_event_received",
            "event": "5",
            "received_at": 7,
        }
        state(server).sip.over(call)
        assert (await socket.receive(timeout=5)).type is WSMsgType.CLOSE


async def test_after_an_hour_the_call_ends_with_its_session(server):
    call = await accepted(server)
    async with server.ws_connect(f"/v1/realtime?call_id={call.id}", headers=BEARER) as socket:
        await receive(socket)
        await step(server, 3_600_000)
        assert (await receive_until(socket, "error"))[-1]["error"]["code"] == "session_expired"
        assert (await socket.receive(timeout=5)).type is WSMsgType.CLOSE
    assert call.state == "ended"


async def test_a_refer_is_passed_on(server):
    call = await accepted(server)
    assert (await verb(server, call.id, "refer", {"target_uri": "+14155550199"}))[0] == 400
    assert await verb(server, call.id, "refer", {"target_uri": "tel:+14155550199"}) == (200, "")
    assert call.referred_to == ["tel:+14155550199"]
