"""Buying a number: looked for, bought once, and pointed at us in the same request; or not at all.

A page asks with a reference of its own, so that a button that is pressed twice is one wish. An answer that was lost is
found out about: the account is asked whether it has the number now.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from agents.models import Assistant
from calls import numbers
from calls.carrier import number_market
from calls.carrier import numbers as at_carrier
from calls.carrier.errors import CarrierError
from calls.carrier.number_market import ForSale
from calls.line_rules import searching
from calls.line_rules.searching import Search
from calls.models import Number, NumberOrder
from calls.provisioning.problems import UnableTo, sentence_of
from compliance import audit

# Whoever asked the carrier is not waiting for its answer any more, and the carrier would have told of the number.
_NOBODY_WAITS_AFTER = timedelta(seconds=15)
_TOLD_AFTER = timedelta(seconds=60)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Offered:
    """What is for sale. `price` is what each costs a month, empty when the carrier does not tell."""

    numbers: list[ForSale]
    price: str


def look(search: Search) -> Offered:
    """Numbers that fit, with what they cost. Raises UnableTo."""
    wrong = searching.check_search(search)
    if wrong:
        raise UnableTo(next(iter(wrong.values())))
    try:
        found = number_market.search(search)
    except CarrierError as error:
        raise UnableTo(sentence_of(error)) from error
    return Offered(found, price_of(country=search.country, kind=search.kind))


def price_of(*, country: str, kind: str) -> str:
    """What such a number costs a month, as people read it; empty when the carrier does not tell."""
    try:
        return str(number_market.monthly_price(country=country, kind=kind) or "")
    except CarrierError as error:
        log.warning("no price of a number", error=str(error))
        return ""


def buy(
    *,
    ref: str,
    e164: str,
    kind: str,
    price: str = "",
    label: str = "",
    assistant: Assistant | None = None,
    by: str,
    now: datetime,
) -> NumberOrder:
    """Buy a number, named `label` and answered by `assistant`. The same `ref` again answers what came of it.

    You must not be in a transaction. Raises UnableTo.
    """
    if sentence := searching.check_number(e164):
        raise UnableTo(sentence)
    known = NumberOrder.objects.filter(ref=ref).first()
    if known is not None:
        return known
    if Number.objects.filter(e164=e164, released_at=None).exclude(phone_number_sid="").exists():
        raise UnableTo("This number is ours already.")
    wanted = {"kind": kind, "price": price, "label": label, "assistant": assistant}
    order, is_new = NumberOrder.place(ref=ref, e164=e164, by=by, now=now, **wanted)
    if order is None:
        raise UnableTo("Somebody else is buying this very number. Look again in a minute.")
    if is_new:
        _ask(order, now=now)
    return order


def _ask(order: NumberOrder, *, now: datetime) -> None:
    try:
        sid = number_market.buy(order.e164, numbers.wanted())
    except CarrierError as error:
        log.warning("number not bought", order=order.pk, may_be_done=error.may_be_done, error=str(error))
        if error.may_be_done:
            order.lose(sentence_of(error))
            find_out(order, now=now)
        else:
            order.settle(NumberOrder.State.REFUSED, said=_refusal(order, error), now=now)
        return
    _own(order, sid, now=now)


def _refusal(order: NumberOrder, error: CarrierError) -> str:
    """Why it was not sold; a number that the account has already is not for sale either."""
    if error.code in number_market.GONE:
        try:
            if at_carrier.find(order.e164) is not None:
                return "The carrier's account has this number already. Add it in the admin and point it at us."
        except CarrierError as problem:
            log.warning("carrier not asked about a number", order=order.pk, error=str(problem))
    return sentence_of(error)


def _own(order: NumberOrder, sid: str, *, now: datetime) -> None:
    with transaction.atomic():
        said = "It is ours, and its calls come to us."
        if not order.settle(NumberOrder.State.BOUGHT, said=said, now=now, phone_number_sid=sid):
            return
        fields = {"label": order.label, "assistant": order.assistant}
        Number.bought(e164=order.e164, sid=sid, kind=order.kind, price=order.price, fields=fields, now=now)
        audit.note(
            act="buy_number",
            subject=f"number:{order.e164}",
            by=order.by_ref,
            now=now,
            price=order.price,
            kind=order.kind,
        )


def find_out(order: NumberOrder, *, now: datetime) -> None:
    """What became of an order whose answer was lost: the account has the number, or it has not."""
    if not order.is_open or (order.state == NumberOrder.State.ASKED and now - order.asked_at < _NOBODY_WAITS_AFTER):
        return
    try:
        found = at_carrier.find(order.e164)
    except CarrierError as error:
        log.warning("carrier not asked about an order", order=order.pk, error=str(error))
        return
    if found is not None:
        _own(order, found.phone_number_sid, now=now)
    elif now - order.asked_at > _TOLD_AFTER:
        order.settle(NumberOrder.State.REFUSED, said="The carrier has not sold it. Nothing was bought.", now=now)


def find_out_all(*, now: datetime) -> int:
    """The same for every order that is open; how many there were."""
    waiting = list(NumberOrder.objects.filter(state__in=NumberOrder.OPEN).order_by("pk"))
    for order in waiting:
        find_out(order, now=now)
    return len(waiting)
