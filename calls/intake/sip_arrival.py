"""Somebody has come to the model by SIP: whose call it is, and whether they are let in.

A line of ours brings its token along, which fits one waiting row, once. A line of a trunk brings none: the number that
was called stands in its headers, and the number's own rules decide, as they would for any call. Headers are whatever
the far end wrote: nothing is believed of them that is not in our books.
"""

import hashlib
from datetime import datetime

from django.db import IntegrityError, transaction

from agents import prompts
from calls.carrier.callbacks import VoiceRequest
from calls.control import sidebands
from calls.intake import policy, rules
from calls.lifecycle import CallFact, EndedReason, LegRole, LegStatus
from calls.lifecycle.intake import Answers
from calls.lifecycle.sideband import SidebandState, Verdict
from calls.models import Call, Leg, Sideband
from calls.models.number import NumberDoor
from calls.realtime.webhook import IncomingCall

TOKEN_HEADER = "X-Call-Token"
# Where a trunk says which number was called: what its origination address adds, then what SIP itself has for it.
_CALLED = ("X-Called-Number", "To", "P-Called-Party-ID", "Diversion", "X-Original-To")
_CALLERS = ("P-Asserted-Identity", "From", "Remote-Party-ID")
_VERDICTS = {Answers.BUSY: Verdict.BUSY, Answers.REJECT: Verdict.DECLINE}


def by_sip_incoming(event: IncomingCall, *, now: datetime) -> str:
    """Take it in; what became of it, in a word. The same call told twice is the same."""
    token = event.header(TOKEN_HEADER)
    if token:
        line = sidebands.arrived(token=token, model_call_id=event.call_id, now=now)
        if line is not None:
            return "incoming"
    elif (called := event.number(*_CALLED)) and (outcome := _by_trunk(event, called, now=now)):
        return outcome
    sidebands.stranger(model_call_id=event.call_id, verdict=Verdict.NOT_FOUND, now=now)
    return "not found"


def _by_trunk(event: IncomingCall, called: str, *, now: datetime) -> str:
    caller = event.number(*_CALLERS)
    request = VoiceRequest(
        leg_sid=_leg_sid(event),
        account_sid="",
        from_address=caller,
        to_address=called,
        status=LegStatus.RINGING,
        direction="trunk",
        parent_sid="",
        caller_name="",
        forwarded_from="",
        verstat=event.header("X-Twilio-VerStat")[:60],
        error_code="",
    )
    arrival = rules.look_up(request=request, now=now)
    if arrival.number is None or arrival.number.door != NumberDoor.SIP_TRUNK:
        return ""
    decision = policy.decide(arrival.facts)
    assistant = arrival.number.assistant
    caller = arrival.caller_e164
    live = prompts.live(assistant, caller=caller) if assistant is not None and assistant.is_active else None
    verdict = Verdict.ACCEPT
    if decision.answer is not Answers.ASSISTANT:  # people, messages and mailboxes need the carrier's documents
        verdict = _VERDICTS.get(decision.answer, Verdict.BUSY)
    elif live is None:
        verdict = Verdict.BUSY
    is_in = verdict is Verdict.ACCEPT
    try:
        with transaction.atomic():
            call = Call.arrived(
                CallFact.CALL_RECEIVED,
                pk=arrival.call_id,
                now=now,
                reason=EndedReason.UNKNOWN if is_in else EndedReason.REJECTED,
                known={"answer": decision.answer, "because": decision.because, "why": decision.why},
                number=arrival.number,
                assistant=assistant,
                prompt_version=live.version if live is not None else None,
                door=Call.Door.OPENAI_SIP,
                customer_address=request.from_address[:255],
                customer_e164=arrival.caller_e164,
                our_address=called,
                verstat=request.verstat,
            )
            Leg.objects.create(
                call=call,
                role=LegRole.CUSTOMER,
                leg_sid=request.leg_sid,
                direction="trunk",
                from_address=request.from_address[:255],
                to_address=called,
                status=LegStatus.RINGING,
                created_at=now,
            )
            Sideband.objects.create(
                call=call,
                via=Sideband.Via.TRUNK,
                state=SidebandState.INCOMING,
                verdict="" if is_in else verdict,
                model_call_id=event.call_id,
                issued_at=now,
                incoming_at=now,
            )
    except IntegrityError:
        return "known"
    return "incoming"


def _leg_sid(event: IncomingCall) -> str:
    """A name for a line that the carrier does not tell us of; never that of one of its legs."""
    return f"sip-{hashlib.sha256(event.call_id.encode()).hexdigest()[:40]}"
