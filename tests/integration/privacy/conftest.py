"""Carol has left something in every store; the carrier does what it is told."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from calls.carrier import rest
from calls.models import Call, Recording
from compliance import audit, receipts
from compliance.models import (
    DialDecision,
    DialPermit,
    Person,
)
from tests import calls_on_screen as screen
from tests import given
from tests.receipts_given import a_consent, a_decision, a_dialled_decision, a_packet, a_stop

NAME = "Carol Jones"


@pytest.fixture
def gone(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the carrier was told to delete."""
    told: list[str] = []
    monkeypatch.setattr(rest, "delete_recording", told.append)
    monkeypatch.setattr(rest, "delete_leg", told.append)
    monkeypatch.setattr(rest, "has_recording", lambda sid: sid not in told)
    return told


@pytest.fixture
def nothing_spooled(settings: Any, tmp_path: Path) -> None:
    settings.SPOOL_DIR, settings.TAPES_DIR = str(tmp_path), str(tmp_path)


@pytest.fixture
def call() -> Call:
    """Carol has left something in every store."""
    call = screen.a_past_call()
    screen.a_tape(call)
    Recording.objects.update(removed_at=None)
    screen.a_message(call)
    screen.a_callback(call)
    screen.an_event(call, "said", 100, words="I am Carol Jones", number=given.CAROL)
    call.tool_runs.create(
        ref="call_1", tool="look_up", arguments=given.CAROL, output=NAME, epoch=1, started_at=call.started_at
    )
    a_dialled_decision(call)
    a_decision()
    receipts.seal_all(now=timezone.now())
    a_decision()
    a_consent(evidence=ContentFile(b"form", name="form.png"))
    a_stop(subject_ref=f"call:{call.pk}")
    Person.know(number=given.CAROL, now=timezone.now(), name=NAME, address="1 Main Street")
    a_packet(DialDecision.objects.latest("pk"))
    audit.note(act="look", subject="person:1", by="bob", now=timezone.now(), number=given.CAROL)
    DialPermit.objects.filter(state="issued").update(state="void", settled_at=timezone.now())
    return call
