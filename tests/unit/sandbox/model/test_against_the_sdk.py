"""The vendor's own Python types as referee: every server event is one of theirs, complete and without extra fields."""

import typing

import pydantic
import pytest
from openai.types.realtime import RealtimeServerEvent

from sandbox import audio
from tests.unit.sandbox.model.stepped_client import END_CALL

_BY_TYPE = {
    typing.get_args(variant.model_fields["type"].annotation)[0]: variant
    for variant in typing.get_args(typing.get_args(RealtimeServerEvent)[0])
}
# What the API adds to a session object and its own types leave out.
_UNTYPED = ("event.session", ["expires_at", "id", "object"])


def extras(value, path="event"):
    """(path, names) of every field the types do not know."""
    if isinstance(value, pydantic.BaseModel):
        if value.model_extra:
            yield path, sorted(value.model_extra)
        for name in type(value).model_fields:
            yield from extras(getattr(value, name), f"{path}.{name}")
    elif isinstance(value, list):
        for one in value:
            yield from extras(one, f"{path}[]")


@pytest.fixture
async def everything(fresh_client):
    """The events of a long and varied session."""
    client = fresh_client
    client.connect()
    events = client.read()
    vad = {"type": "server_vad", "idle_timeout_ms": 5000}
    client.send(
        "session.update",
        session={
            "type": "realtime",
            "tools": [END_CALL],
            "audio": {
                "input": {
                    "format": {"type": "audio/pcmu"},
                    "transcription": {"model": "gpt-4o-transcribe"},
                    "noise_reduction": {"type": "near_field"},
                    "turn_detection": vad,
                },
                "output": {"format": {"type": "audio/pcmu"}},
            },
        },
    )
    events += await client.respond()
    spoken_id = client.session.conversation.items[0].id
    client.send("conversation.item.truncate", item_id=spoken_id, content_index=0, audio_end_ms=100)
    client.send("conversation.item.retrieve", item_id=spoken_id)
    await client.speak(audio.silence(12_000))
    await client.say("Please tell me about your tents.")
    events += await client.wait(400)
    await client.say("No, that is all. Goodbye.")
    events += await client.wait(4000)
    call = next(item for item in client.session.conversation.items if item.type == "function_call")
    output = {"type": "function_call_output", "call_id": call.call_id, "output": "{}"}
    client.send("conversation.item.create", item=output)
    client.send("conversation.item.delete", item_id=spoken_id)
    client.faults.set({"transcription_failures": 1})
    await client.say("Hello.")
    client.send("input_audio_buffer.clear")
    client.send("no.such.event")
    events += await client.wait(5000)
    return events + await client.respond(output_modalities=["text"])


async def test_every_event_has_the_vendors_shape(everything):
    for event in everything:
        variant = _BY_TYPE[event["type"]]
        checked = variant.model_validate(event)
        assert [one for one in extras(checked) if one != _UNTYPED] == [], event["type"]


async def test_the_session_shows_all_kinds_of_events(everything):
    seen = {event["type"] for event in everything}
    never = {
        kind
        for kind in _BY_TYPE
        if "mcp" in kind or kind.startswith("output_audio_buffer") or kind.endswith(("segment", "dtmf_event_received"))
    }
    assert set(_BY_TYPE) - seen - never == {"conversation.created", "conversation.item.created"}
