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
    own = {"id", "number", "status", "note", "created_at", "published_at", "published_by_ref", "revision"}
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


def test_a_share_of_callers_is_answered_by_the_version_on_trial_and_keeps_it() -> None:
    assistant = given.an_assistant()
    live, tried = assistant.published_version(), a_draft(assistant)
    prompts.begin_trial(version=tried, share=50, by="ada", now=given.NOON)
    assistant.refresh_from_db()
    callers = [f"+1415555{number:04}" for number in range(60)]
    first = [prompts.answering(assistant, caller=caller) for caller in callers]
    assert set(first) == {live, tried}
    assert [prompts.answering(assistant, caller=caller) for caller in callers] == first
    assert prompts.answering(assistant) == live  # a number that is withheld is tried on nobody
    prompts.publish(version=tried, by="ada", now=given.NOON)
    assistant.refresh_from_db()
    assert (assistant.canary_version, assistant.canary_share) == (None, 0)
    assert {prompts.answering(assistant, caller=caller) for caller in callers} == {tried}


def test_one_trial_at_a_time_and_none_of_what_has_errors_or_answers_already() -> None:
    assistant = given.an_assistant()
    prompts.begin_trial(version=a_draft(assistant), share=5, by="ada", now=given.NOON)
    for version in (a_draft(assistant), a_draft(assistant, greeting="{{nobody}}"), assistant.published_version()):
        version.assistant.refresh_from_db()
        with pytest.raises(prompts.UnableToPublish):
            prompts.begin_trial(version=version, share=5, by="ada", now=given.NOON)
    assert prompts.end_trial(assistant=assistant, by="ada", now=given.NOON)
    assert not assistant.versions.filter(status="trial").exists()


def test_a_draft_that_somebody_else_has_changed_meanwhile_is_not_overwritten() -> None:
    draft = a_draft(given.an_assistant())
    sections = [{"kind": "role", "text": "You help."}]
    prompts.write(version=draft, revision=0, by="ada", now=given.NOON, sections=sections)
    with pytest.raises(prompts.UnableToWrite, match="Somebody else"):
        prompts.write(version=draft, revision=0, by="bob", now=given.NOON, greeting="Hi.")
    draft.refresh_from_db()
    assert (draft.instructions, draft.greeting, draft.revision) == ("# Role and objective\nYou help.", "", 1)


@pytest.mark.parametrize(("field", "value"), [("speed", 3.0), ("max_output_tokens", 9000), ("stored_prompt_id", "x")])
def test_what_the_model_would_refuse_is_refused_when_it_is_written(field: str, value: object) -> None:
    draft = a_draft(given.an_assistant())
    with pytest.raises(prompts.UnableToWrite, match=field):
        prompts.write(version=draft, revision=0, by="ada", now=given.NOON, **{field: value})


def test_a_variable_in_a_circle_is_said_to_the_admin_and_never_to_a_caller() -> None:
    draft = a_draft(given.an_assistant(), own_variables={"a": "{{b}}", "b": "{{a}}"}, greeting="Hello{{a}}.")
    with pytest.raises(prompts.UnableToPublish, match="lead back to themselves"):
        prompts.publish(version=draft, by="ada", now=given.NOON)
    assert prompts.rendered(draft).greeting == "Hello."
