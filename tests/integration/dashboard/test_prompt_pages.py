"""Prompts on the screen: who answers now, a draft that is written and looked over, published, tried, taken back."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from agents import prompts
from agents.models import PromptVersion
from calls import intake
from calls.models import Call, Stream
from calls.realtime import responses
from calls.realtime.responses_wire import TextModel
from calls.voice import relay_messages as r
from tests import given

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client: Client) -> Client:
    """The browser of somebody who administers."""
    client.force_login(given.a_person("ada", "admin"))
    return client


@pytest.fixture
def draft() -> PromptVersion:
    return prompts.copy_to_draft(version=given.an_assistant().published_version())


def form_of(client: Client, draft: PromptVersion, **more: str) -> dict[str, str]:
    """What the editor would send without anybody touching it, and then `more`."""
    response = client.get(f"/prompts/versions/{draft.pk}/edit/")
    assert response.status_code == 200
    fields = {field.html_name: field.value() for field in response.context["form"]}
    fields = {name: value for name, value in fields.items() if value is not None and value is not False and value != {}}
    return {**fields, "instructions": "", "revision": str(response.context["revision"]), **more}


def test_the_pages_say_who_answers_now(ada: Client, draft: PromptVersion) -> None:
    assistant = draft.assistant
    page = ada.get("/prompts/").content.decode()
    assert f"/prompts/{assistant.pk}/" in page
    assert "v1" in page
    assert "v2" in page
    page = ada.get(f"/prompts/{assistant.pk}/").content.decode()
    assert "v1 is live since" in page
    assert "None: what happens" in page
    for path in (f"/prompts/versions/{draft.pk}/", f"/prompts/versions/{draft.pk}/?against=1"):
        assert "against v1, which is live" in ada.get(path).content.decode()


def test_without_an_assistant_the_page_says_what_to_do(ada: Client) -> None:
    assert "No assistant yet" in ada.get("/prompts/").content.decode()


def test_sections_are_saved_become_the_prompt_and_come_back(ada: Client, draft: PromptVersion) -> None:
    form = form_of(
        ada, draft, **{"section-role-text": "You help.", "step-0-title": "Begin", "step-0-phrases": "a\r\nb"}
    )
    form |= {"own-0-title": "Brand", "own-0-text": "Say Marlow.", "own_variables": "hours: nine: to six"}
    saved = ada.post(f"/prompts/versions/{draft.pk}/save/", form)
    assert saved.status_code == 302, saved.context["form"].errors
    draft.refresh_from_db()
    assert [one["kind"] for one in draft.sections] == ["role", "step", "own"]
    assert (draft.sections[1]["phrases"], draft.own_variables) == (["a", "b"], {"hours": "nine: to six"})
    assert draft.instructions.startswith("# Role and objective\nYou help.")
    page = ada.get(f"/prompts/versions/{draft.pk}/edit/").content.decode()
    assert "Say Marlow." in page
    assert 'name="step-1-title"' in page


def test_words_are_looked_over_while_they_are_written_and_nothing_is_kept(ada: Client, draft: PromptVersion) -> None:
    form = form_of(ada, draft, **{"section-role-text": "You help {{nobody}}.", "voice": "fable"})
    said = ada.post(f"/prompts/versions/{draft.pk}/check/", form).content.decode()
    for words in ("{{nobody}}", "It cannot be published like this", "About ", "Voice: One of"):
        assert words in said
    draft.refresh_from_db()
    assert draft.sections == []


def test_what_cannot_be_kept_comes_back_with_why(ada: Client, draft: PromptVersion) -> None:
    form = form_of(ada, draft, **{"section-role-text": "My words.", "voice": "fable"})
    answer = ada.post(f"/prompts/versions/{draft.pk}/save/", form)
    assert answer.status_code == 200
    assert "My words." in answer.content.decode()
    form = form_of(ada, draft, **{"section-role-text": "Mine."})
    assert ada.post(f"/prompts/versions/{draft.pk}/save/", form).status_code == 302
    answer = ada.post(f"/prompts/versions/{draft.pk}/save/", form)  # as somebody who opened it before
    assert answer.status_code == 200
    assert "Somebody else has changed this draft" in answer.content.decode()


def test_a_draft_written_as_one_text_is_kept_with_the_lines_it_has_and_its_limit_of_context(
    ada: Client, draft: PromptVersion
) -> None:
    sent = {"instructions": "You help.\r\nBe kind.\r\n", "truncation": "retention_ratio", "retention_ratio": "0.8"}
    sent |= {"context_tokens": "20000", "is_old_sound_replaced": "on"}
    answer = ada.post(f"/prompts/versions/{draft.pk}/save/", form_of(ada, draft, **sent))
    assert answer.status_code == 302, answer.context["form"].errors
    draft.refresh_from_db()
    assert draft.instructions == "You help.\nBe kind."
    assert (draft.context_tokens, draft.is_old_sound_replaced) == (20_000, True)
    alone = form_of(ada, draft, truncation="auto", retention_ratio="", instructions="x", is_old_sound_replaced="")
    said = ada.post(f"/prompts/versions/{draft.pk}/save/", alone).content.decode()
    assert "A limit of the context only works with a share that is kept." in said


def saved_by_itself(client: Client, draft: PromptVersion, form: dict[str, str]) -> str:
    response = client.post(f"/prompts/versions/{draft.pk}/autosave/", form)
    assert response.status_code == 200
    return str(response.content.decode())


def test_a_draft_saves_itself_and_the_page_goes_on_from_there(ada: Client, draft: PromptVersion) -> None:
    form = form_of(ada, draft, page="one", **{"section-role-text": "You help."})
    said = saved_by_itself(ada, draft, form)
    assert "Saved <time" in said
    draft.refresh_from_db()
    assert (draft.sections[0]["text"], draft.revision) == ("You help.", 1)
    assert f'name="revision" value="{draft.revision}"' in said
    form |= {"section-role-text": "You help them.", "revision": "1"}
    assert "Saved <time" in saved_by_itself(ada, draft, form)
    assert ada.post(f"/prompts/versions/{draft.pk}/save/", form | {"revision": "2"}).status_code == 302


def test_an_answer_that_was_lost_is_no_colleague(ada: Client, draft: PromptVersion) -> None:
    form = form_of(ada, draft, page="one", **{"section-role-text": "You help."})
    saved_by_itself(ada, draft, form)
    assert "Saved <time" in saved_by_itself(ada, draft, form | {"section-role-text": "You help me."})
    draft.refresh_from_db()
    assert (draft.sections[0]["text"], draft.revision) == ("You help me.", 2)


@pytest.mark.parametrize("by", ["a colleague", "a publication"])
def test_who_comes_second_is_told_and_keeps_their_words_in_a_draft_of_their_own(
    ada: Client, draft: PromptVersion, by: str
) -> None:
    mine = form_of(ada, draft, page="mine", **{"section-role-text": "My words."})
    theirs = form_of(ada, draft, page="theirs", **{"section-role-text": "Their words."})
    saved_by_itself(ada, draft, theirs)
    if by == "a publication":
        PromptVersion.objects.filter(pk=draft.pk).update(status="retired")
    said = saved_by_itself(ada, draft, mine)
    assert ("a colleague has changed this draft" in said) == (by == "a colleague")
    assert "Your words are still here" in said
    assert 'name="revision"' not in said
    assert "Not saved" in saved_by_itself(ada, draft, mine)  # nor by trying again
    draft.refresh_from_db()
    assert draft.sections[0]["text"] == "Their words."
    kept = ada.post(f"/prompts/versions/{draft.pk}/save-new/", mine)
    made = draft.assistant.versions.order_by("-number").first()
    assert kept.headers["Location"] == f"/prompts/versions/{made.pk}/edit/"
    assert (made.number, made.status, made.sections[0]["text"]) == (3, "draft", "My words.")


def test_what_cannot_be_kept_is_said_and_not_saved(ada: Client, draft: PromptVersion) -> None:
    form = form_of(ada, draft, page="one", **{"section-role-text": "My words.", "voice": "fable"})
    assert "Not saved yet. Voice: One of" in saved_by_itself(ada, draft, form)
    draft.refresh_from_db()
    assert draft.sections == []


def test_errors_block_and_a_version_is_published_and_rolled_back(ada: Client, draft: PromptVersion) -> None:
    first = draft.assistant.published_version()
    PromptVersion.objects.filter(pk=draft.pk).update(greeting="{{nobody}}")
    page = ada.get(f"/prompts/versions/{draft.pk}/").content.decode()
    assert f"Publish v{draft.number}</button>" not in page
    refused = ada.post(f"/prompts/versions/{draft.pk}/publish/", follow=True).content.decode()
    assert "v2 is not published. Unknown variable" in refused
    assert draft.assistant.published_version() == first
    PromptVersion.objects.filter(pk=draft.pk).update(greeting="Hello.")
    done = ada.post(f"/prompts/versions/{draft.pk}/publish/", follow=True).content.decode()
    assert "Calls in progress keep the version they have" in done
    assert draft.assistant.published_version() == draft
    assert ada.get(f"/prompts/versions/{draft.pk}/edit/").status_code == 302  # it is no draft any more
    assert "Roll back to v1</button>" in ada.get(f"/prompts/versions/{first.pk}/").content.decode()
    ada.post(f"/prompts/versions/{first.pk}/publish/")
    assert draft.assistant.published_version() == first


def test_a_trial_is_begun_shown_side_by_side_and_ended(ada: Client, draft: PromptVersion) -> None:
    tried = f"/prompts/versions/{draft.pk}/try/"
    assert "1 to 99" in ada.post(tried, {"share": "²"}, follow=True).content.decode()
    page = ada.post(tried, {"share": "25"}, follow=True).content.decode()
    assert "v2 is tried on 25 in a hundred callers" in page
    given.a_number(assistant=draft.assistant)
    calls = [given.a_call(from_=f"+1415555{n:04}") for n in range(12)]
    assert {call.prompt_version.number for call in calls} == {1, 2}
    again = given.a_call(from_=calls[0].customer_e164)
    assert again.prompt_version == calls[0].prompt_version
    rows = ada.get(f"/prompts/{draft.assistant_id}/").context["of_now"]
    assert sum(row.outcome.calls for row in rows) == 13
    over = ada.post(f"/prompts/{draft.assistant_id}/trial/end/", follow=True).content.decode()
    assert "every caller gets the published version" in over


def test_who_may_only_read_changes_nothing(client: Client, draft: PromptVersion) -> None:
    client.force_login(given.a_person("otto", "auditor"))
    assert client.get(f"/prompts/versions/{draft.pk}/").status_code == 200
    for path in ("edit/", "save/", "autosave/", "save-new/", "check/", "copy/", "publish/", "try/"):
        ask = client.get if path == "edit/" else client.post
        assert ask(f"/prompts/versions/{draft.pk}/{path}").status_code == 403


def test_a_call_under_way_is_given_another_version_and_a_draft_is_not(ada: Client, draft: PromptVersion) -> None:
    given.a_number(assistant=draft.assistant)
    call = given.a_call()
    swap = f"/prompts/versions/{draft.pk}/swap/"
    assert "A draft is heard in test calls only" in ada.post(swap, {"call": call.pk}, follow=True).content.decode()
    ada.post(f"/prompts/versions/{draft.pk}/publish/")
    assert "cannot be reached" in ada.post(swap, {"call": call.pk}, follow=True).content.decode()
    stream = call.streams.get()
    Stream.objects.filter(pk=stream.pk).update(opened_at=given.NOON, bridge="vm-1")
    Call.objects.filter(pk=call.pk).update(phase="with_assistant")
    assert f"Call {call.pk}</a> on v1" in ada.get(f"/prompts/versions/{draft.pk}/").content.decode()
    assert "goes on with v2" in ada.post(swap, {"call": call.pk}, follow=True).content.decode()
    call.refresh_from_db()
    assert call.prompt_version == draft
    event = call.events.get(kind="prompt_swapped")
    assert (event.data["before"], event.data["now"]) == (1, 2)
    assert "There is no such call" in ada.post(swap, {"call": "²"}, follow=True).content.decode()


def test_what_a_rule_did_stands_on_the_call_page_between_the_turns(ada: Client, draft: PromptVersion) -> None:
    rule = draft.assistant.guardrails.create(name="Asks for a person", trigger="human", action="transfer")
    given.a_number(assistant=draft.assistant)
    call = given.a_call()
    held = intake.conversation_by_id(call.pk)
    assert [(one.ref, one.action) for one in held.plan.rules] == [(f"rule:{rule.pk}", "transfer")]
    call.note("rule_fired", at=given.NOON, source="assistant", ref=f"rule:{rule.pk}", rule=rule.name)
    assert intake.taken_up(call, now=given.NOON + timedelta(seconds=9)).plan.rules_fired == {f"rule:{rule.pk}"}
    assert "A guardrail was reached: Asks for a person" in ada.get(f"/calls/{call.pk}/").content.decode()


def the_model_answers(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    async def answers(model: TextModel, ask: r.Ask) -> AsyncIterator[r.AnswerMessage]:
        assert model.longest_tokens > 1000
        yield r.Piece(ask.answer_id, text)
        yield r.AnswerEnded(ask.answer_id, "resp_1", {})

    monkeypatch.setattr(responses, "answers", answers)


def test_the_model_is_asked_and_its_words_become_a_draft(
    ada: Client, draft: PromptVersion, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.OPENAI_API_KEY = "sk-x"
    revised = '[{"kind": "role", "text": "You answer for {{business}}, briefly."}]'
    the_model_answers(monkeypatch, f'```json\n{{"issues": ["<b>Too short.</b>"], "revised": {revised}}}\n```')
    response = ada.post(f"/prompts/versions/{draft.pk}/critique/")
    page = response.content.decode()
    assert "&lt;b&gt;Too short.&lt;/b&gt;" in page
    assert "You answer for {{business}}, briefly." in page
    taken = ada.post(f"/prompts/versions/{draft.pk}/take/", {"sections": response.context["drafts"][0]["data"]})
    made = PromptVersion.objects.get(number=draft.number + 1)
    assert taken.headers["Location"] == f"/prompts/versions/{made.pk}/edit/"
    assert made.instructions == "# Role and objective\nYou answer for {{business}}, briefly."


def test_what_goes_wrong_is_mended_in_several_ways_one_of_which_becomes_a_draft(
    ada: Client, draft: PromptVersion, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.OPENAI_API_KEY = "sk-x"
    variants = [
        {"name": "Ask <once>", "revised": [{"kind": "rules", "text": "Ask for the order once."}]},
        {"name": "Ask late", "revised": [{"kind": "rules", "text": "Ask for the order at the end."}]},
        {"name": "nonsense", "revised": [{"kind": "no such", "text": "x"}]},
        "no variant",
    ]
    the_model_answers(monkeypatch, json.dumps({"variants": variants}))
    response = ada.post(f"/prompts/versions/{draft.pk}/critique/", {"wrong": "It asks <twice>."})
    page = response.content.decode()
    assert "It asks &lt;twice&gt;." in page
    assert ("Variant 1: Ask &lt;once&gt;" in page, "Variant 2: Ask late" in page, "nonsense" in page) == (
        True,
        True,
        False,
    )
    ada.post(f"/prompts/versions/{draft.pk}/take/", {"sections": response.context["drafts"][1]["data"]})
    assert "at the end" in PromptVersion.objects.get(number=draft.number + 1).instructions


@pytest.mark.parametrize("answer", ["I think it is fine.", "{}", '{"issues": 3}', "[" * 9000])
def test_an_opinion_that_is_none_is_said_to_be_none(
    ada: Client, draft: PromptVersion, monkeypatch: pytest.MonkeyPatch, settings: Any, answer: str
) -> None:
    settings.OPENAI_API_KEY = "sk-x"
    the_model_answers(monkeypatch, answer)
    assert "Ask once more" in ada.post(f"/prompts/versions/{draft.pk}/critique/").content.decode()
    taken = ada.post(f"/prompts/versions/{draft.pk}/take/", {"sections": answer}, follow=True).content.decode()
    assert "no sections" in taken
