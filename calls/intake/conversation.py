"""How an assistant holds a call: its prompt version as the voice session and the model want it."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from agents import prompts
from agents.models import PromptVersion
from calls.carrier.outgoing_documents import KEY_WAIT_S
from calls.control import opting_out, outgoing, recording_consent
from calls.control.opting_out import OPT_OUT_KEY
from calls.control.recordings import ms_of
from calls.intake import personal, text_line
from calls.models import AssistantNote, Call, Recording, ResumeDocument, SecureCapture, ToolRun, TranscriptTurn
from calls.realtime.session_config import SessionSettings, StoredPrompt, Truncation, TurnDetection
from calls.voice import house_lines, memory
from calls.voice.barge_in import words_of
from calls.voice.plan import ASK_OPT_OUT, NO_OPT_OUT, OPT_OUT, REVIEW_OPT_OUT, SEND_DIGITS, ConversationPlan
from calls.voice.transcoding import ModelAudio
from compliance import consent_words, disclosures, opt_out_words
from compliance.disclosures import Words
from compliance.opt_out_replies import Reply, reply
from compliance.opt_out_words import Understood, Wish
from compliance.statements import EXAMPLE_KEY, Question

_SOUNDS = Path(__file__).parent.parent / "sounds"
# The longest a test call may last.
TEST_CALL_S = 600
# A machine that was taken for a person gives itself away by then.
_MACHINE_WATCH_MS = 45_000
# A conversation of so many tokens is long, where nobody has said what is.
_LONG_TOKENS = 16_000
# Tools that have the carrier do something to the caller's leg, of which there is none on a trunk.
_OF_THE_CARRIER = ("secure_capture",)
_WITH_PROMPT = Question(
    lambda pk: Call.objects.select_related("prompt_version__assistant__department").filter(pk=pk)[:1], pk=EXAMPLE_KEY
)


@dataclass(frozen=True, slots=True)
class Conversation:
    """How an assistant holds a call: for the session, and for the model."""

    plan: ConversationPlan
    settings: SessionSettings
    opening: "Opening | None" = None
    text_door: text_line.TextDoor | None = None  # None: by a stream of sound
    look_ups: tuple[str, ...] = ()  # variables that a server is to be asked for once the caller is here
    as_read: prompts.LivePrompt | None = None  # the prompt as it was read, before anything was filled in


@dataclass(frozen=True, slots=True)
class Opening:
    """What the carrier speaks before the stream opens, and since when on the call's clock.

    `wait_ms` pass between its last word and the stream.
    """

    text: str
    from_ms: int
    wait_ms: int = 0


def conversation_by_id(call_id: int) -> Conversation | None:
    """How a call is held; None when there is no such call, or nobody to hold it."""
    call = _WITH_PROMPT.first(pk=call_id)
    if call is None or call.prompt_version is None:
        return None
    live = text_line.prompt_of(call, call.prompt_version)
    known = personal.looked_up(call, live)
    return begun(call, live, is_recorded=Recording.is_wanted(call), opening=_opening(call, live), looked_up=known)


def begun(
    call: Call,
    live: prompts.LivePrompt,
    *,
    is_recorded: bool,
    opening: Opening | None,
    looked_up: Mapping[str, str] | None = None,
) -> Conversation:
    """How a call is held that begins. `looked_up`: what is known from servers; at first nothing."""
    filled = personal.filled(call, live, looked_up=looked_up or {})
    greeting = _greeting(call, filled, is_recorded=is_recorded)
    held = _conversation(call, filled, greeting=greeting, elapsed_ms=0, resumed=None, opening=opening)
    return replace(held, as_read=live)


def opening_words_of(call: Call, words: str, *, now: datetime) -> Opening:
    """Words that the carrier is told to speak at this moment, before the stream."""
    ours = outgoing.opening_of(call)
    if ours is not None and ours[0] == words:
        return Opening(words, ms_of(call, ours[1]), wait_ms=KEY_WAIT_S * 1000)
    return Opening(words, ms_of(call, now))


def _opening(call: Call, live: prompts.LivePrompt) -> Opening | None:
    if call.is_test:
        return None  # nobody speaks to a page before the assistant does
    if (ours := outgoing.opening_of(call)) is not None and not recording_consent.was_asked(call):
        return Opening(ours[0], ms_of(call, ours[1]), wait_ms=KEY_WAIT_S * 1000)
    business = live.version.assistant.business_name
    text, since = recording_consent.spoken_first(call=call, business=business, language=live.version.language)
    return Opening(text, ms_of(call, since))


def taken_up(call: Call, *, now: datetime, as_read: prompts.LivePrompt | None = None) -> Conversation | None:
    """How a call is held that another process held before, with what that one wrote down; None when nobody can.

    `as_read` is its prompt where that was read a moment ago: many calls that have lost their bridge come at once.
    """
    if call.prompt_version is None:
        return None
    elapsed_ms = max(int((now - call.started_at).total_seconds() * 1000), 0)
    if as_read is not None and as_read.version.pk == call.prompt_version_id:
        live, call.prompt_version = as_read, as_read.version
    else:
        live = text_line.prompt_of(call, call.prompt_version)
    live = personal.filled(call, live, looked_up=personal.looked_up(call, live))
    document = ResumeDocument.of(call)
    # A tool may have finished after the process that had asked for it was gone.
    if document is not None and (outputs := ToolRun.outputs(call=call)):
        document = memory.completed(document, outputs)
    if document is not None and (heard := TranscriptTurn.being_spoken(call=call)):
        document = memory.broken_off(document, heard)
    if notes := AssistantNote.untold(call=call):
        document = memory.told(document or {"greeted": True}, notes, at_ms=elapsed_ms)
    return _conversation(
        call,
        live,
        greeting=live.greeting,
        elapsed_ms=elapsed_ms,
        resumed=document,
        opening=_opening(call, live),
        is_after_capture=SecureCapture.was_last(call=call, is_stream_open=True),
    )


def on_line(call: Call, *, is_resumed: bool, is_trunk: bool, now: datetime) -> Conversation | None:
    """How a call is held by SIP: begun, or gone on with; None when nobody can hold it.

    On a trunk no document of ours can say the opening words, so the assistant begins with them.
    """
    if call.prompt_version is None:
        return None
    if is_resumed:
        held = taken_up(call, now=now)
    else:
        live = text_line.prompt_of(call, call.prompt_version)
        held = begun(call, live, is_recorded=False, opening=_opening(call, live))
    if held is None:
        return None
    if is_trunk and held.opening is not None and not is_resumed:
        greeting = f"{held.opening.text} {held.plan.greeting}".strip()
        held = replace(held, plan=replace(held.plan, greeting=greeting), opening=None)
    return by_sip(held, is_trunk=is_trunk)


def by_sip(held: Conversation, *, is_trunk: bool = False) -> Conversation:
    """The same, without the tools that need what a line by SIP has not: sound of ours; on a trunk, the carrier."""
    missing = {SEND_DIGITS, *(_OF_THE_CARRIER if is_trunk else ())}
    tools = tuple(tool for tool in held.settings.tools if tool["name"] not in missing)
    plan = replace(
        held.plan,
        line_tools=held.plan.line_tools - missing,
        bound_keys={key: bound for key, bound in held.plan.bound_keys.items() if bound[0] not in missing},
    )
    return replace(held, plan=plan, settings=replace(held.settings, tools=tools))


def owed_tools(call: Call) -> list[str]:
    """The tool calls that whoever held the call had not answered when they last wrote down what they knew."""
    document = ResumeDocument.of(call) or {}
    entries = document.get("entries")
    known = [each for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []
    return [str(each["id"]) for each in known if "tool" in each and "id" in each and "output" not in each]


def _conversation(
    call: Call,
    live: prompts.LivePrompt,
    *,
    greeting: str,
    elapsed_ms: int,
    resumed: dict[str, Any] | None,
    opening: Opening | None,
    is_after_capture: bool = False,
) -> Conversation:
    version: PromptVersion = live.version
    backchannels = frozenset(words_of(version.backchannel_words))
    is_ours = not opting_out.is_their_call(call)
    languages = {} if call.is_by_text_line else prompts.languages(version)
    plan = ConversationPlan(
        greeting=greeting,
        is_greeting_interruptible=version.is_greeting_interruptible,
        is_keypad_told=version.is_keypad_told,
        prompt_after_ms=version.silence_prompt_s * 1000,
        barge_in_ms=version.barge_in_ms,
        backchannels=backchannels,
        limit_ms=_longest_s(call, version) * 1000,
        elapsed_ms=elapsed_ms,
        filler=_filler(version.language),
        resumed=resumed,
        line_tools=live.line_tools,
        bound_keys={key: bound for key, bound in live.bound_keys.items() if not is_ours or key != OPT_OUT_KEY},
        is_after_capture=is_after_capture,
        sound_limit=_sound_limit(version),
        machine_watch_ms=_MACHINE_WATCH_MS if is_ours and resumed is None else 0,
        languages=languages,
        lines={code: _lines(code) for code in languages},
        rules=personal.rules(version),
        rules_fired=personal.rules_fired(call) if elapsed_ms else frozenset(),
        is_objection=consent_words.is_objection,
        refusal_key=consent_words.REFUSAL_KEY,
        **_lines(version.language),
        opt_out_wish=_wish_on_our_call if is_ours else _wish_on_their_call,
        opt_out_answer=opt_out_words.answer,
        opt_out_key=OPT_OUT_KEY if is_ours else "",
        is_opt_out_presumed=is_ours,
    )
    session = SessionSettings(
        model=call.cheaper_model or version.model,
        voice=version.voice,
        instructions=_instructions(call, live) if is_ours else live.instructions,
        stored=_stored(live),
        language=version.language,
        is_language_open=version.language_mode != PromptVersion.LanguageMode.ONE,
        transcription_model=version.transcription_model,
        noise_reduction=version.noise_reduction,
        speed=version.speed,
        max_output_tokens=version.max_output_tokens,
        turn_detection=TurnDetection(
            kind=version.turn_detection,
            threshold=version.vad_threshold,
            prefix_padding_ms=version.prefix_padding_ms,
            silence_duration_ms=version.silence_duration_ms,
            eagerness=version.eagerness,
        ),
        tools=live.tools,
        truncation=Truncation(version.truncation, version.retention_ratio, version.context_tokens),
        starts_listening=version.is_greeting_interruptible or not greeting,
        model_audio=ModelAudio(version.model_audio),
        is_patient=bool(version.barge_in_ms or backchannels),
    )
    return Conversation(plan, session, opening, text_line.text_door(call), live.look_ups)


def _lines(language: str) -> dict[str, Any]:
    """What we say ourselves, by the fields of the plan."""
    return house_lines.lines(language) | {
        "recording_stopped": disclosures.words(Words.STOPPED, language=language).text,
        "parting": disclosures.words(Words.PARTING, language=language).text,
        "opt_out_question": reply(Reply.QUESTION, language=language),
    }


def _instructions(call: Call, live: prompts.LivePrompt) -> str:
    """With what our own call is about; a stored prompt alone is told by its variables, words here would replace it."""
    is_stored = not live.instructions.strip() and bool(live.version.stored_prompt_id)
    return "" if is_stored else f"{live.instructions}{outgoing.briefing(call)}"


def _stored(live: prompts.LivePrompt) -> StoredPrompt | None:
    version = live.version
    if not version.stored_prompt_id:
        return None
    return StoredPrompt(version.stored_prompt_id, version.stored_prompt_version, live.stored_variables)


def _sound_limit(version: PromptVersion) -> int:
    """From how many tokens on old sound gives way to text: before the model itself would forget; 0: never."""
    if not version.is_old_sound_replaced:
        return 0
    return _LONG_TOKENS if version.context_tokens is None else version.context_tokens * 3 // 4


def _longest_s(call: Call, version: PromptVersion) -> int:
    """How long a call may last, 0 for ever; a page that somebody has left open costs money."""
    if not call.is_test:
        return version.max_call_s
    return min(version.max_call_s or TEST_CALL_S, TEST_CALL_S)


def _wish_on_our_call(text: str) -> str:
    return _wish(opt_out_words.understood(text))


def _wish_on_their_call(text: str) -> str:
    return _wish(opt_out_words.understood(text, is_their_call=True))


def _wish(found: Understood) -> str:
    """What the session is to make of somebody's words about our calls."""
    if found.wish is Wish.UNSURE:
        return ASK_OPT_OUT
    if found.is_stop:
        return REVIEW_OPT_OUT if found.needs_review else OPT_OUT
    return NO_OPT_OUT


def _greeting(call: Call, live: prompts.LivePrompt, *, is_recorded: bool) -> str:
    """What is said first. What the bridge records begins with it, and must say that it is recorded."""
    is_text = text_line.is_by_text(call)  # no sound passes through the bridge then
    if settings.BRIDGE_RECORDING == "off" or not is_recorded or is_text:
        return live.greeting
    reminder = disclosures.words(Words.REMINDER, language=live.version.language).text
    return f"{reminder} {live.greeting}".strip()


@cache
def _filler(language: str) -> str:
    """A few words of our own in this language, as base64 G.711; empty when we have none."""
    file = _SOUNDS / f"one-moment.{language.split('-', maxsplit=1)[0].lower()}.ulaw"
    return base64.b64encode(file.read_bytes()).decode("ascii") if file.exists() else ""
