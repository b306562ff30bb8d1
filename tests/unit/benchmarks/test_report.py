"""Which goals are judged, and on which figures."""

from pathlib import Path

from benchmarks.cores import Cores, Spent
from benchmarks.media_bridge import report
from benchmarks.media_bridge.both_ends import Window
from benchmarks.media_bridge.rows import Row
from benchmarks.media_bridge.search import Bracket
from benchmarks.media_bridge.spread import Spread
from benchmarks.media_bridge.under_test import Measured, Place
from benchmarks.media_bridge.variants import Variant

PLACE = Place(Path("var"), Cores(1, frozenset({0})), ["far_ends"], is_compiled=True, product=None)


def a_window(**more: object) -> Window:
    nothing = Spread((), 0)
    counts = {"frames_sent": 1000, "frames_arrived": 1000, "chunks_sent": 0, "chunks_arrived": 0}
    counts |= {"marks": 0, "clears": 0, "truncates": 0}
    spreads = dict.fromkeys(("down", "barge_in", "truncation", "behind"), nothing)
    return Window(**({"up": Spread(((500, 1000),), 500), "faults": {}} | spreads | counts | more))  # type: ignore[arg-type]


def measured(calls: int, cpu_ms: float, **more: object) -> Measured:
    spent = Spent(seconds=10.0, cpu_s=cpu_ms * calls / 100, strangers=0.0, waited=0.0)
    return Measured(calls, calls, a_window(**more), spent, 0.3, 0.1)


def a_row(name: str, limit: int, *, cpu_ms: float = 2.0, is_product: bool = True) -> Row:
    row = Row(Variant(name, name, is_product=is_product, command=None, first=1))
    row.keep(measured(100, cpu_ms))
    row.bracket = Bracket(limit, limit + 5)
    row.books = {} if is_product else None
    return row


def judged(rows: list[Row]) -> dict[str, tuple[float | None, bool]]:
    return {goal.name: (goal.value, goal.is_met) for goal in report.goals(rows)}


def test_the_fast_server_is_judged_against_the_bare_relay_of_the_same_run() -> None:
    rows = [a_row("fast", 720, cpu_ms=1.4), a_row("bare", 800, cpu_ms=1.0, is_product=False)]
    goals = judged(rows)
    assert goals["fast: calls against the bare relay's"] == (0.9, True)
    value, is_met = goals["fast: CPU at 100 calls against the bare relay's"]
    assert value is not None
    assert (round(value, 3), is_met) == (1.4, True)


def test_without_the_fast_server_its_goals_are_not_judged() -> None:
    goals = judged([a_row("uvicorn", 150), a_row("bare", 800, is_product=False)])
    assert goals["fast: calls against the bare relay's"] == (None, True)
    assert goals["daphne: calls on one core"] == (None, True)


def test_pipecat_is_compared_with_the_best_of_ours() -> None:
    rows = [a_row("daphne", 100), a_row("uvicorn", 500), a_row("pipecat", 30, is_product=False)]
    goals = judged(rows)
    assert goals["our best: calls against pipecat's"] == (500 / 30, False)
    assert goals["daphne: calls on one core"] == (100.0, False)


def test_what_is_lost_or_wrong_at_a_fixed_load_fails() -> None:
    row = a_row("uvicorn", 150)
    row.ended(
        {"frames_sent": 10, "frames_arrived": 9, "carrier_sockets": 0, "model_sockets": 2, "faults": {"late_media": 1}}
    )
    row.books = {"cuts": (3, 2)}
    goals = judged([row])
    assert goals["uvicorn: frames lost at fixed loads"] == (1.0, False)
    assert goals["uvicorn: faults at fixed loads, sockets left open included"] == (3.0, False)
    assert goals["uvicorn: books that differ from what was played"] == (1.0, False)


def test_a_window_passes_only_with_every_frame_in_time_and_every_call_alive() -> None:
    assert measured(100, 1.0).passes(20)
    assert not measured(100, 1.0, frames_arrived=999).passes(20)
    assert not measured(100, 1.0, up=Spread(((30_000, 1000),), 30_000)).passes(20)
    lost_a_call = Measured(100, 99, a_window(), Spent(10.0, 1.0, 0.0, 0.0), 0.3, 0.1)
    assert not lost_a_call.passes(20)


def test_the_table_names_what_was_not_measured() -> None:
    missing = Row(Variant("pipecat", "not installed: no such package", is_product=False, command=None, first=0))
    table = report.table([a_row("daphne", 60), missing], PLACE)
    assert "not measured: not installed: no such package" in table
    assert table.splitlines()[2].split()[:3] == ["daphne", "100", "2.00"]
