"""Contacts from files: every row is taken or named with its fault, whatever kills the worker in between."""

import csv
import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from calls.campaigns import importing, launching, reading
from calls.campaigns.importing import UnableToImport
from calls.models import Campaign, Contact, ContactImport
from compliance.models import Person
from tests import on_campaign
from tests.on_campaign import AUTHOR, MORNING, a_number_of

pytestmark = pytest.mark.django_db
CAROL = "+12125550101"
MAPPING = {"0": "number", "1": "name"}


@pytest.fixture(autouse=True)
def storage(settings: Any, tmp_path: Path) -> None:
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    }


def sent(campaign: Campaign, content: str | bytes, *, name: str = "people.csv") -> ContactImport:
    data = content.encode() if isinstance(content, str) else content
    return importing.upload(campaign=campaign, file=SimpleUploadedFile(name, data), name=name, by=AUTHOR, now=MORNING)


def begun(campaign: Campaign, content: str | bytes, *, doubles: str = "skip", mapping: Any = None) -> ContactImport:
    of = sent(campaign, content)
    importing.begin(of=of, mapping=mapping or of.mapping, doubles=doubles, by=AUTHOR, now=MORNING)
    return of


def taken(campaign: Campaign, content: str | bytes, **words: Any) -> ContactImport:
    of = begun(campaign, content, **words)
    assert not reading.read(import_id=of.pk)
    of.refresh_from_db()
    return of


def a_file(numbers: list[str]) -> str:
    return "Phone,Name\n" + "".join(f"{number},Person {n}\n" for n, number in enumerate(numbers))


def counts(of: ContactImport) -> tuple[int, int, int, int]:
    of.refresh_from_db()
    return of.rows_read, of.rows_taken, of.rows_doubled, of.rows_refused


def test_a_file_is_taken_in_mapped_shown_and_read() -> None:
    campaign = on_campaign.a_campaign()
    of = sent(campaign, "Phone,Name,State,Zone,Order\n(212) 555-0101,Carol,TX,America/Chicago,A-7\n17,Dave,,,\n")
    shown = importing.preview(of)
    assert (shown.columns, shown.wrong) == (("Phone", "Name", "State", "Zone", "Order"), ())
    assert [(row.row, row.problem and row.problem.column) for row in shown.rows] == [(2, None), (3, "Phone")]
    assert importing.preview(of, mapping={"1": "name"}).wrong
    importing.begin(of=of, mapping=of.mapping, doubles="skip", by=AUTHOR, now=MORNING)
    assert not reading.read(import_id=of.pk)
    contact = Contact.objects.get()
    assert (contact.number, contact.name, contact.fields, contact.row) == (CAROL, "Carol", {"Order": "A-7"}, 2)
    person = Person.objects.get()
    assert (person.number, person.address_state, person.address_zone) == (CAROL, "TX", "America/Chicago")
    of.refresh_from_db()
    assert (of.state, of.percent, counts(of)) == ("done", 100, (2, 1, 0, 1))
    rows = list(importing.problems(of))
    assert rows[0][:3] == ["Row", "Column", "What is wrong"]
    assert rows[1][:2] == [3, "Phone"]
    assert rows[1][3:5] == ["17", "Dave"]


def test_a_spreadsheet_with_every_kind_of_cell() -> None:
    book = openpyxl.Workbook()
    for row in (["Phone", "Name"], [12125550101, "Carol"], ["=A2", "Dave"], [None, None], ["+12125550103", 5]):
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    of = taken(on_campaign.a_campaign(), file.getvalue())
    assert counts(of) == (3, 2, 0, 1)
    assert "formula" in of.problems.get().sentence


def test_whatever_stands_in_a_cell_stands_in_the_contact() -> None:
    cells = ["NULL", '{"a": 1}', "back\\slash, 'quotes' and \"more\"", "{}", "%s", "Zoë 🦊", "1,2", "null"]
    file = io.StringIO()
    out = csv.writer(file)
    out.writerow(["Phone", "Name", "Order"])
    out.writerows([number, cell, cell] for number, cell in zip(a_number_of(len(cells)), cells, strict=True))
    assert counts(taken(on_campaign.a_campaign(), file.getvalue())) == (8, 8, 0, 0)
    contacts = Contact.objects.order_by("row")
    assert [(contact.name, contact.fields) for contact in contacts] == [(cell, {"Order": cell}) for cell in cells]
    assert {(one.state, one.outcome, one.code, one.closed_at) for one in contacts} == {("due", "open", "", None)}


def test_what_a_file_does_not_say_of_where_people_live_stays_as_it_was() -> None:
    numbers = a_number_of(4)
    first = "".join(f"{number},TX,America/Chicago\n" for number in numbers)
    taken(on_campaign.a_campaign(), f"Phone,State,Zone\n{first}")
    second = [
        f"{numbers[0]},NY,\n",
        f"{numbers[1]},,America/Denver\n",
        f"{numbers[2]},,\n",
        f"{numbers[3]},HI,Pacific/Honolulu\n",
    ]
    of = taken(on_campaign.a_campaign(name="Later"), "Phone,State,Zone\n" + "".join(second), doubles="keep")
    people = Person.objects.order_by("number")
    assert [(one.address_state, one.address_zone) for one in people] == [
        ("NY", "America/Chicago"), ("TX", "America/Denver"), ("TX", "America/Chicago"), ("HI", "Pacific/Honolulu"),
    ]  # fmt: skip
    later = f"contacts, file {of.pk}"
    assert [one.address_source == later for one in people] == [True, True, False, True]
    assert {(one.name, one.line_type, one.is_restricted) for one in people} == {("", "unknown", False)}


def test_nobody_is_taken_twice() -> None:
    numbers = a_number_of(3)
    campaign = on_campaign.a_campaign([numbers[0]])
    other = on_campaign.running([numbers[1]], name="Other")
    content = a_file([*numbers, numbers[2]])
    of = taken(campaign, content)
    assert counts(of) == (4, 1, 3, 0)
    said = dict(of.problems.values_list("row", "sentence"))
    assert "in this campaign already" in said[2]
    assert f"“{other.name}”" in said[3]
    assert "row 4 already" in said[5]
    again = taken(campaign, content, doubles="keep")
    assert counts(again) == (4, 1, 3, 0)
    assert Contact.objects.filter(campaign=campaign).count() == 3


def test_a_number_of_an_earlier_piece_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PIECE", 2)
    numbers = a_number_of(3)
    of = taken(on_campaign.a_campaign(), a_file([*numbers, numbers[0]]))
    assert counts(of) == (4, 3, 1, 0)
    assert of.problems.get().sentence == "The number stands in row 2 already."


class Killed(BaseException):
    """The worker dies here."""


def test_after_a_kill_the_next_worker_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PIECE", 10)
    of = begun(on_campaign.a_campaign(), a_file([*a_number_of(35), "bad"]))
    advance, pieces = ContactImport.advance, []

    def dies(self: ContactImport, **words: Any) -> None:
        if len(pieces) == 2:
            raise Killed
        pieces.append(1)
        advance(self, **words)

    monkeypatch.setattr(ContactImport, "advance", dies)
    with pytest.raises(Killed):
        reading.read(import_id=of.pk)
    monkeypatch.setattr(ContactImport, "advance", advance)
    assert counts(of) == (20, 20, 0, 0)
    assert Contact.objects.count() == 20
    assert ContactImport.left_lying() == []
    assert not reading.read(import_id=of.pk), "somebody may be at it still"
    ContactImport.objects.update(heard_of_at=MORNING.replace(year=2020))
    assert ContactImport.left_lying() == [of.pk]
    assert not reading.read(import_id=of.pk)
    assert counts(of) == (36, 35, 0, 1)
    assert Contact.objects.count() == 35


def test_a_long_file_is_read_by_one_task_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PIECE", 10)
    of = begun(on_campaign.a_campaign(), a_file(a_number_of(25)))
    assert [reading.read(import_id=of.pk, longest_s=0) for _ in range(4)] == [True, True, True, False]
    assert counts(of) == (25, 25, 0, 0)


def test_one_that_is_cancelled_stops_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PIECE", 10)
    of = begun(on_campaign.a_campaign(), a_file(a_number_of(25)))
    assert reading.read(import_id=of.pk, longest_s=0)
    importing.cancel(of=of, by=AUTHOR, now=MORNING)
    assert not reading.read(import_id=of.pk)
    assert (of.state, counts(of)) == ("cancelled", (10, 10, 0, 0))
    with pytest.raises(UnableToImport):
        importing.cancel(of=of, by=AUTHOR, now=MORNING)


def test_a_file_that_breaks_off_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    of = taken(on_campaign.a_campaign(), a_file(a_number_of(3)) + '+12125550199,"never closed\n' + "x" * 120_000)
    assert of.state == "failed"
    assert "quotation mark" in of.problem
    of = begun(on_campaign.a_campaign(name="Gone"), a_file([CAROL]))
    of.file.storage.delete(of.file.name)
    assert not reading.read(import_id=of.pk)
    of.refresh_from_db()
    assert "gone" in of.problem


@pytest.mark.parametrize(
    ("content", "word"),
    [(b"", "empty"), (b"%PDF-1.4", "no table"), (b"PK\x03\x04", "damaged")],
)
def test_what_is_no_table_is_not_taken_in(content: bytes, word: str) -> None:
    with pytest.raises(UnableToImport, match=word):
        sent(on_campaign.a_campaign(), content)
    assert not ContactImport.objects.exists()


def test_a_file_that_is_too_large_is_not_taken_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "LARGEST_BYTES", 5)
    with pytest.raises(UnableToImport, match="larger"):
        sent(on_campaign.a_campaign(), a_file([CAROL]))


def test_names_of_files_are_no_paths() -> None:
    of = sent(on_campaign.a_campaign(), a_file([CAROL]), name="..\\..\\etc/passwd\0<b>.csv")
    assert of.file_name == "passwd<b>.csv"
    assert of.file.name.startswith("imports/")


def test_people_are_not_added_while_it_runs() -> None:
    campaign = on_campaign.running([CAROL])
    with pytest.raises(UnableToImport, match="before it begins"):
        sent(campaign, a_file(["+12125550102"]))


def test_an_approved_campaign_is_a_draft_again() -> None:
    campaign = on_campaign.a_campaign([CAROL])
    launching.submit(campaign=campaign, by=AUTHOR, now=MORNING)
    begun(campaign, a_file(["+12125550102"]))
    campaign.refresh_from_db()
    assert campaign.state == "draft"
    assert "still being read" in " ".join(launching.lacks(campaign))


def test_a_mapping_of_another_file_is_refused() -> None:
    of = sent(on_campaign.a_campaign(), a_file([CAROL]))
    for words in ({"mapping": {"7": "number"}, "doubles": "skip"}, {"mapping": MAPPING, "doubles": "what"}):
        with pytest.raises(UnableToImport):
            importing.begin(of=of, by=AUTHOR, now=MORNING, **words)
