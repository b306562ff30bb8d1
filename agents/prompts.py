"""The life of a prompt: drafted, tried on a share of callers, published (one version at a time), rolled back."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from agents import canary, fitted_tools, prompt_languages, prompt_lint, prompt_sections, prompt_text
from agents.models import Assistant, HttpTool, KeyBinding, PromptVersion, ToolGrant
from agents.models.known_tools import specs_of
from agents.tool_specs import TOOLS
from compliance import audit
from compliance.statements import EXAMPLE_KEY, Question

_LIBRARY = Path(__file__).parent / "library"
# What is asked for every call that an assistant takes.
_GRANTS = Question(
    lambda assistant: ToolGrant.objects.filter(assistant=assistant).order_by("tool"), assistant=EXAMPLE_KEY
)
_KEYS = Question(lambda assistant: KeyBinding.objects.filter(assistant=assistant), assistant=EXAMPLE_KEY)


class UnableToPublish(Exception):
    """The version cannot go live; `str()` says why, for a person."""


class UnableToWrite(Exception):
    """The draft stays as it was; `str()` says why, for a person."""


class ChangedMeanwhile(UnableToWrite):
    """Somebody else has changed the draft, or put it into use, since it was read."""


@dataclass(frozen=True, slots=True)
class LivePrompt:
    """What a call needs of an assistant at the moment it begins."""

    version: PromptVersion
    instructions: str
    greeting: str
    tools: tuple[dict[str, Any], ...]
    line_tools: frozenset[str] = frozenset()
    bound_keys: dict[str, tuple[str, str]] = field(default_factory=dict)  # by key: the tool, its arguments in JSON
    stored_variables: dict[str, str] = field(default_factory=dict)  # of a prompt that is stored at the model's
    look_ups: tuple[str, ...] = ()  # variables that a server has to be asked for


def publish(*, version: PromptVersion, by: str, now: datetime) -> None:
    """Make this version the one that new calls use; calls in progress keep theirs. Also rolls back to an old one.

    Raises UnableToPublish for a draft with errors (see `prompt_lint`), or when two people publish at once.
    """
    _refuse_errors(version)
    try:
        with transaction.atomic():
            for live in PromptVersion.objects.filter(
                assistant=version.assistant_id, status=PromptVersion.Status.PUBLISHED
            ).exclude(pk=version.pk):
                live.retire()
            if Assistant.objects.filter(pk=version.assistant_id, canary_version=version.pk).exists():
                version.assistant.end_trial()
            if version.mark_published(by=by, now=now):
                audit.note(act="publish_prompt", subject=f"prompt:{version.pk}", by=by, now=now, number=version.number)
    except IntegrityError:
        raise UnableToPublish("Somebody else published a version at the same moment. Look again.") from None


def _refuse_errors(version: PromptVersion) -> None:
    """What was published once may always come back: nobody is kept from a way out by a rule of today."""
    if version.is_draft and (errors := prompt_lint.errors(findings(version))):
        raise UnableToPublish(" ".join(dict.fromkeys(one.words for one in errors)))


def findings(version: PromptVersion) -> list[prompt_lint.Finding]:
    """What is wrong with a version, errors first; it need not have been saved as it is."""
    assistant = version.assistant
    granted = frozenset(assistant.tool_grants.values_list("tool", flat=True))
    declared = frozenset(str(tool["name"]) for tool in rendered(version).tools)
    sections, problem = _sections(version)
    overrides = [("instructions", bool(version.instructions.strip())), ("tools", bool(granted))]
    overrides += [("voice", bool(version.voice)), ("turn detection", True)]
    found = prompt_lint.lint(
        prompt_lint.Prompt(
            sections=tuple(sections),
            instructions="" if sections else version.instructions,
            greeting=version.greeting,
            own=_texts(version.own_variables),
            granted=granted,
            tools=frozenset(TOOLS),
            arguments=frozenset(name for spec in TOOLS.values() for name in spec.arguments()) | (declared - granted),
            stored_id=version.stored_prompt_id,
            stored_variables=_texts(version.stored_prompt_variables),
            overrides=tuple(name for name, is_set in overrides if is_set),
            is_text_door=assistant.door == Assistant.Door.RELAY,
            look_ups={tool.name: tool.problem_as_look_up() for tool in HttpTool.objects.filter(is_active=True)},
        )
    )
    return [prompt_lint.Finding("sections", prompt_lint.Level.ERROR, problem), *found] if problem else found


def _sections(version: PromptVersion) -> tuple[list[prompt_sections.Section], str]:
    """A version's sections, and what is wrong with them when they cannot be read."""
    try:
        return prompt_sections.read(version.sections), ""
    except prompt_sections.Malformed as problem:
        return [], str(problem)


def _texts(data: Any) -> dict[str, str]:
    """A mapping of texts, whatever somebody has put into the field."""
    return {str(name): str(text) for name, text in data.items()} if isinstance(data, dict) else {}


def answering(
    assistant: Assistant, *, caller: str = "", published: PromptVersion | None = None
) -> PromptVersion | None:
    """The version that answers this caller now: the one on trial for its share of them, else the published one.

    `published`: that, where it was read a moment ago.
    """
    trial = assistant.canary_version
    if trial is not None and trial.status == PromptVersion.Status.TRIAL:
        share, name = assistant.canary_share, f"prompt:{trial.pk}"
        if canary.is_tried(caller=caller, share=share, key=settings.SECRET_KEY, trial=name):
            return trial
    return published or assistant.published_version()


def live(assistant: Assistant, *, caller: str = "") -> LivePrompt | None:
    """The prompt that answers this caller, rendered, with the tools granted; None when nothing is published."""
    version = answering(assistant, caller=caller)
    return None if version is None else rendered(version)


def rendered(version: PromptVersion, *, is_by_text: bool = False) -> LivePrompt:
    """A version as a call uses it, whatever its status: a call keeps the version it began with.

    `is_by_text`: this call comes by the line of text, whatever its assistant's door.
    """
    assistant = version.assistant
    variables = {"business": assistant.business_name, "department": assistant.department.name}
    variables = prompt_text.expanded(_texts(version.own_variables)) | variables
    granted = _GRANTS.all(assistant=assistant.pk)
    known = specs_of(grant.tool for grant in granted)
    grants = [grant for grant in granted if grant.tool in known]
    others = {} if is_by_text else languages(version)
    switch = (prompt_languages.tool(list(others)),) if others else ()
    instructions = prompt_text.render(version.instructions, variables)
    instructions += "" if is_by_text else _languages(version)
    stored_variables = {
        name: prompt_text.render(text, variables) for name, text in _texts(version.stored_prompt_variables).items()
    }
    return LivePrompt(
        version=version,
        instructions=instructions,
        greeting=prompt_text.render(version.greeting, variables),
        stored_variables=stored_variables,
        look_ups=prompt_text.look_ups_in((instructions, *stored_variables.values())),
        tools=fitted_tools.fitted(
            assistant,
            [
                known[grant.tool].declaration(is_guarded=grant.needs_approval, needs_yes=grant.needs_yes)
                for grant in grants
            ],
        )
        + switch,
        line_tools=frozenset(grant.tool for grant in grants if known[grant.tool].is_of_line),
        bound_keys={
            binding.key: (binding.tool, json.dumps(binding.arguments))
            for binding in _KEYS.all(assistant=assistant.pk)
            if binding.tool in TOOLS
        },
    )


def _languages(version: PromptVersion) -> str:
    """What the model is told of its languages; nothing where a stored prompt says it."""
    if not version.instructions.strip():
        return ""
    others = [code for code in languages(version) if code != version.language]
    return prompt_languages.rule(mode=version.language_mode, language=version.language, others=others)


def languages(version: PromptVersion) -> dict[str, str]:
    """The languages it may switch to in mid-call, each with its voice; none where it has one or any."""
    if version.language_mode != PromptVersion.LanguageMode.SET or version.assistant.door == Assistant.Door.RELAY:
        return {}  # a line of text has languages of its own
    try:
        others = prompt_languages.listed(version.other_languages)
    except prompt_languages.UnknownLanguage:
        return {}
    has_voices = any(others.values())
    return {version.language: version.voice if has_voices else "", **others} if others else {}


@dataclass(frozen=True, slots=True)
class StarterPrompt:
    """A prompt that ships with the product, to begin from."""

    name: str
    greeting: str
    instructions: str


def starter(name: str) -> StarterPrompt:
    """A starter prompt of `agents/library`: a header of `key: value` lines, a line of dashes, the prompt."""
    header, _, instructions = (_LIBRARY / f"{name}.md").read_text(encoding="utf-8").partition("\n---\n")
    fields = dict(line.split(": ", 1) for line in header.splitlines() if ": " in line)
    return StarterPrompt(name, fields.get("greeting", ""), instructions.strip())


def draft_from_starter(*, assistant: Assistant) -> PromptVersion:
    """A new draft with the starter prompt of the assistant's objective."""
    begun = starter(assistant.objective)
    return PromptVersion.draft(
        assistant=assistant,
        note=f"Starter prompt: {assistant.get_objective_display()}",
        instructions=begun.instructions,
        greeting=begun.greeting,
        model=settings.OPENAI_MODEL,
        voice=settings.OPENAI_VOICE,
    )


# What a draft takes over from the version it is copied from, and what two versions are compared by.
COPIED = (
    "instructions", "sections", "own_variables", "stored_prompt_id", "stored_prompt_version", "stored_prompt_variables",
    "greeting", "is_greeting_interruptible", "is_keypad_told", "silence_prompt_s",
    "max_call_s", "barge_in_ms", "backchannel_words", "model", "voice", "model_audio", "language", "language_mode",
    "other_languages", "transcription_model", "noise_reduction", "speed", "max_output_tokens", "truncation",
    "retention_ratio", "context_tokens", "is_old_sound_replaced",
    "turn_detection", "vad_threshold", "prefix_padding_ms", "silence_duration_ms", "eagerness",
)  # fmt: skip


def copy_to_draft(*, version: PromptVersion) -> PromptVersion:
    """A new draft with everything of this version, to be edited and published in its turn."""
    fields = {name: getattr(version, name) for name in COPIED}
    return PromptVersion.draft(assistant=version.assistant, note=f"From v{version.number}", **fields)


def write(*, version: PromptVersion, revision: int, by: str, now: datetime, page: str = "", **fields: Any) -> None:
    """Change a draft as it was read at `revision`; its sections become its instructions.

    `page` names the opened page that writes, so that it is not taken for somebody else. Raises UnableToWrite.
    """
    for name, value in fields.items():
        setattr(version, name, value)
    sections, problem = _sections(version)
    if problem:
        raise UnableToWrite(problem)
    if sections:
        fields["instructions"] = version.instructions = prompt_sections.compiled(sections)
    try:
        version.full_clean(exclude=["assistant", "number", "status"], validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        raise UnableToWrite(
            " ".join(f"{name}: {' '.join(said)}" for name, said in error.message_dict.items())
        ) from None
    cleaned = {name: getattr(version, name) for name in fields}
    with transaction.atomic():
        if not version.write(revision=revision, page=page, **cleaned):
            raise ChangedMeanwhile(
                "Somebody else has changed this draft since you opened it. Your words were not saved."
            )
        audit.note(act="write_prompt", subject=f"prompt:{version.pk}", by=by, now=now, number=version.number)


def begin_trial(*, version: PromptVersion, share: int, by: str, now: datetime) -> None:
    """Let a share of the callers, in percent, be answered by this version; from then on it cannot be changed.

    Raises UnableToPublish for a draft with errors, a share that is none, or while another version is on trial.
    """
    if not 1 <= share <= 99:
        raise UnableToPublish("A trial takes 1 to 99 in a hundred callers. For all of them, publish.")
    _refuse_errors(version)
    with transaction.atomic():
        if not version.assistant.begin_trial(version, share=share):
            raise UnableToPublish("Another version is on trial, or this one answers already. End that first.")
        subject = f"prompt:{version.pk}"
        audit.note(act="begin_prompt_trial", subject=subject, by=by, now=now, number=version.number, share=share)


def end_trial(*, assistant: Assistant, by: str, now: datetime) -> bool:
    """Everybody gets the published version again; False when nothing was on trial."""
    with transaction.atomic():
        is_ended = assistant.end_trial()
        if is_ended:
            audit.note(act="end_prompt_trial", subject=f"assistant:{assistant.pk}", by=by, now=now)
    return is_ended
