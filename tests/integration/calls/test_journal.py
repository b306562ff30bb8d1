"""What a process leaves in its journal when it dies, and whoever writes it down."""

from pathlib import Path

import pytest
from django.db import OperationalError

from calls import journal
from calls.journal import writer
from calls.journal.entries import Entry, handles
from calls.journal.spool import Spool
from calls.models import SpoolMark

pytestmark = pytest.mark.django_db(transaction=True)

KIND = "an entry of these tests"
written: list[str] = []


@handles(KIND)
def _write_down(entries: list[Entry]) -> None:
    words = [str(entry.data["word"]) for entry in entries]
    if "bad" in words:
        raise ValueError("an entry that cannot be written")
    if "away" in words:
        raise OperationalError("the database is away")
    written.extend(words)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings) -> Path:
    written.clear()
    settings.SPOOL_DIR = str(tmp_path)
    return tmp_path


def entries(*words: str) -> list[Entry]:
    return [Entry(KIND, {"word": word}, 0.0) for word in words]


def left_behind(folder: Path, *words: str) -> tuple[str, list[int]]:
    """The file of a process that is gone: its name, and the place behind each entry."""
    spool = Spool.create(folder)
    places = [spool.append(entry) for entry in entries(*words)]
    spool.close()
    return spool.name, places


def test_what_a_dead_process_left_is_written_and_its_file_goes(folder: Path) -> None:
    left_behind(folder, "one", "two")
    assert journal.adopt_orphans() == 1
    assert written == ["one", "two"]
    assert not list(folder.iterdir())
    assert not SpoolMark.objects.exists()


def test_it_is_gone_on_from_where_the_database_says_and_nothing_is_written_twice(folder: Path) -> None:
    name, places = left_behind(folder, "one", "two", "three")
    SpoolMark.reach(name=name, place=places[1])
    journal.adopt_orphans()
    assert written == ["three"]


def test_the_place_is_kept_with_every_batch(folder: Path) -> None:
    batch = list(zip(entries("one", "two"), (40, 80), strict=True))
    assert writer._write("a file", batch)
    assert SpoolMark.place_of("a file") == 80


def test_a_file_whose_process_lives_is_left_alone(folder: Path) -> None:
    spool = Spool.create(folder)
    spool.append(entries("mine")[0])
    assert journal.adopt_orphans() == 0
    assert written == []
    spool.remove()


def test_a_line_that_was_cut_off_ends_the_file(folder: Path) -> None:
    name, places = left_behind(folder, "one", "two")
    file = folder / f"{name}.journal"
    file.write_bytes(file.read_bytes()[: places[0] + 5])
    journal.adopt_orphans()
    assert written == ["one"]


def test_an_entry_the_database_refuses_holds_up_nobody(folder: Path) -> None:
    left_behind(folder, "one", "bad", "two")
    assert journal.adopt_orphans() == 1
    assert written == ["one", "two"]


def test_a_file_waits_for_a_database_that_is_away(folder: Path) -> None:
    left_behind(folder, "away")
    assert journal.adopt_orphans() == 0
    assert len(list(folder.iterdir())) == 1
