"""Load one file of numbers as a worker does, alone in its process, and say what it took. A child of `imports`, `gate`.

`python -m benchmarks.loading FILE LIST KIND`
"""

import json
import resource
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import django


def loaded(file: Path, name: str, kind: str) -> dict[str, Any]:
    """Seconds by part, processor seconds, and the most memory this process ever had, before and after."""
    from django.utils import timezone

    from compliance import imports
    from compliance.models import ListImport, NumberList

    before, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    of, _ = NumberList.objects.get_or_create(name=name, kind=kind)
    now = timezone.now()
    with file.open("rb") as content:
        made = imports.accept(
            file=content, name=file.name, size=file.stat().st_size, into="list", of=of,
            version_date=now.date() - timedelta(days=1), now=now, by="benchmark",
        )  # fmt: skip
    taken = time.perf_counter()
    ordered_in = 0.0
    while made.is_open:
        step = time.perf_counter()
        imports.bring_on(import_id=made.pk, clock=timezone.now, until=now)  # the moment is over: one step
        if made.state == ListImport.State.READ:
            ordered_in += time.perf_counter() - step
        made.refresh_from_db()
    assert made.state == ListImport.State.DONE, made.problem
    assert made.copy is not None
    after = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "rows": made.rows_taken,
        "numbers": made.copy.row_count,
        "accept_s": taken - began,
        "order_s": ordered_in,
        "all_s": time.perf_counter() - began,
        "cpu_s": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "memory_before_mb": before.ru_maxrss / 1024,
        "memory_most_mb": after.ru_maxrss / 1024,
    }


if __name__ == "__main__":
    django.setup()
    print(json.dumps(loaded(Path(sys.argv[1]), sys.argv[2], sys.argv[3])))
