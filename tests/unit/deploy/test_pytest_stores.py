"""Which runs of pytest get stores."""

from pathlib import Path

import pytest

from deploy import pytest_stores

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("asked", "without"),
    [
        (["tests/unit"], True),
        (["tests/house", "tests/unit/deploy/test_ports.py::test_the_search_ends"], True),
        (["tests/unit", "tests/integration"], False),
        (["tests"], False),
        ([], False),
        (["tests/unitary"], False),
    ],
)
def test_only_unit_and_house_tests_go_without(asked: list[str], without: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert pytest_stores.needs_no_stores(asked, root=ROOT) is without


def test_these_tests_have_none() -> None:
    """Unless somebody has brought theirs: nobody listens at the addresses they are given."""
    assert set(pytest_stores.NOWHERE) == {"DATABASE_URL", "REDIS_URL"}
    assert all(":1/" in url for url in pytest_stores.NOWHERE.values())
