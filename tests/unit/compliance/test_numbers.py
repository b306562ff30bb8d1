"""Telephone numbers: reading, hiding."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
