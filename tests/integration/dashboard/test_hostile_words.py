"""Hostile words stay words on every page: no element, no attribute, nothing inline more than with harmless ones."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.storage import storages
from django.test import Client

from calls.control import supervision
from calls.lifecycle import CopyState
from calls.models import Call, Recording, Supervision, TranscriptTurn
from tests import calls_on_screen as screen
from tests import given
from tests.integration.dashboard.markup import skeleton

pytestmark = pytest.mark.django_db

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' hx-get=/calls/export/ hx-trigger=load '",
    '<hx-partial hx-target="body" hx-swap="innerHTML">gone</hx-partial>',
    "<template hx type=partial>gone</template>",
    "{{ 7|add:7 }}{% now 'Y' %}",
    "</li></ol><h1>gone</h1>",
    "javascript:alert(1)",
)


def signed_in(person: User) -> Client:
    client = Client(headers={"Accept": "text/html"})
    client.force_login(person)
    return client


@pytest.fixture
def call() -> Call:
    return screen.a_past_call()


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_change_no_element_and_no_attribute(words: str) -> None:
    alice = given.alice()
    client = signed_in(alice)

    def pages(text: str) -> list[str]:
        Call.objects.all().delete()
        call = screen.a_live_call()
        Call.objects.filter(pk=call.pk).update(customer_address=text, verstat=text[:60], transfer_reason=text[:40])
        screen.a_talk(call, ("customer", 600, text), ("assistant", 4000, text))
        TranscriptTurn.objects.filter(call=call, party="assistant").update(is_cut=True, unheard=text)
        screen.an_event(call, "tool_called", 5000, name=text, call_id="t")
        screen.an_event(call, "key_pressed", 6000, digit=text)
        screen.an_event(call, text[:40], 7000, **{text: text})
        screen.an_event(call, "coached", 7500, ref="r", by=text, text=text, aloud=True)
        screen.an_event(call, "approval_decided", 7600, tool=text, decision=text, by=text)
        screen.an_approval(call, reason=text, **{text: text})
        supervision.begin(call=call, user=alice, mode=supervision.Mode.LISTENING, now=call.started_at)
        Supervision.objects.update(name=text)
        tape = screen.a_tape(call)
        Recording.objects.filter(pk=tape.pk).update(copy_state=CopyState.LOST, copy_error=text)
        paths = ("/", f"/?call={call.pk}", f"/calls/{call.pk}/", f"/calls/{call.pk}/panel/", "/calls/")
        return [client.get(path).content.decode() for path in paths]

    plain, hostile = pages("plain words"), pages(words)
    for before, after in zip(plain, hostile, strict=True):
        assert skeleton(after) == skeleton(before)


def test_no_page_holds_anything_inline(call: Call) -> None:
    screen.a_tape(call)
    client = signed_in(given.alice())
    for path in ("/", f"/calls/{call.pk}/", "/calls/", "/accounts/password/change/"):
        page = client.get(path).content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", page)


def test_recordings_of_the_tests_are_not_kept_in_the_project() -> None:
    assert not Path(storages["recordings"].location).is_relative_to(settings.BASE_DIR)
