"""The account's settings are read and written as the vendor's client does it, over the wire."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from django.utils import timezone

from calls.carrier import account, client, vendor_settings
from calls.carrier.errors import CarrierError
from calls.golive.snapshot import AccountThere, CountryThere, Unread
from calls.realtime import account as at_model
from tests.sandbox_on_loopback import KEY, Sandbox, a_sandbox

OURS = "+14155550100"


@pytest.fixture
def sandbox(settings: Any, tmp_path: Path) -> Iterator[Sandbox]:
    with a_sandbox(settings, OURS, "+14155550101", var=tmp_path) as sandbox:
        yield sandbox


def test_the_account_its_money_and_its_clock(sandbox: Sandbox) -> None:
    sandbox.account(status="suspended", kind="Trial", balance="3.25", currency="EUR")
    found, ahead_s = account.account_and_clock(timezone.now)
    assert found == AccountThere("suspended", "Trial", 3.25, "EUR")
    assert ahead_s == 0.0


def test_a_clock_that_is_wrong_is_measured_by_the_carriers(sandbox: Sandbox) -> None:
    sandbox.account(clock_ahead_s=40)
    _, ahead_s = account.account_and_clock(timezone.now)
    assert isinstance(ahead_s, float)
    assert -42 < ahead_s < -38
    sandbox.account(clock_ahead_s=0)
    _, ahead_s = account.account_and_clock(lambda: timezone.now() + timedelta(seconds=10))
    assert isinstance(ahead_s, float)
    assert 8.5 < ahead_s < 11.5


def test_a_wrong_token_is_refused_and_a_carrier_that_is_away_is_not_reached(sandbox: Sandbox, settings: Any) -> None:
    settings.TWILIO_AUTH_TOKEN = "wrong"
    client.get_client.cache_clear()
    refused, _ = account.account_and_clock(timezone.now)
    assert refused == Unread("Twilio answered 401", is_refused=True)
    numbers = account.numbers()
    assert isinstance(numbers, Unread)
    assert numbers.is_refused
    settings.TWILIO_API_BASE = "http://127.0.0.1:9"
    client.get_client.cache_clear()
    away, clock = account.account_and_clock(timezone.now)
    assert isinstance(away, Unread)
    assert not away.is_refused
    assert isinstance(clock, Unread)
    assert isinstance(account.countries(["US"]), Unread)


def test_numbers_with_what_decides_who_is_asked(sandbox: Sandbox) -> None:
    trunk = sandbox.a_trunk()
    sandbox.number(OURS, VoiceUrl="https://elsewhere.example/", TrunkSid=trunk)
    sandbox.account(regions={OURS: "ie1"})
    found = account.numbers()
    assert not isinstance(found, Unread)
    ours = next(number for number in found if number.e164 == OURS)
    assert (ours.settings["voice_url"], ours.settings["trunk_sid"]) == ("https://elsewhere.example/", trunk)
    assert ours.can_speak
    assert account.region_of(OURS) == "ie1"
    assert account.region_of("+12125550177") == ""


def test_permissions_services_workflows_caller_ids(sandbox: Sandbox) -> None:
    sandbox.account(
        countries={"US": False},
        services=[{"name": "Marketing", "numbers": [OURS], "inbound_url": "https://elsewhere.example/"}],
        workflows=["WW1"],
    )
    sandbox.verified("+12125550150")
    countries = account.countries(["US", "PR", "XX"])
    assert countries == (CountryThere("US", "United States", False), CountryThere("PR", "Puerto Rico", True))
    services = account.services()
    assert not isinstance(services, Unread)
    assert (services[0].numbers, services[0].asks_number) == ((OURS,), False)
    assert account.workflows() == frozenset({"WW1"})
    assert account.caller_ids() == frozenset({"+12125550150"})


def test_errors_are_counted_by_code_and_only_those_since_then(sandbox: Sandbox) -> None:
    for code in (11200, 32011, 11200):
        requests.post(f"{sandbox.carrier}/_sandbox/alerts", json={"code": code}, timeout=10)
    requests.post(f"{sandbox.carrier}/_sandbox/alerts", json={"code": 11215, "level": "warning"}, timeout=10)
    found = account.alerts(since=timezone.now() - timedelta(hours=1))
    assert not isinstance(found, Unread)
    assert [(alert.code, alert.count) for alert in found] == [(11200, 2), (32011, 1)]
    assert account.alerts(since=timezone.now() + timedelta(hours=1)) == ()


def test_without_a_recording_nothing_is_said_about_their_password(sandbox: Sandbox) -> None:
    assert account.has_media_password() is None


def test_settings_are_read_and_written_by_name_and_no_others(sandbox: Sandbox) -> None:
    sid, trunk = sandbox.number(OURS)["sid"], sandbox.a_trunk()
    vendor_settings.write("number", sid, {"voice_url": "https://elsewhere.example/", "trunk_sid": trunk})
    names = frozenset({"voice_url", "trunk_sid", "sms_url"})
    assert vendor_settings.read("number", sid, names) == {
        "voice_url": "https://elsewhere.example/",
        "trunk_sid": trunk,
        "sms_url": "",
    }
    vendor_settings.write("number", sid, {"voice_url": "", "trunk_sid": ""})
    assert set(vendor_settings.read("number", sid, names).values()) == {""}
    for what, setting in (("number", "friendly_name"), ("application", "voice_url"), ("country", "iso_code")):
        with pytest.raises(CarrierError, match="no such settings"):
            vendor_settings.write(what, sid, {setting: "x"})


def test_a_country_keeps_its_other_permissions(sandbox: Sandbox) -> None:
    flag = "low_risk_numbers_enabled"
    vendor_settings.write("country", "US", {flag: "false"})
    assert vendor_settings.read("country", "US", frozenset({flag})) == {flag: "false"}
    permissions = sandbox.account()["countries"]["US"]
    assert permissions == {flag: False, "high_risk_special_numbers_enabled": False} | {
        "high_risk_tollfraud_numbers_enabled": False
    }


def test_services_and_regions_are_changed(sandbox: Sandbox) -> None:
    sid = next(iter(sandbox.account(services=[{"name": "Marketing", "numbers": [OURS]}])["services"]))
    name = "use_inbound_webhook_on_number"
    vendor_settings.write("service", sid, {name: "true"})
    assert vendor_settings.read("service", sid, frozenset({name})) == {name: "true"}
    vendor_settings.write("service", sid, {name: "false"})
    assert vendor_settings.read("service", sid, frozenset({name})) == {name: "false"}
    vendor_settings.write("route", OURS, {"voice_region": "ie1"})
    assert vendor_settings.read("route", OURS, frozenset({"voice_region"})) == {"voice_region": "ie1"}


def test_the_models_account_is_read_and_its_webhook_changed(sandbox: Sandbox, settings: Any) -> None:
    models = at_model.models()
    assert not isinstance(models, Unread)
    assert "gpt-realtime-2.1" in models
    hook = {"name": "Calls", "url": "https://calls.example.com/openai/webhook/", "events": ["batch.completed"]}
    sandbox.model_account(webhooks=[hook])
    found = at_model.webhooks()
    assert not isinstance(found, Unread)
    assert found[0].events == ("batch.completed",)
    at_model.write_events(found[0].id, "batch.completed,realtime.call.incoming")
    assert at_model.read_events(found[0].id) == "batch.completed,realtime.call.incoming"
    with pytest.raises(at_model.UnableToChange, match="404"):
        at_model.read_events("we_none")
    settings.OPENAI_API_KEY = KEY[::-1]
    refused = at_model.models()
    assert isinstance(refused, Unread)
    assert refused.is_refused
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"
    assert isinstance(at_model.webhooks(), Unread)
