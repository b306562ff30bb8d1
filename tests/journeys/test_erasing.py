"""A caller is erased while everything runs: by the worker, at the carrier, and out of what processes hold on disk."""

import json
from typing import Any

from celery import Celery
from django.utils import timezone

from calls.models import Call
from compliance.models import Erasure
from contactcenter.privacy import certificates, erasing
from tests.journeys.books import closed, stored
from tests.journeys.house import House, eventually
from tests.journeys.test_recordings import short_call


def gone_on(house: House, erasure: Erasure) -> Erasure | None:
    """Let the worker go on unless it is at it; the erasure once it is done."""
    before = erasure.heard_of_at
    erasure.refresh_from_db()
    if erasure.state in ("confirmed", "waiting") and (erasure.heard_of_at != before or before is None):
        with Celery(broker=house.env["REDIS_URL"]) as beat:
            beat.send_task("contactcenter.privacy.tasks.erase", kwargs={"erasure_id": erasure.pk})
        erasure.heard_of_at = erasure.heard_of_at or erasure.asked_at
    return erasure if erasure.state == "done" else None


def test_a_caller_is_erased_here_and_at_the_carrier(house: House, settings: Any) -> None:
    settings.FIELD_KEYS = [house.env["SECRET_KEY"]]
    settings.LOOKUP_KEY = settings.SIGNING_KEY = house.env["SECRET_KEY"]
    before = house.ask("GET", "ledger")["entries"][-1]["id"]
    sid = short_call(house, **{"from": "+12125550177"})  # whom nobody else rings: from now on nobody may
    call = closed(sid)
    recording = stored(call)
    number = call.customer_e164
    now = timezone.now()
    erasure = erasing.ask(number=number, why="by letter", by="ada@example.com", now=now)
    erasing.confirm(erasure=erasure, typed=number, by="ada@example.com", now=now)

    finished = eventually(lambda: gone_on(house, erasure), what="erased")
    assert certificates.is_genuine(json.loads(json.dumps(certificates.document(finished))))
    asked = house.ask("GET", "ledger", params={"kind": "rest", "since": before})["entries"]
    deleted = [entry for entry in asked if entry["method"] == "DELETE" and entry["status"] == 204]
    assert any(sid in entry["path"] for entry in deleted), "the carrier's record of the line"
    assert not recording.audio.storage.exists(recording.audio.name)
    assert not Call.objects.filter(customer_e164=number).exists()
    call.refresh_from_db()
    assert not call.turns.exists()
    assert call.events.exists()
