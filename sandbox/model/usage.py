"""Token counts as `response.done` and transcription report them.

Caller audio is one token per 100 ms, assistant audio one per 50 ms, text about one per four characters. The whole
context is input of every response; the part it shares with the response before, from its beginning, is cached.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.model.conversation import Item
from sandbox.model.session_shape import DURATION_BILLED_TRANSCRIPTION

_USER_MS_PER_TOKEN = 100
_ASSISTANT_MS_PER_TOKEN = 50
_CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class ContextPiece:
    """A part of a response's input. Equal pieces at the beginning of two inputs are found in the cache."""

    key: str
    text_tokens: int
    audio_tokens: int


def text_tokens(text: str) -> int:
    """Tokens of a text."""
    return math.ceil(len(text) / _CHARACTERS_PER_TOKEN)


def spoken_tokens(audio_ms: int) -> int:
    """Tokens of audio the model speaks."""
    return math.ceil(audio_ms / _ASSISTANT_MS_PER_TOKEN)


def context_of(instructions: str, tools: list[dict[str, Any]], items: Sequence[Item]) -> list[ContextPiece]:
    """The input of a response, piece by piece."""
    preamble = instructions + (json.dumps(tools) if tools else "")
    pieces = [ContextPiece("instructions " + preamble, text_tokens(preamble), 0)]
    for item in items:
        per_token = _ASSISTANT_MS_PER_TOKEN if item.role == "assistant" else _USER_MS_PER_TOKEN
        audio_tokens = math.ceil(item.audio_ms / per_token)
        # The model hears a caller's audio; the transcript made of it beside is not its input.
        text = "" if item.audio and item.role == "user" else item.transcript_text()
        pieces.append(ContextPiece(f"{item.id} {item.audio_ms} {text}", text_tokens(text), audio_tokens))
    return pieces


def response_usage(
    *, context: Sequence[ContextPiece], cached: Sequence[ContextPiece], output_text: int, output_audio: int
) -> dict[str, Any]:
    """The `usage` object of a response. `cached` is the context of the response before."""
    shared: list[ContextPiece] = []
    for ours, theirs in zip(context, cached, strict=False):
        if ours != theirs:
            break
        shared.append(ours)
    input_text, input_audio = _total(context)
    cached_text, cached_audio = _total(shared)
    return {
        "total_tokens": input_text + input_audio + output_text + output_audio,
        "input_tokens": input_text + input_audio,
        "output_tokens": output_text + output_audio,
        "input_token_details": {
            "text_tokens": input_text,
            "audio_tokens": input_audio,
            "image_tokens": 0,
            "cached_tokens": cached_text + cached_audio,
            "cached_tokens_details": {"text_tokens": cached_text, "audio_tokens": cached_audio, "image_tokens": 0},
        },
        "output_token_details": {"text_tokens": output_text, "audio_tokens": output_audio},
    }


def transcription_usage(*, model: str, audio_ms: int, transcript: str) -> dict[str, Any]:
    """The `usage` object of a finished transcription: by duration or by tokens, as its model is billed."""
    if model in DURATION_BILLED_TRANSCRIPTION:
        return {"type": "duration", "seconds": round(audio_ms / 1000, 3)}
    audio_tokens, output_tokens = math.ceil(audio_ms / _USER_MS_PER_TOKEN), text_tokens(transcript)
    return {
        "type": "tokens",
        "input_tokens": audio_tokens,
        "output_tokens": output_tokens,
        "total_tokens": audio_tokens + output_tokens,
        "input_token_details": {"text_tokens": 0, "audio_tokens": audio_tokens},
    }


def _total(pieces: Sequence[ContextPiece]) -> tuple[int, int]:
    return sum(piece.text_tokens for piece in pieces), sum(piece.audio_tokens for piece in pieces)
