"""Prompt versions: numbered, published one at a time, unchangeable afterwards."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from agents import prompts
from agents.models import Assistant, PromptVersion
from tests import given

pytestmark = pytest.mark.django_db


def a_draft(assistant: Assistant, **fields: object) -> PromptVersion:
    known: dict[str, object] = {"instructions": "Be kind.", "model": "gpt-realtime-2.1", "voice": "marin"}
    return PromptVersion.draft(assistant=assistant, **known | fields)


def test_versions_of_an_assistant_are_numbered_one_after_another() -> None:
    assistant, other = given.an_assistant(), given.an_assistant(name="Orders")
    assert [a_draft(assistant).number, a_draft(assistant).number, a_draft(other).number] == [2, 3, 2]


def test_one_version_is_live_and_the_one_before_it_is_retired() -> None:
    assistant = given.an_assistant()
    first = assistant.published_version()
    second = a_draft(assistant)
    prompts.publish(version=second, by="alice@example.com", now=given.NOON)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == ("retired", "published")
    assert (second.published_by_ref, second.published_at) == ("alice@example.com", given.NOON)


def test_the_database_holds_one_live_version_however_it_is_asked() -> None:
    assistant = given.an_assistant()
    second = a_draft(assistant)
    with pytest.raises(IntegrityError), transaction.atomic():
        PromptVersion.objects.filter(pk=second.pk).update(status="published")


def test_a_variable_nobody_fills_in_is_refused() -> None:
    draft = a_draft(given.an_assistant(), greeting="Hello {{caller_name}}.")
    with pytest.raises(prompts.UnableToPublish, match="caller_name"):
        prompts.publish(version=draft, by="alice@example.com", now=timezone.now())


def test_a_copy_takes_everything_over_that_is_said_and_set() -> None:
    assistant = given.an_assistant(
        greeting="Hello.", vad_threshold=0.7, silence_prompt_s=20, language="de", model_audio="pcma"
    )
    source = assistant.published_version()
    copy = prompts.copy_to_draft(version=source)
    own = {"id", "number", "status", "note", "created_at", "published_at", "published_by_ref"}
    for field in PromptVersion._meta.concrete_fields:
        if field.name not in own:
            assert getattr(copy, field.attname) == getattr(source, field.attname), field.name
    assert (copy.status, copy.number) == ("draft", 2)


@pytest.mark.parametrize("unknown", ["opus", "", "PCMU"])
def test_sound_of_an_unknown_kind_is_refused(unknown: str) -> None:
    with pytest.raises(IntegrityError, match="model_audio_is_known"), transaction.atomic():
        a_draft(given.an_assistant(), model_audio=unknown)


def test_an_assistant_without_a_live_version_answers_nobody() -> None:
    assistant = given.an_assistant()
    assistant.versions.update(status="retired")
    assert prompts.live(assistant) is None
