"""Connection overrides: read as people write them, refused part by part."""

import pytest

from calls.line_rules import overrides


@pytest.mark.parametrize(
    "written",
    ["", "rc=2", "ct=2000&rt=10000&tt=15000&rc=3&rp=ct,rt,5xx", "e=ashburn,dublin&sni=y", "rp=all&rc=5"],
)
def test_what_holds_is_kept_as_it_was_written(written: str) -> None:
    read = overrides.read(written)
    assert (read.fragment, read.wrong) == (written, ())


def test_the_mark_before_it_may_stand_there() -> None:
    assert overrides.read(" #rc=2 ").fragment == "rc=2"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("ct=99", "from 100 to 10000"),
        ("rt=15001", "from 100 to 15000"),
        ("rc=6", "from 0 to 5"),
        ("rc=-1", "from 0 to 5"),
        ("rc=٣", "from 0 to 5"),
        ("rc=", "from 0 to 5"),
        ("rp=3xx", "none of them"),
        ("e=mars", "none of them"),
        ("sni=maybe", "y or n"),
        ("retry=2", "no override"),
        ("rc=2&rc=3", "twice"),
        ("ct=9000&tt=2000", "longer than tt"),
        ("rc=0&rp=ct", "says never"),
        ("rc=2 rp=ct", "rc"),
        ("rc=2;rp=ct", "rc"),
        ('rc=2&"><script>', "Write key=value"),
    ],
)
def test_what_does_not_hold_is_said(written: str, said: str) -> None:
    assert said in " ".join(overrides.read(written).wrong)


def test_they_stand_behind_the_address() -> None:
    assert overrides.with_override("https://x.test/voice/", "rc=2") == "https://x.test/voice/#rc=2"
    assert overrides.with_override("https://x.test/voice/", "") == "https://x.test/voice/"
