"""The part of the chain that proves some decisions, made to be checked elsewhere without us."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from compliance import chain, receipts, signing
from compliance.models import DialDecision, ReceiptEntry

SCRIPT = Path(__file__).resolve().parent / "offline" / "verify.py"


def made(decisions: list[DialDecision], *, now: datetime) -> Iterator[tuple[str, bytes]]:
    """The files of the proof, by name: each day on which one of these was chained, whole, to its signed end."""
    receipts.seal_all(now=now)
    yield "verify.py", SCRIPT.read_bytes()
    bodies = b"".join(chain.canonical(one.body()) + b"\n" for one in decisions)
    yield "proof/decisions.jsonl", bodies
    kinds = (ReceiptEntry.Kind.DECISION, ReceiptEntry.Kind.ERASED)
    vouching = ReceiptEntry.objects.filter(decision_ref__in=[one.pk for one in decisions], kind__in=kinds)
    ends: dict[str, Any] = {"public_key": signing.public_key(), "made_at": now.isoformat(), "days": {}}
    for day in vouching.order_by("day").values_list("day", flat=True).distinct():
        lines, end = _day(day)
        ends["days"][day.isoformat()] = end
        yield f"proof/{day.isoformat()}.txt", lines
    yield "proof/ends.json", json.dumps(ends, indent=1, sort_keys=True).encode()


def _day(day: date) -> tuple[bytes, dict[str, Any]]:
    entries = ReceiptEntry.objects.filter(day=day).order_by("position")
    lines, first, last = [], None, None
    for entry in entries.iterator(chunk_size=5000):
        first, last = first or entry, entry
        decision = "-" if entry.decision_ref is None else str(entry.decision_ref)
        lines.append(f"{entry.position} {entry.kind} {decision} {entry.body_sha256}\n")
    assert first is not None
    assert last is not None
    end = {"position": last.position, "sha256": last.sha256}
    return "".join(lines).encode(), end | {"previous": first.previous, "signature": signing.sign(end)}
