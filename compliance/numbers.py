"""Telephone numbers as the trade writes them."""

import phonenumbers
from phonenumbers import timezone

# What hides behind these "numbers" is a caller who withheld theirs; Twilio passes keypad spellings of the words.
# https://www.twilio.com/docs/voice/twiml#request-parameters
_WITHHELD = frozenset({"anonymous", "unknown", "restricted", "unavailable", "private", "+266696687", "+86282452253",
                       "+7378742833", "+2562533", "+8656696"})  # fmt: skip


def parse_e164(text: str, *, region: str = "US") -> str:
    """A number in any usual spelling as E.164, or an empty string when it is none.

    An address with a kind before it (`whatsapp:`, `sip:`, `client:`) is no telephone number, whatever digits follow.
    """
    if not text or ":" in text or is_withheld(text) or len(text) > 40:
        return ""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def is_withheld(address: str) -> bool:
    """True for a caller who hides their number."""
    return address.strip().lower() in _WITHHELD


def readable(e164: str) -> str:
    """A number as people of its country read it, with the country code."""
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def country_of(e164: str) -> str:
    """The country a number belongs to, as two letters; empty when it belongs to none or to many."""
    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(e164)) or ""
    except phonenumbers.NumberParseException:
        return ""
    return region if is_country(region) else ""


def is_country(code: str) -> bool:
    """True for the two letters of a country that has telephone numbers."""
    return code in phonenumbers.SUPPORTED_REGIONS


def time_zones_of(e164: str) -> tuple[str, ...]:
    """The time zones in which whoever has this number may be at home, as IANA names; empty when nobody can say."""
    try:
        names = timezone.time_zones_for_number(phonenumbers.parse(e164))
    except phonenumbers.NumberParseException:
        return ()
    return tuple(name for name in names if name != timezone.UNKNOWN_TIMEZONE)
