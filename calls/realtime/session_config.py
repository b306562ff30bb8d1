"""A prompt version as the Realtime API's session object.

Source: https://developers.openai.com/api/docs/guides/realtime-conversations#session-lifecycle-events.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from calls.voice.transcoding import ModelAudio

_FORMATS: dict[ModelAudio, dict[str, Any]] = {
    ModelAudio.PCMU: {"type": "audio/pcmu"},
    ModelAudio.PCMA: {"type": "audio/pcma"},
    ModelAudio.PCM24K: {"type": "audio/pcm", "rate": 24000},
}


@dataclass(frozen=True, slots=True)
class TurnDetection:
    """How the model notices that the caller begins and ends to speak."""

    kind: str = "server_vad"  # or semantic_vad
    threshold: float = 0.5
    prefix_padding_ms: int = 300
    silence_duration_ms: int = 500
    eagerness: str = "auto"


@dataclass(frozen=True, slots=True)
class StoredPrompt:
    """A prompt stored at the model's, with what is filled in. `version` empty: the one that is current there."""

    id: str
    version: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)

    def reference(self) -> dict[str, Any]:
        """It as the session object names it."""
        reference: dict[str, Any] = {"id": self.id}
        if self.version:
            reference["version"] = self.version
        if self.variables:
            reference["variables"] = dict(self.variables)
        return reference


@dataclass(frozen=True, slots=True)
class Truncation:
    """What the model forgets when the conversation outgrows its context. `limit`: in tokens, beside the instructions.

    With a ratio it forgets much at once and then nothing for a while: whatever stays in front of the conversation is
    billed as cached, and each forgetting ends that.
    """

    kind: str = "auto"  # or disabled, or retention_ratio
    ratio: float = 0.8
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """What a prompt version says about the model's session."""

    model: str
    voice: str
    instructions: str
    language: str = "en"
    transcription_model: str = "gpt-4o-transcribe"
    noise_reduction: str = ""  # near_field, far_field or none
    model_audio: ModelAudio = ModelAudio.PCMU  # the line's own: no byte is converted
    turn_detection: TurnDetection = field(default_factory=TurnDetection)
    tools: tuple[dict[str, Any], ...] = ()
    starts_listening: bool = True  # False: the caller cannot interrupt yet, see `listening`
    stored: StoredPrompt | None = None  # then what is empty here is left to it
    speed: float = 1.0
    max_output_tokens: int = 0  # 0: no limit
    truncation: Truncation = field(default_factory=Truncation)
    is_language_open: bool = False  # True: the caller may speak any language
    is_patient: bool = False  # True: whether the caller interrupts, and when they are answered, is decided by us


def _turn_detection(detection: TurnDetection, *, is_listening: bool) -> dict[str, Any]:
    shape: dict[str, Any] = {"type": detection.kind}
    if detection.kind == "semantic_vad":
        shape["eagerness"] = detection.eagerness
    else:
        shape["threshold"] = detection.threshold
        shape["prefix_padding_ms"] = detection.prefix_padding_ms
        shape["silence_duration_ms"] = detection.silence_duration_ms
    return shape | {"create_response": is_listening, "interrupt_response": is_listening}


def _truncation(truncation: Truncation) -> dict[str, Any]:
    """The part of the session that says what is forgotten; the vendor's own way needs no word."""
    if truncation.kind == "auto":
        return {}
    if truncation.kind == "disabled":
        return {"truncation": "disabled"}
    limits = {} if truncation.limit is None else {"token_limits": {"post_instructions": truncation.limit}}
    return {"truncation": {"type": "retention_ratio", "retention_ratio": truncation.ratio, **limits}}


def listening(settings: SessionSettings) -> dict[str, Any]:
    """The part of `audio.input` that lets the caller interrupt and be answered."""
    return {"turn_detection": _turn_detection(settings.turn_detection, is_listening=not settings.is_patient)}


def accepted(settings: SessionSettings) -> dict[str, Any]:
    """The session object with which a call by SIP is let in: the same, with the model and without formats of sound.

    Those the two ends agree upon by themselves. Source: https://developers.openai.com/api/docs/guides/realtime-sip.
    """
    whole = session(settings)
    for side in whole["audio"].values():
        del side["format"]
    return {"model": settings.model, **whole}


def session(settings: SessionSettings) -> dict[str, Any]:
    """The whole session object for `session.update`. Sound has one format both ways."""
    audio_format = _FORMATS[settings.model_audio]
    whole: dict[str, Any] = {
        "type": "realtime",
        "output_modalities": ["audio"],
        "instructions": settings.instructions,
        "audio": {
            "input": {
                "format": audio_format,
                "transcription": transcription(settings),
                "noise_reduction": {"type": settings.noise_reduction} if settings.noise_reduction else None,
                "turn_detection": _turn_detection(
                    settings.turn_detection, is_listening=settings.starts_listening and not settings.is_patient
                ),
            },
            "output": {"format": audio_format, "voice": settings.voice},
        },
        "tools": declared(settings.tools),
        "tool_choice": "auto",
        **_truncation(settings.truncation),
    }
    if settings.speed != 1.0:
        whole["audio"]["output"]["speed"] = settings.speed
    if settings.max_output_tokens:
        whole["max_output_tokens"] = settings.max_output_tokens
    if settings.stored is not None:
        whole["prompt"] = settings.stored.reference()
        for name in ("instructions", "tools"):  # an empty field would clear what the stored prompt says
            if not whole[name]:
                del whole[name]
    return whole


def transcription(settings: SessionSettings) -> dict[str, Any]:
    """How the caller's words are written down; without a language where they may speak any."""
    wanted = {"model": settings.transcription_model}
    return wanted if settings.is_language_open else wanted | {"language": _iso_639_1(settings.language)}


def in_language(settings: SessionSettings, language: str, voice: str = "") -> SessionSettings:
    """The settings once the conversation is in this language."""
    return replace(settings, language=language, voice=voice or settings.voice, is_language_open=False)


def changed(settings: SessionSettings, *, before: SessionSettings) -> str:
    """The event that makes a session go on with other settings: what may change while it speaks, and nothing else."""
    whole = session(settings)
    kept: dict[str, Any] = {name: whole[name] for name in ("type", "instructions", "tools", "prompt") if name in whole}
    if before.stored is not None and settings.stored is None:
        kept["prompt"] = None
    kept["audio"] = {"input": {"transcription": transcription(settings)}, "output": {"speed": settings.speed}}
    return json.dumps({"type": "session.update", "session": kept}, ensure_ascii=False, separators=(",", ":"))


def declared(tools: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Tools as a session's list has them."""
    return [
        {
            "type": "function",
            "name": tool["name"],
            "description": tool["description"],
            "parameters": tool["parameters"],
        }
        for tool in tools
    ]


def _iso_639_1(language: str) -> str:
    """The language alone, as transcription takes it: `pt` of `pt-BR`."""
    return language.partition("-")[0].lower()
