"""What is known of the person at the other end, by the number the telephone network names."""

from calls.models import Call, Callback, Contact
from compliance.models import Person

_MOST_FIELDS = 12
_LONGEST = 120
_DOUBTED = "TN-Validation-Failed"


class UnableToTell(Exception):
    """It is not known whose call this is; `str()` says why, for the model."""


def known_of(call: Call) -> list[str]:
    """What is known of this call's customer, in short lines. Raises UnableToTell."""
    number = call.customer_e164
    if not number:
        raise UnableToTell("The caller withholds their number, so nothing can be looked up. Ask for what you need.")
    if call.verstat.startswith(_DOUBTED):
        raise UnableToTell(
            "The telephone network doubts the caller's number, so nothing can be looked up. Ask for what you need."
        )
    if (person := Person.objects.filter(number=number).first()) is not None and person.is_restricted:
        return []
    lines = [f"name {person.name}"] if person is not None and person.name else []
    contact = Contact.objects.filter(number=number).order_by("-pk").first()
    if contact is not None:
        lines += [f"name {contact.name}"] if contact.name and not lines else []
        fields = dict(contact.fields or {})
        lines += [
            f"{name[:40]} {str(value)[:_LONGEST]}" for name, value in list(fields.items())[:_MOST_FIELDS] if value
        ]
    earlier = Call.objects.filter(customer_e164=number, started_at__lt=call.started_at)
    if (last := earlier.exclude(channel=Call.Channel.BROWSER).order_by("-started_at").first()) is not None:
        lines.append(f"spoke with us before, last on {last.started_at:%d %B %Y}")
    if Callback.open_for(number) is not None:
        lines.append("waits to be called back")
    return lines
