"""Calls that we place, for tests: begun on a spent permit, and told of by the carrier."""

from typing import Any

from asgiref.sync import async_to_sync
from django.utils import timezone

from calls.control import dialled, outgoing
from calls.control.outgoing import Errand
from calls.models import Call, Number, OutgoingCall
from compliance.models import DialDecision, DialPermit
from compliance.verdict import Purpose, Voice
from tests import given
from tests.given import CAROL, OURS

MESSAGE = "Your order is ready."


def an_errand(**how: Any) -> Errand:
    return Errand(**{"purpose": Purpose.INFORMATIONAL, "voice": Voice.AI, "seller": "Marlow", "topic": "it"} | how)


def placed(*, to: str = CAROL, number: Number | None = None, **how: Any) -> Call:
    """A call whose permit is spent; the carrier has not answered yet."""
    number = number or given.a_number()
    now = timezone.now()
    call = outgoing.begin(
        to=to, number=number, assistant=number.assistant, errand=an_errand(**how), by="tests", now=now
    )
    decision = DialDecision.objects.create(
        at=now, purpose="informational", to_address=to, number=to, caller_id=OURS, subject_ref=f"call:{call.pk}",
        errand_ref=f"test:{call.pk}", actor_ref="tests", outcome="allow", ruleset="t", library="t",
    )  # fmt: skip
    assert DialPermit.issue(decision=decision, label="customer").spend()
    return call


def leg_of(call: Call) -> str:
    """The leg at the carrier, known to us."""
    permit = DialPermit.objects.get(subject_ref=f"call:{call.pk}")
    sid = given.a_sid()
    dialled.confirm(call=call, permit=permit, leg_sid=sid, status="ringing", now=timezone.now())
    return sid


def form(sid: str, **more: str) -> dict[str, str]:
    ours = {"CallSid": sid, "From": OURS, "To": CAROL, "Direction": "outbound-api", "CallStatus": "in-progress"}
    return ours | more


def post(path: str, sid: str, **more: str) -> str:
    answer = async_to_sync(given.post)(path, form(sid, **more))
    assert answer.status_code == 200
    return answer.content.decode()


def ours(call: Call) -> OutgoingCall:
    return OutgoingCall.objects.get(call=call)


def ended(sid: str, status: str = "completed") -> None:
    post("/twilio/status/", sid, CallStatus=status, SequenceNumber="3")
