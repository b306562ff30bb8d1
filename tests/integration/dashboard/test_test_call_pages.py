"""The page of a test call: what it says before, what it needs to begin, what is known meanwhile, where it is shown."""

import csv

import jwt
import pytest
from django.conf import settings
from django.test import AsyncClient, Client
from django.utils import timezone

from agents.models import PromptVersion
from calls.models import Call, Leg, UsageRecord
from tests import given, on_page

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(client: Client) -> Client:
    """Alice's browser."""
    client.force_login(given.alice())
    return client


def text_of(client: Client, path: str, **query: str) -> str:
    response = client.get(path, query)
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_says_what_a_test_call_is_and_what_it_cannot_do(alice: Client) -> None:
    draft = on_page.a_draft(max_call_s=120)
    page = text_of(alice, f"/test-calls/{draft.pk}/")
    for words in (
        "Test call: Reception v2",
        "draft",
        "Nobody can be put through here: there is no telephone network (not set: TWILIO_API_KEY, TWILIO_API_SECRET).",
        "It is not recorded",
        "It ends after 2 minutes",
        "this is an AI assistant answering for Marlow Outdoor",  # the words a caller on the telephone hears first
        "end_call",
        settings.PUBLIC_URL,
    ):
        assert words in page


def test_words_that_nobody_fills_in_are_named(alice: Client) -> None:
    draft = on_page.a_draft(instructions="You answer for {{nobody}}.")
    assert "<code>{{nobody}}</code>" in text_of(alice, f"/test-calls/{draft.pk}/")


def test_a_version_is_chosen_and_leads_to_its_page(alice: Client) -> None:
    draft = on_page.a_draft()
    assert "Reception v2, draft" in text_of(alice, "/test-calls/")
    assert alice.get("/test-calls/", {"version": str(draft.pk)}).headers["Location"] == f"/test-calls/{draft.pk}/"
    for strange in ("x", "-1", "9" * 40, "²"):
        assert alice.get("/test-calls/", {"version": strange}).status_code == 200
    assert alice.get("/test-calls/99999999/").status_code == 404


def test_without_an_assistant_the_page_says_what_to_do(alice: Client) -> None:
    PromptVersion.objects.all().delete()
    assert "No assistant yet" in text_of(alice, "/test-calls/")


def test_a_page_is_given_what_it_needs_and_no_more_than_one_call_begins(alice: Client) -> None:
    draft = on_page.a_draft()
    given_to_page = alice.post(f"/test-calls/{draft.pk}/begin/").json()
    call = Call.objects.get(channel="browser")
    assert set(given_to_page) == {"call", "path", "callSid", "streamSid", "ticket", "line"}
    assert (given_to_page["call"], given_to_page["path"]) == (call.pk, "/phone/")


def test_with_an_account_the_page_can_be_rung_for_its_own_call_and_can_ring_nobody(alice: Client, settings) -> None:
    draft = on_page.a_draft()
    begin = f"/test-calls/{draft.pk}/begin/"
    assert alice.post(begin).json()["line"]["adapter"] == "none"
    settings.TWILIO_API_KEY, settings.TWILIO_API_SECRET = "SK1", "the secret of that key, long enough for HS256"
    assert "no telephone number" in alice.post(begin).json()["line"]["why"]
    given.a_number(phone_number_sid="PN1")
    Call.objects.update(phase="closed")
    Leg.objects.update(ended_at=timezone.now())
    given_to_page = alice.post(begin).json()
    line = given_to_page["line"]
    claims = jwt.decode(line["token"], settings.TWILIO_API_SECRET, algorithms=["HS256"])
    assert claims["grants"] == {
        "identity": f"test_call_{given_to_page['call']}",
        "voice": {"incoming": {"allow": True}},
    }
    page = alice.get(f"/test-calls/{draft.pk}/")
    assert "is put through to one" in page.content.decode()
    assert "twilio.com" in page.headers["Content-Security-Policy"]
    bob = Client()
    bob.force_login(given.bob())
    assert bob.post(begin).status_code == 403


def test_the_floor_offers_to_put_a_test_call_through_where_that_can_be_done(alice: Client, settings) -> None:
    call = on_page.begun(given.bob()).call
    Call.objects.filter(pk=call.pk).update(phase="with_assistant")
    assert "Transfer</" not in text_of(alice, f"/calls/{call.pk}/")
    settings.TWILIO_API_KEY, settings.TWILIO_API_SECRET = "SK1", "its secret"
    given.a_number(phone_number_sid="PN1")
    head = text_of(alice, f"/calls/{call.pk}/")
    assert "Transfer</" in head
    assert "Hold</" not in head


def test_a_call_that_cannot_begin_says_why(alice: Client, settings) -> None:
    draft = on_page.a_draft(instructions="")
    refused = alice.post(f"/test-calls/{draft.pk}/begin/")
    assert (refused.status_code, refused.json()["problem"][:22]) == (409, "This prompt is empty: ")
    settings.OPENAI_API_KEY = ""
    assert "OPENAI_API_KEY is not set" in alice.post(f"/test-calls/{draft.pk}/begin/").json()["problem"]
    assert "OPENAI_API_KEY is not set" in text_of(alice, f"/test-calls/{draft.pk}/")
    assert not Call.objects.exists()


def test_nothing_begins_without_the_forgery_check() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(given.alice())
    assert client.post(f"/test-calls/{on_page.a_draft().pk}/begin/").status_code == 403


def test_tokens_are_counted_and_no_money_is_invented(alice: Client) -> None:
    call = on_page.begun(given.bob()).call
    UsageRecord.keep_all(
        [
            UsageRecord.of(
                usage={"input_tokens": 30, "output_tokens": 12, "input_token_details": {"audio_tokens": 30},
                       "output_token_details": {"audio_tokens": 12}},
                call_id=call.pk, kind="response", ref="r1", model="m", at=timezone.now(),
            )
        ]
    )  # fmt: skip
    shown = text_of(alice, f"/test-calls/calls/{call.pk}/figures/")
    assert "data-tokens-in>30<" in shown
    assert "data-tokens-out>12<" in shown
    assert "$" not in shown
    assert "every 2s" in shown


def test_what_the_model_said_when_it_refused_is_shown(alice: Client) -> None:
    call = on_page.begun(given.bob()).call
    call.note("model_given_up", at=timezone.now(), source="model", why="refused 401")
    Call.objects.filter(pk=call.pk).update(phase="closed", ended_reason="model_unreachable", ended_at=timezone.now())
    shown = text_of(alice, f"/test-calls/calls/{call.pk}/figures/")
    assert "It does not accept the key in OPENAI_API_KEY." in shown
    assert "every 2s" not in shown


def test_a_real_call_has_no_page_of_a_test_call(alice: Client) -> None:
    real = given.a_call(now=timezone.now())
    assert alice.get(f"/test-calls/calls/{real.pk}/").status_code == 404


def test_a_test_call_is_called_one_wherever_it_is_shown(alice: Client) -> None:
    real, test = given.a_call(now=timezone.now()), on_page.begun(given.bob()).call
    for path in ("/", f"/calls/{test.pk}/", "/calls/", f"/test-calls/calls/{test.pk}/"):
        assert "Test call" in text_of(alice, path)
    only_real, only_test = (text_of(alice, "/calls/", channel=kind) for kind in ("telephone", "browser"))
    assert f'data-call="{real.pk}"' in only_real
    assert f'data-call="{test.pk}"' not in only_real
    assert f'data-call="{test.pk}"' in only_test
    head = text_of(alice, f"/calls/{test.pk}/")
    for button in ("Transfer", "Take over", "Hold"):
        assert f"{button}</" not in head


@pytest.mark.django_db(transaction=True)
async def test_the_export_says_which_calls_were_tests() -> None:
    from channels.db import database_sync_to_async as db

    await db(on_page.begun)(await db(given.bob)())
    client = AsyncClient()
    await client.aforce_login(await db(given.alice)())
    response = await client.get("/calls/export/")
    rows = list(csv.DictReader("".join([part.decode() async for part in response.streaming_content]).splitlines()))
    assert [row["channel"] for row in rows] == ["browser"]


def test_the_admins_page_of_a_version_leads_to_it(client: Client) -> None:
    ada = given.a_person("ada", "admin")
    ada.is_staff = True
    ada.save()
    client.force_login(ada)
    draft = on_page.a_draft()
    assert f'href="/test-calls/{draft.pk}/"' in text_of(client, f"/admin/agents/promptversion/{draft.pk}/change/")


def test_the_floor_leads_to_it_for_those_who_may(client: Client) -> None:
    client.force_login(given.bob())
    assert "/test-calls/" not in text_of(client, "/")
    client.force_login(given.alice())
    assert 'href="/test-calls/"' in text_of(client, "/")
