"""Scripted callers: their files are read strictly, and each step waits for its moment."""

import base64
import json

import pytest

from sandbox import audio, speech
from sandbox.carrier import persona_runner, personas, traffic
from sandbox.carrier.ear import Ear
from sandbox.carrier.line import Track
from sandbox.carrier.personas import Step, When

SILENCE_20_MS = b"\xff" * 160
LOUD_20_MS = b"\x20\xa0" * 80
SENTENCE = speech.say("anchor basket candle", voice="assistant").audio


def listen(frames: bytes) -> Ear:
    track = Track()
    ear = Ear(track)
    track.put(frames)
    track.run_to(len(frames))
    ear.listen()
    return ear


def test_an_ear_knows_speech_breath_and_silence():
    assert listen(SILENCE_20_MS * 10).spoken_ms == 0
    ear = listen(LOUD_20_MS * 10 + SILENCE_20_MS * 5 + LOUD_20_MS * 5)
    assert (ear.spoken_ms, ear.silent_ms, ear.speaking_ms) == (300, 0, 400)
    ear = listen(LOUD_20_MS * 10 + SILENCE_20_MS * 25)
    assert (ear.silent_ms, ear.speaking_ms) == (500, 0)
    ear = listen(LOUD_20_MS * 10 + SILENCE_20_MS * 25 + LOUD_20_MS * 2)
    assert ear.speaking_ms == 40


def test_low_noise_is_no_speech():
    assert listen(b"\xfe\x7e" * 800).spoken_ms == 0


def test_a_clip_is_speech():
    assert listen(SENTENCE[: len(SENTENCE) // 160 * 160]).spoken_ms > 500


def test_every_persona_on_disk_is_readable_and_can_end():
    known = personas.load_all()
    assert {"polite", "interrupter", "keys", "hangs_up", "silent"} <= known.keys()
    for persona in known.values():
        assert persona.about
        assert persona.from_.startswith("+")


@pytest.mark.parametrize(
    ("step", "wrong"),
    [
        ({"say": "Hi"}, "when"),
        ({"when": "later"}, "when"),
        ({"when": "hung_up", "sya": "Hi"}, "sya"),
        ({"when": "assistant_done", "say": 1}, "say"),
        ({"when": "assistant_done", "say": "Hi", "press": "1"}, "only one"),
        ({"when": "after_ms", "after_ms": -1}, "after_ms"),
        ({"when": "after_ms", "after_ms": True}, "after_ms"),
        ({"when": "hung_up", "say_cut_ms": 100}, "needs say"),
        ({"when": "at_ms", "cough": 79}, "a cough takes 80 to 200"),
        ({"when": "at_ms", "cough": 201}, "a cough takes 80 to 200"),
        ({"when": "at_ms", "cough": -80}, "cough"),
        ({"when": "at_ms", "noise": 0}, "noise is -90 to -20"),
        ({"when": "at_ms", "noise": -91}, "noise is -90 to -20"),
        ({"when": "at_ms", "noise": "-50"}, "noise"),
        ({"when": "at_ms", "noise": -50, "say": "Hi"}, "only one"),
    ],
)
def test_a_wrong_step_is_named(step, wrong):
    with pytest.raises(ValueError, match=wrong):
        personas.read_steps([step])


def test_a_broken_file_is_named(tmp_path):
    (tmp_path / "odd.toml").write_text('name = "odd"\n')
    with pytest.raises(ValueError, match=r"odd\.toml"):
        personas.load_all(tmp_path)


def talker(*delays_ms: float):
    """An assistant that says one sentence that long after the start, each."""

    async def serve(ws, application):
        async for frame in ws:
            message = json.loads(frame.data)
            application.messages.append(message)
            if message["event"] == "media" and float(message["media"]["timestamp"]) in delays_ms:
                payload = base64.b64encode(SENTENCE).decode()
                media = {"event": "media", "streamSid": message["streamSid"], "media": {"payload": payload}}
                await ws.send_str(json.dumps(media))

    return serve


async def a_scripted_call(world, *steps: Step, speaks_at: tuple[float, ...] = (100,)):
    world.configure()
    world.application.media = talker(*speaks_at)
    world.application.pages["/voice"] = (
        f'<Response><Connect><Stream url="{world.application.media_url}"/></Connect></Response>'
    )
    call = await world.call()
    world.carrier.spawn(persona_runner.run(world.carrier, call=call, steps=steps))
    return call


async def test_a_caller_waits_for_the_assistant_to_finish_then_speaks_and_leaves(open_world):
    async with open_world() as world:
        call = await a_scripted_call(world, Step(when=When.ASSISTANT_DONE, say="anchor", settle_ms=600))
        await world.until_ended(call)
        said = bytes(call.line.inbound.past)
        begins_ms = (len(said) - len(said.lstrip(b"\xff"))) / 8
        assistant_done_ms = 100 + len(SENTENCE) / 8
        assert assistant_done_ms + 560 <= begins_ms <= assistant_done_ms + 660
        assert speech.recognise(said) == "anchor"
        assert (call.status, call.ended_by) == ("completed", "caller")


async def test_an_interrupter_speaks_into_the_sentence(open_world):
    async with open_world() as world:
        call = await a_scripted_call(world, Step(when=When.ASSISTANT_SPEAKING, after_ms=400, say="anchor"))
        await world.until_ended(call)
        said = bytes(call.line.inbound.past)
        begins_ms = (len(said) - len(said.lstrip(b"\xff"))) / 8
        assert 480 <= begins_ms <= 700


async def test_keys_are_pressed_and_a_sentence_is_cut_by_hanging_up(open_world):
    async with open_world() as world:
        call = await a_scripted_call(
            world,
            Step(when=When.AT_MS, at_ms=500, press="12"),
            Step(when=When.AFTER_MS, after_ms=200, say="anchor basket candle", say_cut_ms=300),
        )
        await world.until_ended(call)
        assert [message["dtmf"]["digit"] for message in world.application.events("dtmf")] == ["1", "2"]
        assert call.ended_at_ms - call.line.answered_at_ms == 500 + 400 + 200 + 300


async def test_a_line_that_hisses_and_a_cough_in_it(open_world):
    async with open_world() as world:
        steps = (
            Step(when=When.AT_MS, at_ms=200, noise=-45),
            Step(when=When.AFTER_MS, after_ms=600, cough=120),
            Step(when=When.AFTER_MS, after_ms=300, say="anchor basket"),
            Step(when=When.AFTER_MS, after_ms=100, noise=-90),
            Step(when=When.AFTER_MS, after_ms=300, hang_up=True),
        )
        call = await a_scripted_call(world, *steps, speaks_at=())
        await world.until_ended(call)
        said = bytes(call.line.inbound.past)
        assert not said[:1600].strip(b"\xff")
        assert audio.level_dbfs(said[1600:6400]) == pytest.approx(-45, abs=1)
        assert audio.level_dbfs(said[6400 : 6400 + 960]) == pytest.approx(-18, abs=1)
        assert audio.level_dbfs(said[7360:9600]) == pytest.approx(-45, abs=1)
        assert not said[-2000:].strip(b"\xff")
        assert speech.recognise(said) == "anchor basket"


async def test_somebody_who_listens_says_so_into_the_sentence(open_world):
    async with open_world() as world:
        steps = (Step(when=When.ASSISTANT_SPEAKING, after_ms=300, say="Mm-hm."),)
        call = await a_scripted_call(world, *steps)
        await world.until_ended(call)
        said = bytes(call.line.inbound.past)
        assert speech.recognise(said) == "Mm-hm."
        assert (len(said) - len(said.lstrip(b"\xff"))) / 8 < 100 + len(SENTENCE) / 8


async def test_a_caller_speaks_while_the_line_is_being_resumed(open_world):
    async with open_world() as world:

        async def dies_once(ws, application):
            async for frame in ws:
                message = json.loads(frame.data)
                application.messages.append(message)
                if len(application.upgrades) == 1 and message.get("media", {}).get("timestamp") == "500":
                    return

        steps = (Step(when=When.STREAM_ENDED, after_ms=100, say="anchor basket candle"), Step(when=When.HUNG_UP))
        world.configure()
        world.application.media = dies_once
        stream = f'<Connect><Stream url="{world.application.media_url}"/></Connect>'
        world.application.pages["/voice"] = f'<Response>{stream}<Pause length="1"/>{stream}</Response>'
        call = await world.call()
        world.carrier.spawn(persona_runner.run(world.carrier, call=call, steps=steps))
        await world.step(5000)
        first, second = call.streams
        said = bytes(call.line.inbound.past)
        begins_ms = (len(said) - len(said.lstrip(b"\xff"))) / 8
        ended_ms = first.ended_at_ms - call.line.answered_at_ms
        assert ended_ms + 100 <= begins_ms <= ended_ms + 160
        assert begins_ms < second.opened_at_ms - call.line.answered_at_ms, "it falls between the streams"
        frames = [message for message in world.application.events("media") if message["streamSid"] == second.sid]
        heard = b"".join(base64.b64decode(frame["media"]["payload"]) for frame in frames)
        assert heard == said[int(second.started_at_call_ms) * 8 :][: len(heard)], "the rest of it is heard"


async def test_whoever_waits_for_the_end_of_a_stream_in_vain_hangs_up(open_world):
    async with open_world() as world:
        steps = (Step(when=When.STREAM_ENDED, say="anchor", give_up_ms=2000),)
        call = await a_scripted_call(world, *steps, speaks_at=())
        await world.until_ended(call)
        assert (call.ended_by, call.ended_at_ms - call.line.answered_at_ms) == ("caller", 2000)


async def test_whoever_waits_in_vain_hangs_up(open_world):
    async with open_world() as world:
        steps = (Step(when=When.ASSISTANT_DONE, say="anchor", give_up_ms=3000),)
        call = await a_scripted_call(world, *steps, speaks_at=())
        await world.until_ended(call)
        assert call.ended_at_ms - call.line.answered_at_ms == pytest.approx(3000, abs=20)
        assert not call.line.inbound.past.strip(b"\xff")


async def test_a_caller_who_waits_for_the_end_lets_the_application_end_it(open_world):
    async with open_world() as world:
        world.configure()
        world.application.pages["/voice"] = "<Response><Say>anchor</Say></Response>"
        call = await world.call()
        world.carrier.spawn(persona_runner.run(world.carrier, call=call, steps=(Step(when=When.HUNG_UP),)))
        await world.until_ended(call)
        assert call.ended_by == "application"


async def test_traffic_waits_for_a_configured_number_then_keeps_the_lines_busy(open_world):
    async with open_world() as world:
        known = list(personas.load_all().values())
        world.carrier.spawn(traffic.keep(world.carrier, lines=2, personas=known))
        await world.step(5000)
        assert world.carrier.calls == {}
        world.configure()
        world.application.pages["/voice"] = '<Response><Say>anchor</Say><Pause length="5"/></Response>'
        await world.step(40_000)
        placed = list(world.carrier.calls.values())
        assert {call.caller for call in placed} == {persona.name for persona in known if persona.is_regular}
        assert (
            max(
                sum(other.created_at_ms <= call.created_at_ms < (other.ended_at_ms or 1e9) for other in placed)
                for call in placed
            )
            == 2
        )
        assert len({call.from_ for call in placed}) > 3
