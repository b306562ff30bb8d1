"""What a process leaves in its journal when it dies, and whoever writes it down."""

import asyncio
import contextlib
from collections import Counter
from pathlib import Path

import pytest
from django.db import OperationalError, connection

from calls import journal
from calls.journal import spool, writer
from calls.journal.entries import Entry, handles
from calls.journal.spool import Spool
from calls.models import SpoolMark
from tests.journeys.house import eventually

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
    left = Spool.create(folder)
    places = [left.append(entry) for entry in entries(*words)]
    left.close()
    return left.name, places


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
    mine = Spool.create(folder)
    mine.append(entries("mine")[0])
    assert journal.adopt_orphans() == 0
    assert written == []
    mine.remove()


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


async def test_under_steady_load_a_large_file_is_begun_anew_and_waiting_ends_with_what_was_put_before(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls that never pause must neither grow one file without end nor keep those waiting who wait for their own."""
    monkeypatch.setattr(spool, "_LARGE", 100)
    monkeypatch.setattr(writer, "_line", None)
    put = [0]

    def one_more() -> None:
        put[0] += 1
        journal.put(KIND, word=f"w{put[0]}")

    @handles(KIND)
    def while_others_put(batch: list[Entry]) -> None:
        written.extend(str(entry.data["word"]) for entry in batch)
        if put[0] < 30:
            loop.call_soon_threadsafe(one_more)

    loop = asyncio.get_running_loop()
    try:
        one_more()
        one_more()
        await journal.settled()
        assert {"w1", "w2"} <= set(written)
        assert put[0] < 30, "whoever waits does not wait for those who come after"
        while put[0] < 30:
            await journal.settled()
            one_more()
        await journal.settled()
        left = await loop.run_in_executor(writer._line._thread, lambda: list(folder.iterdir()))
    finally:
        handles(KIND)(_write_down)
        writer._line._task.cancel()
        writer._line._spool.close()
    assert written == [f"w{n}" for n in range(1, put[0] + 1)]
    assert len(left) == 1, "files that are written down are gone"


def is_on_disk(folder: Path, words: bytes) -> bool:
    return any(words in path.read_bytes() for path in folder.glob("*.journal"))


async def test_what_is_written_does_not_stay_on_the_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "_LOOK_FOR_ORPHANS_S", 0.05)
    monkeypatch.setattr(writer, "_line", None)
    journal.put(KIND, word="secret")
    line = writer._line
    assert line is not None
    assert is_on_disk(folder, b"secret")
    await journal.settled()
    await asyncio.to_thread(eventually, lambda: not is_on_disk(folder, b"secret"), within_s=5)
    journal.put(KIND, word="more")
    await journal.settled()
    assert written == ["secret", "more"]
    line._task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await line._task
    line._thread.shutdown()
    assert line._spool is not None
    line._spool.close()


transactions: list[int] = []


@journal.job
def _note_transaction() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT txid_current()")
        transactions.extend(number for (number,) in cursor.fetchall())


async def test_jobs_do_not_hold_for_long_what_they_have_locked() -> None:
    transactions.clear()
    for _ in range(20):
        journal.soon(_note_transaction)
    for entry in entries("after", "them"):
        journal.put(entry.kind, **entry.data)
    await journal.settled()
    assert max(Counter(transactions).values()) <= 8, "so many in one transaction"
    assert len(transactions) == 20
    assert written == ["after", "them"]
