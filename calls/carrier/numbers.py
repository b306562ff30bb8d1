"""Our telephone numbers at the carrier: look them up, point them at us.

Source: https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource.
"""

from dataclasses import dataclass

from twilio.base.exceptions import TwilioException

from calls.carrier.client import get_client, translated
from calls.carrier.errors import CarrierError

# Our name -> the vendor's attribute.
_FIELDS = {
    "voice_url": "voice_url",
    "voice_method": "voice_method",
    "voice_fallback_url": "voice_fallback_url",
    "voice_fallback_method": "voice_fallback_method",
    "status_callback": "status_callback",
    "status_callback_method": "status_callback_method",
    "sms_url": "sms_url",
    "sms_method": "sms_method",
}


@dataclass(frozen=True, slots=True)
class NumberFound:
    """A number as the carrier has it, with the settings that decide who is asked when it rings."""

    phone_number_sid: str
    e164: str
    settings: dict[str, str]


def find(e164: str) -> NumberFound | None:
    """The number of ours with exactly these digits; None when the account does not own it. Raises CarrierError."""
    try:
        found = get_client().incoming_phone_numbers.list(phone_number=e164, limit=20)
    except (TwilioException, OSError) as error:
        raise translated(error) from error
    for number in found:
        if number.phone_number == e164:
            values = {name: str(getattr(number, field) or "") for name, field in _FIELDS.items()}
            return NumberFound(str(number.sid), e164, values)
    return None


def change(phone_number_sid: str, settings: dict[str, str]) -> None:
    """Set some of a number's settings; an empty value clears. Raises CarrierError."""
    unknown = settings.keys() - _FIELDS.keys()
    if unknown:
        raise CarrierError(f"no such settings: {', '.join(sorted(unknown))}", is_permanent=True)
    try:
        get_client().incoming_phone_numbers(phone_number_sid).update(**{_FIELDS[n]: v for n, v in settings.items()})
    except (TwilioException, OSError) as error:
        raise translated(error) from error
