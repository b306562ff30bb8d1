"""Trunks: what goes together, where calls go, who may send them, and what an owner is told."""

from dataclasses import replace

import pytest

from calls.line_rules import failover, sip_access, trunk
from calls.line_rules.trunk import Plan, Standing

GOOD = Plan("Berlin", "acme-berlin.pstn.twilio.com", disaster_url="https://static.example.com/disaster.xml")


def test_a_good_plan_is_taken() -> None:
    assert trunk.check_plan(GOOD) == {}
    assert trunk.check_plan(Plan("Berlin")) == {}


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"name": " "}, "name", "at most 64"),
        ({"name": "x" * 65}, "name", "at most 64"),
        ({"domain": "acme.example.com"}, "domain", "pstn.twilio.com"),
        ({"domain": "-acme.pstn.twilio.com"}, "domain", "hyphens"),
        ({"domain": "a.b.pstn.twilio.com"}, "domain", "hyphens"),
        ({"domain": ".pstn.twilio.com"}, "domain", "hyphens"),
        ({"transfer": "always"}, "transfer", "Choose"),
        ({"transfer_caller": "me"}, "transfer_caller", "Choose"),
        ({"recording": "record"}, "recording", "Choose"),
        ({"trim": "yes"}, "trim", "Choose"),
        ({"disaster_url": "/relative"}, "disaster_url", "whole web address"),
        ({"disaster_url": "https://a_b.example.com/"}, "disaster_url", "underscore"),
        ({"disaster_url": "https://x:y:z/"}, "disaster_url", "no web address"),
        ({"disaster_url": "ftp://x.example.com/"}, "disaster_url", "whole web address"),
    ],
)
def test_a_wrong_plan_is_refused_at_its_field(change: dict[str, str], field: str, said: str) -> None:
    assert said in trunk.check_plan(replace(GOOD, **change))[field]


def test_encryption_needs_tls_at_every_address() -> None:
    secure = replace(GOOD, is_secure=True)
    assert trunk.check_plan(secure, unencrypted=()) == {}
    wrong = trunk.check_plan(secure, unencrypted=["sip:pbx.example.com"])
    assert "sip:pbx.example.com has none" in wrong["is_secure"]


@pytest.mark.parametrize(
    ("plan", "known", "said"),
    [
        (GOOD, Standing((True,)), "Nobody can call out"),
        (GOOD, Standing((True,), has_addresses_let_in=True), "Ask for credentials too"),
        (GOOD, Standing((), has_credentials=True), "no address that is switched on"),
        (replace(GOOD, disaster_url=""), Standing((True,)), "Set a document for disasters"),
        (GOOD, Standing((True,), our_host="static.example.com"), "not when we are"),
        (GOOD, Standing((False,)), "Calls go unencrypted"),
        (GOOD, Standing((True,)), "what is said is not"),
        (GOOD, Standing((True,), is_rtp_symmetric=True), "Symmetric RTP is on"),
        (replace(GOOD, transfer="enable-all"), Standing((True,)), "broken into"),
        (
            replace(GOOD, trim="trim-silence", recording="record-from-answer"),
            Standing((True,)),
            "times of a transcript",
        ),
    ],
)
def test_an_owner_is_told(plan: Plan, known: Standing, said: str) -> None:
    assert said in " ".join(trunk.advice(plan, known))


def test_of_a_trunk_in_good_order_nothing_is_said() -> None:
    known = Standing((True, True), has_credentials=True, has_addresses_let_in=True, our_host="voice.example.com")
    assert trunk.advice(replace(GOOD, is_secure=True), known) == ()


# --- where calls go ---


@pytest.mark.parametrize("code", [200, 202, 400, 404, 405, 410, 416, 482, 484, 486, 600, 603, 604, 606, 699])
def test_after_these_answers_no_other_address_is_tried(code: int) -> None:
    assert failover.is_final(code)


@pytest.mark.parametrize("code", [0, 301, 401, 403, 407, 408, 415, 480, 481, 483, 485, 487, 488, 500, 503, 504])
def test_after_others_one_is(code: int) -> None:
    assert not failover.is_final(code)


def test_the_answers_on_the_screen_are_those_that_end_it() -> None:
    assert all(failover.is_final(code) for code in failover.FINAL)


def test_the_lowest_priority_is_tried_first_and_a_weight_is_a_share() -> None:
    places = failover.order([("c", 20, 1), ("a", 10, 10), ("b", 10, 30)])
    assert [(place.ref, place.share) for place in places] == [("b", 75), ("a", 25), ("c", 100)]


@pytest.mark.parametrize(
    ("targets", "said"),
    [
        ([(0, 1)] * 11, "10 addresses at most"),
        ([(-1, 1)], "from 0"),
        ([(65536, 1)], "to 65535"),
        ([(0, 0)], "from 1 to 65535"),
        ([(0, 65536)], "from 1 to 65535"),
    ],
)
def test_addresses_that_cannot_stand_there_are_refused(targets: list[tuple[int, int]], said: str) -> None:
    assert said in failover.check_targets(targets)


def test_ten_addresses_are_taken() -> None:
    assert failover.check_targets([(65535, 65535)] * 10) == ""


# --- who may send ---


@pytest.mark.parametrize("password", ["Twelve-chars-1", "aB3" * 40])
def test_good_passwords_are_taken(password: str) -> None:
    assert sip_access.check_password(password, user_name="pbx") == ""


@pytest.mark.parametrize(
    "password",
    [
        *("", "short-1A", "alllowercase1", "ALLUPPERCASE1", "NoDigitsAtAll", "aB3" * 43, "Zwölf-zeichen-1"),
        "A1\nb" * 5,
    ],
)
def test_others_are_refused_in_words_that_do_not_hold_them(password: str) -> None:
    said = sip_access.check_password(password)
    assert said
    assert not password or password not in said


def test_a_user_name_is_no_part_of_its_password() -> None:
    assert "must not stand in it" in sip_access.check_password("Berlin-PBX-2026", user_name="pbx")
    assert sip_access.check_user_name("pbx-1") == ""
    assert sip_access.check_user_name("p b x")
    assert sip_access.check_user_name("x" * 33)


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("203.0.113.7", ("203.0.113.7", 32)),
        (" 203.0.113.7/29 ", ("203.0.113.0", 29)),
        ("198.51.0.0/16", ("198.51.0.0", 16)),
    ],
)
def test_networks_are_read(text: str, network: tuple[str, int]) -> None:
    assert sip_access.read_network(text) == network


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("pbx.example.com", "IPv4"),
        ("2001:db8::1", "IPv4"),
        ("203.0.113.7/33", "up to 32"),
        ("203.0.113.7/", "up to 32"),
        ("203.0.113.7/-1", "up to 32"),
        ("0.0.0.0/0", "far too many"),
        ("203.0.0.0/15", "far too many"),
        ("192.168.1.1", "inside a network"),
    ],
)
def test_others_are_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        sip_access.read_network(text)


def test_a_wide_network_is_warned_of() -> None:
    assert "256" not in sip_access.warning_of(24)
    assert "512 addresses" in sip_access.warning_of(23)
