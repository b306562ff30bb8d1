"""Each database has a folder of its own for what it has not got yet."""

import environ
import pytest

from contactcenter.settings import _spool_of


def folder(url: str) -> str:
    return _spool_of("/spool", environ.Env.db_url_config(url))


def test_the_same_database_has_the_same_folder_whoever_asks_it() -> None:
    one = folder("postgresql://ann:secret@db.example:5432/calls")
    assert one == folder("postgresql://bob:other@db.example:5432/calls?connect_timeout=3")
    assert one.startswith("/spool/")
    assert len(one) == len("/spool/") + 12


@pytest.mark.parametrize(
    "other",
    [
        "postgresql://ann:secret@db2.example:5432/calls",
        "postgresql://ann:secret@db.example:5433/calls",
        "postgresql://ann:secret@db.example:5432/tests",
        "postgresql://ann:secret@/calls?host=%2Fvar%2Fpg&port=5432",
        "postgresql://ann:secret@/calls?host=%2Fvar%2Fpg2&port=5432",
    ],
)
def test_another_database_has_another(other: str) -> None:
    assert folder(other) != folder("postgresql://ann:secret@db.example:5432/calls")
    assert folder(other) == folder(other)


def test_two_servers_behind_sockets_are_told_apart() -> None:
    assert folder("postgresql://a@/c?host=%2Fone&port=5432") != folder("postgresql://a@/c?host=%2Ftwo&port=5432")
