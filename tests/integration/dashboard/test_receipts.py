"""The pages of receipts: found, read, taken along."""

import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.files.base import ContentFile
from django.db import connection
from django.test import AsyncClient, Client
from django.urls import reverse

from compliance import receipts as chain_of_receipts
from compliance.models import AuditEntry, DisputePacket, ReceiptEntry
from contactcenter.privacy import tasks
from tests import calls_on_screen as screen
from tests import given, receipts_given
from tests.receipts_given import a_consent, a_decision, a_dialled_decision, a_packet, a_stop

pytestmark = pytest.mark.django_db


@pytest.fixture
def olga() -> Client:
    """Olga audits."""
    client = Client()
    client.force_login(given.a_person("olga", "auditor"))
    return client


def body(answer: Any) -> str:
    return str(answer.content.decode())


def test_receipts_are_found_by_number_answer_reason_and_reference(olga: Client) -> None:
    yes, no = a_decision(), a_decision("+1800")
    a_decision(errand="offer:9", to="+12125550150")
    page = body(olga.get(reverse("receipts")))
    assert page.count('class="row-who"') == 3
    assert given.CAROL not in page
    for query, wanted in (
        ({"q": given.CAROL}, yes), ({"q": "2671"}, yes), ({"q": f"#{no.pk}"}, no), ({"outcome": "deny"}, no),
        ({"code": "NUMBER_INVALID"}, no),
    ):  # fmt: skip
        found = body(olga.get(reverse("receipts"), query))
        assert reverse("receipt", args=[wanted.pk]) in found, query
        assert found.count('class="row-who"') == 1, query
    assert body(olga.get(reverse("receipts"), {"q": "offer:9"})).count('class="row-who"') == 1
    assert olga.get(reverse("receipts"), {"q": "\0"}).status_code == 200
    assert "No receipt fits" in body(olga.get(reverse("receipts"), {"q": "' OR 1=1 --"}))


def test_a_receipt_reads_like_one(olga: Client) -> None:
    call = screen.a_past_call()
    screen.a_tape(call)
    decision = a_dialled_decision(call)
    a_stop(subject_ref=f"call:{call.pk}")
    chain_of_receipts.seal_all(now=decision.at)
    page = body(olga.get(reverse("receipt", args=[decision.pk])))
    for said in (
        "allowed", "the same answer", "America/Los_Angeles", "entry 1 of", "confirmed", "Stop calling me.",
        "in the recording from", decision.software, "NUMBER_INVALID",
    ):  # fmt: skip
        assert said in page, said
    assert given.CAROL not in page
    refused = a_decision("+1800")
    page = body(olga.get(reverse("receipt", args=[refused.pk])))
    assert "This is not a complete telephone number" in page
    assert "not asked" in page


@pytest.mark.django_db(transaction=True)
async def test_the_table_for_spreadsheets_masks_numbers() -> None:
    client = AsyncClient()
    await client.aforce_login(await sync_to_async(given.a_person)("olga", "auditor"))
    await sync_to_async(a_decision)()
    answer = await client.get(reverse("receipts-export"))
    rows = b"".join([piece async for piece in answer.streaming_content]).decode()
    assert "+1 415 ••• 2671" in rows
    assert given.CAROL not in rows


def test_a_packet_has_everything_and_is_checked_without_us(olga: Client, tmp_path: Path) -> None:
    call = screen.a_past_call()
    screen.a_tape(call)
    decision = a_dialled_decision(call)
    consent = a_consent(evidence=ContentFile(b"the picture of a form", name="form.png"))
    a_stop()
    asked = olga.post(reverse("receipt-packet", args=[decision.pk]), follow=True)
    assert "The packet is ready" in body(asked)
    assert olga.get(reverse("receipt-packet", args=[decision.pk])).status_code == 200
    with DisputePacket.objects.get().file.open("rb") as file, zipfile.ZipFile(file) as packet:
        names = set(packet.namelist())
        packet.extractall(tmp_path)
    evidence = f"consents/consent-{consent.pk}.png"
    tape, words = f"recordings/call-{call.pk}-{call.recordings.get().pk}.wav", f"transcripts/call-{call.pk}.txt"
    assert {"cover.pdf", "MANIFEST.json", "decisions.json", "consents.json", "opt_outs.json", "calls.json", "verify.py",
            "proof/ends.json", "proof/decisions.jsonl", evidence, tape, words} <= names  # fmt: skip
    assert (tmp_path / "cover.pdf").read_bytes().startswith(b"%PDF")
    assert (tmp_path / evidence).read_bytes() == b"the picture of a form"
    assert "I was charged twice." in (tmp_path / words).read_text()
    (kept,) = json.loads((tmp_path / "decisions.json").read_text())
    assert kept["afterwards"]["call"]["id"] == call.pk
    assert kept["afterwards"]["recording_notices"][0]["notice_from_ms"] is not None
    assert json.loads((tmp_path / "consents.json").read_text())[0]["signature"] == "Carol Jones"
    assert offline(tmp_path) == (0, "all is as it was")
    assert AuditEntry.objects.filter(act="take_packet", actor_ref="olga@example.com").exists()
    packet_entry = ReceiptEntry.objects.get(kind="packet")
    assert packet_entry.position == DisputePacket.objects.get().receipt
    tamper_with(tmp_path / "proof" / "decisions.jsonl", b'"outcome":"allow"', b'"outcome":"deny" ')
    code, said = offline(tmp_path)
    assert code == 1
    assert f"Decision {decision.pk} is not the one that was chained." in said


@pytest.mark.django_db(transaction=True)
async def test_a_packet_is_downloaded_whole() -> None:
    client = AsyncClient()
    await client.aforce_login(await sync_to_async(given.a_person)("olga", "auditor"))
    packet = await sync_to_async(lambda: a_packet(a_decision()))()
    answer = await client.get(reverse("packet-file", args=[packet.pk]))
    content = b"".join([piece async for piece in answer.streaming_content])
    assert hashlib.sha256(content).hexdigest() == packet.sha256
    assert answer["Content-Length"] == str(len(content))


def tamper_with(path: Path, old: bytes, new: bytes) -> None:
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))


def offline(folder: Path) -> tuple[int, str]:
    """The packet's own script, in a Python that knows nothing of us."""
    done = subprocess.run([sys.executable, "-I", folder / "verify.py"], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout if done.returncode else done.stdout.strip().rpartition(": ")[2]


def test_a_changed_file_and_a_changed_chain_are_found_offline(tmp_path: Path) -> None:
    packet = a_packet(a_decision())
    with packet.file.open("rb") as file, zipfile.ZipFile(file) as whole:
        whole.extractall(tmp_path)
    tamper_with(tmp_path / "consents.json", b"[]", b"[1]")
    day = next(path for path in (tmp_path / "proof").glob("2*.txt"))
    tamper_with(day, b" decision ", b" packet ")
    code, said = offline(tmp_path)
    assert code == 1
    assert "consents.json is not the file that was put in." in said
    assert "does not lead to the end that was signed" in said


def test_a_large_packet_is_made_by_a_worker_and_one_who_dies_is_replaced(
    olga: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("contactcenter.privacy.packets.SMALL_DECISIONS", 0)
    asked = []
    monkeypatch.setattr(tasks.make_packet, "delay", lambda **of: asked.append(of["packet_id"]))
    decision = a_decision()
    page = body(olga.post(reverse("receipt-packet", args=[decision.pk]), follow=True))
    assert "waits for a worker" in page
    packet = DisputePacket.objects.get(pk=asked[0])
    assert packet.claim(now=packet.asked_at)
    tasks.make_packet(packet_id=packet.pk)
    packet.refresh_from_db()
    assert packet.state == "making", "somebody is at it"
    DisputePacket.objects.update(heard_of_at="2020-01-01T00:00:00Z")
    asked.clear()
    tasks.make_packets()
    assert asked == [packet.pk]
    tasks.make_packet(packet_id=packet.pk)
    assert "The packet is ready" in body(olga.get(reverse("packet", args=[packet.pk])))


def test_a_packet_that_cannot_be_made_says_so(olga: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("contactcenter.privacy.cover.pdf", broken)
    page = body(olga.post(reverse("receipt-packet", args=[a_decision().pk]), follow=True))
    assert "It could not be put together (OSError). Try again." in page


def test_only_who_may_takes_packets_and_only_an_admin_everything_about_a_person(olga: Client) -> None:
    decision = a_decision()
    alice = Client()
    alice.force_login(given.alice())
    assert alice.post(reverse("receipt-packet", args=[decision.pk])).status_code == 403
    about = {"about": "person", "subject": given.CAROL}
    assert olga.post(reverse("packet-ask"), about).status_code == 403
    ada = Client()
    ada.force_login(given.a_person("ada", "admin"))
    page = body(ada.post(reverse("packet-ask"), about, follow=True))
    assert "Everything about +1 415 ••• 2671" in page
    packet = DisputePacket.objects.get()
    assert olga.get(reverse("packet", args=[packet.pk])).status_code == 403
    with connection.cursor() as cursor:
        cursor.execute("SELECT number, subject_ref FROM compliance_disputepacket")
        assert given.CAROL not in repr(cursor.fetchall())


@pytest.mark.parametrize("subject", ["", "abc", "0", "99999999999999999999", "\0"])
def test_a_packet_about_nothing_is_told_so(olga: Client, subject: str) -> None:
    page = body(olga.post(reverse("packet-ask"), {"about": "call", "subject": subject}, follow=True))
    assert "that a packet could be about" in page or "Say what the packet should be about" in page


def test_hostile_words_stay_words(olga: Client) -> None:
    decision = a_decision("<script>alert(1)</script>")
    page = body(olga.get(reverse("receipt", args=[decision.pk])))
    assert "<script>alert" not in page
    packet = a_packet(receipts_given.a_decision())
    assert packet.state == "ready"
