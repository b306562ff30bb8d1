"""What came of the calls that each version answered, side by side."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Count, Exists, F, OuterRef, Q

from agents.models import Assistant
from calls.models import Call, Transfer


@dataclass(frozen=True, slots=True)
class Outcome:
    """The figures of one version's calls; shares in percent, None while nothing has ended."""

    calls: int = 0
    live: int = 0
    seconds: int | None = None
    handed_over: int | None = None
    failed: int | None = None
    cuts: float | None = None


def of(assistant: Assistant) -> dict[int, Outcome]:
    """By version. Test calls are nobody's outcome."""
    transfers = Transfer.objects.filter(call=OuterRef("pk"))
    counted = (
        Call.objects.filter(prompt_version__assistant=assistant, channel__in=Call.REAL)
        .annotate(has_transfer=Exists(transfers))
        .order_by()
        .values("prompt_version")
        .annotate(
            n=Count("pk"),
            ended=Count("pk", filter=Q(ended_at__isnull=False)),
            handed=Count("pk", filter=Q(has_transfer=True, ended_at__isnull=False)),
            failed=Count("pk", filter=~Q(failure_class="") & Q(ended_at__isnull=False)),
            length=Avg(F("ended_at") - F("answered_at")),
            cuts_each=Avg("cuts", filter=Q(ended_at__isnull=False)),
        )
    )
    return {row["prompt_version"]: _outcome(row) for row in counted}


def _outcome(row: Mapping[str, Any]) -> Outcome:
    ended = row["ended"]
    if not ended:
        return Outcome(row["n"], row["n"])
    return Outcome(
        calls=row["n"],
        live=row["n"] - ended,
        seconds=None if row["length"] is None else int(row["length"].total_seconds()),
        handed_over=round(100 * row["handed"] / ended),
        failed=round(100 * row["failed"] / ended),
        cuts=round(row["cuts_each"] or 0, 1),
    )
