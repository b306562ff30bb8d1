"""A person is erased: nothing of them is found anywhere, what must stay stays without them, and it is certified."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from calls.carrier import rest
from calls.carrier.errors import CarrierError
from calls.models import Call, Contact, Leg, Recording
from compliance import receipts
from compliance.encrypted import keyed_hash
from compliance.models import (
    ConsentRecord,
    DialDecision,
    ErasedNumber,
    Erasure,
    Revocation,
)
from contactcenter.privacy import erasing, tasks
from tests import calls_on_screen as screen
from tests import campaigns_on_screen as campaigns
from tests import given
from tests.integration.privacy.erasures import confirmed, dump, erased

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gone", "nothing_spooled")]
NAME = "Carol Jones"


def test_nothing_of_them_is_found_anywhere(call: Call, gone: list[str]) -> None:
    evidence = ConsentRecord.objects.get().evidence
    tape, store = Recording.objects.filter(call=call).first(), Recording._meta.get_field("audio").storage
    assert tape is not None
    sids = [*Recording.objects.values_list("recording_sid", flat=True), *Leg.objects.values_list("leg_sid", flat=True)]
    assert given.CAROL in dump()
    erasure = erased()
    assert erasure.state == "done", erasure.waits_for
    left = dump()
    for trace in (
        given.CAROL,
        given.CAROL[2:],
        NAME,
        "Jones",
        "charged twice",
        "Stop calling me",
        "Main Street",
        "203.0",
    ):
        assert trace not in left, trace
    assert not store.exists(tape.audio.name)
    assert not evidence.storage.exists(evidence.name)
    assert set(gone) <= set(sids)
    assert {sid for sid in sids if sid.startswith("RE")} <= set(gone)


def test_skeletons_decisions_and_the_hash_stay_and_the_chain_holds(call: Call) -> None:
    before = {one.pk: (one.at, one.outcome, one.code, one.checks) for one in DialDecision.objects.all()}
    erasure = erased()
    call.refresh_from_db()
    assert (call.customer_e164, call.ended_reason != "unknown") == (erasure.pseudonym, True)
    assert call.events.filter(kind="said").exists()
    assert {one.pk: (one.at, one.outcome, one.code, one.checks) for one in DialDecision.objects.all()} == before
    assert set(DialDecision.objects.values_list("number", flat=True)) == {erasure.pseudonym}
    assert ConsentRecord.objects.get().text == "I agree to calls."
    assert Revocation.objects.get().number == erasure.pseudonym
    barred = ErasedNumber.objects.values_list("number_hash", "bars_everything")
    assert list(barred) == [(keyed_hash(given.CAROL), True)]
    assert list(receipts.Check()) == []
    again = StringIO()
    call_command("verify_receipts", stdout=again)
    assert "could not be asked: the person was erased from it" in again.getvalue()


def test_the_certificate_says_what_was_done_and_is_checked(call: Call, tmp_path: Path) -> None:
    erasure = erased()
    client = Client()
    client.force_login(given.a_person("ada", "admin"))
    file = tmp_path / "certificate.json"
    file.write_bytes(client.get(reverse("erasure-certificate", args=[erasure.pk])).content)
    document = json.loads(file.read_text())
    assert document["certificate"]["deleted"]["calls"]["recordings"] == 2
    assert document["certificate"]["deleted"]["decisions"]["decisions"] == 3
    assert document["certificate"]["deleted"]["everywhere"]["found"] == 0
    assert document["certificate"]["number_hash"] == keyed_hash(given.CAROL)
    assert document["certificate"]["confirmed_by"] == "ben@example.com"
    assert given.CAROL not in file.read_text()
    out = StringIO()
    call_command("verify_certificate", str(file), stdout=out)
    assert out.getvalue().startswith(f"Genuine: erasure {erasure.pk}")
    file.write_text(file.read_text().replace("ben@example.com", "eve@example.com"))
    with pytest.raises(SystemExit):
        call_command("verify_certificate", str(file), stdout=out)


def test_it_goes_on_where_it_stopped(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """At every step once: the worker dies in it, and another takes over."""
    erasure = confirmed()
    died: set[str] = set()
    real = erasing.STEPS

    def dying(name: str, step: Any) -> Any:
        def go(of: Erasure) -> Any:
            facts = step(of)
            if name not in died:  # after its work, before anybody knows
                died.add(name)
                raise KeyboardInterrupt
            return facts

        return go

    monkeypatch.setattr(erasing, "STEPS", tuple((name, dying(name, step)) for name, step in real))
    for _ in range(len(real)):
        with pytest.raises(KeyboardInterrupt):
            erasing.go_on(erasure=erasure, now=timezone.now())
        assert not erasing.go_on(erasure=erasure, now=timezone.now()), "it counts as under way"
        Erasure.objects.update(heard_of_at=timezone.now() - timedelta(minutes=6))
    assert erasing.go_on(erasure=erasure, now=timezone.now())
    erasure.refresh_from_db()
    assert erasure.state == "done"
    assert died == {name for name, _ in real}
    assert erasure.certificate["deleted"]["calls"]["calls"] == 1
    assert given.CAROL not in dump()


def test_a_carrier_that_is_away_is_waited_for(call: Call, monkeypatch: pytest.MonkeyPatch, gone: list[str]) -> None:
    def away(_: str) -> None:
        raise CarrierError("away", is_permanent=False)

    monkeypatch.setattr(rest, "delete_recording", away)
    erasure = erased()
    assert (erasure.state, erasure.waits_for) == ("waiting", "The telephone network could not delete a recording.")
    assert Erasure.due_ids(now=timezone.now()) == [erasure.pk]
    monkeypatch.setattr(rest, "delete_recording", gone.append)
    tasks.erase(erasure_id=erasure.pk)
    erasure.refresh_from_db()
    assert erasure.state == "done"


def test_nobody_is_erased_from_under_a_call_and_nobody_rings_them_meanwhile(call: Call) -> None:
    live = screen.a_live_call()
    erasure = erased()
    assert (erasure.state, erasure.waits_for) == ("waiting", "They are on a call, or one to them is out.")
    barred = ErasedNumber.objects.values_list("number_hash", "bars_everything")
    assert list(barred) == [(keyed_hash(given.CAROL), True)]
    screen.end(live)
    assert erasing.go_on(erasure=erasure, now=timezone.now())
    erasure.refresh_from_db()
    assert erasure.state == "done"
    assert erasure.certificate["deleted"]["calls"]["calls"] == 2


def test_who_calls_while_they_are_erased_is_erased_from_that_too(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    erasure = confirmed()
    real = dict(erasing.STEPS)

    def another_call(of: Erasure) -> Any:
        if not of.steps.get("earlier"):
            screen.a_past_call()
        return real["person"](of)

    steps = tuple((name, another_call if name == "person" else step) for name, step in erasing.STEPS)
    monkeypatch.setattr(erasing, "STEPS", steps)
    erasing.go_on(erasure=erasure, now=timezone.now())
    erasure.refresh_from_db()
    assert erasure.waits_for.startswith("The number still stands in calls_")
    erasing.go_on(erasure=erasure, now=timezone.now())
    erasure.refresh_from_db()
    assert erasure.state == "done"
    assert given.CAROL not in dump()


def test_what_lies_on_disk_is_waited_for(call: Call, tmp_path: Path) -> None:
    journal = tmp_path / "1-abc.journal"
    journal.write_text(f'["turn",1,{{"account":{{"call_id":{call.pk},"epoch":1}}}}]\n')
    erasure = erased()
    assert "A process still holds words of theirs on disk (1-abc.journal)" in erasure.waits_for
    journal.unlink()
    erasing.go_on(erasure=erasure, now=timezone.now())
    erasure.refresh_from_db()
    assert erasure.state == "done"


def test_contacts_of_campaigns_are_closed_and_nameless(call: Call) -> None:
    contact = campaigns.a_contact(campaigns.a_campaign(), given.CAROL, name=NAME, fields={"dog": "Rex"})
    erasure = erased()
    assert erasure.state == "done", erasure.waits_for
    contact = Contact.objects.get(pk=contact.pk)
    assert (contact.number, contact.name, contact.state, contact.fields) == (erasure.pseudonym, "", "stopped", {})
