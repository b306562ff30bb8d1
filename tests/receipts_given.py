"""Decisions, packets and what else privacy is about, as tests begin with them."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from calls.models import Call
from compliance import gate
from compliance.models import (
    ConsentRecord,
    DialDecision,
    DisputePacket,
    ErasedNumber,
    Erasure,
    LegalHold,
    ProcessingBasis,
    Processor,
    RetentionRun,
    Revocation,
    SuppressionEntry,
)
from compliance.verdict import DialRequest, DoorFacts, Purpose, StaffEntry
from contactcenter.privacy import certificates, packets
from tests import given


def a_decision(
    to: str = given.CAROL, *, call: Call | None = None, errand: str = "", now: datetime | None = None
) -> DialDecision:
    """A yes of the gate: the number stands in the directory."""
    subject = "" if call is None else f"call:{call.pk}"
    request = DialRequest(to, Purpose.STAFF, given.OURS, subject=subject, errand=errand, by="alice@example.com")
    door = DoorFacts(StaffEntry(to, "agent-7"), is_caller_id_ours=True, live_legs=0, regions=("US",))
    with transaction.atomic():
        gate.take_turn(request, default_region="US")
        gate.authorize(request, door, now or timezone.now())
    return DialDecision.objects.latest("pk")


def a_dialled_decision(call: Call, to: str = given.CAROL) -> DialDecision:
    """A yes that a leg came of."""
    decision = a_decision(to, call=call)
    sid = given.a_sid()
    assert decision.permit.spend()
    assert decision.permit.confirm(sid)
    call.dialled(permit=decision.permit, leg_sid=sid, role="agent", status="completed", now=timezone.now())
    return decision


def a_packet(decision: DialDecision) -> DisputePacket:
    """A packet that is ready."""
    now = timezone.now()
    packet = packets.ask(about="decision", subject=str(decision.pk), by="olga@example.com", now=now)
    assert packets.make(packet=packet, now=now)
    packet.refresh_from_db()
    assert packet.state == "ready", packet.problem
    return packet


def a_consent(number: str = given.CAROL, **fields: Any) -> ConsentRecord:
    """Carol has signed."""
    at = timezone.now()
    known: dict[str, Any] = {"kind": "written", "person_name": "Carol Jones", "signature": "Carol Jones"}
    known |= {"purposes": ["telemarketing"], "channels": ["voice"], "captured_at": at, "created_at": at}
    known |= {"text": "I agree to calls.", "method": "web form", "ip_address": "203.0.113.7", "source": "/offer/"}
    return ConsentRecord.objects.create(number=number, created_by_ref="system", **known | fields)


def a_stop(number: str = given.CAROL, **fields: Any) -> Revocation:
    """Carol has said stop, and stands on our own list."""
    at = timezone.now()
    listed = {"source": "speech", "added_at": at, "added_by_ref": "system", "person_name": "Carol Jones"}
    SuppressionEntry.objects.create(number=number, **listed)
    known: dict[str, Any] = {"route": "speech", "said": "Stop calling me.", "received_at": at, "created_at": at}
    known |= {"honour_by": at.date(), "created_by_ref": "system"}
    return Revocation.objects.create(number=number, **known | fields)


def a_row_of_each(decision: DialDecision) -> None:
    """Something in every table of receipts and privacy."""
    now = timezone.now()
    a_packet(decision)
    Erasure.ask(number=given.CAROL, why="by letter", by="ada@example.com", now=now)
    ErasedNumber.keep(number_hash="a" * 64, bars_everything=True, now=now)
    LegalHold.place(of="number", subject=given.CAROL, why="Jones v. Marlow", by="ada@example.com", now=now)
    RetentionRun.objects.create(started_at=now, heard_of_at=now, by_ref="system")
    ProcessingBasis.objects.create(purpose="inbound", basis="contract", notice_version="1")
    Processor.objects.create(name="Twilio", kind="telephony")
    a_decision("+12125550150")  # waits to be chained


def an_erasure() -> Erasure:
    """Somebody who is erased."""
    now = timezone.now()
    erasure = Erasure.ask(number="+12125550163", why="by letter", by="ada@example.com", now=now)
    certificates.issue(erasure=erasure, kept=(), now=now)
    return erasure
