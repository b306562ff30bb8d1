"""The life of a prompt: drafted, published (one version at a time), rolled back."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction

from agents import prompt_text
from agents.models import Assistant, PromptVersion, SecureField
from agents.tool_specs import TOOLS
from compliance import audit

_SECURE_CAPTURE = "secure_capture"
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
    granted = assistant.tool_grants.order_by("tool").values_list("tool", "needs_approval")
    return LivePrompt(
        version=version,
        instructions=prompt_text.render(version.instructions, variables),
        greeting=prompt_text.render(version.greeting, variables),
        tools=_with_secrets(
            assistant, [TOOLS[name].declaration(is_guarded=guarded) for name, guarded in granted if name in TOOLS]
        ),
        line_tools=frozenset(name for name, _ in granted if name in TOOLS and TOOLS[name].is_of_line),
        bound_keys={
            binding.key: (binding.tool, json.dumps(binding.arguments))
            for binding in assistant.key_bindings.all()
            if binding.tool in TOOLS
        },
    )


def _with_secrets(assistant: Assistant, tools: list[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """The tools with the secrets this assistant may have keyed in; without any there is no tool for them."""
    is_granted = any(tool["name"] == _SECURE_CAPTURE for tool in tools)  # else a caller waits for no answer that helps
    fields = SecureField.active_of(assistant) if is_granted else []
    if not fields:
        return tuple(tool for tool in tools if tool["name"] != _SECURE_CAPTURE)
    kind = {
        "type": "string",
        "enum": [secret.name for secret in fields],
        "description": "; ".join(f"{secret.name}: {secret.label} ({secret.get_kind_display()})" for secret in fields),
    }
    return tuple(
        tool | {"parameters": _with_property(tool["parameters"], "kind", kind)}
        if tool["name"] == _SECURE_CAPTURE
        else tool
        for tool in tools
    )


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


# What a draft takes over from the version it is copied from.
_COPIED = (
    "instructions", "greeting", "is_greeting_interruptible", "is_keypad_told", "silence_prompt_s",
    "max_call_s", "barge_in_ms", "backchannel_words", "model", "voice", "model_audio",
    "language", "transcription_model", "turn_detection", "vad_threshold", "prefix_padding_ms", "silence_duration_ms",
    "eagerness", "truncation", "retention_ratio", "context_tokens", "is_old_sound_replaced",
)  # fmt: skip


def copy_to_draft(*, version: PromptVersion) -> PromptVersion:
    """A new draft with everything of this version, to be edited and published in its turn."""
    fields = {name: getattr(version, name) for name in _COPIED}
    return PromptVersion.draft(assistant=version.assistant, note=f"From v{version.number}", **fields)
