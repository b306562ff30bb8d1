"""The session object of the Realtime API: what a client may set, and to what.

Fields, values and defaults are those of `session.update` in the GA API (openai/types/realtime/
realtime_session_create_request.py). The shapes of the retired beta (`input_audio_format`, `modalities`,
`voice` at the top, "g711_ulaw") are unknown parameters here, as they are there.
"""

from typing import Any

from sandbox.model.shape import (
    Check,
    anything,
    array,
    boolean,
    by_kind,
    choice,
    integer,
    mapping,
    nullable,
    number,
    record,
    string,
    tagged,
    wrong_value,
)

REASONING_MODELS = ("gpt-realtime-2", "gpt-realtime-2.1", "gpt-realtime-2.1-mini")
MODELS = (
    *REASONING_MODELS,
    "gpt-realtime-1.5",
    "gpt-realtime",
    "gpt-realtime-2025-08-28",
    "gpt-realtime-mini",
    "gpt-realtime-mini-2025-10-06",
    "gpt-realtime-mini-2025-12-15",
)
VOICES = ("alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse", "marin", "cedar")
DURATION_BILLED_TRANSCRIPTION = ("whisper-1", "gpt-realtime-whisper", "gpt-live-transcribe")
_TRANSCRIPTION_MODELS = (
    *DURATION_BILLED_TRANSCRIPTION,
    "gpt-transcribe",
    "gpt-4o-transcribe",
    "gpt-4o-transcribe-diarize",
    "gpt-4o-mini-transcribe",
    "gpt-4o-mini-transcribe-2025-12-15",
)
_EFFORTS = ("minimal", "low", "medium", "high", "xhigh")

_FORMAT: Check = tagged(
    {
        "audio/pcm": record({"type": anything}, {"rate": choice(24000)}),
        "audio/pcmu": record({"type": anything}),
        "audio/pcma": record({"type": anything}),
    }
)
_TRANSCRIPTION: Check = record(
    optional={
        "model": choice(*_TRANSCRIPTION_MODELS),
        "language": string(),
        "languages": array(string()),
        "keywords": array(string()),
        "prompt": string(),
        "delay": choice(*_EFFORTS),
    }
)
_TURN_DETECTION: Check = tagged(
    {
        "server_vad": record(
            {"type": anything},
            {
                "threshold": number(low=0.0, high=1.0),
                "prefix_padding_ms": integer(low=0),
                "silence_duration_ms": integer(low=0),
                "idle_timeout_ms": nullable(integer(low=5000, high=30000)),
                "create_response": boolean,
                "interrupt_response": boolean,
            },
        ),
        "semantic_vad": record(
            {"type": anything},
            {
                "eagerness": choice("low", "medium", "high", "auto"),
                "create_response": boolean,
                "interrupt_response": boolean,
            },
        ),
    }
)
_VOICE: Check = by_kind(text=choice(*VOICES), object=record({"id": string(pattern="voice_[a-zA-Z0-9_-]+")}))
_TOOL_FILTER: Check = record(optional={"read_only": boolean, "tool_names": array(string())})
_TOOL: Check = tagged(
    {
        "function": record(
            {"type": anything, "name": string(max_length=64, pattern="[a-zA-Z0-9_-]+")},
            {"description": string(), "parameters": mapping(anything)},
        ),
        "mcp": record(
            {"type": anything, "server_label": string()},
            {
                "server_url": string(),
                "connector_id": string(),
                "tunnel_id": string(),
                "authorization": string(),
                "headers": nullable(mapping(string())),
                "allowed_tools": nullable(by_kind(array=array(string()), object=_TOOL_FILTER)),
                "allowed_callers": array(choice("direct", "programmatic")),
                "require_approval": nullable(
                    by_kind(
                        text=choice("always", "never"),
                        object=record(optional={"always": _TOOL_FILTER, "never": _TOOL_FILTER}),
                    )
                ),
                "server_description": string(),
                "defer_loading": boolean,
            },
        ),
    }
)
_TOOL_CHOICE: Check = by_kind(
    text=choice("none", "auto", "required"),
    object=tagged(
        {
            "function": record({"type": anything, "name": string()}),
            "mcp": record({"type": anything, "server_label": string()}, {"name": nullable(string())}),
        }
    ),
)


def _one_modality(value: Any, path: str) -> None:
    array(choice("text", "audio"))(value, path)
    if value not in (["audio"], ["text"]):
        raise wrong_value(value, path, (["text"], ["audio"]))


GENERATION: dict[str, Check] = {
    "output_modalities": _one_modality,
    "instructions": string(),
    "tools": array(_TOOL),
    "tool_choice": _TOOL_CHOICE,
    "parallel_tool_calls": boolean,
    "reasoning": record(optional={"effort": choice(*_EFFORTS)}),
    "max_output_tokens": by_kind(text=choice("inf"), number=integer(low=1, high=4096)),
    "prompt": nullable(
        record({"id": string()}, {"version": nullable(string()), "variables": nullable(mapping(anything))})
    ),
}
"""What both a session and a single response can set, and how."""

OUTPUT_FORMAT_AND_VOICE: dict[str, Check] = {"format": _FORMAT, "voice": _VOICE}

_TRUNCATION: Check = by_kind(
    text=choice("auto", "disabled"),
    object=tagged(
        {
            "retention_ratio": record(
                {"type": anything, "retention_ratio": number(low=0.0, high=1.0)},
                {"token_limits": record(optional={"post_instructions": integer(low=0)})},
            )
        }
    ),
)
_TRACING: Check = nullable(
    by_kind(
        text=choice("auto"),
        object=record(optional={"workflow_name": string(), "group_id": string(), "metadata": mapping(anything)}),
    )
)
_INPUT_AUDIO: Check = record(
    optional={
        "format": _FORMAT,
        "noise_reduction": nullable(
            record(optional={"type": choice("near_field", "far_field"), "strength": number(low=0.0, high=1.0)})
        ),
        "transcription": nullable(_TRANSCRIPTION),
        "turn_detection": nullable(_TURN_DETECTION),
    }
)
_OUTPUT_AUDIO: Check = record(optional={**OUTPUT_FORMAT_AND_VOICE, "speed": number(low=0.25, high=1.5)})

SESSION: Check = record(
    {"type": choice("realtime")},
    {
        **GENERATION,
        "model": string(),
        "audio": record(optional={"input": _INPUT_AUDIO, "output": _OUTPUT_AUDIO}),
        "truncation": _TRUNCATION,
        "tracing": _TRACING,
        "include": nullable(array(choice("item.input_audio_transcription.logprobs"))),
    },
)
"""The session object of `session.update`."""
