"""Numbers of others that we may show: asked for through the door, because a telephone rings for it, and given up."""

from datetime import datetime

from django.conf import settings

from calls.carrier import caller_ids as at_carrier
from calls.carrier.errors import CarrierError
from calls.control import dialing, door_facts
from calls.control.dial_answers import Refused, UnableToDial
from calls.models import CallerId, Number
from calls.provisioning.problems import UnableTo, unable
from compliance import audit
from compliance.numbers import parse_e164


def ask(*, written: str, name: str, by: str, now: datetime) -> str:
    """Have this number rung and asked for a code; the code, which is shown once and kept nowhere. Raises UnableTo."""
    e164 = parse_e164(written, region=settings.DEFAULT_REGION)
    if not e164:
        raise UnableTo("This is not a whole number. Write it as +14155550100.")
    if door_facts.may_show(e164):
        raise UnableTo("We may show this number already.")
    shown = Number.objects.filter(is_active=True, released_at=None).order_by("pk").values_list("e164", flat=True)
    if not shown:
        raise UnableTo("There is no number of ours yet. Buy one first.")
    entry = door_facts.destination(e164, "caller-id")
    if entry is None:
        raise UnableTo("Its telephone will ring, and we ring only who stands in the transfer directory: add it there.")
    try:
        code = dialing.verify_number(to=e164, directory=entry, shown=shown[0], name=name[:64] or e164, by=by, now=now)
    except (Refused, UnableToDial) as problem:
        raise UnableTo(str(problem)) from problem
    CallerId.ask(e164=e164, name=name, by=by, now=now)
    audit.note(act="ask_caller_id", subject=f"caller_id:{e164}", by=by, now=now)
    return code


def give_up(*, caller_id: CallerId, by: str, now: datetime) -> None:
    """We may not show it any more. Raises UnableTo."""
    try:
        if caller_id.caller_id_sid:
            at_carrier.drop(caller_id.caller_id_sid)
    except CarrierError as error:
        raise unable(error) from error
    audit.note(act="give_up_caller_id", subject=f"caller_id:{caller_id.e164}", by=by, now=now)
    caller_id.forget()
