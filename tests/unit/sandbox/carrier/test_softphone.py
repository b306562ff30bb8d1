"""The telephone in a browser: it registers, rings, answers, talks, and is refused without a good token."""

import asyncio
import base64
import time
from contextlib import asynccontextmanager

import aiohttp
import pytest

from sandbox import speech
from sandbox.carrier import calls
from tests.unit.sandbox.carrier.conferring import enter, heard, room_of, say
from tests.unit.sandbox.carrier.conftest import NUMBER
from tests.unit.sandbox.carrier.tokens import KEY, SECRET, forged, minted

KEYS = {KEY: SECRET}
WHO = "client:agent_3"


class Page:
    """What an open page has been told, and what it says."""

    def __init__(self, ws) -> None:
        self._ws, self.told, self.sound = ws, [], bytearray()
        self._news = asyncio.Condition()

    async def read(self) -> None:
        async for frame in self._ws:
            message = frame.json()
            if message["type"] == "audio":
                self.sound += base64.b64decode(message["payload"])
            else:
                async with self._news:
                    self.told.append(message)
                    self._news.notify_all()

    async def hears(self, *kinds: str) -> None:
        """Wait, in real time, until it has been told exactly this, one after the other."""
        async with self._news:
            await asyncio.wait_for(self._news.wait_for(lambda: len(self.told) >= len(kinds)), timeout=10)
        assert self.kinds() == list(kinds), self.told

    def kinds(self) -> list[str]:
        return [message["type"] for message in self.told]

    async def send(self, kind: str, **more) -> None:
        await self._ws.send_json({"type": kind, **more})

    async def speak(self, world, sound: bytes) -> None:
        """Frame by frame, as a microphone would."""
        for start in range(0, len(sound), 160):
            await self.send("audio", payload=base64.b64encode(sound[start : start + 160]).decode())
            await world.step(20)


@asynccontextmanager
async def opened(world, *, token: str | None = None, is_good: bool = True, origin: str = ""):
    """A page at the softphone's socket; it says hello when it has a token."""
    headers = {"Origin": origin} if origin else {}
    async with world.http.ws_connect(world.base.replace("http", "ws") + "/softphone/", headers=headers) as ws:
        page = Page(ws)
        reading = asyncio.create_task(page.read())
        if token is not None:
            await page.send("hello", token=token)
            await page.hears("ready" if is_good else "refused")
        yield page
        reading.cancel()


async def ring(world, *, document: str = '<Response><Pause length="60"/></Response>', to: str = WHO, **form):
    wanted = {"To": to, "From": NUMBER, "Twiml": document, "Timeout": "20", **form}
    status, row = await world.rest("POST", "/Calls.json", data=wanted)
    assert status == 201, row
    await world.step(400)
    return world.carrier.calls[row["sid"]]


async def over(world, call, status: str, *, by: str = "callee") -> None:
    """The call ends like this."""
    assert await world.step(2_000, until=lambda: not call.is_live)
    await world.step(40)
    assert (call.status, call.ended_by) == (status, by)


async def test_a_page_registers_rings_answers_and_talks(open_world):
    async with open_world(api_keys=KEYS) as world, opened(world, token=minted()) as page:
        assert page.told == [{"type": "ready", "identity": "agent_3"}]
        call = await ring(world, to=WHO + "?order=7")
        assert (call.status, call.caller) == ("ringing", "nobody")
        await page.hears("ready", "incoming")
        incoming = page.told[-1]
        assert (incoming["type"], incoming["call_sid"], incoming["from"]) == ("incoming", call.sid, NUMBER)
        assert incoming["parameters"] == {"order": "7"}
        await page.send("accept", call_sid=call.sid)
        await page.hears("ready", "incoming", "answered")
        assert call.status == "in-progress"
        await page.speak(world, speech.say("anchor basket", voice="caller-f1").audio)
        await world.step(200)
        assert speech.recognise(bytes(call.line.inbound.past)) == "anchor basket"
        call.line.play(speech.say("candle lemon", voice="assistant").audio)
        await world.step(2000)
        assert speech.recognise(bytes(page.sound)) == "candle lemon"
        await page.send("hangup")
        await over(world, call, "completed", by="callee")
        await page.hears("ready", "incoming", "answered", "ended")
        assert page.told[-1] == {"type": "ended", "call_sid": call.sid, "reason": "completed"}


async def test_a_page_talks_in_a_conference_and_can_be_muted_at_home(open_world):
    async with open_world(api_keys=KEYS) as world, opened(world, token=minted()) as page:
        anna = await enter(world)
        document = '<Response><Dial><Conference beep="false">call-7</Conference></Dial></Response>'
        call = await ring(world, document=document)
        await page.send("accept", call_sid=call.sid)
        assert await world.step(2_000, until=lambda: bool(call.visits))
        await world.step(40)
        assert room_of(world).is_started
        await say(world, anna, "anchor basket")
        assert speech.recognise(bytes(page.sound)) == "anchor basket"
        await page.send("mute", muted=True)
        await page.speak(world, speech.say("candle").audio)
        await page.send("mute", muted=False)
        await page.speak(world, speech.say("lemon").audio)
        await world.step(300)
        assert heard(anna) == "lemon"


async def test_keys_of_a_page_are_keys_of_its_call(open_world):
    async with open_world(api_keys=KEYS) as world, opened(world, token=minted()) as page:
        world.application.pages["/key"] = '<Response><Pause length="60"/></Response>'
        action = world.application.base + "/key"
        call = await ring(world, document=f'<Response><Gather numDigits="1" action="{action}"/></Response>')
        await page.send("accept", call_sid=call.sid)
        assert await world.step(2_000, until=lambda: bool(call.key_listeners))
        await page.send("digits", digits="1")
        assert await world.step(2_000, until=lambda: bool(world.application.got("/key")))
        assert [form["Digits"] for form in world.application.got("/key")] == ["1"]


async def test_a_page_can_reject(open_world):
    async with open_world(api_keys=KEYS) as world, opened(world, token=minted()) as page:
        call = await ring(world)
        await page.send("reject", call_sid=call.sid)
        await over(world, call, "busy")
        assert call.sip_code == 603


async def test_who_gives_up_stops_the_ringing(open_world):
    async with open_world(api_keys=KEYS) as world, opened(world, token=minted()) as page:
        call = await ring(world)
        await world.rest("POST", f"/Calls/{call.sid}.json", data={"Status": "canceled"})
        await page.hears("ready", "incoming", "ended")
        assert page.told[-1] == {"type": "ended", "call_sid": call.sid, "reason": "canceled"}
        await page.send("accept", call_sid=call.sid)
        await page.hears("ready", "incoming", "ended", "problem")


async def test_all_pages_of_an_identity_ring_and_the_first_to_accept_has_the_call(open_world):
    async with (
        open_world(api_keys=KEYS) as world,
        opened(world, token=minted()) as one,
        opened(world, token=minted()) as two,
        opened(world, token=minted(identity="agent_4")) as other,
    ):
        call = await ring(world)
        await one.send("reject", call_sid=call.sid)
        await world.step(40)
        assert call.status == "ringing"
        await two.send("accept", call_sid=call.sid)
        await two.hears("ready", "incoming", "answered")
        await one.hears("ready", "incoming", "ended")
        assert (one.told[-1]["reason"], other.kinds()) == ("answered-elsewhere", ["ready"])


async def test_a_page_that_opens_while_it_rings_is_rung_and_one_on_a_call_is_not(open_world):
    async with open_world(api_keys=KEYS) as world:
        first = await ring(world)
        async with opened(world, token=minted()) as page:
            await page.hears("ready", "incoming")
            await page.send("accept", call_sid=first.sid)
            await page.hears("ready", "incoming", "answered")
            second = await ring(world)
            await world.step(21_000)
            assert (first.status, second.status) == ("in-progress", "no-answer")
            assert page.kinds() == ["ready", "incoming", "answered"]


async def test_closing_the_page_hangs_up(open_world):
    async with open_world(api_keys=KEYS) as world:
        async with opened(world, token=minted()) as page:
            call = await ring(world)
            await page.send("accept", call_sid=call.sid)
            await page.hears("ready", "incoming", "answered")
        await over(world, call, "completed")
        assert world.carrier.handsets == {WHO: []}


async def test_closing_the_page_while_it_rings_lets_it_ring(open_world):
    async with open_world(api_keys=KEYS) as world:
        async with opened(world, token=minted()):
            call = await ring(world)
        await world.step(100)
        assert call.status == "ringing"


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("nonsense", 20101),
        (forged(secret="guessed"), 20107),
        (forged(exp=1), 20104),
        (forged(sub="AC" + "9" * 32), 20103),
        (minted(incoming=False), 20106),
    ],
)
async def test_a_bad_token_is_refused_with_a_reason(open_world, token, code):
    async with open_world(api_keys=KEYS) as world, opened(world, token=token, is_good=False) as page:
        assert [(message["type"], message["code"]) for message in page.told] == [("refused", code)]
        assert await world.step(2_000, until=lambda: page._ws.close_code == 4401)
        assert world.carrier.handsets == {}
        assert world.problems() == [("error", code)]


async def test_without_a_hello_nothing_is_taken(open_world):
    async with open_world(api_keys=KEYS) as world:
        async with opened(world) as page:
            await page.send("hangup")
            await page.hears("refused")
        async with opened(world) as page:
            await world.step(5_100)
            await page.hears("refused")


async def test_nonsense_is_a_problem_and_the_socket_stays(open_world):
    async with open_world(api_keys=KEYS) as world, opened(world, token=minted()) as page:
        for text in ("{", "[]", '{"type": "sing"}', '{"type": "hangup"}', '{"type": "audio", "payload": "!"}'):
            await page._ws.send_str(text)
        await page.send("hello", token=minted())
        await page.hears("ready", *["problem"] * 5, "ready")


async def test_a_token_that_has_run_out_is_not_rung_until_it_is_renewed(open_world):
    async with open_world(api_keys=KEYS) as world, opened(world, token=minted(ttl=30)) as page:
        await world.carrier.clock.advance(40_000)
        await ring(world)
        assert page.kinds() == ["ready"]
        later = int(time.time()) + 3600
        await page.send("hello", token=forged(exp=later))
        await page.hears("ready", "ready", "incoming")


@pytest.mark.parametrize("origin", ["http://localhost:8000", "http://127.0.0.1:9", "http://[::1]:8000"])
async def test_pages_of_this_machine_may_connect(open_world, origin):
    async with open_world(api_keys=KEYS) as world, opened(world, token=minted(), origin=origin) as page:
        assert page.kinds() == ["ready"]


async def test_pages_of_other_machines_may_not(open_world):
    async with open_world(api_keys=KEYS) as world:
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            async with opened(world, token=minted(), origin="https://evil.example.com"):
                pass


async def test_a_hang_up_of_the_other_side_ends_it_for_the_page(open_world):
    async with open_world(api_keys=KEYS) as world, opened(world, token=minted()) as page:
        call = await ring(world)
        await page.send("accept", call_sid=call.sid)
        await page.hears("ready", "incoming", "answered")
        calls.hang_up(call, by="application")
        await over(world, call, "completed", by="application")
        await page.hears("ready", "incoming", "answered", "ended")
        assert page.told[-1] == {"type": "ended", "call_sid": call.sid, "reason": "completed"}
