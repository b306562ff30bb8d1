"""ConversationRelay end to end: setup, what the caller says as text, tokens as speech, and every way it can end."""

import json
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from twilio.request_validator import RequestValidator

from sandbox import signals, speech
from sandbox.carrier import commands

TOKEN = "0123456789abcdef0123456789abcdef"
HELLO = "Hello. Could you tell me your opening hours?"
STORY = "We have three kinds of tents. " * 3


def document(world, attributes: str = "", inside: str = "") -> str:
    url = world.application.media_url
    return (
        f'<Response><Connect action="/after"><ConversationRelay url="{url}" debug="speaker-events tokens-played" '
        f'dtmfDetection="true" {attributes}>{inside}<Parameter name="ticket" value="k3J"/>'
        "</ConversationRelay></Connect></Response>"
    )


class Wire:
    """The application's side of the socket."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.ws: web.WebSocketResponse | None = None

    async def serve(self, ws: web.WebSocketResponse, _application: Any) -> None:
        self.ws = ws
        async for frame in ws:
            if frame.type is aiohttp.WSMsgType.TEXT:
                self.got.append(json.loads(frame.data))

    async def send(self, **message: Any) -> None:
        assert self.ws is not None
        await self.ws.send_str(json.dumps(message))

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.got if message["type"] == kind]

    def infos(self, name: str) -> list[str]:
        return [message["value"] for message in self.of("info") if message["name"] == name]


async def open_line(world, attributes: str = "", inside: str = ""):
    wire = Wire()
    world.application.media = wire.serve
    world.application.pages["/voice"] = document(world, attributes, inside)
    world.configure()
    call = await world.call()
    await world.step(100)
    return call, wire


async def test_the_socket_is_signed_and_setup_comes_first_with_our_parameters(open_world):
    async with open_world() as world:
        call, wire = await open_line(world)
        (upgrade,) = world.application.upgrades
        assert RequestValidator(TOKEN).validate(world.application.media_url, {}, upgrade["X-Twilio-Signature"])
        (setup,) = wire.of("setup")
        assert wire.got[0] is setup
        assert setup["callSid"] == call.sid
        assert setup["sessionId"].startswith("VX")
        assert setup["customParameters"] == {"ticket": "k3J"}
        assert (setup["direction"], setup["callType"]) == ("inbound", "PSTN")


async def test_what_the_caller_says_comes_as_one_prompt(open_world):
    async with open_world() as world:
        call, wire = await open_line(world)
        spoken = speech.say(HELLO)
        call.line.say(spoken.audio)
        await world.step(spoken.ms + 800)
        assert [(prompt["voicePrompt"], prompt["last"]) for prompt in wire.of("prompt")] == [(HELLO, True)]
        assert wire.infos("clientSpeaking") == ["on", "off"]


async def test_partial_prompts_come_when_they_are_asked_for(open_world):
    async with open_world() as world:
        call, wire = await open_line(world, 'partialPrompts="true"')
        spoken = speech.say(HELLO)
        call.line.say(spoken.audio)
        await world.step(spoken.ms + 800)
        assert [prompt["last"] for prompt in wire.of("prompt")][-1] is True
        assert any(not prompt["last"] for prompt in wire.of("prompt"))


async def test_tokens_become_words_on_the_line_and_the_greeting_too(open_world):
    async with open_world() as world:
        call, wire = await open_line(world, 'welcomeGreeting="Good morning."')
        await world.step(6_000)
        for token in ("We are ", "open."):
            await wire.send(type="text", token=token, last=False)
        await wire.send(type="text", token="", last=True)
        await world.step(6_000)
        assert speech.recognise(bytes(call.line.outbound.past)) == "Good morning. We are open."
        assert wire.infos("tokensPlayed") == ["Good morning.", "We are open."]
        assert wire.infos("agentSpeaking") == ["on", "off"] * 2


async def test_a_caller_who_cuts_in_silences_us_and_what_was_heard_is_told(open_world):
    async with open_world() as world:
        call, wire = await open_line(world)
        await wire.send(type="text", token=STORY, last=True)
        await world.step(3_000)
        call.line.say(speech.say(HELLO).audio)
        await world.step(600)
        (told,) = wire.of("interrupt")
        assert STORY.startswith(told["utteranceUntilInterrupt"])
        assert 0 < len(told["utteranceUntilInterrupt"]) < len(STORY)
        assert 2_500 < told["durationUntilInterruptMs"] < 3_600
        assert call.line.outbound.pending == 0


@pytest.mark.parametrize(("reports", "prompts"), [("none", 0), ("speech", 1)])
async def test_speech_that_may_not_interrupt_is_told_only_when_wanted(open_world, reports, prompts):
    async with open_world() as world:
        call, wire = await open_line(world, f'interruptible="none" reportInputDuringAgentSpeech="{reports}"')
        await wire.send(type="text", token=STORY, last=True)
        await world.step(1_000)
        spoken = speech.say(HELLO)
        call.line.say(spoken.audio)
        await world.step(spoken.ms + 800)
        assert wire.of("interrupt") == []
        assert len(wire.of("prompt")) == prompts


async def test_keys_are_told_and_interrupt(open_world):
    async with open_world() as world:
        call, wire = await open_line(world)
        await wire.send(type="text", token=STORY, last=True)
        await world.step(1_000)
        world.carrier.spawn(commands.press(world.carrier, call=call, keys="4"))
        await world.step(300)
        assert [message["digit"] for message in wire.of("dtmf")] == ["4"]
        assert len(wire.of("interrupt")) == 1


async def test_the_application_ends_it_and_gets_its_handoff_back(open_world):
    async with open_world() as world:
        _, wire = await open_line(world)
        await world.step(2_000)
        await wire.send(type="end", handoffData='{"reason":"human"}')
        await world.step(200)
        (after,) = world.application.got("/after")
        assert (after["SessionStatus"], after["HandoffData"]) == ("ended", '{"reason":"human"}')
        assert (after["SessionDuration"], after["CallStatus"]) == ("2", "in-progress")
        assert wire.ws is not None
        assert wire.ws.close_code == 1000


async def test_a_caller_who_hangs_up_is_reported_as_completed(open_world):
    async with open_world() as world:
        call, wire = await open_line(world)
        commands.hang_up(call, by="caller")
        await world.step(200)
        (after,) = world.application.got("/after")
        assert (after["SessionStatus"], after["CallStatus"]) == ("completed", "completed")
        assert after["SessionId"] == wire.of("setup")[0]["sessionId"]


async def test_a_socket_that_the_application_closes_has_failed(open_world):
    async with open_world() as world:
        _, wire = await open_line(world)
        assert wire.ws is not None
        await wire.ws.close(code=1011)
        await world.step(200)
        (after,) = world.application.got("/after")
        assert (after["SessionStatus"], after["ErrorCode"]) == ("failed", "64105")


async def test_a_refused_handshake_has_failed(open_world):
    async with open_world() as world:
        world.application.refuse_media = 403
        await open_line(world)
        (after,) = world.application.got("/after")
        assert (after["SessionStatus"], after["ErrorCode"]) == ("failed", "64102")


@pytest.mark.parametrize(
    "attributes",
    [
        'language="multi" transcriptionProvider="Google"',
        'transcriptionLanguage="multi" speechModel="flux"',
        'ttsLanguage="multi" ttsProvider="Google" voice="en-US-Journey-O"',
        'speechTimeout="100"',
        'interruptible="sometimes"',
        'ttsProvider="Acme"',
    ],
)
async def test_what_cannot_work_ends_at_once_with_an_error(open_world, attributes):
    async with open_world() as world:
        _, wire = await open_line(world, attributes)
        assert [message["type"] for message in wire.got] == ["error"]
        (after,) = world.application.got("/after")
        assert (after["SessionStatus"], after["ErrorCode"]) == ("failed", "64101")


async def test_an_unknown_attribute_is_refused_with_the_document(open_world):
    async with open_world() as world:
        await open_line(world, 'interruptByDtmf="true"')
        assert world.application.upgrades == []
        assert any("interruptByDtmf" in each["message"] for each in world.carrier.ledger.since(kind="error"))


@pytest.mark.parametrize(
    "message",
    [
        "not json",
        "[]",
        '{"type":"say","token":"x"}',
        '{"type":"text"}',
        '{"type":"text","token":1}',
        '{"type":"text","token":"x","volume":3}',
        '{"type":"language"}',
        '{"type":"sendDigits","digits":"12A"}',
    ],
)
async def test_what_is_not_understood_is_said_and_ten_in_a_row_end_it(open_world, message):
    async with open_world() as world:
        _, wire = await open_line(world)
        assert wire.ws is not None
        await wire.ws.send_str(message)
        await world.step(40)
        (error,) = wire.of("error")
        assert error["description"].startswith("Invalid message received")
        for _ in range(9):
            await wire.ws.send_str(message)
        await world.step(200)
        (after,) = world.application.got("/after")
        assert (after["SessionStatus"], after["ErrorCode"]) == ("failed", "64105")
        assert wire.ws.close_code == 1007


async def test_digits_are_heard_on_the_line(open_world):
    async with open_world() as world:
        call, wire = await open_line(world)
        await wire.send(type="sendDigits", digits="1w2")
        await world.step(1_500)
        assert [heard.key for heard in signals.find_keys(bytes(call.line.outbound.past))] == ["1", "2"]
