"""The speaking side, event by event: cancelling, barge-in, truncation, function calls, out of band."""

import base64
import json

import pytest

from sandbox import audio, speech
from tests.unit.sandbox.model.stepped_client import END_CALL, kinds, pick, spoken, without_deltas

GREETING = "Thank you for calling Marlow Outdoor. How can I help you today?"
TENTS = "Please tell me about your tents."


# --- one at a time, and stopping ----------------------------------------------------------------------------------


async def test_a_second_response_is_refused_while_one_runs(client):
    client.send("response.create")
    client.read()
    client.send("response.create", event_id="second")
    error = client.read_error()
    assert (error["code"], error["event_id"]) == ("conversation_already_has_active_response", "second")
    assert kinds(await client.wait(5000)).count("response.done") == 1


@pytest.mark.parametrize("named", [True, False])
async def test_cancelling(client, named):
    client.send("response.create")
    response_id = client.read()[0]["response"]["id"]
    await client.wait(300)
    client.send("response.cancel", **({"response_id": response_id} if named else {}))
    events = client.read()
    assert kinds(events) == [
        "response.output_audio.done",
        "response.output_audio_transcript.done",
        "response.content_part.done",
        "response.output_item.done",
        "conversation.item.done",
        "response.done",
    ]
    done = events[-1]["response"]
    assert done["status_details"] == {"type": "cancelled", "reason": "client_cancelled"}
    assert done["output"][0]["status"] == "incomplete"
    assert GREETING.startswith(done["output"][0]["content"][0]["transcript"])
    assert done["usage"]["output_token_details"]["audio_tokens"] > 0
    assert await client.wait(5000) == []


@pytest.mark.parametrize("fields", [{}, {"response_id": "resp_unknown"}])
async def test_nothing_to_cancel(client, fields):
    client.send("response.cancel", event_id="mine", **fields)
    error = client.read_error()
    assert (error["code"], error["event_id"]) == ("response_cancel_not_active", "mine")


async def test_barge_in_cancels_the_response(client):
    client.rule("tents", says=GREETING, burst_ms=4000)
    await client.say(TENTS)
    await client.wait(1000)
    await client.speak(speech.say("Hello.").audio[:1600])
    events = client.read()
    assert kinds(events)[0] == "input_audio_buffer.speech_started"
    done = events[-1]["response"]
    assert done["status"] == "cancelled"
    assert done["status_details"] == {"type": "cancelled", "reason": "turn_detected"}


async def test_a_response_that_is_not_to_be_interrupted(fresh_client):
    client = fresh_client
    client.connect()
    client.configure(turn_detection={"type": "server_vad", "interrupt_response": False})
    client.rule("tents", says=GREETING, burst_ms=6000)
    await client.say(TENTS)
    await client.wait(500)
    await client.say("Hello.")
    events = client.read()
    assert "input_audio_buffer.committed" in kinds(events)
    # The turn cannot be answered while the other response runs: the automatic one fails.
    assert pick(events, "error")["error"]["code"] == "conversation_already_has_active_response"
    assert pick(await client.wait(8000), "response.done")["response"]["status"] == "completed"


async def test_what_was_cut_off_before_its_first_word_is_still_answered(client):
    await client.say("What about your opening hours?")
    client.read()
    await client.say("Hm.")
    events = client.read() + await client.wait(5000)
    assert [event["response"]["status"] for event in events if event["type"] == "response.done"] == [
        "cancelled",
        "completed",
    ]
    assert pick(events, "response.output_audio_transcript.done")["transcript"].startswith("We are open")


# --- truncation ---------------------------------------------------------------------------------------------------


async def test_truncation_bookkeeping(client):
    events = await client.respond()
    item_id, heard = events[-1]["response"]["output"][0]["id"], spoken(events)
    full_ms = len(heard) // 8
    client.send("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=full_ms + 1, event_id="e1")
    error = client.read_error()
    assert (error["code"], error["param"], error["event_id"]) == ("invalid_value", "audio_end_ms", "e1")
    client.send("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=1234)
    (cut,) = client.read()
    assert (cut["type"], cut["item_id"], cut["content_index"], cut["audio_end_ms"]) == (
        "conversation.item.truncated",
        item_id,
        0,
        1234,
    )
    client.send("conversation.item.retrieve", item_id=item_id)
    part = client.read()[0]["item"]["content"][0]
    assert part["transcript"] is None
    assert base64.b64decode(part["audio"]) == heard[: 1234 * 8]
    client.send("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=0)
    assert kinds(client.read()) == ["conversation.item.truncated"]


async def test_what_was_cut_costs_no_input_later(client):
    events = await client.respond()
    item_id = events[-1]["response"]["output"][0]["id"]
    client.send("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=500)
    client.read()
    usage = (await client.respond())[-1]["response"]["usage"]
    assert usage["input_token_details"]["audio_tokens"] == 10


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"item_id": "item_unknown", "content_index": 0, "audio_end_ms": 0}, "item_truncate_invalid_item_id"),
        ({"item_id": "typed", "content_index": 0, "audio_end_ms": 0}, "invalid_value"),
    ],
)
async def test_truncating_what_has_no_audio(client, fields, code):
    item = {"type": "message", "id": "typed", "role": "user", "content": [{"type": "input_text", "text": "x"}]}
    client.send("conversation.item.create", item=item)
    client.read()
    client.send("conversation.item.truncate", **fields)
    assert client.read_error()["code"] == code


# --- function calls -----------------------------------------------------------------------------------------------


async def with_end_call(client):
    client.configure(tools=[END_CALL])
    await client.say("No, that is all. Goodbye.")
    return await client.wait(5000)


async def test_a_goodbye_and_a_function_call_in_one_response(client):
    events = await with_end_call(client)
    done = events[-1]["response"]
    message, call = done["output"]
    assert message["content"][0]["transcript"].endswith("Goodbye.")
    assert (call["type"], call["name"], call["status"]) == ("function_call", "end_call", "completed")
    assert json.loads(call["arguments"]) == {"reason": "caller_finished"}
    pieces = [event for event in events if event["type"] == "response.function_call_arguments.delta"]
    finished = pick(events, "response.function_call_arguments.done")
    assert "".join(piece["delta"] for piece in pieces) == finished["arguments"] == call["arguments"]
    assert len(pieces) > 1
    assert {event["call_id"] for event in (*pieces, finished)} == {call["call_id"]}
    assert {event["output_index"] for event in (*pieces, finished)} == {1}
    assert finished["name"] == "end_call"
    assert without_deltas(events)[-7:] == [
        "conversation.item.done",
        "response.output_item.added",
        "conversation.item.added",
        "response.function_call_arguments.done",
        "response.output_item.done",
        "conversation.item.done",
        "response.done",
    ]


async def test_the_result_of_a_function_call(client):
    call = (await with_end_call(client))[-1]["response"]["output"][1]
    assert await client.wait(5000) == []  # it waits for the result
    output = {"type": "function_call_output", "call_id": call["call_id"], "output": '{"ok": true}'}
    client.send("conversation.item.create", item=output)
    assert kinds(client.read()) == ["conversation.item.added", "conversation.item.done"]
    done = (await client.respond())[-1]["response"]
    assert (done["status"], done["output"]) == ("completed", [])


async def test_a_result_without_a_call(client):
    output = {"type": "function_call_output", "call_id": "call_unknown", "output": "{}"}
    client.send("conversation.item.create", item=output)
    assert client.read_error()["code"] == "invalid_tool_call_id"


async def test_tool_choice(client):
    client.configure(tools=[END_CALL])
    await client.say("Thank you very much.")
    await client.wait(5000)
    forced = (await client.respond(tool_choice={"type": "function", "name": "end_call"}))[-1]["response"]["output"]
    assert [item["type"] for item in forced] == ["function_call"]
    assert set(json.loads(forced[0]["arguments"])) == {"reason"}
    required = (await client.respond(tool_choice="required"))[-1]["response"]["output"]
    assert [item["type"] for item in required] == ["function_call"]
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "goodbye"}]}
    client.send("conversation.item.create", item=item)
    none = (await client.respond(tool_choice="none"))[-1]["response"]["output"]
    assert [item["type"] for item in none] == ["message"]


# --- beside the conversation --------------------------------------------------------------------------------------


async def test_out_of_band_beside_a_running_response(client):
    client.send("response.create")
    client.send(
        "response.create",
        response={
            "conversation": "none",
            "output_modalities": ["text"],
            "metadata": {"topic": "summary"},
            "input": [],
            "instructions": "Write “A summary.”",
        },
    )
    events = client.read() + await client.wait(5000)
    ended = {
        event["response"]["conversation_id"]: event["response"] for event in events if event["type"] == "response.done"
    }
    assert set(ended) == {None, client.session.conversation.id}
    beside = ended[None]
    assert beside["output"][0]["content"] == [{"type": "output_text", "text": "A summary."}]
    assert beside["metadata"] == {"topic": "summary"}
    assert kinds(events).count("conversation.item.added") == 1
    assert len(client.session.conversation.items) == 1


async def test_out_of_band_can_refer_to_items(client):
    item = {"type": "message", "id": "asked", "role": "user", "content": [{"type": "input_text", "text": "how much?"}]}
    client.send("conversation.item.create", item=item)
    client.read()
    references = [{"type": "item_reference", "id": "asked"}]
    events = await client.respond(conversation="none", output_modalities=["text"], input=references)
    assert "Our two person tents" in events[-1]["response"]["output"][0]["content"][0]["text"]
    client.send("response.create", response={"conversation": "none", "input": [{"type": "item_reference", "id": "x"}]})
    assert client.read_error()["code"] == "item_reference_invalid_item_id"


async def test_cancelling_a_response_beside_the_conversation(client):
    client.send("response.create", response={"conversation": "none"})
    response_id = client.read()[0]["response"]["id"]
    client.send("response.cancel")
    assert client.read_error()["code"] == "response_cancel_not_active"
    client.send("response.cancel", response_id=response_id)
    assert client.read()[-1]["response"]["status"] == "cancelled"


async def test_barge_in_leaves_a_response_beside_the_conversation_alone(client):
    client.send("response.create", response={"conversation": "none", "output_modalities": ["text"]})
    await client.speak(speech.say("Hello.").audio[:1600])
    assert pick(client.read() + await client.wait(3000), "response.done")["response"]["status"] == "completed"


# --- text from the application ------------------------------------------------------------------------------------


async def test_a_keypad_item_is_answered(client):
    await client.respond()
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "[keypad] 1"}]}
    client.send("conversation.item.create", item=item)
    added, done = client.read()
    assert added["previous_item_id"] == done["previous_item_id"] == client.session.conversation.items[0].id
    answer = pick(await client.respond(), "response.output_audio_transcript.done")["transcript"]
    assert answer.startswith("Orders.")


async def test_random_words_are_repeated(client):
    await client.say("please note walnut river tiger")
    events = client.read() + await client.wait(3000)
    assert speech.recognise(spoken(events)) == "I noted walnut river tiger"


async def test_an_answered_question_is_not_answered_again(client):
    await client.say(TENTS)
    await client.wait(5000)
    again = pick(await client.respond(), "response.output_audio_transcript.done")["transcript"]
    assert again == "Are you still there?"


# --- the voice ----------------------------------------------------------------------------------------------------


async def test_the_voice_is_locked_by_the_first_audio(client):
    change = {"type": "realtime", "audio": {"output": {"voice": "cedar"}}}
    client.send("session.update", session=change)
    assert kinds(client.read()) == ["session.updated"]
    await client.respond()
    client.send("session.update", session=change)
    assert kinds(client.read()) == ["session.updated"]
    change["audio"]["output"]["voice"] = "marin"
    client.send("session.update", session=change)
    assert client.read_error()["code"] == "cannot_update_voice"
    client.send("response.create", response={"audio": {"output": {"voice": "marin"}}})
    assert client.read_error()["code"] == "cannot_update_voice"


async def test_the_speed_changes_between_responses_only(client):
    faster = {"type": "realtime", "audio": {"output": {"speed": 1.2}}}
    client.send("response.create")
    client.read()
    client.send("session.update", session=faster)
    assert client.read_error()["param"] == "session.audio.output.speed"
    await client.wait(5000)
    client.send("session.update", session=faster)
    assert kinds(client.read()) == ["session.updated"]


async def test_silence_is_never_spoken_between_sentences(client):
    events = await client.respond()
    assert audio.level_dbfs(spoken(events)[-800:]) > -60
