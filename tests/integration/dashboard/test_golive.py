"""The go-live page: what it shows, its buttons, and what goes wrong with them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from calls.carrier import client as carriers_client
from calls.carrier import reach
from calls.models import ReadinessCheck, SettingChange
from tests import given
from tests.integration.calls.test_readiness import ELSEWHERE, URL, WAY
from tests.sandbox_on_loopback import Sandbox, a_sandbox

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def account(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    settings.PUBLIC_URL, settings.FALLBACK_NUMBER, settings.TASKROUTER_WORKFLOW_SID = URL, "+12125550150", ""
    monkeypatch.setattr(reach, "try_the_way", lambda: WAY)
    with a_sandbox(settings, given.OURS, var=tmp_path) as sandbox:
        given.a_number()
        yield sandbox


@pytest.fixture
def ada() -> Client:
    """Ada administers."""
    client = Client()
    client.force_login(given.a_person("ada", "admin"))
    return client


def shown(client: Client) -> str:
    return str(client.get(reverse("go-live")).content.decode())


def press(client: Client, name: str, **form: str) -> str:
    """The page after a button."""
    return str(client.post(reverse(name), form, follow=True).content.decode())


def test_before_the_first_check_it_says_what_a_check_does(ada: Client) -> None:
    page = shown(ada)
    assert "Not checked yet" in page
    assert "no telephone of yours" in page


def test_a_difference_is_shown_put_right_and_taken_back_by_buttons(ada: Client, account: Sandbox) -> None:
    account.number(given.OURS, VoiceUrl=ELSEWHERE)
    page = press(ada, "go-live-check")
    assert f'data-finding="number.voice_url:{given.OURS}"' in page
    assert "Calls are announced to https://old-host.example/voice, not to us." in page
    assert "They reach whatever answers there" in page
    page = press(ada, "go-live-repair", key=f"number.voice_url:{given.OURS}")
    assert "1 setting was put right." in page
    assert f"number.voice_url:{given.OURS}" not in page
    assert account.number(given.OURS)["voice_url"] == f"{URL}/twilio/voice/"
    page = press(ada, "go-live-repair", all="yes")
    assert "settings were put right." in page
    assert "Nothing differs" in page
    first = SettingChange.objects.order_by("pk").first()
    assert first is not None
    assert first.by_ref == "ada@example.com"
    page = press(ada, "go-live-undo", run=first.run)
    assert "1 setting was taken back." in page
    assert account.number(given.OURS)["voice_url"] == ELSEWHERE
    assert f"number.voice_url:{given.OURS}" in page


def test_vendors_that_are_away_are_told_of_and_nothing_breaks(ada: Client, account: Sandbox, settings: Any) -> None:
    settings.TWILIO_API_BASE = settings.OPENAI_BASE_URL = "http://127.0.0.1:9"
    carriers_client.get_client.cache_clear()
    page = press(ada, "go-live-check")
    assert "Twilio could not be asked" in page
    assert "OpenAI could not be asked" in page
    assert "There is nothing to repair" in press(ada, "go-live-repair", key="country:US")


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("go-live-repair", {}),
        ("go-live-repair", {"key": "<script>alert(1)</script>"}),
        ("go-live-undo", {}),
        ("go-live-undo", {"run": "x" * 5000}),
        ("go-live-undo", {"run": "\0"}),
        ("go-live-ring", {"number": "\0" * 20}),
    ],
)
def test_nonsense_is_answered_with_a_sentence(ada: Client, account: Sandbox, name: str, form: dict[str, str]) -> None:
    answer = ada.post(reverse(name), form, follow=True)
    assert answer.status_code == 200
    assert "<script>alert(1)</script>" not in answer.content.decode()
    assert not SettingChange.objects.exists()


def test_what_vendors_call_things_stays_words(ada: Client, account: Sandbox) -> None:
    account.account(services=[{"name": "<img src=x onerror=alert(1)>", "numbers": [given.OURS]}])
    page = press(ada, "go-live-check")
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


def test_only_the_newest_checks_are_kept(ada: Client) -> None:
    for _ in range(52):
        ReadinessCheck.keep([], facts={}, by="ada", now=given.NOON)
    assert ReadinessCheck.objects.count() == 50


def test_supervisors_do_not_get_there() -> None:
    client = Client()
    client.force_login(given.alice())
    assert client.get(reverse("go-live")).status_code == 403
    assert reverse("go-live") not in client.get("/health/").content.decode()
