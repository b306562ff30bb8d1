"""Trunks, lists, domains and orders as our books hold them."""

from typing import Any

from django.utils import timezone

from calls.line_rules.trunk import Plan
from calls.models import CallerId, Number, NumberOrder, SipAccessEntry, SipAccessList, SipDomain, Trunk


def a_trunk(name: str = "Berlin", *, sid: str = "TK1", **plan: Any) -> Trunk:
    """A trunk with two addresses."""
    trunk = Trunk.keep(sid=sid, plan=Plan(name, **plan), is_rtp_symmetric=False, now=timezone.now())
    fields = {"priority": 10, "weight": 10, "is_on": True, "name": ""}
    uris = ("sip:a.example.com;transport=tls", "sip:b.example.com;transport=tls")
    trunk.keep_targets((f"OU-{sid}-{place}", fields | {"uri": uri}) for place, uri in enumerate(uris))
    return trunk


def a_list(name: str = "Office", *, are_credentials: bool = True) -> SipAccessList:
    """A list with one line."""
    kind, entry = ("CL", ("CR1", "pbx", None)) if are_credentials else ("AL", ("IP1", "203.0.113.0", 29))
    SipAccessList.keep(
        sid=f"{kind}-{name}", name=name, are_credentials=are_credentials, entries=[entry], now=timezone.now()
    )
    return SipAccessList.objects.get(name=name)


def a_domain(number: Number | None = None, *, domain: str = "acme.sip.twilio.com") -> SipDomain:
    """Where a telephone system calls in."""
    made = SipDomain.keep(
        sid="SD1", domain=domain, name="Acme", is_secure=False, is_ours=True, list_sids=[], now=timezone.now()
    )
    made.answer_as(None if number is None else number.pk)
    return made


def an_order(e164: str = "+14155550150", **fields: Any) -> NumberOrder:
    """Somebody wants to buy a number."""
    made = {"ref": f"ref-{e164}", "by_ref": "ada@example.com", "asked_at": timezone.now()} | fields
    return NumberOrder.objects.create(e164=e164, **made)


def a_caller_id(e164: str = "+12125550160", *, sid: str = "PN9") -> CallerId:
    """A number of somebody else's that we may show."""
    CallerId.keep([(e164, sid, "PBX")], now=timezone.now())
    return CallerId.objects.get(e164=e164)


def a_row_of_each() -> dict[str, object]:
    """One of each, with the names that addresses have for them."""
    trunk, of = a_trunk(), a_list()
    return {
        "trunk_id": trunk.pk,
        "target_id": trunk.targets.order_by("pk")[0].pk,
        "list_id": of.pk,
        "line_id": SipAccessEntry.objects.get(of=of).pk,
        "domain_id": a_domain().pk,
        "order_id": an_order().pk,
        "caller_id_id": a_caller_id().pk,
    }
