"""Ask the gate, alone in its process, and say how long it took. A child of `gate`.

`python -m benchmarks.deciding ROWS CONSENTS CORE TIMES`
"""

import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import django

from benchmarks import cores, number_files

SELLER, TOPIC, OURS = "Marlow Outdoor", "offers", "+14155550100"
# A Tuesday, at noon in New York: nothing is put off because of the hour in most places.
NOON = datetime(2026, 12, 1, 17, 0, tzinfo=UTC)
_CONSENTS = """
INSERT INTO compliance_consentrecord
SELECT (jsonb_populate_record(kept, jsonb_build_object('id', kept.id + row, 'number', numbers.number))).*
FROM compliance_consentrecord kept,
     (SELECT row_number() OVER () AS row, '+' || number AS number FROM bare TABLESAMPLE SYSTEM (%s) LIMIT %s) AS numbers
WHERE kept.id = %s
"""


def main(rows: int, consents: int, core: int, times: int) -> dict[str, Any]:
    """Fill what is missing, then measure each thing in turn."""
    from calls.campaigns import dry_run
    from calls.control import dialing
    from compliance import gate, lists

    _fill(rows, consents)
    os.sched_setaffinity(0, {core})
    dice = random.Random(7)
    known = _numbers(times, dice)
    alone: dict[str, Any] = {}
    together: dict[str, Any] = {}

    def assess(number: str) -> None:
        alone[number] = gate.assess(_request(number), _door(), NOON)

    def assess_each(numbers: list[str]) -> None:
        judged = dialing.assess_each([_request(number) for number in numbers], campaign=_door().campaign, now=NOON)
        together.update(zip(numbers, judged, strict=True))

    told: dict[str, Any] = {
        "round_trip": _timed(lambda _: _execute("SELECT 1"), known),
        "bare": _timed(lambda number: _execute("SELECT 1 FROM bare WHERE number = %s", int(number[1:])), known),
        "standing": _timed(lists.standing_of, known),
        "together": _timed_together(assess_each, _numbers(times * 10, random.Random(8)), dry_run.PIECE),
        "assess": _timed(assess, known),
    }
    assess_each(known)
    assert {number: together[number] for number in alone} == alone, "many at once are answered as each alone"
    told["authorize"] = _timed(_authorize, known[: times // 2])  # last: permits change the answers
    outcomes = Counter(str(judged.reasons[0].code if judged.reasons else judged.outcome) for judged in alone.values())
    return told | {"answers": outcomes, "rows": rows, "consents": consents, "at_once": dry_run.PIECE}


def _timed(job: Callable[[Any], object], known: Sequence[Any], *, warm: int = 20) -> dict[str, float]:
    for one in known[:warm]:
        job(one)
    took, began, cpu = [], time.perf_counter(), _processor_s()
    for one in known[warm:]:
        start = time.perf_counter()
        job(one)
        took.append(time.perf_counter() - start)
    seconds, busy = time.perf_counter() - began, _processor_s() - cpu
    took.sort()
    return {
        "times": len(took),
        "p50_ms": 1000 * took[len(took) // 2],
        "p99_ms": 1000 * took[int(len(took) * 0.99)],
        "max_ms": 1000 * took[-1],
        "per_s": len(took) / seconds,
        "cpu_ms": 1000 * busy / len(took),
        "per_cpu_s": len(took) / busy,
    }


def _timed_together(job: Callable[[list[str]], object], known: list[str], size: int) -> dict[str, float]:
    """The same of as many at once, and for each of them."""
    pieces = [known[place : place + size] for place in range(0, len(known) - size + 1, size)]
    told = _timed(job, pieces, warm=1)
    share = {name: told[name] / size for name in ("p50_ms", "p99_ms", "max_ms", "cpu_ms")}
    return {**share, "times": told["times"] * size, **{name: told[name] * size for name in ("per_s", "per_cpu_s")}}


def _processor_s() -> float:
    """What this process and its server process in the database have used."""
    from django.db import connection

    return time.process_time() + cores.cpu_s(connection.connection.info.backend_pid)


def _execute(statement: str, *values: object) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        cursor.fetchall()


def _fill(rows: int, consents: int) -> None:
    """A bare table of the registry's numbers, and consents for some of them and for as many others."""
    from django.db import connection

    from calls.models import Number
    from compliance import consent_check
    from compliance.models import ConsentRecord

    Number.objects.get_or_create(e164=OURS)
    text = consent_check.wording(SELLER)
    kept = ConsentRecord.record(
        number="+12125550100", kind="written", by="benchmark", now=NOON - timedelta(days=9), person_name="A Person",
        channels=["voice"], sellers=[SELLER], purposes=["telemarketing"], topic=TOPIC, zone="UTC",
        captured_at=NOON - timedelta(days=10), signature="A Person", signature_event="pen", text=text, text_version="1",
        text_sha256=consent_check.sha256_of(text), is_separate=True, method="a form", source="a form",
        evidence_sha256="0" * 64,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(
            "CREATE TABLE bare AS SELECT number FROM compliance_listednumber"
            " WHERE copy_id = (SELECT min(copy_id) FROM compliance_listednumber)"
        )
        cursor.execute("CREATE UNIQUE INDEX ON bare (number)")
        share = min(100.0, 150.0 * consents / rows)
        cursor.execute(_CONSENTS, [share, consents, kept.pk])
        cursor.execute("ANALYZE; CHECKPOINT")


def _numbers(times: int, dice: random.Random) -> list[str]:
    """Half of them with a consent, a quarter registered, a quarter on no list."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM compliance_consentrecord ORDER BY id %% 997, id LIMIT %s", [times // 2])
        agreed = [number for (number,) in cursor.fetchall()]
        cursor.execute("SELECT '+' || number FROM bare ORDER BY number %% 9973, number LIMIT %s", [times // 4])
        registered = [number for (number,) in cursor.fetchall()]
    beyond = number_files.numbers(times // 4, start=200_000_000)
    others = [f"+1{area}{rest:07d}" for area, rest in beyond]
    asked = [*agreed, *registered, *others]
    dice.shuffle(asked)
    return asked


def _request(number: str) -> Any:
    from compliance.verdict import DialRequest, Purpose, Voice

    return DialRequest(
        number, Purpose.TELEMARKETING, OURS, subject="contact:1", voice=Voice.AI, seller=SELLER, topic=TOPIC, by="bench"
    )


def _door() -> Any:
    from compliance.verdict import CampaignFacts, DoorFacts

    campaign = CampaignFacts(pool=(OURS,), abandoned_pct=0.5)
    return DoorFacts(None, is_caller_id_ours=True, live_legs=0, regions=("US",), campaign=campaign)


def _authorize(number: str) -> None:
    from django.db import transaction

    from compliance import gate

    request = _request(number)
    with transaction.atomic():
        gate.take_turn(request, default_region="US")
        gate.authorize(request, _door(), NOON)


if __name__ == "__main__":
    django.setup()
    print(json.dumps(main(*map(int, sys.argv[1:]))))
