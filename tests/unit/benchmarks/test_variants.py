"""Who is measured, and by which command."""

import importlib.util
from pathlib import Path

import pytest

from benchmarks.media_bridge import variants
from benchmarks.media_bridge.variants import Variant
from contactcenter import serving
from deploy import programs

MODEL = "http://127.0.0.1:9000"


def the_command(variant: Variant) -> list[str]:
    assert variant.command is not None
    return variant.command(8123, MODEL)


@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
def test_the_product_is_started_as_in_earnest(server: str, tmp_path: Path) -> None:
    assert the_command(variants.by_name(server, tmp_path)) == programs.web(server, host="127.0.0.1", port="8123")


def test_the_fast_product_differs_in_its_websockets_alone(tmp_path: Path) -> None:
    fast, usual = variants.by_name("fast", tmp_path), variants.by_name("uvicorn", tmp_path)
    differing = [pair for pair in zip(the_command(fast), the_command(usual), strict=True) if len(set(pair)) > 1]
    assert differing == [("contactcenter.fast_ws:FastWebSocket", "websockets-sansio")]
    assert (fast.env, usual.env) == ({"WEBSOCKETS": "picows"}, {"WEBSOCKETS": "websockets"})


def test_without_its_package_the_fast_product_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "find_spec", lambda _: None)
    fast = variants.by_name("fast", tmp_path)
    assert fast.command is None
    assert "needs the extra `fast`" in fast.about


def test_a_peer_that_cannot_be_installed_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> Path:
        raise variants.pythons.UnableToInstall("no matching distribution")

    monkeypatch.setattr(variants.pythons, "python_with", refuse)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    pipecat, bare = variants.by_name("pipecat", tmp_path), variants.by_name("bare", tmp_path)
    assert (pipecat.command, pipecat.about) == (None, "not installed: no matching distribution")
    assert bare.about == "a relay that only rewraps, websockets"
    assert the_command(bare)[1:] == [str(variants.PEERS / "bare_relay.py"), "8123", MODEL]
