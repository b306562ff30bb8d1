"""<Gather>: keys and speech end a question, silence goes on with the next verb."""

import pytest

from sandbox import audio, speech
from sandbox.carrier import calls

QUESTION = speech.say("anchor basket", voice="assistant").audio
ANSWER = speech.say("Please tell me about your tents.").audio
EMPTY = 'timeout="2" actionOnEmptyResult="true"'


async def asked(world, attributes: str = "", *, question: str = "<Say>anchor basket</Say>"):
    world.configure()
    world.application.pages |= {
        "/voice": f'<Response><Gather action="/got" {attributes}>{question}</Gather><Redirect>/nothing</Redirect>'
        "</Response>",
        "/got": '<Response><Pause length="600"/></Response>',
        "/nothing": '<Response><Pause length="600"/></Response>',
    }
    return await world.call()


def press(world, call, keys: str) -> None:
    world.carrier.spawn(calls.press(world.carrier, call=call, keys=keys))


async def test_so_many_keys_cut_the_question_short_and_ask_the_action(open_world):
    async with open_world() as world:
        call = await asked(world, 'numDigits="3"')
        await world.step(200)
        press(world, call, "4071")
        await world.step(700)
        (form,) = world.application.got("/got")
        assert form["Digits"] == "407"
        assert (form["CallSid"], form["CallStatus"]) == (call.sid, "in-progress")
        call.line.run()
        heard = bytes(call.line.outbound.past).rstrip(b"\xff")
        assert len(heard) < 400 * 8 < len(QUESTION)
        assert world.application.got("/nothing") == []


async def test_the_finishing_key_ends_an_entry_and_is_no_part_of_it(open_world):
    async with open_world() as world:
        call = await asked(world, 'finishOnKey="*" timeout="20"')
        press(world, call, "12#5*9")
        await world.step(1500)
        assert [form["Digits"] for form in world.application.got("/got")] == ["12#5"]


async def test_an_entry_without_an_end_is_over_after_the_timeout_from_its_last_key(open_world):
    async with open_world() as world:
        call = await asked(world, 'timeout="3"')
        press(world, call, "12")
        await world.step(2000)
        press(world, call, "3")
        await world.step(2900)
        assert world.application.got("/got") == []
        await world.step(300)
        assert [form["Digits"] for form in world.application.got("/got")] == ["123"]


@pytest.mark.parametrize("keys", ["", "#"])
async def test_who_enters_nothing_goes_on_with_the_next_verb(open_world, keys):
    async with open_world() as world:
        call = await asked(world, 'timeout="3"')
        if keys:
            press(world, call, keys)
        await world.step(len(QUESTION) / 8 + 2900)
        assert len(world.application.got("/nothing")) == len(keys)
        await world.step(300)
        assert len(world.application.got("/nothing")) == 1
        assert world.application.got("/got") == []


async def test_an_empty_entry_is_told_to_whoever_wants_to_know(open_world):
    async with open_world() as world:
        await asked(world, EMPTY, question="")
        await world.step(2100)
        assert [form["Digits"] for form in world.application.got("/got")] == [""]
        await asked(world, EMPTY + ' input="speech"', question="")
        await world.step(2100)
        assert [form.get("SpeechResult") for form in world.application.got("/got")] == [None, ""]


async def test_speech_is_understood_when_it_is_over(open_world):
    async with open_world() as world:
        call = await asked(world, 'input="dtmf speech" speechTimeout="1"')
        await world.step(300)
        call.line.say(ANSWER)
        await world.step(len(ANSWER) / 8 + 900)
        assert world.application.got("/got") == []
        await world.step(300)
        (form,) = world.application.got("/got")
        assert form["SpeechResult"] == "Please tell me about your tents."
        assert 0 < float(form["Confidence"]) <= 1
        assert "Digits" not in form
        call.line.run()
        assert len(bytes(call.line.outbound.past).rstrip(b"\xff")) < len(QUESTION)


async def test_what_nobody_understands_is_no_answer(open_world):
    async with open_world() as world:
        call = await asked(world, 'input="speech" speechTimeout="1"', question="")
        call.line.say(b"\x10\x90" * 4000)
        await world.step(2100)
        assert len(world.application.got("/nothing")) == 1


async def test_a_key_ends_speech_that_was_under_way(open_world):
    async with open_world() as world:
        call = await asked(world, 'input="speech dtmf" numDigits="1"', question="")
        call.line.say(ANSWER)
        await world.step(400)
        press(world, call, "2")
        await world.step(200)
        assert [form["Digits"] for form in world.application.got("/got")] == ["2"]


async def test_a_question_that_may_not_be_interrupted_is_finished(open_world):
    async with open_world() as world:
        call = await asked(world, 'numDigits="1" bargeIn="false"')
        await world.step(200)
        press(world, call, "1")
        await world.step(len(QUESTION) / 8 + 200)
        assert [form["Digits"] for form in world.application.got("/got")] == ["1"]
        call.line.run()
        assert bytes(call.line.outbound.past).startswith(QUESTION)


async def test_without_an_action_the_document_itself_is_asked(open_world):
    async with open_world() as world:
        world.configure()
        world.application.pages["/voice"] = '<Response><Gather numDigits="1"><Pause length="9"/></Gather></Response>'
        call = await world.call()
        press(world, call, "8")
        await world.step(300)
        assert [form.get("Digits") for form in world.application.got("/voice")] == [None, "8"]


async def test_the_tones_are_in_a_recording_that_runs(open_world):
    async with open_world() as world:
        call = await asked(world, 'numDigits="2"', question="")
        press(world, call, "42")
        await world.step(500)
        call.line.run()
        assert bytes(call.line.inbound.past).startswith(audio.dtmf_tone("4") + audio.dtmf_tone("2"))


async def test_a_hang_up_asks_nobody(open_world):
    async with open_world() as world:
        call = await asked(world)
        press(world, call, "1")
        await world.step(300)
        calls.hang_up(call, by="caller")
        await world.step(6000)
        assert (world.application.got("/got"), world.application.got("/nothing")) == ([], [])
        assert call.key_listeners == []


@pytest.mark.parametrize("attributes", ['input="speech" speechTimeout="auto"', 'speechTimeout="auto"'])
async def test_an_automatic_end_of_speech_needs_a_model_that_can_do_it(open_world, attributes):
    async with open_world() as world:
        await asked(world, attributes)
        await world.step(100)
        assert world.problems() == [("error", 13335)]
        call = await asked(world, 'input="speech" speechTimeout="auto" speechModel="phone_call"', question="")
        call.line.say(ANSWER)
        await world.step(len(ANSWER) / 8 + 1200)
        assert len(world.application.got("/got")) == 1
