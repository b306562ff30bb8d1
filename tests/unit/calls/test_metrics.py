"""What is left of the model's limits, and how it comes back when the model says nothing more."""

import pytest

from calls import metrics


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "_limits", {})


def test_the_tightest_limit_counts() -> None:
    assert metrics.tightest_share(now=0.0) == 1.0
    metrics.note_limits((("requests", 50, 100, 60.0), ("tokens", 2, 100, 60.0), ("none", 0, 0, 60.0)), now=100.0)
    assert metrics.tightest_share(now=100.0) == 0.02


@pytest.mark.parametrize(("later_s", "share"), [(0.0, 0.0), (15.0, 0.25), (30.0, 0.5), (60.0, 1.0), (9999.0, 1.0)])
def test_what_was_used_comes_back_until_the_limit_is_reset(later_s: float, share: float) -> None:
    metrics.note_limits((("tokens", 0, 100, 60.0),), now=100.0)
    assert metrics.tightest_share(now=100.0 + later_s) == share


def test_a_limit_that_is_reset_at_once_is_no_limit() -> None:
    metrics.note_limits((("tokens", 0, 100, 0.0),), now=100.0)
    assert metrics.tightest_share(now=100.0) == 1.0


def test_what_the_model_says_last_counts() -> None:
    metrics.note_limits((("tokens", 0, 100, 60.0),), now=100.0)
    metrics.note_limits((("tokens", 80, 100, 12.0),), now=101.0)
    assert metrics.tightest_share(now=101.0) == 0.8


def test_a_vendor_with_ever_new_words_does_not_fill_the_memory() -> None:
    labels = {metrics.word_of("test", f"word {n}") for n in range(1000)}
    assert len(labels) < 50
    assert "other" in labels
    assert metrics.word_of("test", "word 1") == "word 1"
