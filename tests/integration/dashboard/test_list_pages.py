"""The pages of lists: what is due, files that are sent, our own list, reassigned numbers."""

from datetime import timedelta
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from calls.models import Campaign, Contact
from compliance import imports, tasks
from compliance.models import (
    AuditEntry,
    ConsentRecord,
    ListImport,
    NumberListCopy,
    ReassignedAnswer,
    SuppressionEntry,
)
from tests import given
from tests.number_lists import a_file, a_list, held, sent, some

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    """Ada administers; a worker would hear of her files."""
    monkeypatch.setattr(tasks.bring_import_on, "delay", lambda **_: None)
    client = Client()
    client.force_login(given.a_person("ada", "admin"))
    return client


def page(client: Client, name: str, **kwargs: object) -> str:
    answer = client.get(reverse(name, kwargs=kwargs))
    assert answer.status_code == 200
    return answer.content.decode()


def download(client: Client, name: str, **kwargs: object) -> str:
    answer = client.get(reverse(name, kwargs=kwargs))

    async def collect() -> bytes:
        return b"".join([part async for part in answer.streaming_content])

    return async_to_sync(collect)().decode()


def upload(client: Client, content: bytes, **fields: object) -> tuple[int, str]:
    form = {"file": SimpleUploadedFile("numbers.csv", content), **fields}
    answer = client.post(reverse("list-upload"), form)
    return answer.status_code, answer.content.decode()


def a_copy(days: int, **fields: object) -> NumberListCopy:
    day = timezone.now().date() - timedelta(days=days)
    return NumberListCopy.objects.create(
        of=a_list(**fields), state="in_force", version_date=day, retrieved_at=timezone.now(), created_by_ref="tests"
    )


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (31, "Due today"),
        (30, "Due in 1 day"),
        (5, "Good until"),
        (32, "32 days old; at most 31 are allowed. No sales call leaves until there is a new one."),
    ],
)
def test_what_is_due_is_said(days: int, said: str, client: Client) -> None:
    a_copy(days)
    assert said in page(client, "lists")
    assert said in page(client, "compliance")
    assert ('class="fault"' in page(client, "lists")) is (days > 31)


def test_a_list_that_is_missing_is_said_to_stop_calls(client: Client) -> None:
    assert "No registry is set up. No sales call leaves." in page(client, "compliance")
    a_list("state", state="TX")
    assert "No copy. No sales call to TX leaves until there is a new one." in page(client, "lists")


def test_a_file_is_sent_watched_and_counts(client: Client) -> None:
    registry = a_list()
    day = str(timezone.now().date())
    status, _ = upload(client, a_file(*some(300)) + b"=1+1\n", what=f"list:{registry.pk}", version_date=day)
    assert status == 302
    (made,) = ListImport.objects.all()
    open_page = page(client, "list-import", file_id=made.pk)
    assert "Waits for a worker" in open_page
    assert 'hx-trigger="every 1s"' in open_page
    imports.bring_on(import_id=made.pk, clock=timezone.now)
    over = page(client, "list-import", file_id=made.pk)
    assert 'hx-trigger="every 1s"' not in over
    assert "This is a formula, not a telephone number." in over
    assert len(held(registry)) == 300
    csv = download(client, "list-import-problems", file_id=made.pk)
    assert csv.splitlines()[1] == '301,"This is a formula, not a telephone number.",\'=1+1'
    assert {*AuditEntry.objects.values_list("act", flat=True)} >= {"import_numbers", "list_in_force"}


@pytest.mark.parametrize(
    ("content", "fields", "said"),
    [
        (b"\x00\x01\x02nonsense" * 50, {}, "This is not a text file."),
        (b"2125550123\n", {"version_date": ""}, "Say of which day this copy is."),
        (b"2125550123\n", {"version_date": "2999-01-01"}, "of a day to come"),
        (b"2125550123\n", {"version_date": "nonsense"}, "Enter a valid date."),
        (b"2125550123\n", {"what": "list:999999"}, "Select a valid choice."),
        (b"", {}, "The submitted file is empty."),
    ],
)
def test_a_file_that_is_not_taken_is_said_why(
    content: bytes, fields: dict[str, str], said: str, client: Client
) -> None:
    given_ = {"what": f"list:{a_list().pk}", "version_date": str(timezone.now().date())} | fields
    status, html = upload(client, content, **given_)
    assert (status, said in html) == (200, True)
    assert not ListImport.objects.exists()


def test_an_import_is_cancelled_once(client: Client) -> None:
    made = sent(a_file(*some(3)), a_list())
    client.post(reverse("list-import-cancel", args=[made.pk]))
    assert "Cancelled" in page(client, "list-import", file_id=made.pk)
    client.post(reverse("list-import-cancel", args=[made.pk]))
    assert "over already" in page(client, "lists")


def test_a_list_is_set_up(client: Client) -> None:
    form = {"name": "Texas", "kind": "state", "state": "tx", "max_age_days": "90", "is_required": "on"}
    assert client.post(reverse("list-new"), form).status_code == 302
    assert "Texas (TX)" in page(client, "lists")
    for wrong, said in (
        ({"state": ""}, "Two letters"),
        ({"kind": "litigator"}, "Two letters"),
        ({"kind": "national", "state": ""}, "31 days at most"),
        ({"name": "Texas"}, "already exists"),
    ):
        answer = client.post(reverse("list-new"), form | {"name": "Other"} | wrong)
        assert (answer.status_code, said in answer.content.decode()) == (200, True)


def test_a_number_goes_on_our_own_list_and_off_again_for_a_reason(client: Client) -> None:
    form = {"number": "(415) 555-2671", "scope": "all", "said": "Asked at the fair."}
    assert client.post(reverse("own-list-add"), form).status_code == 302
    entry = SuppressionEntry.objects.get(number="+14155552671", lifted_at=None)
    assert "Asked at the fair." in page(client, "own-list")
    assert "+14155552671" in client.get(reverse("own-list"), {"q": "555-2671", "state": "on"}).content.decode()
    client.post(reverse("own-list-lift", args=[entry.pk]), {"why": " "})
    entry.refresh_from_db()
    assert entry.lifted_at is None
    client.post(reverse("own-list-lift", args=[entry.pk]), {"why": "They signed up again."})
    entry.refresh_from_db()
    assert entry.lifted_why == "They signed up again."
    bad = client.post(reverse("own-list-add"), {"number": "123", "scope": "all"})
    assert (bad.status_code, "not a complete telephone number" in bad.content.decode()) == (200, True)


def test_who_may_not_see_numbers_sees_none(client: Client) -> None:
    SuppressionEntry.list(number="+14155552671", scope="all", source="web", by="t", now=timezone.now())
    auditor = Client()
    auditor.force_login(given.a_person("otto", "auditor"))
    assert "+14155552671" not in page(auditor, "own-list")
    assert auditor.post(reverse("own-list-add"), {}).status_code == 403


def test_the_numbers_to_ask_about_are_those_of_open_contacts_with_old_consents(client: Client) -> None:
    now = timezone.now()
    campaign = Campaign.objects.create(
        name="Autumn", purpose="telemarketing", assistant=given.an_assistant(), created_at=now, created_by_ref="ada"
    )
    for number, days in (("+14155550001", 100), ("+14155550002", 30), ("+14155550003", 100), ("+14155550004", 100)):
        given_ = {"kind": "written", "captured_at": now - timedelta(days=days)}
        ConsentRecord.record(number=number, by="t", now=now, **given_)
        state = "done" if number.endswith("4") else "due"
        Contact.objects.create(campaign=campaign, number=number, due_at=now, state=state)
    asked = (now - timedelta(days=100)).date()
    ReassignedAnswer.keep(answers=[("+14155550003", asked, "no")], source="f", by="t", now=now - timedelta(days=2))
    csv = download(client, "reassigned-export")
    assert csv.split() == ["phone,date", f"4155550001,{asked}"]
    html = page(client, "reassigned")
    assert "1 number of open campaigns rests on a consent" in html


def test_the_command_loads_a_file_and_says_what_came_of_it(tmp_path: Path) -> None:
    file = tmp_path / "registry.txt"
    file.write_bytes(a_file(*some(300)) + b"5550123\n")
    call_command("load_numbers", str(file), list="National", kind="national")
    assert ListImport.objects.get().rows_taken == 300
    with pytest.raises(CommandError, match="There is no such list"):
        call_command("load_numbers", str(file), list="Elsewhere")
    with pytest.raises(CommandError, match="The file cannot be read"):
        call_command("load_numbers", str(file) + "x", list="National")


def test_a_sweep_goes_on_with_what_nobody_is_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its worker died an hour ago; a task that comes twice finds nothing to do."""
    registry, asked = a_list(), []
    made = sent(a_file(*some(3)), registry, now=timezone.now() - timedelta(hours=1))
    monkeypatch.setattr(tasks.bring_import_on, "delay", lambda **given: asked.append(given))
    tasks.bring_imports_on()
    assert asked == [{"import_id": made.pk}]
    for _ in range(2):
        tasks.bring_import_on(import_id=made.pk)
    assert len(held(registry)) == 3
    tasks.bring_imports_on()
    assert len(asked) == 1
    tasks.clear_lists_away()
    assert len(held(registry)) == 3
