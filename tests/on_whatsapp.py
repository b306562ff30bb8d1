"""Senders on WhatsApp, templates, and what people have allowed, as tests begin with them."""

import itertools
from datetime import datetime, timedelta
from typing import Any

from calls import intake
from calls.carrier import callbacks
from calls.models import Call, Number, WhatsAppMessage, WhatsAppSender, WhatsAppTemplate
from compliance.models import WhatsAppFact
from compliance.numbers import by_whatsapp
from compliance.whatsapp import Fact
from tests import given

# A number of a country whose senders may call.
SENDER = "+5511955550100"
CAROL = given.CAROL
_count = itertools.count(1)


def a_sender(e164: str = SENDER, *, number: Number | None = None, **fields: Any) -> WhatsAppSender:
    """A number of ours on WhatsApp, answered by an assistant."""
    ours = number or given.a_number(e164=e164, label="WhatsApp", is_recorded=False)
    return WhatsAppSender.objects.create(number=ours, sender_sid=f"XE{next(_count):032x}", **fields)


def a_template(*, approval: str = "approved", **fields: Any) -> WhatsAppTemplate:
    """A permission request that the carrier knows."""
    words = {"name": f"permission_{next(_count)}", "kind": "permission", "body": "May we call?", "title": "Allow call"}
    words |= {"content_sid": f"HX{next(_count):032x}", "approval": approval}
    return WhatsAppTemplate.objects.create(**words | fields)


def happened(kind: Fact, at: datetime, *, person: str = CAROL, sender: str = SENDER, **fields: Any) -> None:
    """One fact between the two."""
    n = next(_count)
    fields = {"ref": f"r:{n}"} | fields
    WhatsAppFact.keep(kind, sender=sender, person=person, at=at, key=f"test:{n}", source="tests", **fields)


def allowed(at: datetime, **fields: Any) -> None:
    """They have allowed calls."""
    happened(Fact.ACCEPTED, at, **fields)


def a_call_in(*, from_: str = CAROL, to: str = SENDER, now: datetime = given.NOON) -> Call:
    """Somebody calls a sender of ours by WhatsApp."""
    if not Number.objects.filter(e164=to).exists():
        a_sender(to)
    return a_ring_in(by_whatsapp(from_), to=to, now=now)


def a_ring_in(from_address: str, *, to: str = SENDER, now: datetime = given.NOON) -> Call:
    """A call to a number of ours by WhatsApp, from whatever address."""
    form = given.a_ring(to=by_whatsapp(to), from_=from_address)
    return intake.receive(request=callbacks.voice_request(form), now=now).call


def a_row_of_each(call: Call) -> None:
    """A sender, a template, a message and a fact."""
    sender, template = a_sender(), a_template()
    at = call.started_at - timedelta(hours=1)
    WhatsAppMessage.objects.create(
        template=template, sender=sender, person=call.customer_e164, ref="request:1", sent_at=at, sent_by_ref="tests"
    )
    allowed(at, person=call.customer_e164)
