"""THE DOOR: the only way out to the telephone network.

Every dial goes the same way: read what is known, ask the gate, commit; spend the permit, commit; ask the carrier; write
the leg. A process that dies in between leaves a permit that is spent and a number that is not rung a second time; what
became of it is found out by `calls.control.dialled`. You must not hold a transaction while you dial.

A refusal is an answer, not an accident: it is written down, and its sentence is for the person who asked.

`staff` rings our own people and those they send callers to, `customers` everybody else; `asking` asks the gate without
dialling. How a permit is got and spent is `spending`.
"""

from calls.control.dial_answers import Refused, UnableToDial
from calls.control.dialing.asking import assess, assess_each, assess_out
from calls.control.dialing.customers import dial_out
from calls.control.dialing.spending import CUSTOMER_LABEL
from calls.control.dialing.staff import dial_guest, dial_staff, seat_staff, send_on, verify_number

__all__ = [
    "CUSTOMER_LABEL",
    "Refused",
    "UnableToDial",
    "assess",
    "assess_each",
    "assess_out",
    "dial_guest",
    "dial_out",
    "dial_staff",
    "seat_staff",
    "send_on",
    "verify_number",
]
