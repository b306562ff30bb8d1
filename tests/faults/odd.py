"""Strange values and messages, drawn by lot: a genuine message with one thing or several things wrong."""

import base64
import copy
import json
import random
from typing import Any

SOUND = base64.b64encode(b"\x7f" * 160).decode()
STREAM, CALL = "MZ" + "1" * 32, "CA" + "1" * 32
_WORDS = ("", " ", "\x00", "\ud800", "é", "\U0001f600", "-1", "1e999", "NaN", "null", "../..", "<b>", "' OR 1=1", "٥٠٠")
_NUMBERS = (0, -1, 1, 2**31, 2**63, 10**30, -(10**30), 0.5, float("inf"), float("-inf"), float("nan"), 1e308)


def value(dice: random.Random, depth: int = 3) -> Any:
    """Anything JSON can say."""
    kind = dice.randrange(8 if depth else 5)
    if kind == 0:
        return dice.choice((None, True, False))
    if kind == 1:
        return dice.choice(_NUMBERS)
    if kind == 2:
        return dice.choice(_WORDS)
    if kind == 3:
        return "x" * dice.choice((1, 50, 5000))
    if kind == 4:
        return SOUND[: dice.randrange(len(SOUND))]
    if kind == 5:
        return [value(dice, depth - 1) for _ in range(dice.randrange(4))]
    return {dice.choice(_WORDS): value(dice, depth - 1) for _ in range(dice.randrange(4))}


def _places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(place for key, child in inner for place in _places(child, (*path, key)))]


def changed(message: dict[str, Any], dice: random.Random) -> Any:
    """The message with one node replaced, taken out, or something put beside it."""
    made = copy.deepcopy(message)
    places = [place for place in _places(made) if place]
    place = dice.choice(places) if places else ()
    node: Any = made
    for key in place[:-1]:
        node = node[key]
    how = dice.randrange(4)
    if not place or (how == 0 and dice.random() < 0.2):
        return value(dice)
    if how == 1 and isinstance(node, dict):
        del node[place[-1]]
    elif how == 2 and isinstance(node, dict):
        node[dice.choice(_WORDS)] = value(dice)
    else:
        node[place[-1]] = value(dice)
    return made


def text(message: Any, dice: random.Random) -> str:
    """The message as text; now and then the text itself is spoilt."""
    written = json.dumps(message, ensure_ascii=dice.random() < 0.5)
    how = dice.randrange(12)
    at = dice.randrange(len(written) + 1)
    if how == 0:
        return written[:at]
    if how == 1:
        return written[:at] + dice.choice('{}[]",:\\\x00é') + written[at:]
    if how == 2:
        return written * 2
    return written


def message(genuine: list[dict[str, Any]], dice: random.Random) -> Any:
    """One of these, genuine in one of three cases, else with up to three changes."""
    made: Any = dice.choice(genuine)
    for _ in range(dice.choice((0, 1, 1, 2, 3))):
        made = changed(made, dice) if isinstance(made, dict) else value(dice)
    return made


def of_carrier(*, sequence: int = 2, at_ms: int = 20, stream: str = STREAM) -> list[dict[str, Any]]:
    """What Twilio may send after `start`; media as often as everything else together."""
    head = {"sequenceNumber": str(sequence), "streamSid": stream}
    media = {"track": "inbound", "chunk": str(sequence), "timestamp": str(at_ms), "payload": SOUND}
    frame = {"event": "media", **head, "media": media}
    start = {"accountSid": "AC1", "streamSid": stream, "callSid": CALL, "tracks": ["inbound"], "customParameters": {}}
    start["mediaFormat"] = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
    return [
        *[frame] * 5,
        {"event": "connected", "protocol": "Call", "version": "1.0.0"},
        {"event": "start", **head, "start": start},
        {"event": "dtmf", **head, "dtmf": {"track": "inbound_track", "digit": "5"}},
        {"event": "mark", **head, "mark": {"name": f"m{sequence % 7}"}},
        {"event": "stop", **head, "stop": {"accountSid": "AC1", "callSid": CALL}},
    ]


def of_model(dice: random.Random) -> list[dict[str, Any]]:
    """What the Realtime API may send; ids are few, so that messages meet each other."""
    item, response = f"item_{dice.randrange(6)}", f"resp_{dice.randrange(4)}"
    ids = {"response_id": response, "item_id": item, "output_index": 0, "content_index": 0}
    ms = dice.randrange(60_000)
    usage = {"total_tokens": 9, "input_tokens": 5, "output_tokens": 4, "input_token_details": {"cached_tokens": 1}}
    tool = {"type": "function_call", "id": item, "call_id": f"call_{dice.randrange(4)}", "name": "end_call"}
    status = dice.choice(("completed", "cancelled", "failed", "incomplete"))
    done = {"id": response, "status": status, "output": [tool | {"arguments": "{}"}], "usage": usage}
    aside = {"id": "resp_x", "status": "completed", "conversation_id": None, "output": [], "usage": usage}
    transcription = "conversation.item.input_audio_transcription"
    return [
        {"type": "session.updated", "session": {"expires_at": 1}},
        {"type": "input_audio_buffer.speech_started", "item_id": item, "audio_start_ms": ms},
        {"type": "input_audio_buffer.speech_stopped", "item_id": item, "audio_end_ms": ms},
        {"type": f"{transcription}.delta", "item_id": item, "delta": "Hel"},
        {"type": f"{transcription}.completed", "item_id": item, "transcript": "Hello.", "usage": usage},
        {"type": f"{transcription}.failed", "item_id": item, "error": {"code": "audio_unintelligible"}},
        {"type": "response.created", "response": {"id": response, "status": "in_progress"}},
        {"type": "response.output_audio.delta", "delta": SOUND, **ids},
        {"type": "response.output_audio_transcript.delta", "delta": "Good", **ids},
        {"type": "response.output_audio_transcript.done", "transcript": "Goodbye.", **ids},
        {"type": "response.output_item.done", "response_id": response, "item": tool | {"arguments": "{}"}},
        {"type": "response.function_call_arguments.done", "arguments": "{}", "name": "x", "call_id": "call_1", **ids},
        {"type": "response.done", "response": done},
        {"type": "response.done", "response": aside},
        {"type": "rate_limits.updated", "rate_limits": [{"name": "tokens", "limit": 9, "remaining": 8}]},
        {"type": "error", "error": {"type": "invalid_request_error", "code": "session_expired", "param": None}},
    ]
