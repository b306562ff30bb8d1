"""Sealing: decisions become entries of the chain, a few seconds after they were made; and finding out whether it holds.

Deciding and chaining are apart, so that no dial waits for another's hash: a decision is written with a note that it is
not chained yet, and one process at a time turns these notes into entries, in their order, in batches.
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef

from compliance import audit, chain
from compliance.chain import Finding, Walk
from compliance.models import DialDecision, ReceiptEntry, UnsealedDecision

BATCH = 500
_CHUNK = 1000
_NO_NUMBER_IS_LARGER = 2**63
Kind = ReceiptEntry.Kind

log = structlog.get_logger(__name__)


def seal(*, now: datetime, limit: int = BATCH) -> int:
    """Chain decisions that wait for it, as many as a batch holds; how many. Nothing when somebody else is at it."""
    with transaction.atomic():
        return _seal(now=now, limit=limit) if ReceiptEntry.take_the_end(is_patient=False) else 0


def seal_all(*, now: datetime) -> int:
    """Chain everything that waits, however long it takes, and after whoever is at it; how many."""
    total = 0
    while True:
        with transaction.atomic():
            ReceiptEntry.take_the_end(is_patient=True)
            done = _seal(now=now, limit=BATCH)
        total += done
        if done < BATCH:
            return total


def _seal(*, now: datetime, limit: int) -> int:
    waiting = ReceiptEntry.unsealed(limit)
    if not waiting:
        return 0
    before = ReceiptEntry.last()
    entries = ReceiptEntry.append([(Kind.DECISION, one.pk, one.body()) for one in waiting], now=now)
    UnsealedDecision.objects.filter(pk__in=[one.pk for one in waiting]).delete()
    if before is not None and before.day < entries[0].day:  # the day's end is known outside the chain too
        head = {"entries": before.position, "sha256": before.sha256}
        audit.note(act="close_receipts", subject=f"day:{before.day}", by="system", now=now, **head)
        log.info("a day of receipts is closed", day=str(before.day), **head)
    return len(entries)


def append(kind: "ReceiptEntry.Kind", *, decision: int | None, body: Any, now: datetime) -> ReceiptEntry:
    """Chain something that happened to decisions. In the caller's transaction, which should end soon after."""
    ReceiptEntry.take_the_end(is_patient=True)
    return ReceiptEntry.append([(kind, decision, body)], now=now)[0]


def erased(decisions: list[DialDecision], *, now: datetime) -> None:
    """Chain what decisions are after a person was erased from them. In the transaction in which that was done."""
    ReceiptEntry.take_the_end(is_patient=True)
    # Those never chained as they were: what they are now is the first that is known of them.
    UnsealedDecision.objects.filter(pk__in=[one.pk for one in decisions]).delete()
    fresh = DialDecision.objects.in_bulk([one.pk for one in decisions])
    ReceiptEntry.append([(Kind.ERASED, pk, fresh[pk].body()) for pk in sorted(fresh)], now=now)


class Check:
    """One look at the whole chain and every decision. Iterate it for what is wrong; then ask what was looked at."""

    def __init__(self, *, heads: dict[int, str] | None = None) -> None:
        self.heads = heads or {}
        self.entries = self.decisions = 0
        self.head: ReceiptEntry | None = None

    def __iter__(self) -> Iterator[Finding]:
        removed, walk = _removed(), Walk()
        chunk: list[ReceiptEntry] = []
        for entry in ReceiptEntry.objects.order_by("position").iterator(chunk_size=_CHUNK):
            self.entries, self.head = self.entries + 1, entry
            yield from walk.step(entry.link())
            if entry.body is not None and chain.sha256_of(entry.body) != entry.body_sha256:
                sentence = f"What stands in entry {entry.position} is not what was chained."
                yield Finding(sentence, entry.position, entry.decision_ref)
            known = self.heads.pop(entry.position, entry.sha256)
            if known != entry.sha256:
                sentence = f"Entry {entry.position} is not the one whose hash was kept elsewhere."
                yield Finding(sentence, entry.position, entry.decision_ref)
            if entry.kind in (Kind.DECISION, Kind.ERASED):
                chunk.append(entry)
            if len(chunk) >= _CHUNK:
                yield from self._rows(chunk, removed)
                chunk = []
        yield from self._rows(chunk, removed)
        for position in self.heads:
            yield Finding(f"Entry {position}, whose hash was kept elsewhere, is not there.", position)
        yield from self._outside()

    def _rows(self, chunk: list[ReceiptEntry], removed: "_Spans") -> Iterator[Finding]:
        """Every decision as it is now against the last entry that vouches for it."""
        ids = [entry.decision_ref for entry in chunk if entry.decision_ref is not None]
        rows = DialDecision.objects.in_bulk(ids)
        later = ReceiptEntry.objects.filter(kind=Kind.ERASED, decision_ref__in=ids)
        newest = {one.decision_ref: one.position for one in later.order_by("position")}
        for entry in chunk:
            if newest.get(entry.decision_ref, entry.position) != entry.position:
                continue
            self.decisions += 1
            row = rows.get(entry.decision_ref or 0)
            if row is None:
                if entry.decision_ref not in removed:
                    sentence = f"Decision {entry.decision_ref} was deleted, and no entry says that its time was over."
                    yield Finding(sentence, entry.position, entry.decision_ref)
            elif chain.sha256_of(row.body()) != entry.body_sha256:
                sentence = f"Decision {entry.decision_ref} was changed after it was chained."
                yield Finding(sentence, entry.position, entry.decision_ref)

    def _outside(self) -> Iterator[Finding]:
        chained = ReceiptEntry.objects.filter(decision_ref=OuterRef("pk"), kind__in=(Kind.DECISION, Kind.ERASED))
        waits = UnsealedDecision.objects.filter(pk=OuterRef("pk"))
        strangers = DialDecision.objects.exclude(Exists(chained)).exclude(Exists(waits))
        for pk in strangers.order_by("pk").values_list("pk", flat=True).iterator(chunk_size=_CHUNK):
            yield Finding(f"Decision {pk} stands in no entry of the chain: it was put in afterwards.", None, pk)


class _Spans:
    """Numbers of decisions that were deleted lawfully, as spans."""

    def __init__(self, spans: list[tuple[int, int]]) -> None:
        self._spans = sorted(spans)

    def __contains__(self, decision: object) -> bool:
        if not isinstance(decision, int):
            return False
        place = bisect_right(self._spans, (decision, _NO_NUMBER_IS_LARGER)) - 1
        return place >= 0 and self._spans[place][1] >= decision


def _removed() -> _Spans:
    entries = ReceiptEntry.objects.filter(kind=Kind.REMOVED).order_by("position")
    return _Spans(
        [(int(first), int(last)) for entry in entries for first, last in (entry.body or {}).get("decisions", [])]
    )


def overdue(*, now: datetime, after: timedelta) -> int:
    """How many decisions have waited too long to be chained: the worker that does it is not at work."""
    return UnsealedDecision.objects.filter(decision__at__lt=now - after).count()
