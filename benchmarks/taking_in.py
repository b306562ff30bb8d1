"""Take in a file of contacts as a worker does, alone in its process, and say what it took. A child of `contacts`.

`python -m benchmarks.taking_in FILE CORE ASKED`: the dry run is of so many of its contacts; 0: there is none.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

from benchmarks import cores

_OURS, _SELLER, _BY = "+14155550100", "Marlow Outdoor", "benchmark"


def taken(file: Path, core: int, asked: int) -> dict[str, Any]:
    """Seconds, processor seconds of the worker and of its server process, and the most memory the worker had."""
    from django.core.files import File
    from django.utils import timezone

    from calls.campaigns import importing, reading
    from calls.models import ContactImport

    os.sched_setaffinity(0, {core})
    now = timezone.now()
    campaign = _campaign(file)
    with file.open("rb") as content:
        of = importing.upload(campaign=campaign, file=File(content, file.name), name=file.name, by=_BY, now=now)

    def take() -> None:
        importing.begin(of=of, mapping=of.mapping, doubles="skip", by=_BY, now=now)
        while reading.read(import_id=of.pk):
            pass

    told = _measured(take)
    of.refresh_from_db()
    assert of.state == ContactImport.State.DONE, of.problem
    assert of.rows_taken == of.rows_read > 0, (of.rows_taken, of.rows_read)
    told |= {"rows": of.rows_taken, "memory_most_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
    return told | ({"dry_run": _dry(campaign, asked)} if asked else {})


def _dry(campaign: Any, asked: int) -> dict[str, Any]:
    """Of the first contacts; the others are taken out, so that the report is of these."""
    from django.db import connection
    from django.utils import timezone

    from calls.campaigns import dry_run
    from calls.models import Contact

    last = Contact.objects.filter(campaign=campaign).order_by("pk").values_list("pk", flat=True)[asked - 1]
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(
            "UPDATE calls_contact SET state = 'done' WHERE campaign_id = %s AND id > %s", [campaign.pk, last]
        )
        cursor.execute("ANALYZE")
    of = dry_run.begin(campaign=campaign, by=_BY, now=timezone.now())

    def ask() -> None:
        while dry_run.ask(dry_run_id=of.pk):
            pass

    told = _measured(ask)
    of.refresh_from_db()
    assert of.asked == of.contacts == asked, (of.asked, of.contacts)
    return told | {"contacts": of.asked, "reasons": of.reasons}


def _measured(job: Callable[[], None]) -> dict[str, float]:
    from django.db import connection

    connection.ensure_connection()
    server = connection.connection.info.backend_pid
    began, cpu, database = time.perf_counter(), time.process_time(), cores.cpu_s(server)
    job()
    return {
        "all_s": time.perf_counter() - began,
        "cpu_s": time.process_time() - cpu,
        "database_cpu_s": cores.cpu_s(server) - database,
    }


def _campaign(file: Path) -> Any:
    from django.utils import timezone

    from calls.campaigns import launching
    from calls.models import Number
    from tests import given

    number = Number.objects.first() or given.a_number(e164=_OURS)
    fields = {
        "name": f"Campaign {file.stat().st_size}", "purpose": "telemarketing", "topic": "offers", "seller": _SELLER,
        "assistant": number.assistant, "window_from": "08:00", "window_to": "21:00",
    }  # fmt: skip
    campaign = launching.draft(fields=fields, numbers=[number], by=_BY, now=timezone.now())
    campaign.refresh_from_db()
    return campaign


if __name__ == "__main__":
    django.setup()
    print(json.dumps(taken(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
