"""`<Dial><Sip>` to the model's address: who gets there, what is heard, and what the action learns."""

import pytest

from sandbox import speech
from sandbox.carrier import commands
from sandbox.model.state import ModelState
from tests.unit.sandbox.carrier.test_dial import ACTION, dialling, leg_of, outcome

ADDRESS = "sip:proj_sandbox@sip.api.openai.com;transport=tls;secure=true?X-Call-Token=tok_1"
SESSION = {
    "type": "realtime",
    "model": "gpt-realtime-2.1",
    "audio": {"input": {"transcription": {"model": "gpt-4o-transcribe"}}},
}


def model_of(world, decide=None):
    """The model's side; whoever comes is decided about at once."""
    side = ModelState(clock=world.carrier.clock, api_key="sk").sip
    world.carrier.model_side = side
    invite = side.invite

    def invited(headers):
        call = invite(headers)
        if decide is not None:
            decide(side, call)
        return call

    side.invite = invited
    return side


def let_in(side, call):
    side.accept(call, SESSION)
    call.session.attach()


async def dialled(world, address=ADDRESS):
    return await dialling(world, f'<Dial action="{ACTION}" answerOnBridge="true"><Sip>{address}</Sip></Dial>')


async def connected(world):
    """A caller on the line to the model, the model's side, and its call there."""
    side = model_of(world, let_in)
    call = await dialled(world)
    assert await world.step(5_000, until=lambda: call.line.is_open)
    return call, side, next(iter(side.calls.values()))


async def test_a_caller_and_the_model_hear_each_other_and_the_keys(open_world):
    async with open_world() as world:
        call, _, there = await connected(world)
        headers = {each["name"]: each["value"] for each in there.headers}
        assert headers["X-Call-Token"] == "tok_1"
        assert headers["X-Twilio-CallSid"] == leg_of(world, call).sid
        there.session.speaking.create({"instructions": "Say exactly: “Hello there.”"})
        await world.step(4_000)
        call.line.run()
        assert speech.recognise(bytes(call.line.outbound.past), is_recoded=True) == "Hello there."
        call.line.say(speech.say("please note silver", voice="caller").audio)
        await world.step(5_000)
        heard = [item.heard for item in there.session.conversation.items if item.heard]
        assert heard == ["please note silver"]
        for listener in call.key_listeners:
            listener("5")
        events = [event["type"] for event in there.session.wire.sent]
        assert "input_audio_buffer.dtmf_event_received" in events
        assert events.index("output_audio_buffer.started") < events.index("output_audio_buffer.stopped")


async def test_the_model_s_hang_up_ends_the_line_and_the_action_goes_on(open_world):
    async with open_world() as world:
        call, side, there = await connected(world)
        await world.step(2_000)
        side.hang_up(there)
        form = await outcome(world)
        assert (form["DialCallStatus"], form["DialBridged"], form["DialSipResponseCode"]) == (
            "completed",
            "true",
            "200",
        )
        assert call.is_live


async def test_the_caller_s_hang_up_ends_the_model_s_call(open_world):
    async with open_world() as world:
        call, side, there = await connected(world)
        commands.hang_up(call, by="caller")
        await world.step(1_000)
        assert there.state == "ended"
        assert side.session_of(there.id) is None


@pytest.mark.parametrize(("code", "status"), [(486, "busy"), (603, "busy"), (404, "failed"), (503, "failed")])
async def test_a_refusal_reaches_the_action_with_its_status(open_world, code, status):
    async with open_world() as world:
        model_of(world, lambda side, call: side.reject(call, code))
        await dialled(world)
        form = await outcome(world)
        assert (form["DialCallStatus"], form["DialSipResponseCode"]) == (status, str(code))


@pytest.mark.parametrize(
    ("address", "code"),
    [(ADDRESS.replace(";transport=tls", ""), "408"), (ADDRESS.replace("proj_sandbox", "proj_other"), "404")],
)
async def test_without_tls_or_for_another_project_nobody_is_reached(open_world, address, code):
    async with open_world() as world:
        side = model_of(world)
        await dialled(world, address)
        form = await outcome(world)
        assert (form["DialCallStatus"], form["DialSipResponseCode"]) == ("failed", code)
        assert side.calls == {}


async def test_a_side_that_does_not_answer_is_in_the_carrier_s_log(open_world):
    async with open_world() as world:
        model_of(world).is_unreachable = True
        await dialled(world)
        assert (await outcome(world))["DialCallStatus"] == "failed"
        assert ("error", 32011) in world.problems()


async def test_whoever_is_not_decided_about_is_not_kept_for_ever(open_world):
    async with open_world() as world:
        side = model_of(world)
        await dialled(world)
        form = await outcome(world)
        assert (form["DialCallStatus"], form["DialSipResponseCode"]) == ("no-answer", "480")
        assert next(iter(side.calls.values())).state == "ended"
