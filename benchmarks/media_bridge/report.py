"""The table, the goals and the file of results, made from the rows."""

from typing import Any

from benchmarks.goals import Goal, Outcome
from benchmarks.media_bridge.rows import Row
from benchmarks.media_bridge.spread import Spread
from benchmarks.media_bridge.under_test import Measured, Place

# --- goals: ratios within one run; absolute figures of a shared machine mean little -----------------------------------
FAST_OF_BARE_CALLS = 0.9
FAST_OF_BARE_CPU = 1.5
COMPARED_AT = 100  # calls
DAPHNE_CALLS = 230
OF_PIPECAT_CALLS = 20
# The far ends are the limit, not the bridge, when they were this late themselves or used this much of their core.
FAR_ENDS_LATE_MS, FAR_ENDS_SHARE = 10.0, 0.9


def goals(rows: list[Row]) -> list[Goal]:
    """Every goal with its figure; a figure that could not be measured is not judged."""
    by_name = {row.variant.name: row for row in rows}
    limits = {name: row.limit for name, row in by_name.items() if row.limit is not None}
    cpu = {name: row.cpu_ms(COMPARED_AT) for name, row in by_name.items()}
    products = [row for row in rows if row.variant.is_product and row.loads]
    best = max((limits[row.variant.name] for row in products if row.variant.name in limits), default=None)
    daphne = limits.get("daphne")
    found = [
        Goal("fast: calls against the bare relay's", "x", _ratio(limits.get("fast"), limits.get("bare")),
             FAST_OF_BARE_CALLS, is_least=True),
        Goal(f"fast: CPU at {COMPARED_AT} calls against the bare relay's", "x",
             _ratio(cpu.get("fast"), cpu.get("bare")), FAST_OF_BARE_CPU),
        Goal("daphne: calls on one core", "", None if daphne is None else float(daphne), DAPHNE_CALLS, is_least=True),
        Goal("our best: calls against pipecat's", "x", _ratio(best, limits.get("pipecat")), OF_PIPECAT_CALLS,
             is_least=True),
    ]  # fmt: skip
    for row in products:
        name = row.variant.name
        found.append(Goal(f"{name}: frames lost at fixed loads", "", float(row.lost), 0))
        found.append(Goal(f"{name}: faults at fixed loads, sockets left open included", "",
                          float(sum(row.faults.values())), 0))  # fmt: skip
        if row.books is not None:
            found.append(Goal(f"{name}: books that differ from what was played", "", float(len(row.books)), 0))
    return found


def _ratio(one: float | None, other: float | None) -> float | None:
    return one / other if one is not None and other else None


# --- text -------------------------------------------------------------------------------------------------------------

_HEAD = (
    ("", "calls", "CPU ms", "MB", "added", "latency", "in ms", "", "barge-in", "truncation", "most"),
    ("", "", "/call-s", "/call", "p50", "p95", "p99", "max", "p99 ms", "p95 ms", "calls"),
)
_WIDTHS = (6, 8, 7, 9, 8, 8, 9, 9, 11, 7)


def in_short(measured: Measured) -> str:
    """One window in a line."""
    up, window, spent = measured.window.up, measured.window, measured.spent
    return (
        f"{measured.calls:5} calls  {measured.cpu_ms:5.2f} ms/call-s  core {spent.core_share:4.0%}  "
        f"p50 {_ms(up, 50):>6}  p99 {_ms(up, 99):>6}  lost {window.lost}  "
        f"waited {spent.waited:.0%}  strangers {spent.strangers:.0%}  {window.faults or ''}".rstrip()
    )


def _ms(spread: Spread, percent: float) -> str:
    value = spread.percentile_ms(percent)
    return "-" if value is None else f"{value:.2f}"


def _line(cells: tuple[str, ...], remark: str = "") -> str:
    named, *figures = cells
    text = named.ljust(9) + "".join(cell.rjust(width) for cell, width in zip(figures, _WIDTHS, strict=True))
    return f"{text}  {remark}".rstrip()


def table(rows: list[Row], place: Place) -> str:
    """The table for a terminal: a line for each number of calls, what was found over all of them in the last."""
    lines = [_line(head) for head in _HEAD]
    for row in rows:
        if not row.loads:
            lines.append(f"{row.variant.name:<9} not measured: {row.variant.about}")
        numbers = sorted(row.loads)
        for calls in numbers:
            measured, is_last = row.loads[calls], calls == numbers[-1]
            up = measured.window.up
            cells = (
                row.variant.name if calls == numbers[0] else "",
                str(calls),
                f"{measured.cpu_ms:.2f}",
                f"{measured.rss_mb:.2f}",
                *(_ms(up, percent) for percent in (50, 95, 99)),
                f"{up.most_ms or 0:.2f}",
                _ms(row.barge_in, 99) if is_last else "",
                _ms(row.truncation, 95) if is_last else "",
                str(row.limit if row.limit is not None else "-") if is_last else "",
            )
            lines.append(_line(cells, "; ".join(remarks(row, place)) if is_last else ""))
    return "\n".join(lines)


def remarks(row: Row, place: Place) -> list[str]:
    """What a reader must know of a row."""
    found = []
    if row.variant.bar_ms != 20:
        found.append(f"bar {row.variant.bar_ms:g} ms")
    if not place.is_compiled:
        found.append("generator-limited")
    if not place.cores.are_apart:
        found.append("one core for all")
    if row.limit is not None and row.bracket.failed is None:
        found.append("limit not reached")
    if row.at_limit is not None and _is_limited_by_far_ends(row.at_limit):
        found.append("limited by the far ends")
    if any(measured.is_disturbed for measured in row.loads.values()):
        found.append("disturbed")
    if row.faults:
        found.append(", ".join(f"{name} {count}" for name, count in sorted(row.faults.items())))
    if row.problem:
        found.append(row.problem)
    if row.lost:
        found.append(f"{row.lost} lost")
    return found


def _is_limited_by_far_ends(measured: Measured) -> bool:
    late = measured.window.behind.percentile_ms(99)
    return (late is not None and late > FAR_ENDS_LATE_MS) or measured.far_ends_share > FAR_ENDS_SHARE


# --- the file ---------------------------------------------------------------------------------------------------------


def outcome(rows: list[Row], place: Place, *, is_quick: bool) -> Outcome:
    """Goals, table and everything measured."""
    measured = {
        "is_quick": is_quick,
        "far_ends": "compiled" if place.is_compiled else "generator",
        "variants": {row.variant.name: _as_json(row, place) for row in rows},
    }
    return Outcome(goals(rows), measured, table(rows, place))


def _as_json(row: Row, place: Place) -> dict[str, Any]:
    if not row.loads:
        return {"not_measured": row.variant.about}
    return {
        "about": row.variant.about,
        "bar_ms": row.variant.bar_ms,
        "most_calls": row.limit,
        "failed_at": row.bracket.failed,
        "at_most": _window(row.at_limit) if row.at_limit is not None else None,
        "loads": {str(calls): _window(measured) for calls, measured in sorted(row.loads.items())},
        "barge_in_to_clear_ms": _spread(row.barge_in),
        "truncation_error_ms": _spread(row.truncation),
        "lost": row.lost,
        "faults": row.faults,
        "books": None if row.books is None else {"differences": row.books},
        "went_before_strangers": row.is_favoured,
        "remarks": remarks(row, place),
    }


def _window(measured: Measured) -> dict[str, Any]:
    window = measured.window
    return {
        "calls": measured.calls,
        "cpu_ms_per_call_second": round(measured.cpu_ms, 3),
        "core_share": round(measured.spent.core_share, 3),
        "strangers_share": round(measured.spent.strangers, 3),
        "waited_share": round(measured.spent.waited, 3),
        "far_ends_share": round(measured.far_ends_share, 3),
        "mb_per_call": round(measured.rss_mb, 3),
        "frames": window.frames_sent,
        "lost": window.lost,
        "up_ms": _spread(window.up),
        "down_ms": _spread(window.down),
        "far_ends_late_ms": _spread(window.behind),
        "faults": window.faults,
    }


def _spread(spread: Spread) -> dict[str, float | int | None]:
    return {
        "count": spread.count,
        **{f"p{percent}": spread.percentile_ms(percent) for percent in (50, 95, 99)},
        "max": spread.most_ms,
    }
