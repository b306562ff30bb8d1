"""The journal of a living process: a database that goes away in the middle, a disk that takes nothing more."""

import asyncio
import errno
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import OperationalError

from calls import journal
from calls.journal import writer
from calls.journal.entries import Entry, handles
from calls.journal.spool import Spool
from calls.metrics import JOURNAL_NOT_ON_DISK

pytestmark = pytest.mark.django_db(transaction=True)

KIND = "an entry in trouble"
written: list[str] = []
refused_once: list[str] = []


@handles(KIND)
def _write_down(entries: list[Entry]) -> None:
    words = [str(entry.data["word"]) for entry in entries]
    if "bad" in words:
        raise ValueError("an entry that cannot be written")
    if "hiccup" in words and not refused_once:
        refused_once.extend(words)
        raise OperationalError("the database is away")
    written.extend(words)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A journal of this test's own."""
    written.clear()
    refused_once.clear()
    settings.SPOOL_DIR = str(tmp_path)
    monkeypatch.setattr(writer, "_line", None)
    yield tmp_path
    if writer._line is not None:
        writer._line._task.cancel()
        writer._line._thread.shutdown()
        if writer._line._spool is not None:
            writer._line._spool.close()


async def put(*words: str) -> None:
    for word in words:
        journal.put(KIND, word=word)
    await asyncio.wait_for(journal.settled(), 20)


async def test_what_was_written_singly_before_the_database_went_away_is_not_written_again() -> None:
    await put("one", "bad", "two", "hiccup", "three")
    assert refused_once == ["hiccup"]
    assert written == ["one", "two", "hiccup", "three"]


async def test_a_batch_that_was_kept_without_our_hearing_of_it_is_not_written_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    writes = writer._write

    def unheard(name: str, batch: list) -> bool:
        writes(name, batch)
        return False

    monkeypatch.setattr(writer, "_write", unheard)
    await put("one", "two")
    assert written == ["one", "two"]


async def test_a_full_disk_ends_no_call_and_loses_nothing_while_the_process_lives(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    await put("one")
    appends = Spool.append

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "no space left")

    before = JOURNAL_NOT_ON_DISK._value.get()
    monkeypatch.setattr(Spool, "append", full)
    await put("two", "three")
    monkeypatch.setattr(Spool, "append", appends)
    await put("four")
    assert written == ["one", "two", "three", "four"]
    assert JOURNAL_NOT_ON_DISK._value.get() == before + 2


async def test_a_process_that_cannot_even_make_its_file_goes_on(settings, tmp_path: Path) -> None:
    settings.SPOOL_DIR = str(tmp_path / "a file" / "spool")
    (tmp_path / "a file").write_text("in the way")
    await put("one", "bad", "two")
    assert written == ["one", "two"]
    (tmp_path / "a file").unlink()
    await put("three")
    assert written == ["one", "two", "three"]
    assert len(list((tmp_path / "a file" / "spool").iterdir())) == 1
