"""Files of numbers on their way into the books: whole, once, or not at all."""

import gzip
import io
import itertools
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from compliance import imports
from compliance.imports import taking, work
from compliance.models import ListedNumber, ListImport, NumberListCopy, listed
from tests.number_lists import NOW, TODAY, a_file, a_list, done, held, on, sent, some

pytestmark = pytest.mark.django_db
in_its_own_transactions = pytest.mark.django_db(transaction=True)


@pytest.fixture
def no_table_stays_behind(transactional_db: None) -> Iterator[None]:
    yield
    for copy_id in listed.copies_with_tables():
        listed.drop(copy_id)


# --- a whole list -------------------------------------------------------------------------------------------------


def test_a_new_copy_takes_the_place_of_the_old_one_whole() -> None:
    registry = a_list()
    first = done(a_file(*some(4)), registry)
    second = done(a_file(*some(4, 2125550002)), registry)
    assert held(registry) == {12125550002, 12125550003, 12125550004, 12125550005}
    assert [one.state for one in registry.copies.order_by("pk")] == ["replaced", "in_force"]
    assert second.copy is not None
    assert second.copy.row_count == 4
    assert ListedNumber.objects.filter(copy=first.copy).count() == 4, "somebody may still be reading it"
    assert imports.clear_away(now=NOW + timedelta(minutes=59)) == 0
    assert imports.clear_away(now=NOW + timedelta(minutes=61)) == 1
    assert ListedNumber.objects.filter(copy=first.copy).count() == 0
    assert len(held(registry)) == 4


def test_whoever_is_looking_has_one_copy_or_the_other_at_every_step() -> None:
    registry = a_list()
    done(a_file(2125550001), registry)
    made = sent(a_file(2125550001, 2125550002), registry)
    seen = []
    with work._Work(made.pk) as at_work:
        while at_work.step(NOW):
            seen.append((bool(on(2125550001)), bool(on(2125550002))))
    seen.append((bool(on(2125550001)), bool(on(2125550002))))
    assert seen == [*[(True, False)] * (len(seen) - 1), (True, True)]
    assert len(seen) == 4


def test_every_number_is_kept_once() -> None:
    registry = a_list()
    made = done(a_file(2125550001, 2125550001, 12125550001) + b"(212) 555-0001\n+1 212 555 0001\n", registry)
    assert held(registry) == {12125550001}
    assert (made.state, made.rows_taken, made.copy and made.copy.row_count) == ("done", 5, 1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
def test_encodings_are_found_out(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "PIECE_BYTES", 4096)
    registry = a_list()
    text = "Name;Phone\r\n" + "".join(f"Zoë;{number}\r\n" for number in some(1000))
    made = done(text.encode(encoding), registry)
    assert (made.state, made.problem, made.rows_read) == ("done", "", 1001)
    assert held(registry) == {number + 10**10 for number in some(1000)}


def test_a_packed_file_is_unpacked_and_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "PIECE_BYTES", 2000)
    registry = a_list()
    made = sent(gzip.compress(a_file(*some(1000))), registry, name="numbers.csv.gz")
    for _ in range(3):
        with work._Work(made.pk) as at_work:
            assert at_work.step(NOW)
    made.refresh_from_db()
    assert 0 < made.rows_read < 1000
    imports.bring_on(import_id=made.pk, clock=lambda: NOW)
    assert held(registry) == {number + 10**10 for number in some(1000)}


def test_a_packed_file_that_was_cut_off_never_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "PIECE_BYTES", 20_000)
    monkeypatch.setattr("compliance.list_files.HEAD_BYTES", 2000)
    registry = a_list()
    done(a_file(*some(2)), registry)
    made = done(gzip.compress(a_file(*some(20_000)))[:-2000], registry)
    assert (made.state, made.problem) == ("failed", "The packed file is damaged or was cut off. Send it again.")
    assert len(held(registry)) == 2
    assert made.copy is not None
    assert made.copy.state == "failed"
    assert imports.clear_away(now=NOW) == 1, "and its table goes"


def test_two_columns_as_the_registry_delivers_them() -> None:
    registry = a_list()
    done(b"212,5550001\r\n212,5550002\r\n", registry)
    assert held(registry) == {12125550001, 12125550002}


# --- lines that cannot be read ------------------------------------------------------------------------------------


def test_a_few_bad_lines_are_kept_with_their_place() -> None:
    registry = a_list()
    made = done(a_file(*some(500)) + b'=HYPERLINK("http://x")\n5550199\n\n' + a_file(*some(10, 2125560000)), registry)
    assert (made.state, made.rows_refused, len(held(registry))) == ("done", 2, 510)
    assert [*made.problems.order_by("row").values_list("row", "sentence")] == [
        (501, "This is a formula, not a telephone number."),
        (502, "The area code is missing."),
    ]


def test_a_file_of_which_too_much_is_bad_never_counts() -> None:
    registry = a_list()
    done(a_file(*some(2)), registry)
    made = done(a_file(*some(40)) + b"nonsense\n" * 10, registry)
    assert made.state == "failed"
    assert made.problem.startswith("10 of 50 lines could not be read.")
    assert len(held(registry)) == 2


def test_not_more_than_a_thousand_bad_lines_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "_BAD_SHARE", 1.0)
    monkeypatch.setattr(work, "PIECE_BYTES", 4096)
    made = done(a_file(*some(60)) + b"nonsense\n" * 1500, a_list())
    assert (made.state, made.rows_refused, made.problems.count()) == ("done", 1500, 1000)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b"\xef\xbb\xbf\r\n\r\n", "The file is empty."),
        (bytes(range(256)) * 40, "This is not a text file."),
        (b"%PDF-1.7 ...", "This is a PDF."),
        (b"PK\x03\x04nonsense", "The packed file is damaged"),
        (b"\x1f\x8bnonsense", "The packed file is damaged"),
        (b"x" * 100_000, "The lines are too long"),
        (b"name,city\nAna,Rome\n", "No column holds telephone numbers."),
        (b"phone\n", "There is a line of headings and nothing below it."),
    ],
)
def test_what_is_no_list_is_refused_in_a_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(imports.Refused, match=sentence):
        sent(content, a_list())
    assert not ListImport.objects.exists()


# --- what may count -----------------------------------------------------------------------------------------------


def test_a_copy_that_shrank_counts_only_if_somebody_says_so() -> None:
    registry = a_list()
    done(a_file(*some(10)), registry)
    assert "may be much smaller" in done(a_file(*some(4)), registry).problem
    assert len(held(registry)) == 10
    assert done(a_file(*some(4)), registry, may_shrink=True).state == "done"
    assert len(held(registry)) == 4


def test_an_older_copy_or_one_of_tomorrow_is_refused() -> None:
    registry = a_list()
    done(a_file(*some(2)), registry)
    with pytest.raises(imports.Refused, match="later than this one"):
        sent(a_file(*some(2)), registry, version_date=TODAY - timedelta(days=1))
    with pytest.raises(imports.Refused, match="of a day to come"):
        sent(a_file(*some(2)), registry, version_date=TODAY + timedelta(days=1))
    with pytest.raises(imports.Refused, match="Say of which day"):
        sent(a_file(*some(2)), registry, version_date=None)


def test_one_import_of_a_list_at_a_time() -> None:
    registry = a_list()
    sent(a_file(*some(2)), registry)
    with pytest.raises(imports.Refused, match="under way"):
        sent(a_file(*some(2)), registry)


# --- changes ------------------------------------------------------------------------------------------------------


def test_changes_make_a_new_copy_of_the_one_in_force() -> None:
    registry = a_list()
    done(a_file(*some(3)), registry)
    made = done(
        b"212,5550001,2026-11-19,D\n212,5550009,2026-11-19,A\n212,5550002,x,D\n212,5550002,x,A\n212,5550008,x,A\n"
        b"212,5550008,x,D\n",
        registry,
        into="changes",
    )
    assert made.state == "done"
    assert held(registry) == {12125550000, 12125550002, 12125550009}, "the last line about a number counts"


def test_changes_need_a_copy_that_is_still_in_force() -> None:
    registry = a_list()
    with pytest.raises(imports.Refused, match="Import the whole list first"):
        sent(b"2125550001,A\n", registry, into="changes")
    done(a_file(*some(3)), registry)
    made = sent(b"2125550009,A\n", registry, into="changes")
    NumberListCopy.objects.filter(of=registry, state="in_force").update(state="replaced")
    imports.bring_on(import_id=made.pk, clock=lambda: NOW)
    made.refresh_from_db()
    assert (made.state, made.problem) == (
        "failed",
        "Another copy has come into force meanwhile. Import these changes again.",
    )


# --- workers that die, or are two ---------------------------------------------------------------------------------


def test_a_worker_that_dies_anywhere_loses_and_doubles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash after every step, and in the middle of every other one."""
    monkeypatch.setattr(work, "PIECE_BYTES", 3000)
    registry = a_list()
    made = sent(a_file(*some(1000)) + b"nonsense\n", registry)
    real, crashes = ListImport.take_piece, itertools.count()

    def crash(self: ListImport, **given: Any) -> bool:
        moved = real(self, **given)
        if next(crashes) % 2:
            raise RuntimeError("killed")
        return moved

    monkeypatch.setattr(ListImport, "take_piece", crash)
    for _ in range(60):
        try:
            with work._Work(made.pk) as at_work:
                at_work.step(NOW)
        except RuntimeError:
            continue
    made.refresh_from_db()
    assert (made.state, made.rows_read, made.rows_taken, made.rows_refused) == ("done", 1001, 1000, 1)
    assert held(registry) == {number + 10**10 for number in some(1000)}
    assert next(crashes) > 6


def test_two_workers_in_turn_do_the_work_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "PIECE_BYTES", 3000)
    registry = a_list()
    made = sent(a_file(*some(1000)), registry)
    with work._Work(made.pk) as one, work._Work(made.pk) as other:
        for worker in itertools.cycle((one, other, other)):
            if not worker.step(NOW):
                break
    made.refresh_from_db()
    assert (made.state, made.rows_taken, len(held(registry))) == ("done", 1000, 1000)


def test_numbers_that_the_database_lost_in_a_crash_are_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "PIECE_BYTES", 3000)
    registry = a_list()
    made = sent(a_file(*some(1000)), registry)
    with work._Work(made.pk) as at_work:
        assert at_work.step(NOW)
    with connection.cursor() as cursor:
        cursor.execute(listed._of(made.copy_id or 0, "TRUNCATE {loading}"))
    imports.bring_on(import_id=made.pk, clock=lambda: NOW)
    made.refresh_from_db()
    assert (made.state, made.restarts, made.rows_taken, len(held(registry))) == ("done", 1, 1000, 1000)


@in_its_own_transactions
@pytest.mark.usefixtures("no_table_stays_behind")
def test_a_cancelled_import_never_counts_and_its_file_goes() -> None:
    registry = a_list()
    done(a_file(*some(2)), registry)
    made = sent(a_file(*some(9)), registry)
    with work._Work(made.pk) as at_work:
        assert at_work.step(NOW)
        storage, name = made.file.storage, made.file.name
        assert storage.exists(name)
        assert imports.cancel(found=made, by="alice@example.com", now=NOW)
        assert not at_work.step(NOW)
    made.refresh_from_db()
    assert (made.state, len(held(registry))) == ("cancelled", 2)
    assert not storage.exists(name)
    assert not imports.cancel(found=made, by="alice@example.com", now=NOW)


@in_its_own_transactions
@pytest.mark.usefixtures("no_table_stays_behind")
def test_a_reader_who_takes_long_only_puts_the_end_off() -> None:
    registry = a_list()
    done(a_file(*some(2)), registry)
    made = sent(a_file(*some(3)), registry)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT count(*) FROM compliance_listednumber")
            imports.bring_on(import_id=made.pk, clock=lambda: NOW)
            made.refresh_from_db()
            assert made.state == "ordered"
            cursor.execute("COMMIT")
    finally:
        other.close()
    imports.bring_on(import_id=made.pk, clock=lambda: NOW)
    assert len(held(registry)) == 3


def test_imports_that_nobody_is_at_are_found() -> None:
    quiet, begun = sent(a_file(*some(3)), a_list()), sent(a_file(*some(3)), a_list())
    with work._Work(begun.pk) as at_work:
        assert at_work.step(NOW + timedelta(seconds=30))
    assert done(a_file(*some(3)), a_list()).state == "done"
    assert ListImport.forgotten_ids(since=NOW - timedelta(seconds=1)) == []
    assert ListImport.forgotten_ids(since=NOW + timedelta(seconds=29)) == [quiet.pk]
    assert ListImport.forgotten_ids(since=NOW + timedelta(seconds=30)) == [quiet.pk, begun.pk]


def test_a_file_that_is_gone_is_said_to_be() -> None:
    made = sent(a_file(*some(3)), a_list())
    made.file.storage.delete(made.file.name)
    imports.bring_on(import_id=made.pk, clock=lambda: NOW)
    made.refresh_from_db()
    assert (made.state, made.problem) == ("failed", "The file that was sent is not there any more. Send it again.")


def test_an_archive_holds_one_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "PIECE_BYTES", 3000)
    registry = a_list()
    assert done(zipped({"registry.txt": a_file(*some(1000))}), registry).state == "done"
    assert len(held(registry)) == 1000
    with pytest.raises(imports.Refused, match="There are 2 files in this archive"):
        sent(zipped({"a.txt": b"", "b.txt": b""}), a_list())
    with pytest.raises(imports.Refused, match="This is a spreadsheet"):
        sent(zipped({"[Content_Types].xml": b"", "xl/workbook.xml": b""}), a_list())


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return out.getvalue()
