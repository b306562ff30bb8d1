"""Telephone numbers, and other addresses that can be rung, as the trade writes them."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberType, timezone

# What hides behind these "numbers" is a caller who withheld theirs; Twilio passes keypad spellings of the words.
# https://www.twilio.com/docs/voice/twiml#request-parameters
_WITHHELD = frozenset({"anonymous", "unknown", "restricted", "unavailable", "private", "+266696687", "+86282452253",
                       "+7378742833", "+2562533", "+8656696"})  # fmt: skip

LIBRARY = f"phonenumbers {phonenumbers.__version__}"
# The called party pays, or the caller more than for a call; or no person answers there.
_BLOCKED_TYPES = {
    PhoneNumberType.TOLL_FREE: "toll_free",
    PhoneNumberType.PREMIUM_RATE: "premium_rate",
    PhoneNumberType.SHARED_COST: "shared_cost",
    PhoneNumberType.PERSONAL_NUMBER: "personal_number",
    PhoneNumberType.PAGER: "pager",
    PhoneNumberType.UAN: "uan",
    PhoneNumberType.VOICEMAIL: "voicemail",
}
# https://www.twilio.com/docs/voice/api/call-resource#create-a-call-resource, the parameter To.
_SIP = re.compile(r"sip:[^\s@:;<>\"']+@[^\s@<>\"']+")
_CLIENT = re.compile(r"client:[\w.+-]{1,121}", re.ASCII)
_LONGEST = 255
# What the library takes fifty times as long to read: a number of the North American plan in any usual spelling, and one
# of an area code of the United States that no special tariff has (its own table). A test holds both against it.
_PLAIN = re.compile(r"(?:\+?1[ .-]?)?\(?([2-9]\d\d)\)?[ .-]{0,2}(\d{3})[ .-]?(\d{4})", re.ASCII)
_THE_US = phonenumbers.PhoneMetadata.metadata_for_region("US")
assert _THE_US is not None
assert _THE_US.fixed_line is not None
_OF_THE_US = re.compile(rf"\+1(?:{_THE_US.fixed_line.national_number_pattern})", re.ASCII)


class Kind(StrEnum):
    """What sort of thing an address is."""

    PHONE = "phone"
    SIP = "sip"
    CLIENT = "client"
    WHATSAPP = "whatsapp"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Address:
    """An address as somebody wrote it, read. `value` is how the carrier takes it; empty when it cannot be rung.

    Of a telephone number, `region` is where it belongs, and `blocked` the kind of number if it is one nobody dials. Of
    a WhatsApp address, `value` is the number behind it: who is on a list, or on a call, is so by whatever channel.
    """

    kind: Kind
    value: str
    region: str = ""
    blocked: str = ""


def read_address(text: str, *, region: str = "US") -> Address:
    """Read a destination: a number in any spelling, `whatsapp:`, `sip:` or `client:`. Anything else is OTHER."""
    if _OF_THE_US.fullmatch(text):
        return _known(text)
    scheme, colon, rest = text.strip().partition(":")
    scheme = scheme.lower()
    if colon and scheme in (Kind.SIP, Kind.CLIENT):
        value = f"{scheme}:{rest}"
        pattern = _SIP if scheme == Kind.SIP else _CLIENT
        return Address(Kind(scheme), value if pattern.fullmatch(value) and len(value) <= _LONGEST else "")
    if colon and scheme == Kind.WHATSAPP:
        behind = _read_number(rest, "ZZ") if rest.startswith("+") else Address(Kind.PHONE, "")
        return Address(Kind.WHATSAPP, behind.value, behind.region, behind.blocked)
    if colon and scheme != "tel":
        return Address(Kind.OTHER, "")
    return _read_number(rest if colon else text, region)


def _read_number(text: str, region: str) -> Address:
    e164 = parse_e164(text, region=region)
    return _known(e164) if e164 else Address(Kind.PHONE, "")


@lru_cache(maxsize=4096)  # one decision asks several times
def _known(e164: str) -> Address:
    if _OF_THE_US.fullmatch(e164):
        return Address(Kind.PHONE, e164, "US")
    number = phonenumbers.parse(e164)
    if not phonenumbers.is_valid_number(number):
        return Address(Kind.PHONE, "")
    blocked = _BLOCKED_TYPES.get(phonenumbers.number_type(number), "")
    return Address(Kind.PHONE, e164, phonenumbers.region_code_for_number(number) or "", blocked)


def parse_e164(text: str, *, region: str = "US") -> str:
    """A number in any usual spelling as E.164, or an empty string when it is none.

    An address with a kind before it (`whatsapp:`, `sip:`, `client:`) is no telephone number, whatever digits follow.
    """
    plain = _PLAIN.fullmatch(text)
    if plain is not None and (region == "US" or text.startswith("+")):
        return f"+1{plain[1]}{plain[2]}{plain[3]}"
    if not text or ":" in text or is_withheld(text) or len(text) > 40:
        return ""
    return _parsed(text, region)


@lru_cache(maxsize=4096)
def _parsed(text: str, region: str) -> str:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def channel_of(address: str) -> Kind:
    """By which channel somebody is reached at an address, as the carrier writes it; no prefix: by telephone."""
    scheme, colon, _ = address.strip().partition(":")
    if not colon or scheme.lower() == "tel":
        return Kind.PHONE
    return Kind(scheme.lower()) if scheme.lower() in set(Kind) else Kind.OTHER


def number_behind(address: str, *, region: str = "US") -> str:
    """The number of whoever is at an address, by telephone or WhatsApp, as E.164; empty when there is none.

    Somebody on WhatsApp may be known by another name than a number.
    """
    if channel_of(address) is not Kind.WHATSAPP:
        return parse_e164(address, region=region)
    behind = address.strip().partition(":")[2]
    return parse_e164(behind) if behind.startswith("+") else ""


def by_whatsapp(e164: str) -> str:
    """A number as the carrier writes it when somebody is reached there by WhatsApp."""
    return f"{Kind.WHATSAPP}:{e164}"


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


@lru_cache(maxsize=4096)
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


@lru_cache(maxsize=4096)
def time_zones_of(e164: str) -> tuple[str, ...]:
    """The time zones in which whoever has this number may be at home, as IANA names; empty when nobody can say."""
    try:
        names = timezone.time_zones_for_number(phonenumbers.parse(e164))
    except phonenumbers.NumberParseException:
        return ()
    return tuple(name for name in names if name != timezone.UNKNOWN_TIMEZONE)
