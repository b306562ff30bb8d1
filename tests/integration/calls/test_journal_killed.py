"""What a call leaves behind reaches the database once and in order: when it is away, when a process is killed."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from calls import journal
from calls.journal import entries, writer
from calls.journal.spool import Spool
from calls.models import Call, SpoolMark
from tests import given
from tests.integration.calls.journal_keeping import keep, kept
from tests.journeys.house import ROOT

pytestmark = pytest.mark.django_db(transaction=True)
db = sync_to_async


@pytest.fixture(autouse=True)
async def spool(tmp_path: Path, settings) -> AsyncIterator[Path]:
    """A folder of this test's own, and a journal that writes there."""
    settings.SPOOL_DIR = str(tmp_path)
    before, writer._line = writer._line, None
    yield tmp_path
    await journal.settled()
    if (line := writer._line) is not None:
        line._task.cancel()
        line._thread.shutdown()
        line._spool.close()
    writer._line = before


@pytest.fixture
async def call() -> Call:
    return await db(given.a_call)()


def files(spool: Path) -> list[Path]:
    """The journals there are."""
    return sorted(spool.glob("*.journal"))


def refusing(times: int, error: type[Exception]) -> object:
    """The job's handler, which meets a database that is away so many times."""
    kind = keep.kind  # type: ignore[attr-defined]
    proper, left = entries.handler_of(kind), [times]

    def handler(batch: list[journal.Entry]) -> None:
        assert proper is not None
        proper(batch)
        if left[0]:
            left[0] -= 1
            raise error("the database is away")

    return {kind: handler}


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
async def test_a_database_that_refuses_for_a_while_gets_all_of_it_once_and_in_order(
    call: Call, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entries, "_handlers", entries._handlers | refusing(4, error))
    monkeypatch.setattr(writer, "_LONGEST_WAIT_S", 0.01)
    for n in range(1200):
        journal.soon(keep, call_id=call.pk, n=n)
    assert journal.depth() == 1200
    await journal.settled()
    assert journal.depth() == 0
    assert await db(kept)(call.pk) == list(range(1200))


async def test_an_entry_that_is_bad_is_refused_alone(call: Call) -> None:
    for n in range(5):
        journal.soon(keep, call_id=call.pk, n=n if n != 2 else "\x00")
    journal.put("nobody takes this", n=1)
    journal.soon(keep, call_id=call.pk, n=5)
    await journal.settled()
    assert await db(kept)(call.pk) == [0, 1, 3, 4, 5]


async def test_a_large_file_is_begun_anew_and_nothing_is_lost(
    call: Call, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("calls.journal.spool._LARGE", 2000)
    for n in range(120):
        journal.soon(keep, call_id=call.pk, n=n)
        if n % 40 == 0:
            await journal.settled()
    await journal.settled()
    assert await db(kept)(call.pk) == list(range(120))
    assert len(files(spool)) <= 2, "files that are written down go"


@pytest.mark.parametrize("seed", range(3))
async def test_a_process_that_is_killed_leaves_its_journal_to_another(call: Call, spool: Path, seed: int) -> None:
    """It is killed while it puts and while it writes to the database; each entry is written once all the same."""
    said = await db(_killed)(call.pk, spool, after=random.Random(seed).randrange(1, 900))
    assert await db(journal.adopt_orphans)() == 1
    rows = await db(kept)(call.pk)
    assert rows == list(range(len(rows)))
    assert len(rows) >= said + 1, "everything that was said to be put is there"
    assert files(spool) == []
    assert not await SpoolMark.objects.aexists()


def _killed(call_id: int, spool: Path, *, after: int) -> int:
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "contactcenter.settings_test",
        "TESTED_DATABASE": connection.settings_dict["NAME"],
        "SPOOL_DIR": str(spool),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "tests.integration.calls.journal_putting", str(call_id)]
    child = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    last = -1
    for line in child.stdout:
        last = int(line)
        if last == after:
            os.kill(child.pid, signal.SIGKILL)
    child.stdout.close()
    child.wait()
    return last


async def test_what_another_process_has_written_already_is_not_written_again(call: Call, spool: Path) -> None:
    left = Spool.create(spool)
    places = [left.append(_entry(call, n)) for n in range(6)]
    left.path.write_bytes(left.path.read_bytes() + _entry(call, 9).line()[:-3])
    await db(SpoolMark.reach)(name=left.name, place=places[2])
    left.close()
    assert await db(journal.adopt_orphans)() == 1
    assert await db(kept)(call.pk) == [3, 4, 5]


async def test_an_orphan_waits_for_a_database_that_is_away(
    call: Call, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = Spool.create(spool)
    for n in range(6):
        left.append(_entry(call, n))
    left.close()
    with monkeypatch.context() as away:
        away.setattr(entries, "_handlers", entries._handlers | refusing(1, OperationalError))
        assert await db(journal.adopt_orphans)() == 0
    assert await db(kept)(call.pk) == []
    assert await db(journal.adopt_orphans)() == 1
    assert await db(kept)(call.pk) == list(range(6))


async def test_an_orphan_that_cannot_be_looked_up_is_left_for_later(
    call: Call, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread that looks after orphans lives on, and the file is nobody's again."""
    left = Spool.create(spool)
    left.append(_entry(call, 1))
    left.close()

    def away(_: str) -> int:
        raise OperationalError("the database is away")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(SpoolMark, "place_of", away)
        assert await db(journal.adopt_orphans)() == 0
    assert await db(journal.adopt_orphans)() == 1
    assert await db(kept)(call.pk) == [1]


def _entry(call: Call, n: int) -> journal.Entry:
    return journal.Entry(keep.kind, {"call_id": call.pk, "n": n}, 1.5)  # type: ignore[attr-defined]


def test_the_folder_is_the_settings_own() -> None:
    assert writer._folder() == Path(settings.SPOOL_DIR)
