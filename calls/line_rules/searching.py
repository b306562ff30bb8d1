"""What may be asked of the numbers that are for sale.

Source: https://www.twilio.com/docs/phone-numbers/api/availablephonenumber-resource.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from compliance.numbers import is_country


class NumberKind(StrEnum):
    """What sort of number it is; the carrier keeps a list of each per country."""

    LOCAL = "local"
    TOLL_FREE = "toll-free"
    MOBILE = "mobile"


# Asked for by people, and nothing that rings.
SHORT_CODE = "short-code"
KINDS = {NumberKind.LOCAL: "local", NumberKind.TOLL_FREE: "toll-free", NumberKind.MOBILE: "mobile"}
WITH_AREA_CODES = frozenset({"US", "CA"})
NO_VOICE_ON_SHORT_CODES = (
    "A short code carries text messages only: nobody can call it, and no assistant can answer it. "
    "Take a local, toll-free or mobile number for calls."
)
_AREA_CODE = re.compile(r"[2-9]\d{2}")
_CONTAINS = re.compile(r"[0-9A-Za-z*]{2,16}")
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_SHORT = re.compile(r"\d{3,6}")


@dataclass(frozen=True, slots=True)
class Search:
    """What somebody looks for. Capabilities left False are not asked about; voice always is."""

    country: str = "US"
    kind: str = NumberKind.LOCAL
    area_code: str = ""
    contains: str = ""
    needs_sms: bool = False
    needs_mms: bool = False


def check_search(search: Search) -> dict[str, str]:
    """What is wrong with a search, a sentence for each field; empty when it can be asked."""
    wrong = {}
    if not is_country(search.country):
        wrong["country"] = "Write a country as two letters: US, CA, GB."
    if search.kind == SHORT_CODE:
        wrong["kind"] = NO_VOICE_ON_SHORT_CODES
    elif search.kind not in set(NumberKind):
        wrong["kind"] = "Choose local, toll-free or mobile."
    if search.area_code:
        if search.country not in WITH_AREA_CODES:
            wrong["area_code"] = "Area codes are of the US and Canada. Elsewhere, write the digits under “contains”."
        elif search.kind != NumberKind.LOCAL:
            wrong["area_code"] = "Only local numbers have an area code. Write 888 or 833 under “contains”."
        elif not _AREA_CODE.fullmatch(search.area_code):
            wrong["area_code"] = "An area code has three digits: 415."
    if search.contains and not _CONTAINS.fullmatch(search.contains):
        wrong["contains"] = "2 to 16 digits or letters; a * stands for any digit: 415*00, PLUMBER."
    return wrong


def check_number(e164: str) -> str:
    """Why this cannot be bought as a number for calls, as a sentence; empty when it can."""
    if _SHORT.fullmatch(e164.strip().removeprefix("+")):
        return NO_VOICE_ON_SHORT_CODES
    return "" if _E164.fullmatch(e164) else "This is not a whole number. Write it as +14155550100."


def is_typed_right(typed: str, e164: str) -> bool:
    """True when somebody has written the number they mean, in whatever spelling: all of its digits."""
    digits = "".join(filter(str.isdigit, typed))
    whole = e164.removeprefix("+")
    return digits in (whole, whole.removeprefix("1") if len(whole) == 11 else whole)
