"""A call by SIP between our wire and the sandbox: let in with the vendor's library, joined, led, joined again."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from calls.realtime import session_config, sip, wire
from calls.realtime.client import ModelUnavailable, RealtimeClient
from calls.voice import effects as e
from calls.voice import messages as m
from calls.voice.plan import ConversationPlan
from calls.voice.sideband_session import SidebandSession
from sandbox import speech
from sandbox.clock import Clock
from sandbox.model.app import STATE, make_app
from sandbox.model.sip import SipCall, SipSide
from tests.unit.calls.realtime.model_played import KEY, SESSION, either_library

GREETING = "Hello there."
TOOL = {"name": "end_call", "description": "Ends the call.", "parameters": {"type": "object", "properties": {}}}
SETTINGS = replace(SESSION, tools=(TOOL,))


class Loud:
    """A line on which everything is heard at once."""

    def put(self, sound: bytes) -> None:
        """Heard."""

    def clear(self) -> int:
        return 0

    def pending(self) -> int:
        return 0


class Led:
    """The shell in short: what a session orders of the model is sent, what else it orders is listed."""

    def __init__(self, client: RealtimeClient, session: SidebandSession) -> None:
        self.client, self.session = client, session
        self.done: list[e.Effect] = []
        self._began = asyncio.get_running_loop().time()
        self.reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        self._take([m.ModelReady(self.client.left_ms())])
        async for events in self.client:
            self._take([message for event in events for message in wire.decode_on_line(event)])

    def _take(self, messages: list[wire.Decoded]) -> None:
        self.session.tick(int((asyncio.get_running_loop().time() - self._began) * 1000))
        for message in messages:
            if not isinstance(message, wire.Skipped | m.RateLimits):
                self.session.from_model(message)
        for effect in self.session.effects():
            self.done.append(effect)
            if isinstance(effect, e.ToModel):
                self.client.send(wire.encode(effect, listening=session_config.listening(SETTINGS)))

    def turns(self) -> list[tuple[str, str]]:
        return [(each.party.value, each.text) for each in self.done if isinstance(each, e.TurnSpoken) and each.is_final]

    async def leave(self) -> None:
        """As a process that is killed."""
        self.reading.cancel()
        await self.client.close()


@pytest.fixture
async def side(library: str, settings: Any) -> AsyncIterator[SipSide]:
    """The sandbox's model, on the machine's clock."""
    app = make_app(clock=Clock(), api_key=KEY)
    async with TestServer(app) as server:
        settings.OPENAI_BASE_URL = str(server.make_url("/v1"))
        yield app[STATE].sip


async def let_in(side: SipSide) -> SipCall:
    call = side.invite({"X-Call-Token": "t"})
    await asyncio.to_thread(sip.accept, call.id, SETTINGS)
    assert call.session is not None
    call.session.wire.output.ear = Loud()
    return call


async def until(look: Callable[[], object], call: SipCall) -> None:
    """Let the line play until it is there."""
    async with asyncio.timeout(10):
        while not look():
            if call.session is not None:
                call.session.wire.output.tick()
            await asyncio.sleep(0.01)


async def speak(call: SipCall, words: str) -> None:
    """The caller says this; two seconds of silence follow."""
    assert call.session is not None
    sound = speech.say(words, voice="caller").audio + b"\xff" * 16_000
    for place in range(0, len(sound), 160):
        call.session.hear(sound[place : place + 160])
        await asyncio.sleep(0)


@either_library
async def test_a_caller_is_let_in_greeted_heard_and_answered_and_the_socket_is_joined_again(side: SipSide) -> None:
    call = await let_in(side)
    led = Led(await RealtimeClient.attach(call.id), SidebandSession(ConversationPlan(greeting=GREETING)))
    await until(lambda: ("assistant", GREETING) in led.turns(), call)
    await speak(call, "Please remember the word tiger.")
    await until(lambda: ("assistant", "I will remember tiger.") in led.turns(), call)
    assert ("customer", "Please remember the word tiger") in led.turns()
    assert [each for each in led.done if isinstance(each, e.Used)]
    await led.leave()

    known = [each.item_id for each in led.done if isinstance(each, e.TurnSpoken)]
    await speak(call, "Which word did I tell you?")  # while nobody is there
    assert call.session is not None
    items = call.session.conversation.items
    await until(lambda: items[-1].role == "assistant" and "tiger" in str(items[-1].content), call)
    document = [each.document for each in led.done if isinstance(each, e.Remember)][-1]
    plan = ConversationPlan(greeting=GREETING, resumed=document)
    again = Led(await RealtimeClient.attach(call.id), SidebandSession(plan, is_joined=True, known=known))
    await speak(call, "Thank you very much.")
    await until(lambda: ("customer", "Thank you very much.") in again.turns(), call)
    await until(lambda: [party for party, _ in again.turns()].count("assistant") >= 2, call)
    assert ("assistant", "You told me the word tiger.") in again.turns(), "the newest of what was said meanwhile"
    assert ("assistant", GREETING) not in again.turns()
    assert call.session.wire.errors == []
    await again.leave()


@either_library
async def test_an_end_is_decided_by_the_tool_and_the_line_is_over_for_everybody(side: SipSide) -> None:
    call = await let_in(side)
    led = Led(await RealtimeClient.attach(call.id), SidebandSession(ConversationPlan(greeting=GREETING)))
    await until(lambda: ("assistant", GREETING) in led.turns(), call)
    await speak(call, "That is all. Thank you, goodbye.")
    await until(lambda: [each for each in led.done if isinstance(each, e.RunTool | e.HangUp)], call)
    await asyncio.to_thread(sip.hang_up, call.id)
    await asyncio.to_thread(sip.hang_up, call.id)  # over already: no news
    await asyncio.wait_for(led.reading, 5)
    with pytest.raises(ModelUnavailable) as gone:
        await RealtimeClient.attach(call.id)
    assert gone.value.is_permanent
    await led.leave()


@either_library
async def test_what_cannot_be_let_in_or_sent_on_is_said_in_plain_codes(side: SipSide, settings: Any) -> None:
    with pytest.raises(sip.SipRefused) as refused:
        await asyncio.to_thread(sip.accept, "rtc_none", SETTINGS)
    assert (str(refused.value), refused.value.is_gone) == ("404 call_id_not_found", True)
    call = side.invite({})
    with pytest.raises(sip.SipRefused) as refused:
        await asyncio.to_thread(sip.accept, call.id, replace(SETTINGS, model="gpt-5"))
    assert (str(refused.value), refused.value.is_gone) == ("400 model_not_found", False)
    await asyncio.to_thread(sip.reject, call.id, status=486)
    assert (call.state, call.sip_status) == ("rejected", 486)
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"
    with pytest.raises(sip.SipRefused) as refused:
        await asyncio.to_thread(sip.reject, call.id, status=486)
    assert refused.value.is_unknown
    with contextlib.suppress(sip.SipRefused):
        await asyncio.to_thread(sip.hang_up, call.id)
