"""What is done with a number that is ours: how the carrier connects to us for it, and giving it back."""

from datetime import datetime

from django.db import transaction

from calls import numbers
from calls.carrier import number_market
from calls.carrier import numbers as at_carrier
from calls.carrier.errors import CarrierError
from calls.lifecycle import Phase
from calls.lifecycle.campaign import CampaignState
from calls.line_rules import overrides, searching
from calls.models import Number
from calls.provisioning.problems import UnableTo, unable
from compliance import audit

_SHOWN_BY = (CampaignState.WAITING, CampaignState.APPROVED, CampaignState.RUNNING, CampaignState.PAUSED)


def point_at_us(*, number: Number, written: str | None = None, by: str, now: datetime) -> int:
    """Let its calls and their news come to us; how many settings were changed at the carrier.

    `written`: other connection overrides, as somebody has written them. Raises UnableTo.
    """
    fragment = number.overrides
    if written is not None:
        read = overrides.read(written)
        if read.wrong:
            raise UnableTo(" ".join(read.wrong))
        fragment = read.fragment
    if number.released_at is not None:
        raise UnableTo("This number is not ours any more.")
    before, number.overrides = number.overrides, fragment
    try:
        compared = numbers.compare(number)
        if compared.phone_number_sid:
            numbers.point_at_us(number, compared)
    except CarrierError as error:
        number.overrides = before
        raise unable(error) from error
    if not compared.phone_number_sid:
        number.overrides = before
        raise UnableTo("The carrier's account does not have this number.")
    with transaction.atomic():
        number.override(fragment)
        if compared.differences or fragment != before:
            changed = [difference.name for difference in compared.differences]
            audit.note(
                act="point_number", subject=f"number:{number.e164}", by=by, now=now, changed=changed, overrides=fragment
            )
    return len(compared.differences)


def reasons_to_keep(number: Number) -> list[str]:
    """Why it cannot be given back now, as sentences; none when it can."""
    found = []
    live = number.calls.exclude(phase=Phase.CLOSED).count()
    if live:
        found.append(f"{live} call{'s are' if live > 1 else ' is'} in progress on it.")
    found += [
        f"The campaign “{name}” shows it."
        for name in number.campaigns.filter(state__in=_SHOWN_BY).order_by("name").values_list("name", flat=True)
    ]
    return found


def release(*, number: Number, typed: str, by: str, now: datetime) -> None:
    """Give a number back, for good. `typed`: the number, written by whoever means it. Raises UnableTo."""
    if number.released_at is not None:
        raise UnableTo("This number was given back already.")
    if not searching.is_typed_right(typed, number.e164):
        raise UnableTo("Nothing was given back. To say that you mean it, write the whole number.")
    if reasons := reasons_to_keep(number):
        raise UnableTo(" ".join(reasons) + " Nothing was given back.")
    try:
        sid = number.phone_number_sid or _sid_of(number)
        was_there = number_market.release(sid) if sid else False
    except CarrierError as error:
        if not error.may_be_done or _is_still_there(number):
            raise unable(error) from error
        was_there = True
    with transaction.atomic():
        number.release(now=now)
        audit.note(act="release_number", subject=f"number:{number.e164}", by=by, now=now, was_at_carrier=was_there)


def _sid_of(number: Number) -> str:
    found = at_carrier.find(number.e164)
    return found.phone_number_sid if found is not None else ""


def _is_still_there(number: Number) -> bool:
    """True when the account has it, or cannot be asked."""
    try:
        return bool(_sid_of(number))
    except CarrierError:
        return True
