"""The files taken from other projects are those the manifest names, unchanged, each with its licence."""

import hashlib
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = json.loads((ROOT / "static/vendor/MANIFEST.json").read_text(encoding="utf-8"))["packages"]
FILES = {name: sha256 for package in PACKAGES for name, sha256 in package["files"].items()}
LOCK = json.loads((ROOT / "static/src/package-lock.json").read_text(encoding="utf-8"))["packages"]


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_what_was_taken(name: str) -> None:
    assert hashlib.sha256((ROOT / name).read_bytes()).hexdigest() == FILES[name]


def test_nothing_else_lies_beside_them() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for folder in ("static/vendor", "tests/browser/vendor")
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
    }
    assert found - set(FILES) == {"static/vendor/MANIFEST.json"}
    assert "static/icons.svg" in FILES


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package["package"])
def test_a_package_is_the_one_the_lock_file_pins(package: dict[str, object]) -> None:
    locked = LOCK[f"node_modules/{package['package']}"]
    assert (package["version"], package["archive"]) == (locked["version"], locked["integrity"])
    assert str(package["archive"]).startswith("sha512-")


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package["package"])
def test_a_package_brings_its_licence(package: dict[str, dict[str, str]]) -> None:
    assert package["license"]
    assert any(name.endswith(("/LICENSE", "/LICENSE.md")) for name in package["files"])


def test_the_icons_that_pages_use_are_in_the_sprite() -> None:
    sprite = (ROOT / "static/icons.svg").read_text(encoding="utf-8")
    pages = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "templates").rglob("*.html"))
    used = {part.split('"')[0] for part in pages.split('_icon.html" with name="')[1:]}
    assert used
    assert {name for name in used if f'<symbol id="{name}"' not in sprite} == set()
