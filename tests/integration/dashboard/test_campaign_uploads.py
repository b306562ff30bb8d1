"""People from files: uploaded, mapped with the first rows in sight, read, reported on; and the dry run over them."""

import csv
import io

import pytest
from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient, Client

from calls.campaigns import dry_run, reading, tasks
from calls.models import Campaign, ContactImport, DryRun
from tests import campaigns_on_screen as screen
from tests import given
from tests.integration.dashboard.markup import inside

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
FILE = b"phone,name,state,bike\n(212) 555-0142,Lou,NY,Red\n12,Nobody,NY,Blue\n+1 212 555 0142,Lou again,NY,Red\n"
CHOSEN = {"column-0": "number", "column-1": "name", "column-2": "address_state", "column-3": "field"}


@pytest.fixture(autouse=True)
def handed_over(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, int]]:
    """What workers are told: nobody listens here."""
    told: list[dict[str, int]] = []
    monkeypatch.setattr(tasks.read_contacts, "delay", lambda **what: told.append(what))
    monkeypatch.setattr(tasks.ask_dry, "delay", lambda **what: told.append(what))
    return told


@pytest.fixture
def alice() -> Client:
    client = Client(headers={"Accept": "text/html"})
    client.force_login(given.alice())
    return client


def uploaded(client: Client, campaign: Campaign, content: bytes = FILE, name: str = "people.csv") -> str:
    """Where the page goes after a file."""
    file = SimpleUploadedFile(name, content)
    return client.post(f"/campaigns/{campaign.pk}/imports/", {"file": file}).url


def test_a_file_is_mapped_in_sight_of_its_first_rows_then_read_and_reported_on(
    alice: Client, handed_over: list[dict[str, int]]
) -> None:
    campaign = screen.a_campaign()
    page = uploaded(alice, campaign)
    first = alice.get(page).content.decode()
    assert '<option value="number" selected>' in first
    assert "“12” is not a complete telephone number." in inside(first, "preview")
    wrong = alice.post(page, CHOSEN | {"column-0": ""}, headers=HTMX).content.decode()
    assert "Say which column is the telephone number." in wrong
    assert "Say which column" in alice.post(page, CHOSEN | {"column-0": "", "begin": "1"}).content.decode()
    assert alice.post(page, CHOSEN | {"doubles": "skip", "begin": "1"}).url == page
    of = ContactImport.objects.get()
    assert handed_over == [{"import_id": of.pk}]
    part = alice.get(page, headers=HTMX).content.decode()
    assert 'hx-trigger="every 1s"' in part
    reading.read(import_id=of.pk)
    report = alice.get(page, headers=HTMX).content.decode()
    assert "hx-trigger" not in report
    assert "“12” is not a complete telephone number." in report
    assert campaign.contacts.get().name == "Lou"
    people = alice.get(f"/campaigns/{campaign.pk}/write/people/").content.decode()
    assert "1 person so far" in people


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The submitted file is empty|This file is empty|Choose a file"),
        (b"PK\x03\x04nonsense", "damaged"),
        (b"\xd0\xcf\x11\xe0old", "old kind of spreadsheet"),
        (b"%PDF-1.7", "no table"),
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence(content: bytes, said: str, alice: Client) -> None:
    campaign = screen.a_campaign()
    page = alice.get(uploaded(alice, campaign, content)).content.decode()
    assert any(part in page for part in said.split("|"))
    assert not ContactImport.objects.exists()


def test_a_file_that_is_gone_is_no_fault_page(alice: Client) -> None:
    campaign = screen.a_campaign()
    page = uploaded(alice, campaign)
    of = ContactImport.objects.get()
    of.file.storage.delete(of.file.name)
    assert "The file is gone from our storage." in alice.get(page).content.decode()


def test_a_dry_run_counts_the_reasons_and_each_leads_to_its_people(
    alice: Client, handed_over: list[dict[str, int]]
) -> None:
    campaign = screen.a_campaign()
    screen.a_contact(campaign, "+18005550199", name="Toll Free")
    check = f"/campaigns/{campaign.pk}/write/check/"
    assert alice.post(f"/campaigns/{campaign.pk}/dry-run/").url == check
    of = DryRun.objects.get()
    assert handed_over == [{"dry_run_id": of.pk}]
    assert 'hx-trigger="every 1s"' in inside(alice.get(check).content.decode(), "main")
    dry_run.ask(dry_run_id=of.pk)
    part = alice.get(check, headers=HTMX).content.decode()
    assert "<b>1</b> not at all" in part
    assert "Numbers of this kind" in part
    listed = alice.get(f"/campaigns/{campaign.pk}/dry-runs/{of.pk}/?code=NUMBER_TYPE_BLOCKED").content.decode()
    assert "Toll Free" in listed
    none = alice.get(f"/campaigns/{campaign.pk}/dry-runs/{of.pk}/?code=%3Cb%3E").content.decode()
    assert "Toll Free" not in none
    assert "It is a draft" not in alice.post(f"/campaigns/{campaign.pk}/submit/", follow=True).content.decode()
    campaign.refresh_from_db()
    assert campaign.state == "waiting"


@pytest.mark.django_db(transaction=True)
async def test_rows_that_were_not_taken_are_downloaded_put_right_and_uploaded_again() -> None:
    client = AsyncClient()

    def begin() -> ContactImport:
        made = screen.an_import(screen.a_campaign(), columns=["phone", "name"])
        made.problems.update(values=["=cmd()", "Eve"])
        return made

    of = await sync_to_async(begin)()
    await client.aforce_login(await sync_to_async(given.alice)())
    answer = await client.get(f"/campaigns/{of.campaign_id}/imports/{of.pk}/problems/")
    text = b"".join([piece async for piece in answer.streaming_content]).decode()
    rows = list(csv.reader(io.StringIO(text)))
    assert rows == [
        ["row", "column", "what is wrong", "phone", "name"],
        ["3", "phone", "This is no number.", "'=cmd()", "Eve"],
    ]
    again = SimpleUploadedFile("again.csv", text.replace("'=cmd()", "+12125550142").encode())
    answer = await client.post(f"/campaigns/{of.campaign_id}/imports/", {"file": again})
    page = (await client.get(answer.url)).content.decode()
    assert "'number' selected" not in page
    assert page.count('<option value="" selected>') == 3
