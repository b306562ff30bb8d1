"""Whom a person's page is about. Its address never has to hold a whole number: it names a row by which the number is
known (`12` a person, `c12` a contact, `k12` a call), or the number itself for those who may see numbers.
"""

import re
from dataclasses import dataclass

from django.http import Http404

from calls.models import Call, Contact
from compliance.models import Person
from compliance.numbers import parse_e164
from contactcenter.dashboard import access
from contactcenter.dashboard.request import HttpRequest

_REF = re.compile(r"(?P<kind>[ck]?)(?P<key>\d{1,17})")


@dataclass(frozen=True, slots=True)
class Subject:
    """A number, what its owner is called, and how the address names them. `person` None: nothing is written yet."""

    ref: str
    number: str
    name: str
    person: Person | None


def of(request: HttpRequest, ref: str) -> Subject:
    """Whom the address names. Raises Http404 for nobody, or somebody this reader may not name like that."""
    number, name = _by_number(request, ref) if ref.startswith("+") else _by_row(ref)
    if not number:
        raise Http404
    person = Person.objects.filter(number=number).first()
    return Subject(ref, number, (person.name if person else "") or name or _named_in_a_file(number), person)


def _named_in_a_file(number: str) -> str:
    newest = Contact.objects.filter(number=number).exclude(name="").order_by("-pk").only("name").first()
    return newest.name if newest else ""


def _by_number(request: HttpRequest, ref: str) -> tuple[str, str]:
    return (parse_e164(ref), "") if request.user.has_perm(access.SEE_NUMBERS) else ("", "")


def _by_row(ref: str) -> tuple[str, str]:
    match = _REF.fullmatch(ref)
    if match is None or not ref.isascii():
        return "", ""
    key = int(match["key"])
    if match["kind"] == "c":
        contact = Contact.objects.filter(pk=key).only("number", "name").first()
        return (contact.number, contact.name) if contact else ("", "")
    if match["kind"] == "k":
        call = Call.objects.filter(pk=key).only("customer_e164").first()
        return (call.customer_e164, "") if call else ("", "")
    person = Person.objects.filter(pk=key).first()
    return (person.number, person.name) if person else ("", "")
