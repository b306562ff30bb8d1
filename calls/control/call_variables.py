"""The variables of one call, which a prompt and whoever is asked about the caller may hold."""

from collections.abc import Callable, Iterable

from agents import prompt_text
from calls.models import Call, Contact, ContactAttempt, OutgoingCall
from compliance.models import Person


def of(call: Call, *, wanted: Iterable[str]) -> dict[str, str]:
    """The variables of a call that are asked for; nothing is looked up for those that are not."""
    wanted = frozenset(wanted)
    known = {name: look_up(call) for name, look_up in _LOOK_UPS.items() if name in wanted}
    if columns := {name for name in wanted if name.startswith(prompt_text.FROM_CONTACT)}:
        contact = _contact(call)
        fields = {} if contact is None else {_as_name(column): str(value) for column, value in contact.fields.items()}
        known |= {name: fields.get(name.removeprefix(prompt_text.FROM_CONTACT), "") for name in columns}
    return known


def _as_name(column: str) -> str:
    """A column of a file as a variable spells it: `Order No.` is `order_no`."""
    letters = "".join(letter if letter.isalnum() else " " for letter in column.lower())
    return "_".join(letters.split())


def _contact(call: Call) -> Contact | None:
    attempt = ContactAttempt.objects.select_related("contact__campaign").filter(call=call).first()
    return None if attempt is None else attempt.contact


def _name(call: Call) -> str:
    contact = _contact(call)
    if contact is not None and contact.name:
        return contact.name
    person = Person.objects.filter(number=call.customer_e164).first() if call.customer_e164 else None
    return "" if person is None else person.name


def _campaign(call: Call) -> str:
    contact = _contact(call)
    return "" if contact is None else contact.campaign.name


def _topic(call: Call) -> str:
    ours = OutgoingCall.of(call)
    return "" if ours is None else ours.topic


_LOOK_UPS: dict[str, Callable[[Call], str]] = {
    "number": lambda call: call.our_address,
    "caller": lambda call: call.customer_e164,
    "contact": _name,
    "campaign": _campaign,
    "topic": _topic,
}
