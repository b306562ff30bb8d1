"""Numbers that are for sale: search them, ask what they cost, buy one, give one back.

Source: https://www.twilio.com/docs/phone-numbers/api/availablephonenumber-resource,
https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource, https://www.twilio.com/docs/phone-numbers/pricing.
"""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from twilio.base.exceptions import TwilioException

from calls.carrier.client import get_client, translated
from calls.carrier.errors import CarrierError
from calls.line_rules.searching import NumberKind, Search

MOST_FOUND = 30
NOT_FOUND = 20404
# The number was there when it was looked for, and is not any more.
GONE = frozenset({21421, 21422, 21452})
_PRICED_AS = {NumberKind.LOCAL: "local", NumberKind.TOLL_FREE: "toll free", NumberKind.MOBILE: "mobile"}


@dataclass(frozen=True, slots=True)
class ForSale:
    """A number that can be bought."""

    e164: str
    place: str  # "San Francisco, CA"; empty where the carrier does not say
    capabilities: tuple[str, ...]  # voice, sms, mms, fax
    needs_address: str  # none, any, local, foreign
    is_beta: bool


@dataclass(frozen=True, slots=True)
class Price:
    """What a number costs a month."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{self.amount:.2f} {self.currency}"


def search(search: Search) -> list[ForSale]:
    """Numbers that can be called and fit; none where the country has none of this kind. Raises CarrierError."""
    wanted: dict[str, Any] = {"voice_enabled": True, "limit": MOST_FOUND, "page_size": MOST_FOUND}
    if search.area_code:
        wanted["area_code"] = int(search.area_code)
    if search.contains:
        wanted["contains"] = search.contains
    if search.needs_sms:
        wanted["sms_enabled"] = True
    if search.needs_mms:
        wanted["mms_enabled"] = True
    try:
        of_country = get_client().available_phone_numbers(search.country)
        match search.kind:
            case NumberKind.TOLL_FREE:
                found = of_country.toll_free.list(**wanted)
            case NumberKind.MOBILE:
                found = of_country.mobile.list(**wanted)
            case _:
                found = of_country.local.list(**wanted)
    except (TwilioException, OSError) as error:
        problem = translated(error)
        if problem.code == NOT_FOUND:  # the country has no numbers of this kind
            return []
        raise problem from error
    return [_for_sale(number) for number in found if number.phone_number]


def _for_sale(number: Any) -> ForSale:
    can = number.capabilities if isinstance(number.capabilities, dict) else {}
    places = [part for part in (number.locality, number.region) if part]
    return ForSale(
        e164=str(number.phone_number),
        place=", ".join(map(str, places)),
        capabilities=tuple(sorted(str(name).lower() for name, is_there in can.items() if is_there)),
        needs_address=str(number.address_requirements or "none"),
        is_beta=bool(number.beta),
    )


def monthly_price(*, country: str, kind: str) -> Price | None:
    """What such a number costs a month; None when the carrier does not tell. Raises CarrierError."""
    try:
        told = get_client().pricing.v1.phone_numbers.countries(country).fetch()
    except (TwilioException, OSError) as error:
        problem = translated(error)
        if problem.code == NOT_FOUND:
            return None
        raise problem from error
    for price in told.phone_number_prices or []:
        if isinstance(price, dict) and price.get("number_type") == _PRICED_AS.get(NumberKind(kind)):
            try:
                return Price(Decimal(str(price.get("current_price"))), str(told.price_unit or "").upper())
            except InvalidOperation:
                return None
    return None


def buy(e164: str, settings: dict[str, str]) -> str:
    """Buy this number, set up in the same request; the carrier's id of it. Raises CarrierError."""
    try:
        bought = get_client().incoming_phone_numbers.create(phone_number=e164, **settings)
    except (TwilioException, OSError) as error:
        raise translated(error) from error
    if not bought.sid:
        raise CarrierError("Twilio named no number", is_permanent=False, may_be_done=True)
    return str(bought.sid)


def release(phone_number_sid: str) -> bool:
    """Give a number back. False: the account had it no more. Raises CarrierError."""
    try:
        return bool(get_client().incoming_phone_numbers(phone_number_sid).delete())
    except (TwilioException, OSError) as error:
        problem = translated(error)
        if problem.code == NOT_FOUND:
            return False
        raise problem from error


def put_on_trunk(phone_number_sid: str, trunk_sid: str) -> None:
    """Let a trunk have the calls of a number; an empty id: nobody but its own addresses. Raises CarrierError."""
    try:
        get_client().incoming_phone_numbers(phone_number_sid).update(trunk_sid=trunk_sid)
    except (TwilioException, OSError) as error:
        raise translated(error) from error
