"""The settings of a session: what the server starts with, how updates merge, and what may never change."""

import copy
from typing import Any

from sandbox.model.refusal import Refused
from sandbox.model.session_shape import REASONING_MODELS
from sandbox.model.shape import missing

_TURN_DETECTION_DEFAULTS: dict[str, dict[str, Any]] = {
    "server_vad": {
        "threshold": 0.5,
        "prefix_padding_ms": 300,
        "silence_duration_ms": 500,
        "idle_timeout_ms": None,
        "create_response": True,
        "interrupt_response": True,
    },
    "semantic_vad": {"eagerness": "auto", "create_response": True, "interrupt_response": True},
}


def new_session(*, session_id: str, model: str, expires_at: int) -> dict[str, Any]:
    """The full session object the server starts with. `expires_at` in Unix seconds."""
    session: dict[str, Any] = {
        "type": "realtime",
        "object": "realtime.session",
        "id": session_id,
        "model": model,
        "expires_at": expires_at,
        "output_modalities": ["audio"],
        "instructions": "You are a helpful, friendly assistant who speaks in short sentences.",
        "audio": {
            "input": {
                "format": {"type": "audio/pcm", "rate": 24000},
                "noise_reduction": None,
                "transcription": None,
                "turn_detection": {"type": "server_vad", **_TURN_DETECTION_DEFAULTS["server_vad"]},
            },
            "output": {"format": {"type": "audio/pcm", "rate": 24000}, "voice": "alloy", "speed": 1.0},
        },
        "tools": [],
        "tool_choice": "auto",
        "max_output_tokens": "inf",
        "truncation": "auto",
        "prompt": None,
        "tracing": None,
        "include": None,
    }
    if model in REASONING_MODELS:
        session |= {"parallel_tool_calls": True, "reasoning": {"effort": "low"}}
    return session


def merge_update(session: dict[str, Any], update: dict[str, Any]) -> dict[str, Any]:
    """The session after a (checked) update: given fields replace, objects merge, arrays and nulls replace whole.

    Raises Refused for what may never change (model, tracing once set), for what this model cannot do, and for
    combinations of transcription settings that exclude each other.
    """
    _check_fixed_fields(session, update)
    merged = copy.deepcopy(session)
    for name, value in update.items():
        if name != "audio":
            merged[name] = copy.deepcopy(value)
    for side, changes in update.get("audio", {}).items():
        merged["audio"][side] |= copy.deepcopy(changes)
    audio_in, changed_in = merged["audio"]["input"], update.get("audio", {}).get("input", {})
    before = session["audio"]["input"]
    for name in ("transcription", "noise_reduction", "turn_detection"):
        if changed_in.get(name) is not None:
            audio_in[name] = _merge_setting(name, before[name], changed_in[name])
    for side in ("input", "output"):
        if merged["audio"][side]["format"]["type"] == "audio/pcm":
            merged["audio"][side]["format"]["rate"] = 24000
    _check_transcription(audio_in["transcription"])
    check_tool_choice(merged["tool_choice"], merged["tools"], path="session.tool_choice")
    return merged


def check_tool_choice(tool_choice: Any, tools: list[dict[str, Any]], *, path: str) -> None:
    """A forced function must be one of the tools."""
    if isinstance(tool_choice, dict) and tool_choice["type"] == "function":
        names = tuple(tool["name"] for tool in tools if tool["type"] == "function")
        if tool_choice["name"] not in names:
            raise Refused("invalid_value", f"Tool choice '{tool_choice['name']}' not found in 'tools'.", param=path)


def check_reasoning_fields(model: str, settings: dict[str, Any], *, path: str) -> None:
    """Reasoning and parallel tool calls are for reasoning models only."""
    for name in ("reasoning", "parallel_tool_calls"):
        if name in settings and model not in REASONING_MODELS:
            message = f"Unsupported parameter: '{path}.{name}' is not supported with the '{model}' model."
            raise Refused("unsupported_parameter", message, param=f"{path}.{name}")


def _check_fixed_fields(session: dict[str, Any], update: dict[str, Any]) -> None:
    if update.get("model", session["model"]) != session["model"]:
        message = f"The model of a session cannot be changed: it is '{session['model']}'."
        raise Refused("invalid_value", message, param="session.model")
    if session["tracing"] is not None and update.get("tracing", session["tracing"]) != session["tracing"]:
        raise Refused("invalid_value", "Tracing cannot be changed once it is enabled.", param="session.tracing")
    check_reasoning_fields(session["model"], update, path="session")


def _merge_setting(name: str, before: dict[str, Any] | None, given: dict[str, Any]) -> dict[str, Any]:
    given = copy.deepcopy(given)
    if name == "turn_detection":
        same_kind = before is not None and before["type"] == given["type"]
        return ((before or {}) if same_kind else _TURN_DETECTION_DEFAULTS[given["type"]]) | given
    if name == "noise_reduction":
        if before is None and "type" not in given:
            raise missing("session.audio.input.noise_reduction.type")
        return {"strength": 1.0} | (before or {}) | given
    return {"model": "gpt-4o-transcribe"} | (before or {}) | given


def _check_transcription(transcription: dict[str, Any] | None) -> None:
    if transcription is None:
        return
    path, model = "session.audio.input.transcription", transcription["model"]
    allowed = {
        "delay": model == "gpt-realtime-whisper",
        "prompt": model not in ("gpt-realtime-whisper", "gpt-4o-transcribe-diarize"),
        "keywords": model in ("gpt-transcribe", "gpt-live-transcribe"),
        "languages": model in ("gpt-transcribe", "gpt-live-transcribe"),
    }
    for name, is_allowed in allowed.items():
        if name in transcription and not is_allowed:
            message = f"Invalid '{path}.{name}': not supported with the transcription model '{model}'."
            raise Refused("invalid_value", message, param=f"{path}.{name}")
