"""A person is erased: nothing of them is found anywhere, what must stay stays without them, and it is certified."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from calls.carrier import rest
from calls.carrier.errors import CarrierError
from calls.models import Call, Contact, Leg, Recording
from compliance import audit, receipts
from compliance.encrypted import keyed_hash
from compliance.models import (
    AuditEntry,
    ConsentRecord,
    DialDecision,
    DialPermit,
    ErasedNumber,
    Erasure,
    LegalHold,
    Person,
    Revocation,
)
from contactcenter.privacy import certificates, erasing, searching, tasks
from contactcenter.privacy.erasing import UnableToErase
from tests import calls_on_screen as screen
from tests import campaigns_on_screen as campaigns
from tests import given
from tests.receipts_given import a_consent, a_decision, a_dialled_decision, a_packet, a_stop

pytestmark = pytest.mark.django_db
NAME = "Carol Jones"


@pytest.fixture(autouse=True)
def gone(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the carrier was told to delete."""
    told: list[str] = []
    monkeypatch.setattr(rest, "delete_recording", told.append)
    monkeypatch.setattr(rest, "delete_leg", told.append)
    monkeypatch.setattr(rest, "has_recording", lambda sid: sid not in told)
    return told


@pytest.fixture(autouse=True)
def nothing_spooled(settings: Any, tmp_path: Path) -> None:
    settings.SPOOL_DIR, settings.TAPES_DIR = str(tmp_path), str(tmp_path)


@pytest.fixture
def call() -> Call:
    """Carol has left something in every store."""
    call = screen.a_past_call()
    screen.a_tape(call)
    Recording.objects.update(removed_at=None)
    screen.a_message(call)
    screen.a_callback(call)
    screen.an_event(call, "said", 100, words="I am Carol Jones", number=given.CAROL)
    call.tool_runs.create(
        ref="call_1", tool="look_up", arguments=given.CAROL, output=NAME, epoch=1, started_at=call.started_at
    )
    a_dialled_decision(call)
    a_decision()
    receipts.seal_all(now=timezone.now())
    a_decision()
    a_consent(evidence=ContentFile(b"form", name="form.png"))
    a_stop(subject_ref=f"call:{call.pk}")
    Person.know(number=given.CAROL, now=timezone.now(), name=NAME, address="1 Main Street")
    a_packet(DialDecision.objects.latest("pk"))
    audit.note(act="look", subject="person:1", by="bob", now=timezone.now(), number=given.CAROL)
    DialPermit.objects.filter(state="issued").update(state="void", settled_at=timezone.now())
    return call


def confirmed() -> Erasure:
    now = timezone.now()
    erasure = erasing.ask(number=given.CAROL, why="by letter", by="ada@example.com", now=now)
    erasing.confirm(erasure=erasure, typed=given.CAROL, by="ben@example.com", now=now)
    return erasure


def erased() -> Erasure:
    erasure = confirmed()
    assert erasing.go_on(erasure=erasure, now=timezone.now())
    erasure.refresh_from_db()
    return erasure


def dump() -> str:
    """Everything in the tables of ours, as text."""
    with connection.cursor() as cursor:
        rows = []
        for table in connection.introspection.table_names(cursor):
            if table.startswith(("calls_", "compliance_", "agents_")):
                cursor.execute(f'SELECT t::text FROM "{table}" t')
                rows += [row[0] for row in cursor.fetchall()]
        return "\n".join(rows)


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
    assert ErasedNumber.scopes_of(given.CAROL) == ("all",)
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
    assert ErasedNumber.scopes_of(given.CAROL) == ("all",)
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


def test_a_hold_is_in_the_way(call: Call) -> None:
    now = timezone.now()
    hold = LegalHold.place(of="number", subject=given.CAROL, why="Jones v. Marlow", by="ada", now=now)
    with pytest.raises(UnableToErase, match=r"A legal hold is on this number \(Jones v. Marlow\)"):
        erasing.ask(number=given.CAROL, why="by letter", by="ada", now=now)
    hold.lift(why="settled", by="ada", now=now)
    erasure = confirmed()
    LegalHold.place(of="number", subject=given.CAROL, why="Jones v. Marlow II", by="ada", now=now)
    erasing.go_on(erasure=erasure, now=now)
    assert "Jones v. Marlow II" in Erasure.objects.get().waits_for
    assert given.CAROL in dump()


def test_two_steps_by_the_page_and_nothing_before_the_second(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = []
    monkeypatch.setattr(tasks.erase, "delay", lambda **of: begun.append(of))
    client = Client()
    client.force_login(given.a_person("ada", "admin"))
    page = client.post(reverse("privacy"), {"number": given.CAROL}).content.decode()
    assert "Export everything" in page
    page = client.post(
        reverse("erasure-ask"), {"number": given.CAROL, "why": "by letter"}, follow=True
    ).content.decode()
    assert "It cannot be undone" in page
    assert given.CAROL not in page
    erasure = Erasure.objects.get()
    wrong = client.post(reverse("erasure-confirm", args=[erasure.pk]), {"number": "+12125550150"}, follow=True)
    assert "This is not the number that is to be erased" in wrong.content.decode()
    assert begun == []
    page = client.post(reverse("erasure-confirm", args=[erasure.pk]), {"number": given.CAROL}, follow=True)
    assert "It waits for a worker." in page.content.decode()
    assert begun == [{"erasure_id": erasure.pk}]
    too_late = client.post(reverse("erasure-cancel", args=[erasure.pk]), follow=True).content.decode()
    assert "cannot be called off" in too_late
    tasks.erase(erasure_id=erasure.pk)
    assert "Certificate" in client.get(reverse("erasure", args=[erasure.pk])).content.decode()
    assert list(AuditEntry.objects.filter(act__contains="eras").order_by("pk").values_list("act", flat=True)) == [
        "ask_erasure", "confirm_erasure", "erase_person",
    ]  # fmt: skip


def test_who_is_restricted_is_not_called() -> None:
    client = Client()
    client.force_login(given.a_person("ada", "admin"))
    client.post(reverse("privacy-restrict"), {"number": given.CAROL, "restricted": "yes"})
    assert Person.objects.get(number=given.CAROL).is_restricted
    client.post(reverse("privacy-restrict"), {"number": given.CAROL, "restricted": "no"})
    assert not Person.objects.get(number=given.CAROL).is_restricted
    assert AuditEntry.objects.filter(act="restrict_person").count() == 1


def test_the_search_finds_a_number_wherever_it_is(call: Call) -> None:
    assert {"calls_call.customer_e164", "calls_callevent.data", "compliance_consentrecord.number"} <= set(
        searching.in_tables(given.CAROL)
    )
    assert searching.in_tables("+12125550177") == []
    assert searching.in_valkey("+12125550177") == []


def test_who_was_erased_is_erased_again_after_a_backup_was_restored(call: Call, tmp_path: Path) -> None:
    erasure = erased()
    file = tmp_path / "erasure.json"
    file.write_text(json.dumps(certificates.document(erasure)))
    ErasedNumber.objects.all().delete()
    back = screen.a_past_call()
    other = screen.a_past_call(from_="+12125550150")
    out = StringIO()
    call_command("erase_again", str(file), stdout=out)
    assert "1 certificates, 1 of them with data here, 0 not done yet." in out.getvalue()
    assert given.CAROL not in dump()
    assert ErasedNumber.scopes_of(given.CAROL) == ("all",)
    back.refresh_from_db()
    other.refresh_from_db()
    assert (back.customer_e164, other.customer_e164) == (erasure.pseudonym, "+12125550150")
    file.write_text(file.read_text().replace(erasure.number_hash, keyed_hash("+12125550150")))
    with pytest.raises(CommandError, match=r"is not genuine\. Nothing was erased\."):
        call_command("erase_again", str(file), stdout=out)


def test_without_the_key_of_the_number_nothing_is_done(call: Call, settings: Any) -> None:
    confirmed()
    settings.FIELD_KEYS = ["another"]
    tasks.erase(erasure_id=Erasure.objects.get().pk)
    erasure = Erasure.objects.get()
    assert (erasure.state, erasure.steps) == ("waiting", {})
    assert "a key that is not here" in erasure.waits_for
