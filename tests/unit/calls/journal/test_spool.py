"""The journal's file: in order, whole lines only, and one owner at a time."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from calls.journal.entries import Entry
from calls.journal.spool import Spool

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def entry(n: int) -> Entry:
    return Entry("kind", {"n": n, "at": NOON, "words": "Zoë\n\x00\ud800"}, 1.5)


def numbers(spool: Spool, start: int = 0) -> list[int]:
    return [one.data["n"] for one, _ in spool.entries(start)]


def test_what_is_put_is_read_back_in_order_and_from_any_place(tmp_path: Path) -> None:
    spool = Spool.create(tmp_path)
    places = [spool.append(entry(n)) for n in range(5)]
    assert [one for one, _ in spool.entries(0)] == [entry(n) for n in range(5)]
    assert numbers(spool, places[2]) == [3, 4]
    spool.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_line_that_was_cut_off_ends_it_and_one_that_is_nonsense_is_passed_over(tmp_path: Path) -> None:
    spool = Spool.create(tmp_path)
    whole = entry(1).line()
    spool.path.write_bytes(whole + b"nonsense\n[1,2]\n{}\n\xff\xfe\n" + entry(2).line() + whole[:-5])
    assert numbers(spool) == [1, 2]
    spool.close()


@pytest.mark.parametrize("cut", range(0, 60, 7))
def test_wherever_the_last_line_is_cut_off_those_before_it_are_whole(tmp_path: Path, cut: int) -> None:
    spool = Spool.create(tmp_path)
    spool.path.write_bytes(entry(1).line() + entry(2).line()[:cut])
    assert numbers(spool) == [1]
    spool.close()


def test_an_open_file_is_nobodys_orphan(tmp_path: Path) -> None:
    spool = Spool.create(tmp_path)
    spool.append(entry(1))
    assert list(Spool.orphans(tmp_path)) == []
    spool.close()
    (orphan,) = Spool.orphans(tmp_path)
    assert numbers(orphan) == [1]
    assert list(Spool.orphans(tmp_path)) == [], "it has a new owner"
    orphan.close()


def test_what_a_killed_process_had_put_is_left_whole(tmp_path: Path) -> None:
    """The kill comes between any two writes, or in one."""
    script = (
        "import sys, pathlib\n"
        "from calls.journal.entries import Entry\n"
        "from calls.journal.spool import Spool\n"
        "spool = Spool.create(pathlib.Path(sys.argv[1]))\n"
        "n = 0\n"
        "while True:\n"
        "    spool.append(Entry('kind', {'n': n, 'words': 'x' * 900}, 1.5))\n"
        "    print(n, flush=True)\n"
        "    n += 1\n"
    )
    boot = f"import django\ndjango.setup()\n{script}"
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "contactcenter.settings_test"}
    child = subprocess.Popen([sys.executable, "-c", boot, str(tmp_path)], stdout=subprocess.PIPE, env=env, text=True)
    assert child.stdout is not None
    for line in child.stdout:
        if int(line) >= 200:
            os.kill(child.pid, signal.SIGKILL)
            break
    said = [int(line) for line in child.stdout.read().split()]
    child.stdout.close()
    child.wait()
    (orphan,) = Spool.orphans(tmp_path)
    found = numbers(orphan)
    assert found == list(range(len(found)))
    assert len(found) > (said[-1] if said else 200), "everything that was said to be put is there"
    orphan.close()


@pytest.mark.parametrize("data", [{"x": object()}, {"x": {1, 2}}])
def test_what_is_no_plain_value_is_refused_when_it_is_put(data: dict) -> None:
    with pytest.raises(TypeError):
        Entry("kind", data, 1.5).line()
