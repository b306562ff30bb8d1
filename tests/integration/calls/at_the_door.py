"""Asking the door for things, as tests do: ring Bob, hand a caller to a desk, and several at the same moment."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from calls.control import dialing, door_facts
from calls.control.dialing import Refused, UnableToDial
from calls.models import Call, Leg
from compliance import gate
from compliance.models import DialPermit
from compliance.verdict import DialRequest, Purpose, StaffEntry
from tests import given

BOBS_SEAT = "client:agent-7"
BOB = StaffEntry(BOBS_SEAT, "agent-7")
DESK = "+12125550150"


def ring(call: Call, *, to: str = BOBS_SEAT, directory: StaffEntry | None = BOB, errand: str = "", **words: Any) -> Leg:
    """Ring Bob for a call, unless said otherwise."""
    return dialing.dial_staff(
        call=call,
        to=to,
        directory=directory,
        errand=errand or given.a_sid("offer:"),
        url="/twilio/offer/abc/",
        status_callback="/twilio/offer/abc/status/",
        by="system",
        now=timezone.now(),
        **words,
    )


def ring_desk(call: Call, *, to: str = DESK, label: str = "third-1") -> Leg:
    """Hand a caller to a desk outside the house."""
    return dialing.dial_guest(
        call=call,
        to=to,
        label=label,
        errand=given.a_sid("transfer:"),
        room=f"call-{call.pk}",
        status_callback="/twilio/third/abc/status/",
        by="alice@example.com",
        now=timezone.now(),
    )


def refused(ring: Callable[..., Leg], *args: Any, **words: Any) -> Refused:
    with pytest.raises(Refused) as refusal:
        ring(*args, **words)
    return refusal.value


def in_threads(job: Callable[[int], Any], n: int) -> list[Any]:
    """The same, at the same moment, by so many."""
    together = threading.Barrier(n)

    def go(k: int) -> Any:
        try:
            together.wait(10)
            return job(k)
        except (Refused, UnableToDial) as problem:
            return problem
        finally:
            connection.close()

    with ThreadPoolExecutor(n) as pool:
        return list(pool.map(go, range(n)))


def a_permit(errand: str = "offer:1") -> DialPermit:
    """A permit for Bob's seat that nobody has spent yet."""
    call = given.a_call()
    request = DialRequest(
        BOBS_SEAT, purpose=Purpose.STAFF, caller_id=given.OURS, subject=f"call:{call.pk}", errand=errand
    )
    with transaction.atomic():
        gate.take_turn(request, default_region="US")
        verdict = gate.authorize(request, door_facts.of_dial(request, BOB), timezone.now())
    assert isinstance(verdict, gate.Allowed)
    return verdict.permit
