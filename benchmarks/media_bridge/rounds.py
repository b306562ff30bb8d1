"""The rounds of a run: every variant at fixed loads, then every variant up to its limit, then between the last steps.

The variants take turns within each round, so that a machine that changes its mood changes it for all of them.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks import cores
from benchmarks.goals import Outcome
from benchmarks.media_bridge import books, both_ends, report, search, variants
from benchmarks.media_bridge.rows import Row
from benchmarks.media_bridge.search import Bracket
from benchmarks.media_bridge.under_test import Measured, Place, UnderTest
from benchmarks.product import Product
from benchmarks.surroundings import VAR, with_stores

MOST_CALLS = 3000
_DATABASE = 15  # the number of our database and of our part of Valkey
_BOOKS_S = 15.0

Next = Callable[[Bracket], int | None]


def run(*, quick: bool = False, only: str = "", **_: Any) -> Outcome:
    """Measure every variant there is, or some by name."""
    names = only.split(",") if only else variants.NAMES
    chosen = [variants.by_name(name, VAR) for name in names]
    rows = {variant.name: Row(variant) for variant in chosen}
    with cores.shared_out() as shares, with_stores():
        program, is_compiled = both_ends.program(VAR)
        product = Product(var=VAR / "product", number=_DATABASE) if any(v.is_product for v in chosen) else None
        place = Place(VAR, shares, program, is_compiled, product)
        try:
            if product is not None:
                product.prepare()
            _all_rounds([row for row in rows.values() if row.variant.command is not None], place, is_quick=quick)
        finally:
            if product is not None:
                product.stop()
    return report.outcome(list(rows.values()), place, is_quick=quick)


def _all_rounds(rows: list[Row], place: Place, *, is_quick: bool) -> None:
    for _ in range(1 if is_quick else 2):
        for row in rows:
            with _problems_kept(row):
                _fixed_loads(row, place, seconds=5.0 if is_quick else 10.0, is_quick=is_quick)
    if is_quick:
        return
    for row in rows:
        with _problems_kept(row):
            _climb(row, place, lambda bracket, v=row.variant: search.next_up(bracket, first=v.first, most=MOST_CALLS))
    for row in rows:
        with _problems_kept(row):
            _climb(row, place, search.next_between)


@contextmanager
def _problems_kept(row: Row) -> Iterator[None]:
    """One variant that cannot be measured to the end is no reason to lose the others' figures."""
    try:
        yield
    except (RuntimeError, OSError) as problem:
        row.problem = f"{type(problem).__name__}: {problem}"[:200]
        _say(row, row.problem)


def _say(row: Row, what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {row.variant.name:<8} {what}", flush=True)


# --- fixed loads ------------------------------------------------------------------------------------------------------


def _fixed_loads(row: Row, place: Place, *, seconds: float, is_quick: bool) -> None:
    """The variant at a few numbers of calls, to compare its costs; then its books against what was played."""
    before = place.product.rows() if place.product is not None and row.variant.is_product else {}
    with UnderTest(row.variant, place) as bridge:
        row.is_favoured = bridge.is_favoured
        for calls in row.variant.loads[-1:] if is_quick else row.variant.loads:
            bridge.hold(calls)
            measured = _undisturbed(bridge, seconds, tries=1 if is_quick else 3)
            row.keep(measured)
            _say(row, report.in_short(measured))
        totals = bridge.end()
        row.ended(totals)
        if before and place.product is not None:
            row.books = _compare_books(place.product, before, totals)
            _say(row, f"books {'agree' if not row.books else f'DIFFER: {row.books}'}")


def _undisturbed(bridge: UnderTest, seconds: float, *, tries: int) -> Measured:
    """A window in which strangers left the core alone, or the best of several."""
    seen: list[Measured] = []
    while len(seen) < tries:
        seen.append(bridge.measure(seconds))
        if not seen[-1].is_disturbed:
            return seen[-1]
    return min(seen, key=lambda measured: measured.spent.waited)


def _compare_books(product: Product, before: dict[str, int], totals: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """Where the rows differ from what was played; the writer is given a moment to finish."""
    end = time.monotonic() + _BOOKS_S
    while True:
        rows = {name: count - before[name] for name, count in product.rows().items()}
        found = books.differences(totals, rows)
        if not found or time.monotonic() > end:
            return found
        time.sleep(0.5)


# --- the limit --------------------------------------------------------------------------------------------------------


def _climb(row: Row, place: Place, next_step: Next, *, seconds: float = 9.0) -> None:
    """Steps until there is none left; what passed and what failed is kept in the row."""
    calls = next_step(row.bracket)
    if calls is None or row.problem:
        return
    with UnderTest(row.variant, place) as bridge:
        while calls is not None:
            bridge.hold(calls)
            measured = bridge.measure(seconds)
            if not measured.passes(row.variant.bar_ms):  # a hiccup of the machine is no limit: once more
                _say(row, f"again: {report.in_short(measured)}")
                measured = bridge.measure(seconds)
            is_passed = measured.passes(row.variant.bar_ms)
            _say(row, f"{'passes' if is_passed else 'FAILS '} {report.in_short(measured)}")
            row.step(measured, is_passed=is_passed)
            calls = next_step(row.bracket)
