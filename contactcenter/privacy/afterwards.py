"""What came after a decision: the permit and its use, the leg, the call, how it ended, what was said to it."""

from dataclasses import dataclass, field
from typing import Any

from calls.models import Call, ContactAttempt, Leg, Offer, Recording
from compliance.models import DialDecision, DialPermit, Revocation


@dataclass(frozen=True, slots=True)
class Afterwards:
    """What is known today of what became of a decision."""

    permit: DialPermit | None = None
    leg: Leg | None = None
    call: Call | None = None
    attempt: ContactAttempt | None = None
    dispositions: list[Offer] = field(default_factory=list)
    opt_outs: list[Revocation] = field(default_factory=list)
    recordings: list[Recording] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        """The same for a document."""
        permit, leg, call = self.permit, self.leg, self.call
        return {
            "permit": None
            if permit is None
            else {
                "id": permit.pk,
                "state": permit.state,
                "issued_at": permit.issued_at,
                "expires_at": permit.expires_at,
                "used_at": permit.sent_at,
                "settled_at": permit.settled_at,
                "leg_sid": permit.leg_sid,
                "note": permit.outcome_note,
            },
            "leg": None if leg is None else {"sid": leg.leg_sid, "status": leg.status, "seconds": leg.duration_s},
            "call": None
            if call is None
            else {"id": call.pk, "started_at": call.started_at, "ended_at": call.ended_at, "ended": call.ended_reason},
            "attempt": None
            if self.attempt is None
            else {
                "id": self.attempt.pk,
                "outcome": self.attempt.outcome,
                "answered_by": self.attempt.answered_by,
                "greeted_ms": self.attempt.greeted_ms,
            },
            "dispositions": [
                {"code": offer.disposition, "note": offer.disposition_note, "at": offer.wrapped_up_at}
                for offer in self.dispositions
            ],
            "opt_outs": [
                {"scope": one.scope, "route": one.route, "said": one.said, "received_at": one.received_at}
                for one in self.opt_outs
            ],
            "recording_notices": [
                {
                    "recording": tape.recording_sid,
                    "begins_at_call_ms": tape.offset_ms,
                    "notice_from_ms": tape.notice_started_ms,
                    "notice_to_ms": tape.notice_ended_ms,
                    "notice_version": tape.notice_version,
                }
                for tape in self.recordings
            ],
        }


def of(decision: DialDecision) -> Afterwards:
    """What came of this decision."""
    permit = DialPermit.objects.filter(decision=decision).first()
    leg = None if permit is None else Leg.objects.filter(permit=permit).select_related("call").first()
    attempt = ContactAttempt.objects.filter(decision=decision).select_related("call").first()
    call = leg.call if leg is not None else attempt.call if attempt is not None else None
    if call is None:
        return Afterwards(permit, leg, None, attempt)
    return Afterwards(
        permit,
        leg,
        call,
        attempt,
        list(Offer.objects.filter(transfer__call=call).exclude(disposition="").order_by("pk")),
        list(Revocation.objects.filter(subject_ref=f"call:{call.pk}").order_by("received_at")),
        list(Recording.objects.filter(call=call).order_by("pk")),
    )


def decisions_of(call: Call) -> list[DialDecision]:
    """Every decision about a call: those its legs were dialled by, and those asked in its name."""
    by_leg = DialDecision.objects.filter(permit__leg__call=call)
    by_name = DialDecision.objects.filter(subject_ref=f"call:{call.pk}")
    by_attempt = DialDecision.objects.filter(
        pk__in=ContactAttempt.objects.filter(call=call, decision__isnull=False).values("decision")
    )
    return sorted({*by_leg, *by_name, *by_attempt}, key=lambda one: one.pk)
