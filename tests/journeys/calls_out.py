"""Calls that go out to customers, placed at the carrier as the door would have them placed."""

import itertools
from datetime import datetime
from typing import Any
from urllib.parse import quote

import requests
from django.utils import timezone

from calls.control import outgoing
from calls.control.outgoing import Errand
from calls.models import Call, Number, OutgoingCall
from compliance.models import DialDecision, DialPermit
from compliance.verdict import Purpose, Voice
from tests.journeys.house import NUMBERS, House

SELLER, TOPIC = "Marlow Outdoor", "your order"
_count = itertools.count(1)


def a_customer(house: House, persona: str, **how: Any) -> str:
    """A number nobody had before, at which somebody like this picks up."""
    number = f"+1415555{3000 + next(_count):04d}"
    house.ask("PUT", f"agents/{quote(number, safe='')}", json={"persona": persona} | how)
    return number


def placed(house: House, to: str, *, is_known: bool = True, **errand: Any) -> tuple[str, Call]:
    """A call to this number on a permit that has been spent: its leg at the carrier, and the call.

    `is_known` False: the carrier's answer is lost, and its first report is the first we hear of the leg.
    """
    wanted = {"purpose": Purpose.INFORMATIONAL, "voice": Voice.AI, "seller": SELLER, "topic": TOPIC} | errand
    number = Number.objects.select_related("assistant__department").get(e164=NUMBERS[0])
    now = timezone.now()
    call = outgoing.begin(
        to=to, number=number, assistant=number.assistant, errand=Errand(**wanted), by="tests", now=now
    )
    permit = _spent(call, now=now)
    ours = OutgoingCall.objects.get(call=call)
    tone = "DetectMessageEnd" if ours.voicemail == "leave" else "Enable"
    machine = {
        "MachineDetection": tone,
        "AsyncAmd": "true",
        "AsyncAmdStatusCallback": f"{house.url}/twilio/amd/",
    }
    sid = _at_carrier(house, to, **(machine if ours.is_by_assistant else {}))
    if is_known:
        from calls.control import dialled

        dialled.confirm(call=call, permit=permit, leg_sid=sid, status="queued", now=now)
    return sid, call


def _spent(call: Call, *, now: datetime) -> DialPermit:
    decision = DialDecision.objects.create(
        at=now,
        purpose=Purpose.INFORMATIONAL,
        to_address=call.customer_e164,
        number=call.customer_e164,
        caller_id=call.our_address,
        subject_ref=f"call:{call.pk}",
        errand_ref=f"test:{call.pk}",
        actor_ref="tests",
        outcome="allow",
        ruleset="tests",
        library="tests",
    )
    permit = DialPermit.issue(decision=decision, label="customer")
    assert permit.spend()
    return permit


def _at_carrier(house: House, to: str, **more: str) -> str:
    account = house.env["TWILIO_ACCOUNT_SID"]
    form = {
        "To": to,
        "From": NUMBERS[0],
        "Url": f"{house.url}/twilio/voice/",
        "Method": "POST",
        "StatusCallback": f"{house.url}/twilio/status/",
        "StatusCallbackEvent": ["initiated", "ringing", "answered", "completed"],
        "Timeout": "25",
    } | more
    made = requests.post(
        f"{house.carrier}/2010-04-01/Accounts/{account}/Calls.json",
        form,
        auth=(account, house.env["TWILIO_AUTH_TOKEN"]),
        timeout=10,
    )
    assert made.status_code == 201, made.text
    return str(made.json()["sid"])


def ours(call: Call) -> OutgoingCall:
    """The outgoing side of a call, as it stands now."""
    return OutgoingCall.objects.get(call=call)
