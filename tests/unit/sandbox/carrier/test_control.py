"""The control routes, as a test of an application would use them."""

import asyncio
import itertools
import json
import time

import aiohttp
import pytest

from sandbox import audio, speech
from sandbox.carrier.lockstep import Lockstep
from tests.unit.sandbox.carrier.asking import ask

CONNECT = '<Response><Connect><Stream url="{url}"/></Connect><Say>anchor</Say></Response>'
LOUD = b"\x20\xa0" * 400


async def a_streaming_call(world) -> str:
    world.configure()
    world.application.pages["/voice"] = CONNECT.format(url=world.application.media_url)
    status, body = await ask(world, "POST", "/_sandbox/calls", {"to": "+14155550100"})
    assert status == 201
    await world.settle()
    return body["sid"]


async def test_a_manual_call_from_dialling_to_hanging_up(open_world):
    async with open_world() as world:
        sid = await a_streaming_call(world)
        path = f"/_sandbox/calls/{sid}"
        await ask(world, "POST", "/_sandbox/clock", {"advance_ms": 100})
        status, said = await ask(world, "POST", path + "/say", {"text": "anchor basket"})
        assert (status, said["is_clip"]) == (200, True)
        await ask(world, "POST", path + "/press", {"digits": "1"})
        await world.step(said["ms"] + 300)
        _, spoken = await ask(world, "GET", path + "/spoken.ulaw")
        assert speech.recognise(spoken) == "anchor basket"
        assert [message["dtmf"]["digit"] for message in world.application.events("dtmf")] == ["1"]
        await ask(world, "POST", path + "/audio", data=LOUD)
        await world.step(100)
        _, spoken = await ask(world, "GET", path + "/spoken.ulaw")
        assert LOUD in spoken
        status, ended = await ask(world, "POST", path + "/hangup")
        assert (status, ended["status"], ended["ended_by"]) == (200, "completed", "caller")
        _, detail = await ask(world, "GET", path)
        assert [verb["verb"] for verb in detail["verbs"]] == ["Connect"]
        assert detail["streams"][0]["frames"]["count"] > 20
        _, streams = await ask(world, "GET", path + "/stream.json?frames=1")
        assert streams["streams"][0]["frame_timestamps"][:3] == [20, 40, 60]
        sent = streams["streams"][0]["frame_sent_at_ms"]
        assert [round(after - before) for before, after in itertools.pairwise(sent[:3])] == [20, 20]
        _, heard = await ask(world, "GET", path + "/heard.ulaw")
        assert len(heard) == len(spoken)


async def test_scripted_calls_and_personas(open_world):
    async with open_world() as world:
        world.configure()
        world.application.pages["/voice"] = '<Response><Say>anchor</Say><Pause length="20"/></Response>'
        steps = [{"when": "assistant_done", "say": "basket"}]
        for body in (
            {"to": "+14155550100", "persona": "polite"},
            {"to": "+14155550100", "from": "+12125550199", "steps": steps},
        ):
            assert (await ask(world, "POST", "/_sandbox/calls", body))[0] == 201
        await world.step(100)
        _, body = await ask(world, "GET", "/_sandbox/calls")
        assert [(call["caller"], call["status"]) for call in body["calls"]] == [
            ("script", "in-progress"),
            ("polite", "in-progress"),
        ]
        assert body["calls"][0]["from"] == "+12125550199"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"to": "+14155550101"}, 409),
        ({"to": "+14155559999"}, 409),
        ({"to": "+14155550100", "persona": "nobody"}, 400),
        ({"to": "+14155550100", "steps": [{"when": "never"}]}, 400),
        ({"to": "+14155550100", "speed": 2}, 400),
        ([], 400),
    ],
)
async def test_wrong_calls_are_refused_with_a_sentence(open_world, body, status):
    async with open_world() as world:
        world.configure()
        answered, refusal = await ask(world, "POST", "/_sandbox/calls", body)
        assert answered == status
        assert refusal["error"]


async def test_nobody_speaks_on_a_call_that_is_not_answered(open_world):
    async with open_world() as world:
        world.configure()
        world.application.pages["/voice"] = '<Response><Pause length="9"/></Response>'
        _, body = await ask(world, "POST", "/_sandbox/calls", {"to": "+14155550100"})
        assert (await ask(world, "POST", f"/_sandbox/calls/{body['sid']}/say", {"text": "anchor"}))[0] == 409
        assert (await ask(world, "GET", "/_sandbox/calls/CA0"))[0] == 404
        assert (await ask(world, "GET", "/_sandbox/weather"))[0] == 404


async def test_the_clock_stops_where_it_is_told_to(open_world):
    async with open_world() as world:
        sid = await a_streaming_call(world)

        async def advance(**facts):
            return (await ask(world, "POST", "/_sandbox/clock", {"quiet_ms": 3, **facts}))[1]

        opened = await advance(advance_ms=1000, lockstep=True, until={"call": sid, "stream": "open"})
        assert (opened["reached"], opened["advanced_ms"]) == (True, 0)
        await ask(world, "POST", f"/_sandbox/calls/{sid}/hangup")
        assert (await advance(advance_ms=100, until={"idle": True}))["reached"]
        assert not (await advance(advance_ms=100, until={"entry": "dial"}))["reached"]
        now = (await ask(world, "GET", "/_sandbox/clock"))[1]
        assert (now["clock"], now["now_ms"]) == ("stepped", 100)


async def test_waiting_until_the_assistant_has_finished(open_world):
    async with open_world() as world:
        world.configure()
        world.application.pages["/voice"] = '<Response><Say>anchor basket</Say><Pause length="20"/></Response>'
        _, body = await ask(world, "POST", "/_sandbox/calls", {"to": "+14155550100"})
        await world.settle()
        until = {"call": body["sid"], "silent_ms": 500}
        wanted = {"advance_ms": 10_000, "lockstep": True, "quiet_ms": 1, "until": until}
        _, reached = await ask(world, "POST", "/_sandbox/clock", wanted)
        said_ms = len(speech.say("anchor basket", voice="assistant").audio) / 8
        assert reached["reached"]
        assert said_ms + 460 <= reached["advanced_ms"] <= said_ms + 560


@pytest.mark.parametrize(
    "body", [{"advance_ms": -1}, {"advance_ms": "x"}, {"until": {"call": "CA0"}}, {"until": "later"}, {"lockstep": 1}]
)
async def test_wrong_steps_are_refused(open_world, body):
    async with open_world() as world:
        assert (await ask(world, "POST", "/_sandbox/clock", body))[0] in (400, 404)


async def test_a_real_clock_is_not_stepped(open_world):
    async with open_world(stepped=False) as world:
        assert (await ask(world, "POST", "/_sandbox/clock", {"advance_ms": 20}))[0] == 409


async def test_lockstep_waits_for_the_model_to_have_heard(open_world):
    """The probe stands for a model that receives what an application passes on a little later."""

    class Probe:
        received_audio_bytes = 0
        last_traffic_s = 0.0

    async with open_world() as world:
        probe, behind = Probe(), []

        async def slow_bridge(ws, _application):
            async for frame in ws:
                if json.loads(frame.data)["event"] == "media":
                    await asyncio.sleep(0.01)
                    behind.append(world.carrier.stream_bytes_sent - probe.received_audio_bytes)
                    probe.received_audio_bytes += 160

        world.application.media = slow_bridge
        await a_streaming_call(world)
        stepper = Lockstep(world.carrier, probe)
        await stepper.advance(400, in_step=True, quiet_ms=0, until=lambda: False)
        assert probe.received_audio_bytes == world.carrier.stream_bytes_sent == 3200
        assert set(behind) == {160}


async def test_lockstep_takes_its_time_where_no_sound_tells_how_far_the_application_is(open_world):
    async with open_world() as world:
        world.carrier.last_event_s = 0.0  # long ago
        began_s = time.monotonic()
        with world.carrier.unheard():
            await Lockstep(world.carrier, None).advance(400, in_step=True, quiet_ms=10, until=lambda: False)
        assert time.monotonic() - began_s >= 20 * 0.005


async def test_a_manual_caller_coughs_on_a_line_that_hisses(open_world):
    async with open_world() as world:
        sid = await a_streaming_call(world)
        path = f"/_sandbox/calls/{sid}"
        status, _ = await ask(world, "POST", path + "/noise", {"dbfs": -50})
        assert status == 200
        await world.step(500)
        status, cough = await ask(world, "POST", path + "/cough", {"ms": 100})
        assert (status, cough["ms"]) == (200, 100)
        await ask(world, "POST", path + "/cough")
        await world.step(500)
        _, spoken = await ask(world, "GET", path + "/spoken.ulaw")
        assert audio.level_dbfs(spoken[:4000]) == pytest.approx(-50, abs=1)
        assert audio.level_dbfs(spoken[4000:4800]) == pytest.approx(-18, abs=1)
        assert audio.level_dbfs(spoken[4800:5760]) == pytest.approx(-18, abs=1)
        assert audio.level_dbfs(spoken[5760:]) == pytest.approx(-50, abs=1)
        for route, body in (
            ("/noise", {}),
            ("/noise", {"dbfs": -10}),
            ("/noise", {"dbfs": -50.5}),
            ("/cough", {"ms": 300}),
            ("/cough", {"s": 1}),
        ):
            assert (await ask(world, "POST", path + route, body))[0] == 400


async def test_faults_are_set_shown_and_cleared(open_world):
    async with open_world() as world:
        status, shown = await ask(world, "POST", "/_sandbox/faults", {"stream": {"no_start": True}, "seed": 5})
        assert (status, shown["stream"]["no_start"], shown["seed"]) == (200, True, 5)
        assert (await ask(world, "POST", "/_sandbox/faults", {"stream": {"nostart": True}}))[0] == 400
        assert (await ask(world, "DELETE", "/_sandbox/faults"))[0] == 204
        assert (await ask(world, "GET", "/_sandbox/faults"))[1]["stream"]["no_start"] is False


async def test_the_ledger_is_append_only_and_read_from_a_place(open_world):
    async with open_world() as world:
        sid = await a_streaming_call(world)
        _, body = await ask(world, "GET", "/_sandbox/ledger")
        ids = [entry["id"] for entry in body["entries"]]
        assert ids == list(range(1, len(ids) + 1))
        (webhook,) = [entry for entry in body["entries"] if entry["kind"] == "webhook"]
        assert (webhook["call_sid"], webhook["status"]) == (sid, 200)
        assert ["CallSid", sid] in webhook["params"]
        await ask(world, "POST", f"/_sandbox/calls/{sid}/hangup")
        _, later = await ask(world, "GET", f"/_sandbox/ledger?since={ids[-1]}")
        assert all(entry["id"] > ids[-1] for entry in later["entries"])
        assert (await ask(world, "GET", "/_sandbox/ledger?since=x"))[0] == 400
        lines = (world.carrier.var_dir / "ledger.jsonl").read_text().splitlines()
        assert {"amends": webhook["id"], "status": 200}.items() <= json.loads(lines[1]).items()


async def test_other_sites_may_neither_look_nor_act(open_world):
    async with open_world() as world:
        for path in ("/", "/_sandbox/calls", "/_sandbox/live"):
            async with world.http.get(world.base + path, headers={"Origin": "https://evil.example"}) as response:
                assert response.status == 403
        async with world.http.get(world.base + "/", headers={"Origin": world.base}) as response:
            assert response.status == 200


async def test_the_page_and_its_files_have_a_strict_policy(open_world):
    async with open_world() as world:
        async with world.http.get(world.base + "/") as response:
            page = await response.text()
            assert response.headers["Content-Security-Policy"].startswith("default-src 'self'")
        assert "<style" not in page
        assert "style=" not in page
        for name in ("phone.js", "phone.css"):
            assert f"/phone/{name}" in page
            assert (await ask(world, "GET", f"/phone/{name}"))[0] == 200
        assert (await ask(world, "GET", "/phone/..%2fapp.py"))[0] == 404
        _, data = await ask(world, "GET", "/_sandbox/phone.json")
        assert {persona["name"] for persona in data["personas"]} >= {"polite", "silent"}
        assert len(data["sentences"]) >= 5


async def test_the_live_list_follows_a_call(open_world):
    async with open_world() as world, world.http.ws_connect(world.base + "/_sandbox/live") as live:
        floor = await live.receive_json()
        assert floor["calls"] == []
        assert [number["is_configured"] for number in floor["numbers"]] == [False, False]
        await a_streaming_call(world)
        while True:
            floor = await asyncio.wait_for(live.receive_json(), timeout=5)
            if floor["calls"] and floor["calls"][0]["doing"] == "Connect":
                break
        assert floor["numbers"][0]["is_configured"]


async def test_the_ear_hears_what_is_played_and_the_microphone_is_spoken(open_world):
    async with open_world() as world:
        world.configure()
        world.application.pages["/voice"] = '<Response><Say>anchor</Say><Pause length="1"/></Response>'
        _, body = await ask(world, "POST", "/_sandbox/calls", {"to": "+14155550100"})
        await world.settle()
        async with world.http.ws_connect(f"{world.base}/_sandbox/calls/{body['sid']}/ear") as ear:
            await ear.send_bytes(LOUD)
            await world.until_ended(world.carrier.calls[body["sid"]])
            heard = b"".join([frame.data async for frame in ear if frame.type is aiohttp.WSMsgType.BINARY])
        said = speech.say("anchor", voice="assistant").audio
        assert heard.strip(b"\xff") == said.strip(b"\xff")
        assert LOUD in bytes(world.carrier.calls[body["sid"]].line.inbound.past)


async def test_a_listener_hears_both_sides(open_world):
    async with open_world() as world:
        world.configure()
        world.application.pages["/voice"] = '<Response><Say>anchor</Say><Pause length="2"/></Response>'
        _, body = await ask(world, "POST", "/_sandbox/calls", {"to": "+14155550100"})
        await world.settle()
        call = world.carrier.calls[body["sid"]]
        async with world.http.ws_connect(f"{world.base}/_sandbox/calls/{call.sid}/ear?both=1") as ear:
            await world.step(1500)
            call.line.say(speech.say("basket").audio)
            await world.until_ended(call)
            heard = b"".join([frame.data async for frame in ear if frame.type is aiohttp.WSMsgType.BINARY])
        assert speech.recognise(heard) == "anchor basket"
