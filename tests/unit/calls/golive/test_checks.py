"""Each check by a table: what is broken, what is found, how bad it is, and the repair."""

from dataclasses import replace

import pytest

from calls import golive
from calls.golive import Change, Severity, Unread
from calls.golive.registry import CHECKS
from calls.golive.snapshot import (
    AccountThere,
    AlertThere,
    CountryThere,
    NumberThere,
    OurNumber,
    SenderThere,
    ServiceThere,
    WebhookThere,
)
from calls.golive.whatsapp_readiness import OWNER_ONLY, Finding, Level, Whose
from tests.unit.calls.golive.snapshots import (
    E164,
    GOOD,
    NOW,
    SETTINGS,
    SID,
    URL,
    WEBHOOK,
    but,
    number,
    ours,
    reach,
)

B, S, H = Severity.BLOCKER, Severity.SERIOUS, Severity.HINT
READY = Finding("template", Level.GOOD, "Permission is asked for in: en.")
NOT_LINKED = Finding("application", Level.PROBLEM, "No voice application is set.", Whose.OURS)
ELSEWHERE = "https://old-host.example/voice"
REFUSED, AWAY = Unread("Twilio answered 401, code 20003", is_refused=True), Unread("not reached: ConnectTimeout")


def change(name: str, before: str, after: str, *, what: str = "number", ref: str = SID, label: str = E164) -> Change:
    return Change(what, ref, label, name, before, after)


def service(**fields):
    known = {"sid": "MG1", "name": "Marketing", "numbers": (E164,), "asks_number": False}
    return but(services=(ServiceThere(**known | fields),))


def test_a_number_on_whatsapp_need_not_be_one_of_the_account() -> None:
    sender = but(
        numbers=(), caller_ids=frozenset(), ours=replace(GOOD.ours, numbers=(OurNumber(E164, is_sender=True),))
    )
    assert not [finding for finding in golive.examine(sender) if finding.key.endswith(E164)]


def test_where_nothing_is_wrong_nothing_is_found() -> None:
    assert golive.examine(GOOD) == []


# What is broken -> the key of what is found, and how bad it is. Nobody can repair these from here.
BY_HAND = [
    (ours(account_sid=""), "account.missing", B),
    (ours(has_auth_token=False), "account.missing", B),
    (but(account=REFUSED), "account.token", B),
    (but(account=AWAY), "account.unreachable", B),
    (but(account=AccountThere("suspended", "Full")), "account.status", B),
    (but(account=AccountThere("active", "Trial")), "account.trial", S),
    (but(account=AccountThere("active", "Full", balance=3.5, currency="USD")), "account.balance", S),
    (but(account=AccountThere("active", "Full", balance=-0.2)), "account.balance", B),
    (but(clock_ahead_s=4.0), "clock", S),
    (but(clock_ahead_s=-61.0), "clock", B),
    (but(has_media_password=False), "account.media", S),
    (but(numbers=()), f"number.missing:{E164}", B),
    (but(senders=(SenderThere(E164, (READY, NOT_LINKED)),)), f"whatsapp.application:{E164}", B),
    (but(senders=(SenderThere(E164, (READY, *OWNER_ONLY[:1])),)), f"whatsapp.verified:{E164}", H),
    (but(senders=AWAY), "unread:senders", S),
    (but(numbers=(NumberThere(E164, SID, SETTINGS, can_speak=False),)), f"number.voice:{E164}", B),
    (ours(numbers=()), "number.none", B),
    (but(caller_ids=frozenset(), numbers=()), f"caller_id:{E164}", S),
    (but(workflows=frozenset({"WW2"})), "workflow", S),
    (ours(fallback_number=""), "fallback.none", H),
    (ours(fallback_number=E164), "fallback.loop", S),
    (ours(public_url="http://calls.example.com", webhook_path=""), "reach.address", B),
    (ours(public_url="https://127.0.0.1:8000", webhook_path=""), "reach.address", B),
    (ours(public_url="https://calls.example.com/app", webhook_path=""), "reach.address", B),
    (reach(problem="dns"), "reach.connection", B),
    (reach(problem="tls"), "reach.connection", B),
    (reach(ready_status=503), "reach.ready", B),
    (reach(ready_status=404), "reach.ready", B),
    (reach(certificate_days=3), "reach.certificate", S),
    (reach(signed_status=308), "reach.redirect", B),
    (reach(signed_status=403), "reach.signature", B),
    (reach(forged_status=200), "reach.forged", B),
    (reach(upgrade_status=400), "reach.socket", B),
    (ours(has_model_key=False), "openai.missing", B),
    (but(models=REFUSED), "openai.key", B),
    (but(models=AWAY), "openai.unreachable", B),
    (but(models=frozenset({"gpt-4o"})), "openai.model:gpt-realtime-2.1", B),
    (but(webhooks=()), "openai.webhook", B),
    (but(model_share_left=0.05), "openai.limits", S),
    (but(numbers=AWAY), "unread:numbers", S),
    (but(numbers=REFUSED), "account.api_key", B),
    (ours(has_api_key=False, browser_seats=2), "account.no_api_key", S),
    (but(countries=AWAY), "unread:countries", S),
    (but(webhooks=AWAY), "unread:webhooks", S),
    (but(alerts=(AlertThere(11200, 3, NOW),)), "alert:11200", H),
]


@pytest.mark.parametrize(("snapshot", "key", "severity"), BY_HAND, ids=[f"{key}" for _, key, _ in BY_HAND])
def test_what_a_person_must_put_right_is_said_with_what_to_do(snapshot, key, severity) -> None:
    found = {finding.key: finding for finding in golive.examine(snapshot)}
    assert key in found
    finding = found[key]
    assert (finding.severity, finding.is_repairable) == (severity, False)
    assert finding.said.endswith((".", "…"))
    assert finding.why.endswith(".")
    assert finding.caller.endswith(".")
    assert finding.by_hand


# What is broken -> the key, how bad it is, and the change that puts it right.
REPAIRED = [
    (number(voice_url=ELSEWHERE), "number.voice_url", B, change("voice_url", ELSEWHERE, f"{URL}/twilio/voice/")),
    (number(voice_url=""), "number.voice_url", B, change("voice_url", "", f"{URL}/twilio/voice/")),
    (number(voice_method="GET"), "number.voice_method", B, change("voice_method", "GET", "POST")),
    (
        number(voice_fallback_url=""),
        "number.voice_fallback_url",
        S,
        change("voice_fallback_url", "", f"{URL}/twilio/voice/fallback/"),
    ),
    (number(voice_fallback_method="GET"), "number.voice_fallback_method", S, None),
    (number(status_callback=""), "number.status_callback", S, change("status_callback", "", f"{URL}/twilio/status/")),
    (number(status_callback_method="GET"), "number.status_callback_method", S, None),
    (number(sms_url=ELSEWHERE), "number.sms_url", S, change("sms_url", ELSEWHERE, f"{URL}/twilio/message/")),
    (number(sms_method="GET"), "number.sms_method", S, None),
    (
        number(voice_application_sid="AP1"),
        "number.voice_application_sid",
        B,
        change("voice_application_sid", "AP1", ""),
    ),
    (number(sms_application_sid="AP1"), "number.sms_application_sid", S, change("sms_application_sid", "AP1", "")),
    (number(trunk_sid="TK1"), "number.trunk_sid", B, change("trunk_sid", "TK1", "")),
    (number(voice_receive_mode="fax"), "number.voice_receive_mode", B, change("voice_receive_mode", "fax", "voice")),
    (
        number(voice_url=f"{URL}/twilio/voice/#rt=1000"),
        "number.overrides",
        S,
        change("voice_url", f"{URL}/twilio/voice/#rt=1000", f"{URL}/twilio/voice/"),
    ),
    (
        but(numbers=(NumberThere(E164, SID, SETTINGS, region="ie1"),)),
        "number.region",
        B,
        change("voice_region", "ie1", "us1", what="route", ref=E164),
    ),
]


@pytest.mark.parametrize(("snapshot", "key", "severity", "repair"), REPAIRED)
def test_what_we_can_put_right_names_what_is_there_and_what_would_be(snapshot, key, severity, repair) -> None:
    (finding,) = golive.examine(snapshot)
    assert (finding.key, finding.severity) == (f"{key}:{E164}", severity)
    assert len(finding.changes) == 1
    assert repair in (None, finding.changes[0])


@pytest.mark.parametrize(
    "there",
    [
        f"{URL}/twilio/voice/#rc=2&rp=5xx",
        f"{URL}/twilio/voice/#rt=8000",
    ],
)
def test_overrides_that_leave_us_time_are_left(there: str) -> None:
    assert golive.examine(number(voice_url=there)) == []


def test_a_number_with_overrides_of_our_own_has_them() -> None:
    with_them = ours(numbers=(OurNumber(E164, overrides="rc=2"),)).ours
    wants = {"voice_url": f"{URL}/twilio/voice/#rc=2", "voice_fallback_url": f"{URL}/twilio/voice/fallback/#rc=2"}
    assert golive.examine(but(ours=with_them, numbers=number(**wants).numbers)) == []
    found = golive.examine(but(ours=with_them))
    assert {one.name: one.after for finding in found for one in finding.changes} == wants


def test_a_number_that_is_meant_to_be_on_a_trunk_is_left_there_and_brought_there() -> None:
    on_trunk = ours(numbers=(OurNumber(E164, trunk_sid="TK1"),)).ours
    there = number(trunk_sid="TK1", voice_url="", status_callback="").numbers
    assert golive.examine(but(ours=on_trunk, numbers=there)) == []
    for now in ("", "TK2"):
        (finding,) = golive.examine(but(ours=on_trunk, numbers=number(trunk_sid=now, voice_url="").numbers))
        assert finding.changes == (change("trunk_sid", now, "TK1"),)


def test_a_country_that_is_closed_is_opened() -> None:
    (finding,) = golive.examine(but(countries=(CountryThere("US", "United States", is_open=False),)))
    assert finding.changes == (
        change("low_risk_numbers_enabled", "false", "true", what="country", ref="US", label="United States"),
    )
    assert not finding.is_setup, "money: somebody is to press that button"


@pytest.mark.parametrize(
    ("snapshot", "is_found"),
    [
        (service(), True),
        (service(inbound_url="https://elsewhere.example/sms"), True),
        (service(asks_number=True), False),
        (service(inbound_url=f"{URL}/twilio/message/"), False),
        (service(numbers=("+12125550177",)), False),
    ],
)
def test_a_service_that_keeps_a_written_stop_from_us_is_found(snapshot, is_found: bool) -> None:
    found = golive.examine(snapshot)
    assert [finding.key for finding in found] == (["service:MG1"] if is_found else [])


def test_a_webhook_that_is_not_told_of_calls_is_told_of_what_it_was_and_of_calls() -> None:
    (finding,) = golive.examine(but(webhooks=(WebhookThere("we_1", "Calls", WEBHOOK.url, ("batch.completed",)),)))
    assert finding.changes[0].before == "batch.completed"
    assert finding.changes[0].after == "batch.completed,realtime.call.incoming"


def test_where_no_sip_call_is_expected_no_webhook_is_missed() -> None:
    assert golive.examine(but(webhooks=(), ours=ours(webhook_path="").ours)) == []


def test_a_simulated_carrier_of_this_machine_comes_to_an_address_of_this_machine() -> None:
    local = ours(public_url="http://127.0.0.1:8000", is_carrier_here=True, webhook_path="")
    assert "reach.address" not in {finding.key for finding in golive.examine(local)}
    away = ours(public_url="http://calls.example.com", is_carrier_here=True, webhook_path="")
    assert "reach.address" in {finding.key for finding in golive.examine(away)}


def test_a_number_that_is_only_verified_may_be_shown_and_still_does_not_reach_us() -> None:
    found = {f.key for f in golive.examine(but(numbers=(), caller_ids=frozenset({E164})))}
    assert found == {f"number.missing:{E164}"}


def test_numbers_that_are_not_ours_are_left_alone() -> None:
    others = NumberThere("+12125550177", "PN2", SETTINGS | {"voice_url": ELSEWHERE})
    assert golive.examine(but(numbers=(*GOOD.numbers, others))) == []


def test_what_could_not_be_read_is_found_once_and_nothing_is_guessed_from_it() -> None:
    (finding,) = golive.examine(but(numbers=AWAY))
    assert finding.key == "unread:numbers"


def test_errors_of_the_last_day_that_nobody_told_us_of_mean_that_nobody_tells() -> None:
    alerts = (AlertThere(11200, 3, NOW), AlertThere(32011, 1, NOW))
    told = golive.examine(but(alerts=alerts))
    assert [f.key for f in told] == ["alert:11200", "alert:32011"]
    assert "3 times" in told[0].said
    assert "once" in told[1].said
    silent = golive.examine(but(alerts=alerts, ours=ours(hears_errors=False).ours))
    (untold,) = [finding for finding in silent if finding.key == "account.debugger"]
    assert f"{URL}/twilio/debugger/" in untold.by_hand


def test_the_worst_comes_first() -> None:
    broken = number(voice_url=ELSEWHERE, sms_url=ELSEWHERE)
    found = golive.examine(but(numbers=broken.numbers, ours=ours(fallback_number="", numbers=GOOD.ours.numbers).ours))
    assert [finding.severity for finding in found] == [B, S, H]


def test_two_numbers_are_told_apart() -> None:
    second = "+14155550101"
    both = ours(numbers=(OurNumber(E164), OurNumber(second))).ours
    found = golive.examine(
        but(ours=both, numbers=(*number(voice_url="").numbers, NumberThere(second, "PN2", SETTINGS | {"sms_url": ""})))
    )
    assert {finding.key for finding in found} == {f"number.voice_url:{E164}", f"number.sms_url:{second}"}


def test_what_was_found_is_kept_and_read_as_it_was() -> None:
    for snapshot in (number(voice_url=ELSEWHERE), reach(problem="dns")):
        for finding in golive.examine(snapshot):
            assert golive.Finding.of_json(finding.as_json()) == finding


def test_a_new_check_takes_one_line() -> None:
    def everything_is_bad(_):
        yield golive.Finding("x", B, "X", "So.", "Why.", "They.")

    assert [f.key for f in golive.examine(GOOD, (*CHECKS, everything_is_bad))] == ["x"]
