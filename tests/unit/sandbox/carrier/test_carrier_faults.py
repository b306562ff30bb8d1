"""Fault switches are read strictly, used up as told, and repeatable from their seed."""

import pytest

from sandbox.carrier import overrides
from sandbox.carrier.faults import Faults, RestAnswer
from sandbox.carrier.overrides import Overrides


@pytest.mark.parametrize(
    "wanted",
    [
        {"weather": {}},
        {"stream": {"no_strat": True}},
        {"stream": {"no_start": 1}},
        {"stream": {"json": "pretty"}},
        {"stream": []},
        {"callbacks": [{"kind": "status"}]},
        {"callbacks": [{"action": "explode"}]},
        {"callbacks": {"action": "drop"}},
        {"rest": {"count": "3"}},
        {"seed": "x"},
        {"stream": {"jitter_ms": -20}},
        {"stream": {"poison": "arsenic"}},
        {"stream": {"poison": ["json_cut"]}},
        {"callbacks": [{"action": "drop", "share": -0.5}]},
        {"rest_delays": {"path": "Calls"}},
    ],
)
def test_an_unknown_switch_is_refused_and_changes_nothing(wanted):
    faults = Faults()
    with pytest.raises(ValueError, match=r"."):
        faults.change({"recordings": {"swap_channels": True}, **wanted})
    assert faults == Faults(dice=faults.dice)


def test_sections_not_named_stay():
    faults = Faults()
    faults.change({"stream": {"no_start": True}})
    faults.change({"recordings": {"swap_channels": True}})
    assert faults.stream.no_start
    assert faults.recordings.swap_channels


def test_a_rule_picks_by_kind_and_event_and_is_used_up():
    faults = Faults()
    faults.change({"callbacks": [{"action": "drop", "kind": "recording", "event": "completed", "times": 2}]})
    assert faults.rules_for(kind="status", event="completed") == []
    assert faults.rules_for(kind="recording", event="in-progress") == []
    picked = [bool(faults.rules_for(kind="recording", event="completed")) for _ in range(3)]
    assert picked == [True, True, False]


def test_the_same_seed_draws_the_same_lots():
    def draw() -> list[bool]:
        faults = Faults()
        faults.change({"seed": 7, "callbacks": [{"action": "drop", "share": 0.5}]})
        return [bool(faults.rules_for(kind="status", event="completed")) for _ in range(40)]

    assert draw() == draw()
    assert {True, False} == set(draw())


def test_rest_faults_and_failed_downloads_are_used_up():
    faults = Faults()
    faults.change({"rest": {"count": 2, "answer": "429"}, "recordings": {"failing_downloads": 1}})
    assert [faults.take_rest() for _ in range(3)] == [RestAnswer.TOO_MANY, RestAnswer.TOO_MANY, None]
    assert [faults.take_failed_download() for _ in range(2)] == [500, None]


def test_clearing_behaves_again():
    faults = Faults()
    faults.change({"stream": {"no_start": True}, "rest": {"count": 5}})
    faults.take_rest()
    faults.clear()
    assert faults.take_rest() is None
    assert not faults.stream.no_start


def test_connection_overrides_are_read_from_the_fragment():
    found, refused = overrides.parse("ct=2000&rt=10000&tt=15000&rc=3&rp=ct,rt,5xx&e=ashburn,dublin&sni=y")
    assert found == Overrides(
        connect_ms=2000, read_ms=10000, total_ms=15000, retries=3, retry_on=frozenset({"ct", "rt", "5xx"})
    )
    assert refused == []
    assert [found.retries_on(failure) for failure in ("ct", "4xx", "5xx")] == [True, False, True]


def test_overrides_out_of_range_keep_the_default_and_are_named():
    found, refused = overrides.parse("rc=9&ct=20&rp=always&zz=1")
    assert found == Overrides()
    assert len(refused) == 4


def test_one_retry_after_a_failed_connection_is_the_default():
    assert [Overrides().retries_on(failure) for failure in ("ct", "rt", "5xx")] == [True, False, False]
    assert Overrides().retries == 1
