"""<Enqueue>, <Leave> and <Dial><Queue>: calls wait, hear where they stand, and are taken out one after the other."""

import pytest

from sandbox import speech
from sandbox.carrier import calls
from sandbox.carrier.state import InlineDocument

PAUSE = '<Response><Pause length="600"/></Response>'
WAIT = "<Response><Say>anchor</Say><Pause/></Response>"
REQUEST, ANSWER = speech.say("Thank you very much.").audio, speech.say("Please tell me about your tents.").audio
OTHER_NUMBER = "+14155550101"


async def queued(
    world, attributes: str = 'waitUrl="/wait"', *, inside: str = "support", wait: str = WAIT, **facts: str
):
    world.configure()
    enqueue = f'<Enqueue action="/done" {attributes}>{inside}</Enqueue>'
    world.application.pages |= {
        "/voice": f"<Response>{enqueue}<Redirect>/next</Redirect></Response>",
        "/wait": wait,
        "/done": PAUSE,
        "/next": PAUSE,
    }
    return await world.call(**facts)


async def dialling(world, noun: str = "<Queue>support</Queue>", attributes: str = ""):
    """Somebody on the other number dials the queue."""
    number = world.carrier.number_of(OTHER_NUMBER)
    number.voice_url = world.application.base + "/agent"
    world.application.pages |= {
        "/agent": f'<Response><Dial action="/dialled" {attributes}>{noun}</Dial></Response>',
        "/dialled": PAUSE,
    }
    return await world.call(to=OTHER_NUMBER, from_="+12125550111")


def results(world) -> list[str]:
    return [form["QueueResult"] for form in world.application.got("/done")]


async def test_the_wait_document_is_told_the_place_and_heard_again_and_again(open_world):
    async with open_world() as world:
        await queued(world)
        await world.step(4000)
        await queued(world)
        await world.step(300)
        first, *again, second = world.application.got("/wait")
        assert (first["QueuePosition"], first["CurrentQueueSize"], first["QueueTime"]) == ("1", "1", "0")
        assert first["AvgQueueTime"] == "0"
        assert len(again) >= 2
        assert [int(form["QueueTime"]) for form in again] == sorted(int(form["QueueTime"]) for form in again)
        assert (second["QueuePosition"], second["CurrentQueueSize"]) == ("2", "2")
        assert second["QueueSid"] == first["QueueSid"]
        assert second["QueueSid"].startswith("QU")


async def test_without_a_wait_document_there_is_music(open_world):
    async with open_world() as world:
        call = await queued(world, "")
        await world.step(1000)
        call.line.run()
        assert len(set(call.line.outbound.past)) > 10


async def test_leave_goes_on_behind_the_queue(open_world):
    async with open_world() as world:
        await queued(world, wait="<Response><Pause/><Leave/></Response>")
        await world.step(1500)
        (form,) = world.application.got("/done")
        assert (form["QueueResult"], form["QueueTime"]) == ("leave", "1")
        assert world.carrier.queues["support"].waiting == []


async def test_without_an_action_the_next_verb_follows(open_world):
    async with open_world() as world:
        call = await queued(world)
        world.application.pages["/voice"] = (
            '<Response><Enqueue waitUrl="/wait">other</Enqueue><Redirect>/next</Redirect></Response>'
        )
        world.application.pages["/wait"] = "<Response><Leave/></Response>"
        call = await world.call()
        await world.step(100)
        assert [form["CallSid"] for form in world.application.got("/next")] == [call.sid]


async def test_a_key_may_lead_out_of_the_queue(open_world):
    async with open_world() as world:
        gather = '<Response><Gather numDigits="1" action="/key"><Pause length="9"/></Gather></Response>'
        call = await queued(world, wait=gather)
        world.application.pages["/key"] = "<Response><Leave/></Response>"
        world.carrier.spawn(calls.press(world.carrier, call=call, keys="1"))
        await world.step(300)
        (form,) = world.application.got("/key")
        assert (form["Digits"], form["QueuePosition"]) == ("1", "1")
        assert results(world) == ["leave"]


async def test_a_full_queue_takes_nobody(open_world):
    async with open_world() as world:
        await queued(world, 'waitUrl="/wait" maxQueueSize="1"')
        await queued(world, 'waitUrl="/wait" maxQueueSize="1"')
        await world.step(100)
        assert results(world) == ["queue-full"]


async def test_new_instructions_take_a_call_out(open_world):
    async with open_world() as world:
        call = await queued(world)
        await world.step(500)
        calls.redirect(call, source=InlineDocument(PAUSE))
        await world.step(100)
        assert results(world) == ["redirected"]
        assert (call.is_live, world.carrier.queues["support"].waiting) == (True, [])
        assert call.verbs[-1].verb == "Pause"


async def test_a_hang_up_while_waiting_is_told(open_world):
    async with open_world() as world:
        call = await queued(world)
        await world.step(2000)
        calls.hang_up(call, by="caller")
        await world.step(100)
        (form,) = world.application.got("/done")
        assert (form["QueueResult"], form["CallStatus"], form["QueueTime"]) == ("hangup", "completed", "2")


async def test_the_wait_document_may_end_the_call(open_world):
    async with open_world() as world:
        call = await queued(world, wait="<Response><Pause/><Hangup/></Response>")
        await world.step(1500)
        assert (call.status, call.ended_by) == ("completed", "application")


async def test_a_wait_document_that_fails_ends_the_waiting(open_world):
    async with open_world() as world:
        await queued(world, wait="<Response><Record/></Response>")
        await world.step(100)
        assert results(world) == ["error"]
        assert world.problems() == [("error", 12200)]


async def test_whoever_dials_the_queue_talks_to_the_one_who_waited_longest(open_world):
    async with open_world() as world:
        first = await queued(world)
        second = await queued(world)
        await world.step(2000)
        agent = await dialling(world)
        await world.step(200)
        first.line.say(REQUEST)
        await world.step(3000)
        agent.line.say(ANSWER)
        await world.step(4000)
        assert REQUEST in bytes(agent.line.outbound.past)
        assert ANSWER in bytes(first.line.outbound.past)
        assert REQUEST not in bytes(second.line.outbound.past)
        calls.hang_up(agent, by="caller")
        await world.step(100)
        (form,) = world.application.got("/done")
        assert (form["CallSid"], form["QueueResult"]) == (first.sid, "bridged")
        assert first.is_live


async def test_when_the_customer_hangs_up_the_dial_is_over(open_world):
    async with open_world() as world:
        customer = await queued(world)
        agent = await dialling(world)
        await world.step(3000)
        calls.hang_up(customer, by="caller")
        await world.step(100)
        (form,) = world.application.got("/dialled")
        assert (form["DialCallStatus"], form["DialBridged"], form["DialCallSid"]) == ("completed", "true", customer.sid)
        assert form["DialCallDuration"] == "3"
        assert (agent.is_live, results(world)) == (True, ["bridged"])


async def test_what_is_said_before_is_heard_by_the_waiting_call_alone(open_world):
    async with open_world() as world:
        customer = await queued(world)
        world.application.pages["/before"] = "<Response><Say>lantern</Say></Response>"
        agent = await dialling(world, '<Queue url="/before">support</Queue>')
        await world.step(2000)
        (form,) = world.application.got("/before")
        assert (form["CallSid"], form["DequeingCallSid"]) == (customer.sid, agent.sid)
        assert form["QueueTime"] == "0"
        assert "lantern" in (speech.recognise(bytes(customer.line.outbound.past)) or "")
        assert speech.recognise(bytes(agent.line.outbound.past)) is None


async def test_an_empty_queue_is_waited_at_until_the_timeout(open_world):
    async with open_world() as world:
        customer = await queued(world)
        calls.hang_up(customer, by="caller")
        await world.step(100)
        await dialling(world, attributes='timeout="3"')
        await world.step(3100)
        assert [form["DialCallStatus"] for form in world.application.got("/dialled")] == ["no-answer"]


async def test_a_queue_nobody_ever_waited_in_does_not_exist(open_world):
    async with open_world() as world:
        await dialling(world)
        await world.step(100)
        assert [form["DialCallStatus"] for form in world.application.got("/dialled")] == ["failed"]


async def test_a_workflow_makes_a_task_with_its_attributes(open_world):
    async with open_world() as world:
        workflow = "WW" + "0" * 31 + "7"
        task = '<Task priority="5">{"language": "en", "account": 7419}</Task>'
        call = await queued(world, f'workflowSid="{workflow}" waitUrl="/wait"', inside=task)
        await world.step(500)
        (entry,) = world.carrier.ledger.since(kind="task")
        assert entry["attributes"] == {"language": "en", "account": 7419}
        assert (entry["workflow_sid"], entry["call_sid"], entry["priority"]) == (workflow, call.sid, 5)
        assert world.application.got("/wait")[0]["QueuePosition"] == "1"
        assert str(entry["task_sid"]).startswith("WT")


@pytest.mark.parametrize(
    ("attributes", "inside"),
    [("", ""), ('workflowSid="WW00000000000000000000000000000007"', "<Task>{broken</Task>")],
)
async def test_an_enqueue_without_a_place_is_an_error(open_world, attributes, inside):
    async with open_world() as world:
        await queued(world, attributes, inside=inside)
        await world.step(100)
        assert world.problems() == [("error", 12200)]


async def test_leave_outside_of_a_queue_is_an_error(open_world):
    async with open_world() as world:
        world.configure()
        world.application.pages["/voice"] = "<Response><Leave/></Response>"
        await world.call()
        await world.step(100)
        assert world.problems() == [("error", 12200)]
