"""Erasing as people ask for it: by pages and commands, in two steps; what is in the way; after a restore."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from calls.models import Call
from compliance.encrypted import keyed_hash
from compliance.models import (
    AuditEntry,
    ErasedNumber,
    Erasure,
    LegalHold,
    Person,
)
from contactcenter.privacy import certificates, erasing, searching, tasks
from contactcenter.privacy.erasing import UnableToErase
from tests import calls_on_screen as screen
from tests import given
from tests.integration.privacy.erasures import confirmed, dump, erased

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gone", "nothing_spooled")]


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
    barred = ErasedNumber.objects.values_list("number_hash", "bars_everything")
    assert list(barred) == [(keyed_hash(given.CAROL), True)]
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
