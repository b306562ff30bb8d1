"""What the model remembers of a conversation, and how it sums one up."""

import pytest

from sandbox import speech
from sandbox.model import summary
from sandbox.model.conversation import Item, Source
from tests.unit.sandbox.model.stepped_client import pick, spoken

ASKS = "Which word did I tell you?"
UNKNOWN = "I do not know the word."


def typed(text, role="user", **fields):
    kind = "output_text" if role == "assistant" else "input_text"
    return {"type": "message", "role": role, "content": [{"type": kind, "text": text}], **fields}


def put_in(client, *items):
    for item in items:
        client.send("conversation.item.create", item=item)
    assert all(event["type"] != "error" for event in client.read())


def said(events):
    return pick(events, "response.output_audio_transcript.done")["transcript"]


async def asked(client, text=ASKS):
    """Say it, and what is answered."""
    await client.say(text)
    return said(client.read() + await client.wait(4000))


# --- remembering --------------------------------------------------------------------------------------------------


async def test_a_word_that_was_spoken_is_known_later(client):
    await client.say("Please remember the word lantern.")
    events = client.read() + await client.wait(4000)
    assert said(events) == "I will remember lantern."
    assert speech.recognise(spoken(events)) == "I will remember lantern"
    assert await asked(client, "Thank you very much.")
    await client.say(ASKS)
    events = client.read() + await client.wait(4000)
    assert said(events) == "You told me the word lantern."
    assert speech.recognise(spoken(events)) == "You told me the word lantern"


async def test_a_word_nobody_told_is_not_known(client):
    assert await asked(client) == UNKNOWN
    assert await asked(client) == UNKNOWN


async def test_the_newest_word_counts_and_a_deleted_one_does_not(client):
    put_in(client, typed("Please remember the word anchor.", id="first"))
    put_in(client, typed("Please remember the word basket.", id="second"))
    assert await asked(client) == "You told me the word basket."
    client.send("conversation.item.delete", item_id="second")
    client.read()
    assert await asked(client) == "You told me the word anchor."


@pytest.mark.parametrize("role", ["user", "system", "assistant"])
async def test_what_an_application_put_in_is_remembered(client, role):
    history = "The call so far.\nCaller: Please remember the word “tiger”.\nAssistant: I will remember tiger."
    put_in(client, typed(history, role))
    assert await asked(client) == "You told me the word tiger."


async def test_in_one_text_the_last_word_counts(client):
    put_in(client, typed("Caller: remember the word anchor.\nCaller: remember the word basket.", "system"))
    assert await asked(client) == "You told me the word basket."


async def test_what_the_model_itself_said_is_no_proof(client):
    await client.say("Please remember the word lantern.")
    client.read()
    await client.wait(4000)
    first, answer = client.session.conversation.items
    assert await asked(client) == "You told me the word lantern."
    client.send("conversation.item.delete", item_id=first.id)
    client.read()
    assert answer.source is Source.MODEL
    assert await asked(client) == UNKNOWN


async def test_a_typed_question_and_a_result_of_a_tool(client):
    client.rule("my order", recalls=r'"order": "(\w+)"', says=r"It is order \1.", otherwise="Which order?")
    put_in(client, typed("What about my order?"))
    assert said(await client.respond()) == "Which order?"
    put_in(client, {"type": "function_call", "call_id": "call_1", "name": "look_up", "arguments": "{}"})
    put_in(client, {"type": "function_call_output", "call_id": "call_1", "output": '{"order": "A7"}'})
    put_in(client, typed("What about my order?"))
    assert said(await client.respond()) == "It is order A7."


async def test_beside_the_conversation_only_the_given_items_are_known(client):
    put_in(client, typed("Please remember the word anchor.", id="told"))
    question = typed(ASKS)
    texts = []
    for given in (
        [question],
        [typed("the word basket"), question],
        [{"type": "item_reference", "id": "told"}, question],
    ):
        done = await client.respond(conversation="none", output_modalities=["text"], input=given)
        texts.append(done[-1]["response"]["output"][0]["content"][0]["text"])
    assert texts == [UNKNOWN, "You told me the word basket.", "You told me the word anchor."]


# --- a conversation that is restored ------------------------------------------------------------------------------


async def test_restored_turns_are_not_answered_again(client):
    put_in(client, typed("Please tell me about your tents."), typed("We have three kinds.", "assistant"))
    assert said(await client.respond()) == "Are you still there?"
    assert await asked(client, "Thank you very much.")


async def test_the_question_that_was_left_open_is_answered(client):
    told, answer = typed("Please remember the word river."), typed("I will remember river.", "assistant")
    put_in(client, told, answer, typed(ASKS))
    assert said(await client.respond()) == "You told me the word river."


async def test_a_summary_is_background_and_no_question(client):
    put_in(client, typed("Summary. Caller: Please remember the word river.", "system"))
    assert "remember" not in said(await client.respond())
    assert await asked(client) == "You told me the word river."


# --- summing up ---------------------------------------------------------------------------------------------------


async def summed_up(client, **response):
    wanted = {
        "conversation": "none",
        "output_modalities": ["text"],
        "instructions": "Write a short summary.",
        **response,
    }
    done = (await client.respond(**wanted))[-1]["response"]
    assert done["conversation_id"] is None
    return done["output"][0]["content"][0]["text"]


async def test_a_summary_is_made_of_the_items(client):
    await client.say("Please remember the word lantern.")
    client.read()
    await client.wait(4000)
    text = await summed_up(client, metadata={"topic": "summary"})
    assert text == "Summary. Caller: Please remember the word lantern. Assistant: I will remember lantern."
    text = await summed_up(client, input=[typed("anchor basket candle")])
    assert text == "Summary. Caller: anchor basket candle."


async def test_a_summary_in_a_new_session_keeps_the_memory(client):
    put_in(client, typed("Please remember the word walnut."))
    text = await summed_up(client)
    client.session.stop()
    client.connect()
    client.configure()
    put_in(client, typed(f"The call so far, in short: {text}", "system"))
    assert await asked(client) == "You told me the word walnut."


async def test_nothing_to_sum_up(client):
    assert await summed_up(client) == "There is nothing to summarise."


async def test_in_the_conversation_nothing_is_summed_up(client):
    put_in(client, typed("What are your opening hours?"))
    assert said(await client.respond(instructions="Give a summary.")).startswith("We are open")


def test_a_long_item_is_cut_down_to_its_telling_words():
    words = "I would like to know when the parcel with the green tent and the blue jacket and the tent pegs will come"
    text = summary.summarise([Item("a", "message", role="user", content=[{"type": "input_text", "text": words}])])
    assert text == "Summary. Caller: like, know, parcel, green, tent, blue, jacket, pegs, come."
