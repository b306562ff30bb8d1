"""Trunks: made, set up, their addresses, their numbers, and taken away. After every change the trunk is read again."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from calls.carrier import trunks as at_carrier
from calls.carrier.errors import CarrierError
from calls.line_rules import failover, sip
from calls.line_rules import trunk as rules
from calls.line_rules.trunk import Plan, Recording, Standing
from calls.models import Number, OriginationTarget, Trunk
from calls.provisioning import disaster, mirroring
from calls.provisioning.problems import UnableTo, unable
from compliance import audit


def advice(trunk: Trunk) -> tuple[str, ...]:
    """What its owner should know."""
    kinds = set(trunk.access_lists.values_list("kind", flat=True))
    known = Standing(
        encrypted=tuple(target.is_encrypted for target in trunk.targets.all() if target.is_on),
        has_credentials="credentials" in kinds,
        has_addresses_let_in="addresses" in kinds,
        is_rtp_symmetric=trunk.is_rtp_symmetric,
        our_host=disaster.our_host(),
    )
    return rules.advice(trunk.plan, known)


def create(*, plan: Plan, by: str, now: datetime) -> Trunk:
    """Make a trunk. Raises UnableTo."""
    _check(plan)
    with transaction.atomic(), connection.cursor() as cursor:
        # Two at once would make two of the same name: the second waits, and finds the first.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('trunks are made one at a time'))")
        if Trunk.objects.filter(name=plan.name).exists():
            raise UnableTo("There is a trunk of this name already.")
        try:
            sid = at_carrier.create(plan)
            if plan.recording != Recording.OFF:
                at_carrier.set_recording(sid, mode=plan.recording, trim=plan.trim)
        except CarrierError as error:
            raise unable(error) from error
        trunk = _read(sid, now=now)
        audit.note(act="make_trunk", subject=f"trunk:{sid}", by=by, now=now, name=plan.name, domain=plan.domain)
    return trunk


def change(*, trunk: Trunk, plan: Plan, by: str, now: datetime) -> Trunk:
    """Set a trunk to another plan. Raises UnableTo."""
    if trunk.domain and not plan.domain:
        raise UnableTo("A termination domain stays with its trunk. To be rid of it, delete the trunk.")
    plain = [target.uri for target in trunk.targets.all() if not target.is_encrypted]
    _check(plan, plain)
    before = trunk.plan
    try:
        if replace(plan, recording="", trim="") != replace(before, recording="", trim=""):
            at_carrier.change(trunk.trunk_sid, plan)
        if (plan.recording, plan.trim) != (before.recording, before.trim):
            at_carrier.set_recording(trunk.trunk_sid, mode=plan.recording, trim=plan.trim)
    except CarrierError as error:
        raise unable(error) from error
    changed = sorted(name for name in Plan.__dataclass_fields__ if getattr(plan, name) != getattr(before, name))
    return _noted("change_trunk", trunk, by=by, now=now, changed=changed)


def _check(plan: Plan, plain: list[str] | None = None) -> None:
    wrong = rules.check_plan(plan, unencrypted=plain or ())
    if wrong:
        raise UnableTo(next(iter(wrong.values())))


def _read(sid: str, *, now: datetime) -> Trunk:
    trunk = mirroring.read_trunk(sid, now=now)
    if trunk is None:
        raise UnableTo("The carrier does not have this trunk any more.")
    return trunk


def _noted(act: str, trunk: Trunk, *, by: str, now: datetime, **details: Any) -> Trunk:
    audit.note(act=act, subject=f"trunk:{trunk.trunk_sid}", by=by, now=now, **details)
    return _read(trunk.trunk_sid, now=now)


# --- its addresses --------------------------------------------------------------------------------------------------


def set_target(
    *,
    trunk: Trunk,
    target: OriginationTarget | None = None,
    uri: str,
    priority: int,
    weight: int,
    name: str = "",
    is_on: bool = True,
    by: str,
    now: datetime,
) -> Trunk:
    """Give a trunk another address, or change one of them. Raises UnableTo."""
    try:
        read = sip.read_target(uri)
    except sip.UnableToRead as problem:
        raise UnableTo(str(problem)) from problem
    if trunk.is_secure and not read.is_encrypted:
        raise UnableTo("This trunk is encrypted: add ;transport=tls to the address.")
    others = trunk.targets.all() if target is None else trunk.targets.exclude(pk=target.pk)
    if others.filter(uri=uri.strip()).exists():
        raise UnableTo("This trunk has that address already.")
    if sentence := failover.check_targets([*others.values_list("priority", "weight"), (priority, weight)]):
        raise UnableTo(sentence)
    words: dict[str, Any] = {"name": name or read.host, "uri": uri.strip(), "priority": priority}
    words |= {"weight": weight, "is_on": is_on}
    try:
        if target is None:
            at_carrier.add_target(trunk.trunk_sid, **words)
        else:
            at_carrier.change_target(trunk.trunk_sid, target.target_sid, **words)
    except CarrierError as error:
        raise unable(error) from error
    act = "add_trunk_address" if target is None else "change_trunk_address"
    return _noted(act, trunk, by=by, now=now, host=read.host, priority=priority, weight=weight, is_on=is_on)


def drop_target(*, target: OriginationTarget, by: str, now: datetime) -> Trunk:
    """Take an address away. Raises UnableTo."""
    try:
        at_carrier.drop_target(target.trunk.trunk_sid, target.target_sid)
    except CarrierError as error:
        raise unable(error) from error
    return _noted("drop_trunk_address", target.trunk, by=by, now=now, uri=target.uri.partition("?")[0])


# --- its numbers ----------------------------------------------------------------------------------------------------


def take_number(*, trunk: Trunk, number: Number, by: str, now: datetime) -> Trunk:
    """Let a telephone system have a number's calls from now on. Raises UnableTo."""
    if not number.phone_number_sid:
        raise UnableTo("We do not know the carrier's id of this number: point it at us first.")
    if number.trunk_id == trunk.pk:
        raise UnableTo("This number is on the trunk already.")
    if number.calls.filter(ended_at=None).exists():
        raise UnableTo("Calls are in progress on this number. Try again when they are over.")
    try:
        if number.trunk is not None:
            at_carrier.drop_number(number.trunk.trunk_sid, number.phone_number_sid)
        at_carrier.add_number(trunk.trunk_sid, number.phone_number_sid)
    except CarrierError as error:
        raise unable(error) from error
    return _noted("put_number_on_trunk", trunk, by=by, now=now, number=number.e164)


def give_number_back(*, number: Number, by: str, now: datetime) -> Trunk:
    """Let a number's calls come to us again. Raises UnableTo."""
    trunk = number.trunk
    if trunk is None:
        raise UnableTo("This number is on no trunk.")
    try:
        at_carrier.drop_number(trunk.trunk_sid, number.phone_number_sid)
    except CarrierError as error:
        raise unable(error) from error
    number.move_to(None)
    return _noted("take_number_off_trunk", trunk, by=by, now=now, number=number.e164)


# --- its end --------------------------------------------------------------------------------------------------------


def delete(*, trunk: Trunk, typed: str, by: str, now: datetime) -> str:
    """Take a trunk away, for good; what becomes of its numbers, as a sentence. Raises UnableTo.

    `typed`: its name, written by whoever means it.
    """
    if typed.strip() != trunk.name:
        raise UnableTo("Nothing was deleted. To say that you mean it, write the trunk's name.")
    numbers = list(trunk.numbers.order_by("e164"))
    try:
        for number in numbers:
            at_carrier.drop_number(trunk.trunk_sid, number.phone_number_sid)
            number.move_to(None)
        at_carrier.delete(trunk.trunk_sid)
    except CarrierError as error:
        raise unable(error) from error
    with transaction.atomic():
        audit.note(
            act="delete_trunk",
            subject=f"trunk:{trunk.trunk_sid}",
            by=by,
            now=now,
            name=trunk.name,
            numbers=len(numbers),
        )
        trunk.forget()
    return what_stays_of(len(numbers))


def what_stays_of(count: int) -> str:
    """What becomes of so many numbers of a trunk that is deleted."""
    if not count:
        return "It had no numbers."
    its = "Its number stays" if count == 1 else f"Its {count} numbers stay"
    return f"{its} in the account, still billed every month, with calls coming to us again. Release what is not needed."
