"""How the installation is: its processes, and how calls went in the last hour.

Everything is read when somebody looks; nothing here is counted along.
"""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Max, Min, Sum
from django_celery_beat.models import PeriodicTask

from calls import journal
from calls.lifecycle import CallFact, CopyState, FailureClass, Phase
from calls.models import BridgeWorker, Call, CallEvent, Recording, Stream, TranscriptTurn
from compliance import receipts
from contactcenter import pulse
from contactcenter.dashboard import alarms

HOUR = timedelta(hours=1)
_BEAT_LATE_AFTER = timedelta(seconds=90)
_COPY_LATE_AFTER = timedelta(minutes=10)
_RECEIPT_LATE_AFTER = timedelta(minutes=2)
_JOURNAL_DEEP = 500
_MOST = 5000  # calls that are looked at for a figure
_MODEL_EVENTS = ("model_lost", "model_not_reached", "model_renewed", "model_stalled", "filler_played")


@dataclass(frozen=True, slots=True)
class Check:
    """One part of the installation; `said` is a sentence for a person."""

    name: str
    is_good: bool
    said: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One time of the last hour, in milliseconds: its middle and its slow end; `is_long` when told in minutes."""

    name: str
    median_ms: int | None
    p95_ms: int | None
    is_long: bool = False


def look(*, now: datetime) -> dict[str, Any]:
    """All that the page shows."""
    bridges = list(BridgeWorker.objects.order_by("name"))
    there = {bridge.name for bridge in BridgeWorker.heard_lately()}
    return {
        "now": now,
        "checks": _checks(bridges, there, now=now),
        "alarms": alarms.look(now=now),
        "bridges": [(bridge, bridge.name in there) for bridge in bridges],
        "live": Call.objects.filter(channel__in=Call.REAL).exclude(phase=Phase.CLOSED).count(),
        "figures": _figures(now=now),
        "ended": _ended(now=now),
        "events": _events(now=now),
    }


def look_without_database(*, now: datetime) -> dict[str, Any]:
    """All that can be said while the database is away; nothing that only some people may see."""
    unknown = Check("Everything else", False, "not known without the database")
    return {"now": now, "checks": [Check("Database", False, "does not answer"), unknown], "is_away": True}


# --- parts ------------------------------------------------------------------------------------------------------------


def _checks(bridges: Sequence[BridgeWorker], there: set[str], *, now: datetime) -> list[Check]:
    workers = pulse.workers()
    return [
        Check("Database", True, "answers"),
        Check("Redis", workers is not None, "answers" if workers is not None else "does not answer"),
        _check_workers(workers),
        _check_beat(now=now),
        _check_bridges(bridges, there),
        _check_journal(bridges),
        _check_copies(now=now),
        _check_receipts(now=now),
    ]


def _check_workers(workers: list[str] | None) -> Check:
    if workers is None:
        return Check("Workers", False, "not known without Redis")
    return Check("Workers", bool(workers), f"{len(workers)} alive" if workers else "none: recordings are not fetched")


def _check_beat(*, now: datetime) -> Check:
    last = PeriodicTask.objects.filter(enabled=True).aggregate(last=Max("last_run_at"))["last"]
    if last is None:
        return Check("Beat", False, "has not run yet")
    return Check("Beat", now - last < _BEAT_LATE_AFTER, f"ran {int((now - last).total_seconds())} s ago")


def _check_bridges(bridges: Sequence[BridgeWorker], there: set[str]) -> Check:
    if not bridges:
        return Check("Bridges", True, "none: the web process holds the calls")
    draining = sum(bridge.is_draining for bridge in bridges if bridge.name in there)
    said = f"{len(there)} of {len(bridges)} there" + (f", {draining} draining" if draining else "")
    return Check("Bridges", len(there) == len(bridges), said)


def _check_journal(bridges: Sequence[BridgeWorker]) -> Check:
    depth = journal.depth() + sum(bridge.journal_depth for bridge in bridges)
    return Check("Journal", depth < _JOURNAL_DEEP, f"{depth} entries wait for the database" if depth else "all written")


def _check_copies(*, now: datetime) -> Check:
    late = Recording.objects.filter(copy_state=CopyState.DUE, call__ended_at__lt=now - _COPY_LATE_AFTER).count()
    lost = Recording.objects.filter(copy_state=CopyState.LOST).count()
    said = ", ".join(f"{count} {what}" for count, what in ((late, "late"), (lost, "given up")) if count)
    return Check("Recordings", not late and not lost, said or "all fetched")


def _check_receipts(*, now: datetime) -> Check:
    waiting = receipts.overdue(now=now, after=_RECEIPT_LATE_AFTER)
    return Check("Receipts", not waiting, f"{waiting} wait to be chained" if waiting else "all chained")


# --- the last hour ----------------------------------------------------------------------------------------------------


def _recent(now: datetime) -> Any:
    """Real calls: what somebody tries out in a test call is nobody's experience."""
    return Call.objects.filter(started_at__gt=now - HOUR, channel__in=Call.REAL)


def _figures(*, now: datetime) -> list[Figure]:
    waits = TranscriptTurn.objects.filter(
        call__started_at__gt=now - HOUR, call__channel__in=Call.REAL, response_ms__isnull=False
    )
    lengths = _recent(now).filter(ended_at__isnull=False).values_list("started_at", "ended_at")[:_MOST]
    return [
        _figure("The caller's last word to the answer's first", waits.values_list("response_ms", flat=True)[:_MOST]),
        _figure("The stream's start to the assistant's first word", _first_words(now)),
        _figure("Length of a call", [_ms(ended - began) for began, ended in lengths], is_long=True),
    ]


def _ms(span: timedelta) -> int:
    return int(span.total_seconds() * 1000)


def _figure(name: str, values: Iterable[int | None], *, is_long: bool = False) -> Figure:
    found = sorted(value for value in values if value is not None)
    if not found:
        return Figure(name, None, None, is_long)
    return Figure(name, statistics.median_low(found), found[-(-len(found) * 95 // 100) - 1], is_long)


def _first_words(now: datetime) -> list[int]:
    """Milliseconds, per call; what came after the first stream was lost does not count."""
    of_assistants = TranscriptTurn.objects.filter(party=TranscriptTurn.Party.ASSISTANT)
    spoken = of_assistants.filter(call__started_at__gt=now - HOUR, call__channel__in=Call.REAL)
    first = dict(
        spoken.filter(started_ms__gt=0).values("call").annotate(at=Min("started_ms")).values_list("call", "at")[:_MOST]
    )
    opened = (
        Stream.objects.filter(call__in=first, is_resumption=False, opened_at__isnull=False)
        .annotate(began_at=F("call__started_at"))
        .values_list("call", "opened_at", "began_at")
    )
    waits = [first[call] - _ms(opened_at - began_at) for call, opened_at, began_at in opened]
    return [wait for wait in waits if wait >= 0]


def _ended(*, now: datetime) -> list[dict[str, Any]]:
    """Technical failures by their cause, the commonest first; and how many calls there were in all."""
    failed = _recent(now).exclude(failure_class=FailureClass.NONE).values("ended_reason", "failure_class")
    return list(failed.annotate(count=Count("pk")).order_by("-count", "ended_reason"))


def _events(*, now: datetime) -> dict[str, int]:
    kinds = (*_MODEL_EVENTS, CallFact.RESUMED.value)
    events = CallEvent.objects.filter(at__gt=now - HOUR, kind__in=kinds, call__channel__in=Call.REAL)
    found = events.values("kind").annotate(count=Count("pk"))
    counted = {row["kind"]: row["count"] for row in found}
    cut = _recent(now).aggregate(cuts=Sum("cuts"))["cuts"] or 0
    return {"calls": _recent(now).count(), "cuts": cut, **{kind: counted.get(kind, 0) for kind in kinds}}
