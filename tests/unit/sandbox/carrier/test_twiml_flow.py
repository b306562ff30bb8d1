"""Verbs on a live call: they take their time, are heard, and lead where the document says."""

import pytest
from aiohttp import web

from sandbox import signals, speech
from sandbox.carrier import calls
from sandbox.carrier.state import InlineDocument

SAID = speech.say("anchor basket", voice="assistant").audio
SAID_MS = len(SAID) / 8


def heard(call) -> bytes:
    call.line.run()
    return bytes(call.line.outbound.past)


async def test_say_answers_and_is_heard_in_its_real_time(open_world):
    async with open_world() as world:
        world.configure()
        world.application.pages["/voice"] = '<Response><Say>anchor basket</Say><Pause length="2"/></Response>'
        call = await world.call()
        assert call.status == "in-progress"
        await world.until_ended(call)
        assert [(verb.verb, verb.ended_at_ms - verb.started_at_ms) for verb in call.verbs] == [
            ("Say", pytest.approx(SAID_MS)),
            ("Pause", 2000),
        ]
        assert heard(call) == SAID + b"\xff" * 16000


async def test_a_first_pause_lets_it_ring_and_reject_never_answers(open_world):
    async with open_world() as world:
        world.configure()
        world.application.pages["/voice"] = '<Response><Pause length="3"/><Reject reason="busy"/></Response>'
        call = await world.call()
        await world.step(2990)
        assert call.status == "ringing"
        await world.step(20)
        assert call.status == "busy"
        assert call.line.answered_at_ms is None


async def test_redirect_resolves_relative_urls_and_tells_the_call_is_answered(open_world):
    async with open_world() as world:
        world.configure(voice_url=world.application.base + "/a/voice?x=1")
        world.application.pages |= {
            "/a/voice": '<Response><Redirect method="GET">next?y=2</Redirect></Response>',
            "/a/next": "<Response><Hangup/></Response>",
        }
        await world.call()
        (params,) = world.application.got("/a/next")
        assert params["y"] == "2"
        assert params["CallStatus"] == "in-progress"


async def test_the_end_of_the_document_is_the_end_of_the_call(open_world):
    async with open_world() as world:
        world.configure(status_callback=world.application.base + "/status")
        world.application.pages["/voice"] = "<Response/>"
        call = await world.call()
        await world.step(0)
        assert (call.status, call.ended_by) == ("completed", "application")


async def test_the_number_reports_completed_once_with_the_length(open_world):
    async with open_world() as world:
        world.configure(status_callback=world.application.base + "/status")
        world.application.pages["/voice"] = '<Response><Say>anchor</Say><Pause length="70"/></Response>'
        call = await world.call()
        await world.until_ended(call, within_ms=90_000)
        (form,) = world.application.got("/status")
        length_s = round((call.ended_at_ms - call.line.answered_at_ms) / 1000)
        assert (form["CallStatus"], form["CallDuration"], form["Duration"]) == ("completed", str(length_s), "2")
        assert (form["SequenceNumber"], form["CallbackSource"]) == ("0", "call-progress-events")
        assert form["Timestamp"].endswith("+0000")


@pytest.mark.parametrize(("when_ms", "status"), [(500, "no-answer"), (1500, "completed")])
async def test_the_caller_may_hang_up_at_any_time(open_world, when_ms, status):
    async with open_world() as world:
        world.configure(status_callback=world.application.base + "/status")
        world.application.pages["/voice"] = '<Response><Pause/><Say>anchor</Say><Pause length="60"/></Response>'
        call = await world.call()
        await world.step(when_ms)
        calls.hang_up(call, by="caller")
        await world.step(0)
        assert call.status == status
        assert [form["CallStatus"] for form in world.application.got("/status")] == [status]
        assert call.verbs[-1].outcome == "interrupted"


async def test_new_instructions_replace_the_running_document(open_world):
    async with open_world() as world:
        world.configure()
        world.application.pages["/voice"] = '<Response><Say loop="0">anchor</Say></Response>'
        call = await world.call()
        await world.step(5000)
        before = call.line.run()
        calls.redirect(call, source=InlineDocument("<Response><Pause/><Say>basket</Say></Response>"))
        await world.until_ended(call)
        basket = speech.say("basket", voice="assistant").audio
        assert heard(call)[before:] == b"\xff" * 8000 + basket


async def test_inline_instructions_have_no_address_to_be_relative_to(open_world):
    async with open_world() as world:
        world.configure()
        world.application.pages["/voice"] = '<Response><Pause/><Say>anchor</Say><Pause length="60"/></Response>'
        call = await world.call()
        calls.redirect(call, source=InlineDocument("<Response><Redirect>/next</Redirect></Response>"))
        await world.step(0)
        assert world.problems() == [("error", 11200)]


async def test_play_fetches_and_plays_a_file(open_world):
    async with open_world() as world:
        world.configure()

        async def tune(_request, _params):
            return web.Response(body=b"\x2a" * 4000, content_type="audio/basic")

        world.application.pages |= {"/voice": '<Response><Play loop="2">/tune</Play></Response>', "/tune": tune}
        call = await world.call()
        await world.until_ended(call)
        assert heard(call) == b"\x2a" * 8000


async def test_a_number_without_a_voice_url_cannot_be_called(open_world):
    async with open_world() as world:
        with pytest.raises(calls.UnableToCall, match="not configured"):
            calls.place(world.carrier, to="+14155550100", from_="+14155552671")
        with pytest.raises(calls.UnableToCall, match="not a number"):
            calls.place(world.carrier, to="+14155550199", from_="+14155552671")


async def test_play_of_digits_waits_and_presses_keys(open_world):
    """https://www.twilio.com/docs/voice/twiml/play#attributes-digits"""
    async with open_world() as world:
        world.configure()
        world.application.pages["/voice"] = '<Response><Play digits="wW1"/></Response>'
        call = await world.call()
        await world.until_ended(call)
        (found,) = signals.find_keys(heard(call))
        assert (found.key, found.start_ms) == ("1", pytest.approx(1500, abs=10))
