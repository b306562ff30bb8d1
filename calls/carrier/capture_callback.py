"""What the carrier brings back from a capture: the provider's answer, or keys that may be held for a moment only.

Source: https://www.twilio.com/docs/voice/twiml/pay, https://www.twilio.com/docs/voice/twiml/gather.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

_LONGEST = 100
_SHOWN_OF_CARD = 4
# What may hold a secret, or a part of one, in whatever form post the carrier sends.
SECRET_PARAMETERS = frozenset(
    {
        "Digits",
        "PaymentCardNumber",
        "PaymentCardPostalCode",
        "PaymentToken",
        "SecurityCode",
        "ExpirationDate",
        "BankAccountNumber",
        "BankRoutingNumber",
    }
)


class Keyed:
    """Digits that were keyed in secret. They can be counted and given to who checks them, and in no other way leave.

    Printing, formatting, logging and pickling show nothing; the wrapped text is dropped as soon as it was used.
    """

    __slots__ = ("_digits",)

    def __init__(self, digits: str) -> None:
        self._digits = digits

    def __repr__(self) -> str:
        return "<keyed>"

    __str__ = __repr__

    def __format__(self, _: str) -> str:
        return repr(self)

    def __len__(self) -> int:
        return len(self._digits)

    def __reduce__(self) -> NoReturn:
        raise TypeError("what was keyed in secret stays in this process")

    def holds(self, key: str) -> bool:
        """True when this key is among them."""
        return key in self._digits

    def take(self) -> str:
        """The digits, for who checks them; nothing is left here."""
        digits, self._digits = self._digits, ""
        return digits


@dataclass(frozen=True, slots=True)
class Captured:
    """What came back. Of a card only the provider's mask, of its token the end."""

    leg_sid: str
    keyed: Keyed | None  # None: a provider has answered
    pay_result: str
    masked: str
    token_end: str
    reference: str
    error: str


def captured(form: Mapping[str, str]) -> Captured:
    """The parameters of a `<Pay>`'s or a `<Gather>`'s action; nothing of them but this may be kept."""
    result = _value(form, "Result")
    is_pay = bool(result)
    return Captured(
        leg_sid=_value(form, "CallSid"),
        keyed=None if is_pay else Keyed(_value(form, "Digits")),
        pay_result=result,
        masked=_masked(form.get("PaymentCardNumber") or ""),
        token_end=(form.get("PaymentToken") or "")[-_SHOWN_OF_CARD:] if is_pay else "",
        reference=_value(form, "PaymentConfirmationCode"),
        error=re.sub(r"\d{5,}", "…", _value(form, "PaymentError")),
    )


def _value(form: Mapping[str, str], name: str) -> str:
    return (form.get(name) or "")[:_LONGEST].replace("\x00", "")


def _masked(number: str) -> str:
    """The last four digits, whatever the provider's mask lets through."""
    digits = "".join(filter(str.isdigit, number))[-_SHOWN_OF_CARD:]
    return f"•••• {digits}" if digits else ""


def without_secrets(form: Mapping[str, str]) -> dict[str, str]:
    """A form as it may be written down."""
    return {name: value for name, value in form.items() if name not in SECRET_PARAMETERS}
