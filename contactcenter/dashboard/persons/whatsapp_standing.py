"""How a person stands to our WhatsApp senders, in words: on their own page, and on a call's."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from calls.models import Call, WhatsAppSender
from compliance import whatsapp_permission
from compliance.whatsapp import Ended, Standing
from compliance.whatsapp_permission import UnableToAsk
from compliance.whatsapp_terms import UnableToApply

_BARRED = "WhatsApp lets nobody place calls from this number's country. They can call us."
_WHY = {
    Ended.NEVER: "They have not been asked, or have not answered.",
    Ended.EXPIRED: "Their permission has expired.",
    Ended.REJECTED: "They have declined.",
    Ended.REVOKED: "They do not allow it any more.",
    Ended.MISSED: "They have missed so many calls that WhatsApp has ended the permission.",
}


@dataclass(frozen=True, slots=True)
class Row:
    """How they stand to one sender of ours, in words; `problem`: the rules are not whole."""

    sender: WhatsAppSender
    standing: Standing | None
    problem: str = ""
    may_not_ask: str = ""
    ask_again_at: datetime | None = None
    may_not_call: str = ""

    @property
    def why(self) -> str:
        """Why there is no permission."""
        return "" if self.standing is None or self.standing.ended is None else _WHY[self.standing.ended]


def of_call(call: Call, *, now: datetime) -> dict[str, Any]:
    """What a call's page shows of WhatsApp: how the person stands to the sender; nothing on other calls."""
    if not call.is_by_whatsapp or call.number is None or not call.customer_e164:
        return {"whatsapp_standing": None}
    sender = WhatsAppSender.objects.select_related("number").filter(number=call.number).first()
    return {"whatsapp_standing": None if sender is None else row(sender, call.customer_e164, now=now)}


def row(sender: WhatsAppSender, person: str, *, now: datetime) -> Row:
    """How this person stands to this sender."""
    try:
        terms = whatsapp_permission.terms(now)
        found = whatsapp_permission.standing_of(sender=sender.number.e164, person=person, now=now)
    except UnableToApply as wrong:
        return Row(sender, None, problem=str(wrong))
    is_barred = sender.at_home in terms.barred_senders | terms.barred_everywhere
    may_not_call = _BARRED if is_barred else ""
    try:
        whatsapp_permission.check_asking(sender=sender.facts(), person=person, now=now)
    except UnableToAsk as why:
        return Row(sender, found, may_not_ask=str(why), ask_again_at=why.until, may_not_call=may_not_call)
    return Row(sender, found, may_not_call=may_not_call)
