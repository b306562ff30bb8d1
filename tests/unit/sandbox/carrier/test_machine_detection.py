"""Person or machine: heard from what the far end says, and told with the document or beside it."""

import pytest

from sandbox.carrier import agents
from tests.unit.sandbox.carrier.conftest import NUMBER

BOB = "+14155550177"
LONG = "We are sorry, we cannot take your call right now. Please try again in a few minutes. Goodbye."


async def answered_by(world, *, agent, **more):
    """The parameters of the document's request, and those of the callback, and the call."""
    world.carrier.agents[BOB] = agents.read({"after_ms": 500, "voice": "assistant", **agent})
    world.application.pages["/leg"] = '<Response><Pause length="40"/></Response>'
    base = world.application.base
    form = {"To": BOB, "From": NUMBER, "Url": base + "/leg", "MachineDetection": "Enable", **more}
    status, row = await world.rest("POST", "/Calls.json", data=form)
    assert status == 201, row
    call = world.carrier.calls[row["sid"]]
    await world.until_ended(call, within_ms=90_000)
    (document,) = world.application.got("/leg")
    return document, world.application.got("/amd"), call


@pytest.mark.parametrize(
    ("agent", "mode", "found"),
    [
        ({"greeting": "Hello. What can I do for you?"}, "Enable", "human"),
        ({"greeting": "Hello. What can I do for you?"}, "DetectMessageEnd", "human"),
        ({"greeting": LONG}, "Enable", "machine_start"),
        ({"greeting": LONG, "beep": True}, "DetectMessageEnd", "machine_end_beep"),
        ({"greeting": LONG}, "DetectMessageEnd", "machine_end_silence"),
        ({}, "Enable", "unknown"),
    ],
)
async def test_the_document_waits_for_the_answer(open_world, agent, mode, found):
    async with open_world() as world:
        document, callbacks, call = await answered_by(world, agent=agent, MachineDetection=mode)
        assert (document["AnsweredBy"], call.answered_by, callbacks) == (found, found, [])
        waited_ms = call.verbs[0].started_at_ms - call.line.answered_at_ms
        assert int(document["MachineDetectionDuration"]) == pytest.approx(waited_ms, abs=60)
        _, row = await world.rest("GET", f"/Calls/{call.sid}.json")
        assert row["answered_by"] == found


async def test_the_limits_can_be_set(open_world):
    async with open_world() as world:
        document, _, _ = await answered_by(
            world, agent={"greeting": "Hello. What can I do for you?"}, MachineDetectionSpeechThreshold="1000"
        )
        assert document["AnsweredBy"] == "machine_start"


async def test_asynchronous_detection_lets_the_document_run_at_once(open_world):
    async with open_world() as world:
        url = world.application.base + "/amd"
        document, (form,), call = await answered_by(
            world,
            agent={"greeting": LONG, "beep": True},
            MachineDetection="DetectMessageEnd",
            AsyncAmd="true",
            AsyncAmdStatusCallback=url,
        )
        assert "AnsweredBy" not in document
        assert call.verbs[0].started_at_ms - call.line.answered_at_ms < 100
        assert (form["AnsweredBy"], form["CallSid"]) == ("machine_end_beep", call.sid)
        assert set(form) == {"AccountSid", "CallSid", "AnsweredBy", "MachineDetectionDuration"}


async def test_a_call_that_ends_before_has_no_answer(open_world):
    async with open_world() as world:
        steps = [{"when": "after_ms", "after_ms": 300, "hang_up": True}]
        url = world.application.base + "/amd"
        _, callbacks, call = await answered_by(
            world, agent={"steps": steps}, AsyncAmd="true", AsyncAmdStatusCallback=url
        )
        assert (callbacks, call.answered_by) == ([], "")


async def test_nobody_to_tell_is_a_warning(open_world):
    async with open_world() as world:
        await answered_by(world, agent={"greeting": LONG}, AsyncAmd="true")
        assert world.problems() == [("warning", 21262)]
