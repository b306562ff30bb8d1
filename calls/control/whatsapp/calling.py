"""An assistant calls somebody by WhatsApp, who has allowed it. A colleague does by `click_to_call`, like any call."""

import secrets
from datetime import datetime

from agents.models import Assistant
from calls.control import dialing, outgoing
from calls.control.click_to_call import UnableToPlace
from calls.control.outgoing import Errand
from calls.models import Call, WhatsAppSender
from compliance import audit
from compliance.models import DialPermit
from compliance.numbers import by_whatsapp
from compliance.verdict import Purpose, Voice


def by_assistant(
    *,
    assistant: Assistant,
    sender: WhatsAppSender,
    person: str,
    purpose: Purpose,
    seller: str,
    topic: str = "",
    by: str,
    now: datetime,
) -> Call:
    """Have this assistant call this person, who sees this sender. Not in a transaction. Raises UnableToPlace."""
    errand = Errand(purpose, Voice.AI, seller=seller, topic=topic)
    begun: list[Call] = []

    def begin(permit: DialPermit) -> Call:
        call = outgoing.begin(
            to=permit.to_address,
            number=sender.number,
            assistant=assistant,
            errand=errand,
            permit=permit,
            by=by,
            now=now,
        )
        audit.note(act="call_by_whatsapp", subject=f"call:{call.pk}", by=by, now=now, purpose=purpose)
        begun.append(call)
        return call

    try:
        leg = dialing.dial_out(
            to=by_whatsapp(person),
            purpose=purpose,
            voice=Voice.AI,
            seller=seller,
            topic=topic,
            caller_id=sender.number.e164,
            errand=f"whatsapp:{secrets.token_hex(12)}",
            prepare=begin,
            assistant_id=assistant.pk,
            has_room=outgoing.may_speak(assistant=assistant, voice=Voice.AI),
            by=by,
            now=now,
        )
    except dialing.Refused as refused:
        sentences = tuple(reason.sentence for reason in refused.reasons)
        raise UnableToPlace(*sentences, codes=tuple(reason.code.value for reason in refused.reasons)) from refused
    except (dialing.UnableToDial, outgoing.UnableToBegin) as problem:
        may_ring = isinstance(problem, dialing.UnableToDial) and problem.may_ring
        for call in [] if may_ring else begun:
            outgoing.came_to_nothing(call=call, why=str(problem), now=now)
        raise UnableToPlace(str(problem)) from problem
    return leg.call
