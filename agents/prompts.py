"""The life of a prompt: drafted, published (one version at a time), rolled back."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from agents import prompt_text
from agents.models import Assistant, Disposition, PromptVersion, SecureField
from agents.models.http_tool import specs
from agents.tool_specs import TOOLS
from compliance import audit

_LIBRARY = Path(__file__).parent / "library"


class UnableToPublish(Exception):
    """The version cannot go live; `str()` says why, for a person."""


@dataclass(frozen=True, slots=True)
class LivePrompt:
    """What a call needs of an assistant at the moment it begins."""

    version: PromptVersion
    instructions: str
    greeting: str
    tools: tuple[dict[str, Any], ...]
    line_tools: frozenset[str] = frozenset()
    bound_keys: dict[str, tuple[str, str]] = field(default_factory=dict)  # by key: the tool, its arguments in JSON


def publish(*, version: PromptVersion, by: str, now: datetime) -> None:
    """Make this version the one that new calls use; calls in progress keep theirs. Also rolls back to an old one.

    Raises UnableToPublish for unknown variables, an empty prompt, or when two people publish at once.
    """
    unknown = prompt_text.unknown_variables(version.instructions + version.greeting)
    if unknown:
        raise UnableToPublish(f"Unknown variable: {', '.join('{{' + name + '}}' for name in unknown)}")
    if not version.instructions.strip():
        raise UnableToPublish("The prompt is empty.")
    try:
        with transaction.atomic():
            for live in PromptVersion.objects.filter(
                assistant=version.assistant_id, status=PromptVersion.Status.PUBLISHED
            ).exclude(pk=version.pk):
                live.retire()
            if version.mark_published(by=by, now=now):
                audit.note(act="publish_prompt", subject=f"prompt:{version.pk}", by=by, now=now, number=version.number)
    except IntegrityError:
        raise UnableToPublish("Somebody else published a version at the same moment. Look again.") from None


def live(assistant: Assistant) -> LivePrompt | None:
    """The published prompt, rendered, with the tools granted; None when nothing is published."""
    version = assistant.published_version()
    return None if version is None else rendered(version)


def rendered(version: PromptVersion) -> LivePrompt:
    """A version as a call uses it, whatever its status: a call keeps the version it began with."""
    assistant = version.assistant
    variables = {"business": assistant.business_name, "department": assistant.department.name}
    known = specs()
    grants = [grant for grant in assistant.tool_grants.order_by("tool") if grant.tool in known]
    return LivePrompt(
        version=version,
        instructions=prompt_text.render(version.instructions, variables),
        greeting=prompt_text.render(version.greeting, variables),
        tools=_fitted(
            assistant,
            [
                known[grant.tool].declaration(is_guarded=grant.needs_approval, needs_yes=grant.needs_yes)
                for grant in grants
            ],
        ),
        line_tools=frozenset(grant.tool for grant in grants if known[grant.tool].is_of_line),
        bound_keys={
            binding.key: (binding.tool, json.dumps(binding.arguments))
            for binding in assistant.key_bindings.all()
            if binding.tool in TOOLS
        },
    )


def _fitted(assistant: Assistant, tools: list[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """The tools with what this assistant has for them: secrets, facts, results. Where there is nothing, no tool is."""
    fitted = []
    for tool in tools:
        if (choose := _CHOICES.get(tool["name"])) is None:
            fitted.append(tool)
        elif choices := choose(assistant):
            argument, told = choices
            fitted.append(tool | {"parameters": _with_property(tool["parameters"], argument, _one_of(told))})
        elif choices is None:
            fitted.append(tool)
    return tuple(fitted)


def _secrets(assistant: Assistant) -> "_Choices":
    fields = SecureField.active_of(assistant)
    return (
        ("kind", {one.name: f"{one.name}: {one.label} ({one.get_kind_display()})" for one in fields}) if fields else ()
    )


def _facts(assistant: Assistant) -> "_Choices":
    wanted = list(assistant.facts.order_by("position", "pk"))
    return ("name", {one.name: one.told() for one in wanted}) if wanted else ()


def _results(_: Assistant) -> "_Choices":
    active = Disposition.objects.filter(is_active=True).order_by("code")
    known = {one.code: f"{one.code}: {one.name}" for one in active}
    return ("code", known) if known else ()


def _documents(assistant: Assistant) -> "_Choices":
    return None if assistant.documents.filter(is_active=True).exists() else ()


# The argument that is chosen, and what may be; None: the tool stays as it is; empty: there is no such tool for it.
_Choices = tuple[str, dict[str, str]] | tuple[()] | None
_CHOICES: dict[str, Callable[[Assistant], _Choices]] = {
    "secure_capture": _secrets,  # else a caller waits for no answer that helps
    "record_fact": _facts,
    "set_disposition": _results,
    "search_knowledge": _documents,
}


def _one_of(told: dict[str, str]) -> dict[str, Any]:
    return {"type": "string", "enum": list(told), "description": "; ".join(told.values())}


def _with_property(schema: dict[str, Any], name: str, value: dict[str, Any]) -> dict[str, Any]:
    return schema | {"properties": schema["properties"] | {name: value}}


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


# What a draft takes over from the version it is copied from.
_COPIED = (
    "instructions", "greeting", "is_greeting_interruptible", "is_keypad_told", "silence_prompt_s",
    "max_call_s", "barge_in_ms", "backchannel_words", "model", "voice", "model_audio",
    "language", "transcription_model", "turn_detection", "vad_threshold", "prefix_padding_ms", "silence_duration_ms",
    "eagerness",
)  # fmt: skip


def copy_to_draft(*, version: PromptVersion) -> PromptVersion:
    """A new draft with everything of this version, to be edited and published in its turn."""
    fields = {name: getattr(version, name) for name in _COPIED}
    return PromptVersion.draft(assistant=version.assistant, note=f"From v{version.number}", **fields)
