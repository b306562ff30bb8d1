"""An assistant whose prompt, tools and rules a journey changes, and callers who talk with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.utils import timezone

from agents import prompts
from agents.models import Assistant, HttpTool, KnowledgeDocument, PromptVersion, ToolGrant
from tests.journeys import people
from tests.journeys.house import House


@contextmanager
def as_before(house: House) -> Iterator[Assistant]:
    """Reception, whose prompt, tools and rules are afterwards as they were."""
    assistant = Assistant.objects.get(slug="reception")
    before, granted = assistant.published_version(), list(assistant.tool_grants.all())
    assert before is not None
    people.nobody_here()
    yield assistant
    people.everybody_hangs_up(house)
    people.nobody_here()
    assistant.refresh_from_db()
    assistant.guardrails.all().delete()
    assistant.tool_grants.all().delete()
    ToolGrant.objects.bulk_create(granted)
    HttpTool.objects.all().delete()
    KnowledgeDocument.objects.filter(assistant=assistant).delete()
    prompts.end_trial(assistant=assistant, by="tests", now=timezone.now())
    prompts.publish(version=before, by="tests", now=timezone.now())


def a_version(assistant: Assistant, **fields: Any) -> PromptVersion:
    """A draft like the one that answers now, but for this."""
    live = assistant.published_version()
    assert live is not None
    draft = prompts.copy_to_draft(version=live)
    PromptVersion.objects.filter(pk=draft.pk).update(**fields)
    draft.refresh_from_db()
    return draft


def published(assistant: Assistant, **fields: Any) -> PromptVersion:
    draft = a_version(assistant, **fields)
    prompts.publish(version=draft, by="tests", now=timezone.now())
    return draft


def greeted(house: House, **what: Any) -> str:
    """Somebody calls and hears the greeting out."""
    sid = house.call(**what)
    house.step_to_stream(sid)
    assert house.step(10_000, until={"call": sid, "silent_ms": 700})["reached"]
    return sid


def say(house: House, sid: str, text: str) -> None:
    asked = house.ask("POST", f"calls/{sid}/say", json={"text": text})
    house.step(asked["ms"] + 1500)
