import pytest

from sandbox.model.faults import Faults


def test_switches_are_set_one_by_one_and_cleared_together():
    faults = Faults()
    faults.set({"refuse_connects": 2, "refuse_status": 429})
    faults.set({"half_open": True, "session_expires_in_ms": 5000, "odd_events": ["binary"]})
    assert (faults.refuse_connects, faults.refuse_status, faults.half_open) == (2, 429, True)
    faults.clear()
    assert faults == Faults()


def test_counts_run_down():
    faults = Faults(transcription_failures=2)
    assert [faults.use_up("transcription_failures") for _ in range(3)] == [True, True, False]


@pytest.mark.parametrize(
    "switches",
    [
        {"no_such": 1},
        {"half_open": "yes"},
        {"refuse_connects": "2"},
        {"refuse_status": 418},
        {"odd_events": ["confetti"]},
        {"odd_events": "binary"},
        {"error_events": {}},
        {"response_failure_code": 7},
        {"session_expires_in_ms": "soon"},
        {"session_expires_in_ms": -1},
        {"refuse_connects": True},
        {"refuse_connects": 1.5},
        {"half_open": 1},
        {"error_events": ["x"]},
        {"close_at": "sometime"},
        {"close_at": 2},
        {"refuse_retry_after_s": "later"},
        {"rate_limits": {"name": "tokens"}},
        {"rate_limits": [{"remaining": 1}]},
        {"rate_limits": [{"name": "calls", "remaining": 1}]},
        {"rate_limits": [{"name": "tokens", "left": 1}]},
        {"rate_limits": [{"name": "tokens", "remaining": "few"}]},
    ],
)
def test_impossible_switches_are_refused_and_change_nothing(switches):
    faults = Faults()
    with pytest.raises(ValueError, match=r"no such fault|cannot be|must be one of|not a valid OddEvent"):
        faults.set({"accept_delay_ms": 10, **switches})
    assert faults == Faults()
