"""Ringing somebody who is no colleague."""

from datetime import datetime

from calls.carrier import outbound
from calls.control import dialled, door_facts
from calls.control.dialing.spending import CUSTOMER_LABEL, LONGEST_CALL_S, Prepare, place, spent
from calls.models import Call, Campaign, Leg
from compliance.verdict import DialRequest, DoorFacts, Purpose, Voice

CUSTOMER_RING_S = 25
# 47 CFR 64.1200(a)(6): nobody is given up on before 15 seconds or four rings.
SHORTEST_RING_S = 15


def dial_out(
    *,
    to: str,
    purpose: Purpose,
    voice: Voice,
    seller: str,
    topic: str,
    caller_id: str,
    errand: str,
    call: Call | None = None,
    subject: str = "",
    prepare: Prepare | None = None,
    campaign: Campaign | None = None,
    assistant_id: int | None = None,
    has_room: bool = True,
    machine_detection: bool = False,
    leaves_message: bool = False,
    ring_s: int = CUSTOMER_RING_S,
    time_limit_s: int = LONGEST_CALL_S,
    by: str,
    now: datetime,
) -> Leg:
    """Ring somebody who is no colleague; when they answer, the carrier asks what comes next as for any call.

    The call is there already, or `prepare` begins it: it runs in the transaction that spends the permit, and whoever
    finds there that nobody is to be rung any more answers None. `campaign`: on whose behalf; how it stands is read in
    the permit's transaction. `assistant_id`: who is to speak on a call that `prepare` begins, for its budgets.
    `has_room`: what the caller knows of free people; bridges and model are known here.

    Raises Refused or UnableToDial.
    """
    request = DialRequest(
        to, purpose, caller_id, subject=subject or (dialled.subject_of(call) if call else ""), errand=errand,
        label=CUSTOMER_LABEL, by=by, voice=voice, seller=seller, topic=topic,
    )  # fmt: skip

    def known() -> DoorFacts:
        facts = None if campaign is None else door_facts.of_campaign(campaign, now=now)
        is_free = has_room and door_facts.has_room(voice, now=now)
        budget = door_facts.budget_of(call=call, campaign=campaign, assistant_id=assistant_id, now=now)
        return door_facts.of_dial(request, campaign=facts, has_room=is_free, budget=budget)

    permit, prepared = spent(request, known, prepare=prepare, now=now)
    called = call or prepared
    assert called is not None, "a dial has a call, or begins one"

    def ask() -> outbound.Placed:
        return outbound.place_call(
            permit,
            url="/twilio/voice/",
            status_callback="/twilio/status/",
            # On WhatsApp there are no answering machines to be told from people, and nobody who could tell.
            machine_callback="/twilio/amd/" if machine_detection and not permit.is_by_whatsapp else "",
            is_tone_awaited=leaves_message,
            timeout_s=max(ring_s, SHORTEST_RING_S),
            time_limit_s=time_limit_s,
        )

    return place(called, permit, ask, now=now)
