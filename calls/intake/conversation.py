"""How an assistant holds a call: its prompt version as the voice session and the model want it."""

import base64
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from agents import prompts
from agents.models import PromptVersion
from calls.models import AssistantNote, Call, ResumeDocument, ToolRun, TranscriptTurn
from calls.realtime.session_config import SessionSettings, TurnDetection
from calls.voice import memory
from calls.voice.barge_in import words_of
from calls.voice.plan import ConversationPlan
from calls.voice.transcoding import ModelAudio

_SOUNDS = Path(__file__).parent.parent / "sounds"


@dataclass(frozen=True, slots=True)
class Conversation:
    """How an assistant holds a call: for the session, and for the model."""

    plan: ConversationPlan
    settings: SessionSettings


def conversation_by_id(call_id: int) -> Conversation | None:
    """How a call is held; None when there is no such call, or nobody to hold it."""
    call = Call.objects.select_related("prompt_version__assistant__department").filter(pk=call_id).first()
    return None if call is None or call.prompt_version is None else begun(prompts.rendered(call.prompt_version))


def begun(live: prompts.LivePrompt) -> Conversation:
    """How a call is held that begins."""
    return _conversation(live, elapsed_ms=0, resumed=None)


def taken_up(call: Call, *, now: datetime) -> Conversation | None:
    """How a call is held that another process held before, with what that one wrote down; None when nobody can."""
    if call.prompt_version is None:
        return None
    elapsed_ms = max(int((now - call.started_at).total_seconds() * 1000), 0)
    live = prompts.rendered(call.prompt_version)
    document = ResumeDocument.of(call)
    # A tool may have finished after the process that had asked for it was gone.
    if document is not None and (outputs := ToolRun.outputs(call=call)):
        document = memory.completed(document, outputs)
    if document is not None and (heard := TranscriptTurn.being_spoken(call=call)):
        document = memory.broken_off(document, heard)
    if notes := AssistantNote.untold(call=call):
        document = memory.told(document or {"greeted": True}, notes, at_ms=elapsed_ms)
    return _conversation(live, elapsed_ms=elapsed_ms, resumed=document)


def _conversation(live: prompts.LivePrompt, *, elapsed_ms: int, resumed: dict[str, Any] | None) -> Conversation:
    version: PromptVersion = live.version
    backchannels = frozenset(words_of(version.backchannel_words))
    plan = ConversationPlan(
        greeting=live.greeting,
        is_greeting_interruptible=version.is_greeting_interruptible,
        is_keypad_told=version.is_keypad_told,
        prompt_after_ms=version.silence_prompt_s * 1000,
        barge_in_ms=version.barge_in_ms,
        backchannels=backchannels,
        limit_ms=version.max_call_s * 1000,
        elapsed_ms=elapsed_ms,
        filler=_filler(version.language),
        resumed=resumed,
    )
    settings = SessionSettings(
        model=version.model,
        voice=version.voice,
        instructions=live.instructions,
        language=version.language,
        transcription_model=version.transcription_model,
        turn_detection=TurnDetection(
            kind=version.turn_detection,
            threshold=version.vad_threshold,
            prefix_padding_ms=version.prefix_padding_ms,
            silence_duration_ms=version.silence_duration_ms,
            eagerness=version.eagerness,
        ),
        tools=live.tools,
        starts_listening=version.is_greeting_interruptible or not live.greeting,
        model_audio=ModelAudio(version.model_audio),
        is_patient=bool(version.barge_in_ms or backchannels),
    )
    return Conversation(plan, settings)


@cache
def _filler(language: str) -> str:
    """A few words of our own in this language, as base64 G.711; empty when we have none."""
    file = _SOUNDS / f"one-moment.{language.split('-', maxsplit=1)[0].lower()}.ulaw"
    return base64.b64encode(file.read_bytes()).decode("ascii") if file.exists() else ""
