"""Which addresses may be asked: judged as text, and again as what they lead to."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import web_addresses
from tests import web_tricks


@pytest.mark.parametrize("url", web_tricks.LAWFUL)
def test_lawful_addresses_are_asked(url: str) -> None:
    target = web_addresses.target(url)
    assert target.scheme == "https"
    assert target.port in (443, 8443)
    assert target.path.startswith(("/", "?"))


@pytest.mark.parametrize("address", [*web_tricks.INSIDE_FOUR, *web_tricks.INSIDE_SIX, "fe80::1%eth0", "", "x", "1.2.3"])
def test_what_lies_inside_is_not_connected_to(address: str) -> None:
    assert web_addresses.problem_with(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "8.8.8.8", "2606:4700::1111", "2a00:1450::1", "64:ff9b::808:808"])
def test_what_lies_outside_is(address: str) -> None:
    assert web_addresses.problem_with(address) == ""


@given(st.integers(0, 2**32 - 1))
def test_no_address_that_python_calls_private_passes(number: int) -> None:
    one = ipaddress.IPv4Address(number)
    if not one.is_global or one.is_multicast or one.is_reserved:
        assert web_addresses.problem_with(str(one))


@given(st.integers(0, 2**128 - 1) | st.integers(0, 2**48))
def test_no_long_address_that_python_calls_private_passes(number: int) -> None:
    one = ipaddress.IPv6Address(number)
    inner = one.ipv4_mapped or one.sixtofour or (one.teredo or (None,))[0]
    if not one.is_global or one.is_multicast or (inner is not None and not inner.is_global):
        assert web_addresses.problem_with(str(one))


@given(st.text(max_size=60))
def test_no_text_is_anything_but_judged(text: str) -> None:
    for url in (text, f"https://{text}/"):
        try:
            target = web_addresses.target(url)
        except web_addresses.Refused:
            continue
        assert target.host.isascii()


def test_an_excepted_pair_may_be_private_and_plain_and_nothing_beside_it() -> None:
    allowed = frozenset({"127.0.0.1:8099"})
    assert web_addresses.target("http://127.0.0.1:8099/x", allowed=allowed).is_excepted
    for other in ("http://127.0.0.1:8098/", "http://127.0.0.2:8099/", "http://localhost:8099/"):
        with pytest.raises(web_addresses.Refused):
            web_addresses.target(other, allowed=allowed)
