"""The demo shows a mind: on the pages of prompts and costs, and on a past call; and is planted once."""

from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from agents import knowledge, prompts
from agents.models import Assistant, Guardrail
from calls.models import Budget, Call, CollectedFact
from tests import given

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Assistant:
    call_command("seed_demo", verbosity=0)
    return Assistant.objects.get(name="Orders desk")


def test_its_prompt_is_in_sections_and_nothing_is_wrong_with_it(desk: Assistant) -> None:
    version = desk.published_version()
    assert version is not None
    assert version.number == 2
    assert "Which order" in version.instructions
    assert [one.words for one in prompts.findings(version)] == []


def test_it_knows_when_the_shop_is_open(desk: Assistant) -> None:
    found = knowledge.search(assistant_id=desk.pk, question="When are you open on Saturday?")
    assert "ten to four" in found[0].text


def test_its_pages_show_life(desk: Assistant, client: Client) -> None:
    client.force_login(given.a_person("ada", "admin"))

    def page(name: str, *args: Any) -> str:
        return client.get(reverse(name, args=args)).content.decode()

    assert "Speaks of a lawyer" in page("prompt-assistant", desk.pk)
    assert all(budget.name in page("costs") for budget in Budget.objects.all())
    known = CollectedFact.objects.filter(name="order_number").first()
    assert known is not None
    call = page("call", known.call_id)
    assert all(word in call for word in ("441", "Jo Ferris", "Resolved, says the assistant", "data-cost-parts"))


def test_planted_again_it_changes_nothing(desk: Assistant) -> None:
    before = [model.objects.count() for model in (Guardrail, Budget, CollectedFact, Call)]
    call_command("seed_demo", verbosity=0)
    assert [model.objects.count() for model in (Guardrail, Budget, CollectedFact, Call)] == before
    assert desk.versions.count() == 2
