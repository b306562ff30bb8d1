"""Consents in and out as CSV: each row whole or not at all, and nothing silently."""

import csv
import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from compliance import consent_files, consent_rows
from compliance.models import AuditEntry, ConsentRecord
from tests.consents import a_signed_consent
from tests.given import CAROL, NOON
from tests.unit.compliance.test_consent_rows import GOOD

pytestmark = pytest.mark.django_db


def table(*rows: dict[str, str], heads: tuple[str, ...] = consent_rows.COLUMNS) -> bytes:
    out = io.StringIO()
    write = csv.writer(out).writerow
    write(heads)
    for row in rows:
        write([row.get(name, "") for name in heads])
    return b"\xef\xbb\xbf" + out.getvalue().encode(errors="surrogateescape")


def taken(content: bytes, **given: object) -> consent_files.Counts:
    *_, counts = consent_files.take(io.BytesIO(content), by="ada@example.com", now=NOON, **given)
    return counts


def test_good_rows_are_taken_bad_ones_are_named_and_a_second_time_changes_nothing() -> None:
    rows = [GOOD, GOOD | {"number": "+12125550101"}, GOOD | {"number": "12"}, GOOD | {"number": "212 555 0101"}]
    counts = taken(table(*rows))
    assert (counts.taken, counts.known, counts.refused) == (2, 1, 1)
    (wrong,) = [problem for problem in counts.problems if not problem.is_taken]
    assert wrong.row == 4
    assert "12" in wrong.sentences[0]
    again = taken(table(*rows))
    assert (again.taken, again.known, again.refused) == (0, 3, 1)
    assert ConsentRecord.objects.count() == 2
    assert AuditEntry.objects.filter(act="import_consents").count() == 2


def test_an_incomplete_row_is_taken_and_said_to_be_incomplete() -> None:
    counts = taken(table({"number": CAROL, "kind": "written"}))
    assert (counts.taken, counts.incomplete) == (1, 1)
    assert "It is not signed: no typed name, ticked box, key, voice or pen." in counts.problems[0].sentences


def test_whoever_takes_them_in_may_have_checked_them() -> None:
    taken(table(GOOD | {"verified_by": "", "verified_at": ""}), verified=True)
    assert ConsentRecord.objects.get().verified_by_ref == "ada@example.com"


def test_a_trial_keeps_nothing() -> None:
    assert taken(table(GOOD), is_trial=True).taken == 1
    assert ConsentRecord.objects.count() == 0


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\x01\x02", b"number,kind,kind\n", b"number\n", table(GOOD, heads=("number", "kind", "colour"))],
)
def test_a_file_that_is_none_is_refused_before_anything_is_taken(content: bytes) -> None:
    with pytest.raises(consent_files.UnableToRead):
        taken(content)


@pytest.mark.parametrize(
    "line",
    [
        b"+12125550101",
        b"+12125550101,written,x,y",
        b"+12125550101,writ\xe9ten",
        b"\x00,written",
        b'"+12125550101,written',
        b"+12125550101," + b"x" * 300_000,
    ],
)
def test_a_row_that_cannot_be_read_costs_only_itself(line: bytes) -> None:
    content = b"number,kind\n+14155552671,oral\n" + line + b"\n"
    counts = taken(content)
    assert (counts.taken, counts.refused) == (1, 1)


def test_what_is_written_is_read_back_as_it_was() -> None:
    a_signed_consent(topic="=tents")
    written = "".join(consent_files.lines(ConsentRecord.objects.all()))
    (row,) = csv.DictReader(io.StringIO(written))
    assert (row["number"], row["topic"]) == (f"'{CAROL}", "'=tents")
    before = ConsentRecord.objects.get()
    assert taken(written.encode()).taken == 1
    after = ConsentRecord.objects.exclude(pk=before.pk).get()
    same = ("number", "topic", "text", "text_sha256", "captured_at", "sellers", "signature", "ip_address", "zone")
    assert [getattr(after, name) for name in same] == [getattr(before, name) for name in same]


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, wrong, out = tmp_path / "in.csv", tmp_path / "wrong.csv", tmp_path / "out.csv"
    source.write_bytes(table(GOOD, GOOD | {"number": "12"}))
    with pytest.raises(SystemExit) as left:
        call_command("import_consents", str(source), "--by", "ada@example.com", "--problems", str(wrong))
    assert left.value.code == 1
    assert "1 taken" in capsys.readouterr().out
    assert any(row["row"] == "3" and row["is taken"] == "no" for row in csv.DictReader(io.StringIO(wrong.read_text())))
    call_command("export_consents", "--by", "ada@example.com", "--to", str(out))
    assert len(list(csv.DictReader(io.StringIO(out.read_text())))) == 1
    assert AuditEntry.objects.filter(act="export_consents").count() == 1
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_consents", str(tmp_path / "none.csv"), "--by", "ada@example.com")
    with pytest.raises(CommandError, match="no complete telephone number"):
        call_command("export_consents", "--by", "ada@example.com", "--number", "12")
