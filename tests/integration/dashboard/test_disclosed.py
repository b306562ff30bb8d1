"""What had to be said first stands on the page of a call: ticked with its time, or red with what is wrong."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from calls.models import Call, OutgoingCall, TranscriptTurn
from compliance import disclosures
from tests import calls_on_screen as screen
from tests import given
from tests.given import NOON

pytestmark = pytest.mark.django_db
ANSWERED = NOON + timedelta(seconds=5)


@pytest.fixture
def client(client: Client) -> Client:
    client.force_login(given.alice())
    return client


def an_outgoing_call(**known: Any) -> Call:
    """A call of ours that was answered after five seconds."""
    call = screen.a_live_call(now=NOON)
    Call.objects.filter(pk=call.pk).update(direction="outbound")
    fields = {"purpose": "informational", "voice": "ai", "seller": "Marlow", "topic": "your order", "by_ref": "tests"}
    fields |= {"answered_at": ANSWERED, "words_at": ANSWERED + timedelta(milliseconds=600), "greeted_ms": 400}
    OutgoingCall.objects.create(call=call, **fields | known)
    call.refresh_from_db()
    return call


def says(call: Call, *, without: str = "") -> None:
    sentences = disclosures.outgoing_words(business="Marlow", topic="your order", is_recorded=True)
    text = " ".join(each.text for each in sentences if not without or without not in each.text)
    TranscriptTurn.keep_all(
        [TranscriptTurn(call=call, item_id="opening", party="assistant", started_ms=5600, ended_ms=16_000, text=text)]
    )


def block(client: Client, call: Call) -> str:
    page = client.get(f"/calls/{call.pk}/").content.decode()
    found = re.search(r'<section aria-label="Compliance">.*?</section>', page, re.DOTALL)
    return "" if found is None else re.sub(r"<svg.*?</svg>", "", found[0], flags=re.DOTALL)


def test_everything_that_was_said_is_ticked_with_its_time(client: Client) -> None:
    call = screen.end(an_outgoing_call(outcome="human", settled_at=NOON, answered_by="human"), now=NOON)
    says(call)
    found = block(client, call)
    assert "said 600 ms after the answer" in found
    assert "a person was talked to" in found
    assert "400 ms after their greeting" in found
    assert 'class="fault"' not in found


def test_what_is_missing_is_red_and_named(client: Client) -> None:
    call = screen.end(an_outgoing_call(), now=NOON)
    says(call, without="press 9")
    found = block(client, call)
    missing = re.search(r"How to have no more calls</dt>(.*?)</div>", found, re.DOTALL)
    assert missing is not None
    assert 'class="fault"' in missing[1]
    assert "Not said." in missing[1]


def test_who_waited_too_long_is_red(client: Client) -> None:
    found = block(client, screen.end(an_outgoing_call(greeted_ms=2600, outcome="abandoned", settled_at=NOON), now=NOON))
    assert 'class="fault">2.6 s' in found


def test_nobody_had_to_say_anything_to_a_machine_or_by_hand(client: Client) -> None:
    for known in ({"machine_at": NOON, "answered_by": "machine_end_beep"}, {"voice": "human_manual"}):
        found = block(client, screen.end(an_outgoing_call(**known), now=NOON))
        assert "informational" in found
        assert "Not said." not in found
        OutgoingCall.objects.all().delete()


def test_a_call_that_came_in_is_marked_as_well(client: Client) -> None:
    call = screen.a_live_call(now=NOON)
    words = disclosures.opening_words(business=call.assistant.business_name).text
    TranscriptTurn.keep_all(
        [TranscriptTurn(call=call, item_id="opening", party="assistant", started_ms=0, ended_ms=11_000, text=words)]
    )
    found = block(client, screen.end(call, now=NOON))
    assert "said 0 ms after the first ring" in found
    assert "How to have no more calls" not in found


def test_hostile_names_stay_names(client: Client) -> None:
    call = an_outgoing_call(seller="<script>alert(1)</script>", topic="<img src=x onerror=alert(1)>")
    found = block(client, call)
    assert "<script>" not in found
    assert "<img" not in found
