"""The tools of a prompt with what its assistant has for them: secrets, facts, results, documents."""

from collections.abc import Callable
from typing import Any

from agents.models import Assistant, Disposition, FactToCollect, KnowledgeDocument, SecureField
from compliance.statements import EXAMPLE_KEY, Question

_FACTS = Question(
    lambda assistant: FactToCollect.objects.filter(assistant=assistant).order_by("position", "pk"),
    assistant=EXAMPLE_KEY,
)
_RESULTS = Question(lambda: Disposition.objects.filter(is_active=True).order_by("code"))
_A_DOCUMENT = Question(
    lambda assistant: KnowledgeDocument.objects.filter(assistant=assistant, is_active=True).values_list(
        "pk", flat=True
    )[:1],
    assistant=EXAMPLE_KEY,
)


def fitted(assistant: Assistant, tools: list[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """The tools with what this assistant has for them; where there is nothing, there is no tool."""
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
    wanted = _FACTS.all(assistant=assistant.pk)
    return ("name", {one.name: one.told() for one in wanted}) if wanted else ()


def _results(_: Assistant) -> "_Choices":
    known = {one.code: f"{one.code}: {one.name}" for one in _RESULTS.all()}
    return ("code", known) if known else ()


def _documents(assistant: Assistant) -> "_Choices":
    return () if _A_DOCUMENT.first(assistant=assistant.pk) is None else None


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
