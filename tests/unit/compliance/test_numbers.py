"""Telephone numbers: reading, hiding."""

import random

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance import numbers
from compliance.numbers import Address, Kind, channel_of, is_withheld, number_behind, parse_e164, read_address, readable
from compliance.redaction import mask_address


@pytest.mark.parametrize(
    ("text", "e164"),
    [
        ("+14155550100", "+14155550100"),
        ("(415) 555-0100", "+14155550100"),
        ("+44 20 7946 0958", "+442079460958"),
        ("anonymous", ""),
        ("+266696687", ""),
        ("client:alice", ""),
        ("sip:alice@example.com", ""),
        ("", ""),
        ("+1", ""),
        ("1" * 500, ""),
    ],
)
def test_reading_a_number(text: str, e164: str) -> None:
    assert parse_e164(text) == e164


# --- the short way and the library's ----------------------------------------------------------------------------------


def by_the_library(text: str, region: str) -> str:
    if not text or ":" in text or is_withheld(text) or len(text) > 40:
        return ""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return ""
    is_possible = phonenumbers.is_possible_number(number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if is_possible else ""


def address_by_the_library(e164: str) -> Address:
    number = phonenumbers.parse(e164)
    if not phonenumbers.is_valid_number(number):
        return Address(Kind.PHONE, "")
    blocked = numbers._BLOCKED_TYPES.get(phonenumbers.number_type(number), "")
    return Address(Kind.PHONE, e164, phonenumbers.region_code_for_number(number) or "", blocked)


def test_every_area_code_is_what_the_library_says() -> None:
    dice = random.Random(1)
    for area in range(200, 1000):
        for exchange in (100, 200, 211, 555, 911, 200 + dice.randrange(800)):
            e164 = f"+1{area}{exchange}{dice.randrange(10_000):04d}"
            assert numbers._known.__wrapped__(e164) == address_by_the_library(e164)
            assert numbers.read_address(e164, region="GB") == address_by_the_library(e164)


def test_a_number_in_whatever_spelling_is_what_the_library_reads() -> None:
    dice = random.Random(2)
    apart = ("", "-", " ", ".", "  ", ". ", "- ", "--", "/", "\u00a0", "\u2011")
    before = (
        "",
        "+",
        "+1",
        "1",
        "1 ",
        "1-",
        "+1 ",
        "+1.",
        "+1  ",
        "01",
        "001",
        "+0",
        "+2",
        "+44",
        "tel ",
        "\uff0b1",
        "++1",
    )
    for _ in range(15_000):
        area, exchange = f"{dice.randrange(1000):03d}", f"{dice.randrange(1000):03d}"
        text = (
            dice.choice(before) + dice.choice(("", "(", " (", "((")) + area + dice.choice(("", ")", ") ", "))"))
            + dice.choice(apart) + exchange + dice.choice(apart) + f"{dice.randrange(10_000):04d}"
            + dice.choice(("", "", "", "", " ", " x12", "#", "a", "\n", "\0", "5"))
        )  # fmt: skip
        if dice.random() < 0.05:  # digits of another script
            text = text.replace("2", "\u0662")
        for region in ("US", dice.choice(("GB", "AG", "CA", "DE"))):
            assert parse_e164(text, region=region) == by_the_library(text, region), (text, region)


@pytest.mark.parametrize(
    ("address", "channel", "number"),
    [
        ("+14155552671", Kind.PHONE, "+14155552671"),
        ("tel:+14155552671", Kind.PHONE, ""),
        ("whatsapp:+14155552671", Kind.WHATSAPP, "+14155552671"),
        ("WhatsApp:+14155552671", Kind.WHATSAPP, "+14155552671"),
        ("whatsapp:4155552671", Kind.WHATSAPP, ""),
        ("whatsapp:BR.48915", Kind.WHATSAPP, ""),
        ("whatsapp:", Kind.WHATSAPP, ""),
        ("client:agent_7", Kind.CLIENT, ""),
        ("sip:+14155552671@example.com", Kind.SIP, ""),
        ("messenger:17", Kind.OTHER, ""),
        ("", Kind.PHONE, ""),
    ],
)
def test_by_which_channel_and_whose_number(address: str, channel: Kind, number: str) -> None:
    assert (channel_of(address), number_behind(address)) == (channel, number)


def test_a_whatsapp_address_is_read_as_the_number_behind_it() -> None:
    assert read_address("whatsapp:+14155552671") == Address(Kind.WHATSAPP, "+14155552671", "US")
    assert read_address("whatsapp:+18005551234").blocked == "toll_free"
    assert read_address("whatsapp:Carol") == Address(Kind.WHATSAPP, "")


@pytest.mark.parametrize("address", ["anonymous", "Anonymous", "unknown", "+266696687", "+7378742833"])
def test_callers_who_hide(address: str) -> None:
    assert is_withheld(address)


def test_a_number_as_people_read_it() -> None:
    assert readable("+14155550100") == "+1 415-555-0100"
    assert readable("nonsense") == "nonsense"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("+14155552671", "+1 415 ••• 2671"),
        ("+442079460958", "+44 ••• 958"),
        ("client:alice", "client:a•••"),
        ("whatsapp:+14155552671", "+1 415 ••• 2671"),
        ("whatsapp:BR.48915", "whatsapp:B•••"),
        ("sip:+14155552671@example.com", "sip:+•••"),
        ("browser", "Test call"),
        ("", "unknown"),
    ],
)
def test_masking(address: str, shown: str) -> None:
    assert mask_address(address) == shown


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_a_masked_number_cannot_be_dialled(e164: str) -> None:
    shown = mask_address(e164)
    assert sum(map(str.isdigit, shown)) <= len(e164) - 3
    assert e164 not in shown.replace(" ", "")


@given(st.text(max_size=60))
def test_any_text_can_be_read_and_masked(text: str) -> None:
    assert isinstance(parse_e164(text), str)
    assert mask_address(text)
