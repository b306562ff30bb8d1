"""What tests of secure captures begin with: a call in conversation, and a carrier that notes what it is asked."""

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from asgiref.sync import sync_to_async as db
from django.utils import timezone

from agents.models import SecureField
from calls.carrier import conferences, listening, rest
from calls.carrier.errors import CarrierError
from calls.control import capture
from calls.lifecycle import CallFact, RecordingStatus
from calls.models import Call, Recording, SecureCapture
from calls.realtime import warm
from tests import given
from tests.given import post
from tests.integration.calls.test_continuation import held, take_up

PIN = "493817265"
CARD = "4556737586899855"


class Line:
    """What the carrier was asked for, and how the call stood then."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []
        self.call: Call | None = None
        self.fails: set[str] = set()

    def note(self, what: str) -> None:
        phase = Call.objects.get(pk=self.call.pk).phase if self.call else ""
        tape = Recording.objects.filter(call=self.call).values_list("status", flat=True).first() or ""
        self.asked.append((what, phase, tape))
        if what in self.fails:
            raise CarrierError("away", is_permanent=False)


def talking(line: Line, *, is_recorded: bool = True) -> Call:
    """A call in conversation with an assistant that may have a card and a PIN keyed in."""
    call, _ = held()
    line.call = call
    SecureField.objects.create(
        assistant=call.assistant, name="pin", label="your PIN", kind="secret", min_digits=9, max_digits=9, tries=3
    )
    SecureField.objects.create(assistant=call.assistant, name="card", label="your card", kind="payment")
    SecureField.objects.create(assistant=call.assistant, name="file", label="your card", kind="token")
    if is_recorded:
        Recording.objects.filter(call=call).update(status=RecordingStatus.IN_PROGRESS, recording_sid=given.a_sid("RE"))
    else:
        Recording.objects.filter(call=call).delete()
    return call


def begun(call: Call, name: str = "pin", **more: Any) -> SecureCapture:
    """A capture whose customer has been sent for."""
    return capture.begin(
        call=call, name=name, by="assistant", source="assistant", now=timezone.now(), amount="19.99", **more
    )


def opened(call: Call, name: str = "pin") -> SecureCapture:
    """One whose document the carrier has."""
    begun(call, name)
    return take_up(call).capture


def form(call: Call, **fields: str) -> dict[str, str]:
    """What the carrier posts of a call in progress."""
    return given.a_ring(leg_sid=call.customer_leg().leg_sid) | {"CallStatus": "in-progress"} | fields


async def bring(call: Call, kept: SecureCapture, *, attempt: int = 1, **fields: str) -> Any:
    """The carrier brings back what was keyed."""
    given_form = await db(form)(call, **fields)
    return await post(f"/twilio/capture/{kept.ref}/{attempt}/", given_form)


def verbs(response: Any) -> list[str]:
    return [verb.tag for verb in ET.fromstring(response.content)]


def now_of(kept: SecureCapture) -> SecureCapture:
    return SecureCapture.objects.select_related("call").get(pk=kept.pk)


def a_line(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Line:
    """A carrier that does what it is asked, unless it is told to fail."""
    made = Line()

    def change(_leg: str, _tape: str, status: str) -> str:
        made.note(status)
        return status

    def redirect(_leg: str, path: str) -> bool:
        made.note(path)
        return True

    def stop(_leg: str, _copy: str) -> None:
        made.note("copy stopped")

    def writing(what: str) -> Callable[..., None]:
        return lambda *_, **__: made.note(what)

    monkeypatch.setattr(rest, "change_recording", change)
    monkeypatch.setattr(rest, "redirect", redirect)
    monkeypatch.setattr(listening, "stop", stop)
    monkeypatch.setattr(conferences, "begin_transcription", writing("words kept"))
    monkeypatch.setattr(conferences, "end_transcription", writing("words not kept"))
    monkeypatch.setattr(warm, "begin", lambda *_, **__: None)
    settings.PAY_CONNECTOR = "Default"
    return made


def secret_is(call: Call, digits: str) -> None:
    field = SecureField.objects.get(assistant=call.assistant, name="pin")
    field.check_by = SecureField.Check.HASH
    field.set_secret(digits)
    field.save()


def everything(kept: SecureCapture) -> str:
    """All that the books hold of a call."""
    call = kept.call
    rows = [*call.captures.values(), *call.events.values(), *call.tool_runs.values(), *call.assistant_notes.values()]
    return repr(rows)


def end(call: Call) -> None:
    call.advance(CallFact.LEG_ENDED, at=timezone.now(), source="carrier")
    capture.drive_all(now=timezone.now())
