"""How people, their consents and the gate's answers are told: filters every template has, and the words behind them."""

from datetime import datetime

from django import template

from calls.models import Call, Contact
from compliance import local_time
from compliance.models import ConsentRecord, Person, Revocation
from compliance.places import STATES
from compliance.redaction import mask_address
from compliance.verdict import Outcome

register = template.Library()

ANSWERS = {Outcome.ALLOW: "yes", Outcome.DEFER: "not now", Outcome.DENY: "no"}


@register.filter
def person_ref(row: object) -> str:
    """How an address names the owner of a number, without the number."""
    match row:
        case Contact():
            return f"c{row.pk}"
        case Call():
            return f"k{row.pk}"
        case Person():
            return str(row.pk)
    return str(row)


@register.filter
def who(name: str) -> str:
    """Somebody by name; a number in its place is masked."""
    return mask_address(name) if name.startswith("+") else name


@register.filter
def answer_words(outcome: str) -> str:
    """The gate's answer in one word."""
    return ANSWERS[Outcome(outcome)]


@register.filter
def state_name(state: str) -> str:
    """A state of the United States by name."""
    return STATES.get(state, state)


@register.filter
def clock_there(now: datetime, zone: str) -> str:
    """What a clock there shows now: `Pacific/Honolulu` gives `Tue 09:12`."""
    known = local_time.zone_named(zone)
    return "" if known is None else f"{local_time.reading(now, known):%a %H:%M}"


@register.filter
def zone_words(zone: str) -> str:
    """A time zone as people read it: `America/New_York` becomes `New York`."""
    return zone.rpartition("/")[2].replace("_", " ")


@register.filter
def kind_words(consent: ConsentRecord) -> str:
    """How strong a consent is."""
    return str(ConsentRecord.Kind(consent.kind).label)


@register.filter
def scope_words(revocation: Revocation) -> str:
    """What a revocation ends: `calls about one topic (bike service)`."""
    said = str(Revocation.Scope(revocation.scope).label)
    return f"{said} ({revocation.topic})" if revocation.topic else said
