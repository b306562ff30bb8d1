"""The go-live check over a sandbox's account: what is broken there is found here, put right, and taken back exactly."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from calls.carrier import reach
from calls.control import readiness, vendor_settings
from calls.golive.snapshot import Reach
from calls.management import tunnels
from calls.models import Number, ReadinessCheck, SettingChange
from compliance.models import AuditEntry
from tests import given
from tests.sandbox_on_loopback import Sandbox, a_sandbox

pytestmark = pytest.mark.django_db(transaction=True)

URL, ELSEWHERE = "https://calls.example.com", "https://old-host.example/voice"
WAY = Reach(ready_status=200, signed_status=200, forged_status=403, upgrade_status=101, certificate_days=60)


@pytest.fixture
def account(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """An account with one number of ours, and a way to us that is tried elsewhere."""
    settings.PUBLIC_URL, settings.FALLBACK_NUMBER, settings.TASKROUTER_WORKFLOW_SID = URL, "+12125550150", ""
    monkeypatch.setattr(reach, "try_the_way", lambda: WAY)
    with a_sandbox(settings, given.OURS, var=tmp_path) as sandbox:
        given.a_number()
        yield sandbox


def check() -> ReadinessCheck:
    return readiness.check(by="ada@example.com", now=timezone.now())


def keys(made: ReadinessCheck | None = None) -> set[str]:
    return {finding.key.partition(":")[0] for finding in (made or check()).found()}


def repair(*wanted: str) -> vendor_settings.Done:
    found = {finding.key for finding in check().found()}
    done, _ = readiness.repair({key for key in found if key.startswith(wanted)}, by="ada", now=timezone.now())
    return done


def configure(*options: str) -> str:
    out = io.StringIO()
    call_command("configure_twilio", *options, stdout=out, stderr=out)
    return out.getvalue()


def settings_of(account: Sandbox) -> dict[str, str]:
    there = account.number(given.OURS)
    return {name: there[name] or "" for name in ("voice_url", "voice_fallback_url", "status_callback", "sms_url")}


def test_what_is_broken_there_is_found_here(account: Sandbox) -> None:
    configure("--yes")
    assert keys() == set()
    account.number(given.OURS, VoiceUrl=ELSEWHERE, SmsMethod="GET", TrunkSid=account.a_trunk())
    account.account(countries={"US": False}, status="suspended", balance="1.0", regions={given.OURS: "ie1"})
    account.account(services=[{"name": "Marketing", "numbers": [given.OURS]}])
    account.model_account(models=["gpt-4o"])
    found = check()
    assert keys(found) == {
        *("number.voice_url", "number.sms_method", "number.trunk_sid", "number.region", "country", "service"),
        *("account.status", "account.balance", "openai.model"),
    }
    assert found.blockers == 6
    assert Number.objects.get().phone_number_sid.startswith("PN"), "whose id was learnt by the way"


def test_a_repair_is_taken_back_exactly(account: Sandbox) -> None:
    configure("--yes")
    account.number(given.OURS, VoiceUrl=ELSEWHERE, SmsUrl="")
    account.account(countries={"US": False})
    before = settings_of(account)
    done = repair("number.", "country")
    assert len(done.made) == 3
    assert keys() == set()
    assert account.account()["countries"]["US"]["low_risk_numbers_enabled"] is True
    assert AuditEntry.objects.filter(act="change_vendor_setting", actor_ref="ada").count() == 2
    vendor_settings.undo(by="ada", now=timezone.now(), run=done.made[0].run)
    assert settings_of(account) == before
    assert account.account()["countries"]["US"]["low_risk_numbers_enabled"] is False
    assert keys() == {"number.voice_url", "number.sms_url", "country"}
    assert {change.state for change in SettingChange.objects.filter(run=done.made[0].run)} == {"undone"}


def test_a_password_in_an_address_is_restored_and_never_shown(account: Sandbox) -> None:
    secret = "https://them:hunter2@old-host.example/voice"
    account.number(given.OURS, VoiceUrl=secret)
    found = check()
    done = repair("number.voice_url")
    with connection.cursor() as cursor:
        cursor.execute("SELECT before, after FROM calls_settingchange")
        written = str(cursor.fetchall())
    for shown in (
        str(found.findings),
        str(list(AuditEntry.objects.values_list("details"))),
        configure("--yes"),
        written,
    ):
        assert "hunter2" not in shown
    assert "//•••@old-host.example" in done.made[0].before_shown
    vendor_settings.undo(by="ada", now=timezone.now(), run=done.made[0].run)
    assert account.number(given.OURS)["voice_url"] == secret


def test_what_somebody_else_has_changed_since_is_left(account: Sandbox) -> None:
    done = repair("number.voice_url", "number.sms_url")
    account.number(given.OURS, VoiceUrl="https://third.example/")
    undone = vendor_settings.undo(by="ada", now=timezone.now(), run=done.made[0].run)
    assert account.number(given.OURS)["voice_url"] == "https://third.example/"
    assert (account.number(given.OURS)["sms_url"] or "") == ""
    assert [row.name for row in undone.left] == ["voice_url"]
    assert "third.example" in undone.problems[0]


def test_a_change_that_was_changed_again_is_taken_back_after_the_later_one(account: Sandbox) -> None:
    first = repair("number.voice_url").made[0]
    account.number(given.OURS, VoiceUrl=ELSEWHERE)
    second = repair("number.voice_url").made[0]
    early = vendor_settings.undo(by="ada", now=timezone.now(), run=first.run)
    assert early.made == []
    assert "take that back first" in early.problems[0]
    vendor_settings.undo(by="ada", now=timezone.now(), run=second.run)
    assert account.number(given.OURS)["voice_url"] == ELSEWHERE
    late = vendor_settings.undo(by="ada", now=timezone.now(), run=first.run)
    assert [row.name for row in late.left] == ["voice_url"], "somebody's own change came in between"


def test_a_webhook_of_the_models_is_told_of_calls_and_no_more_when_it_is_taken_back(
    account: Sandbox, settings: Any
) -> None:
    settings.OPENAI_WEBHOOK_SECRETS = ["whsec_c2VjcmV0"]
    hook = {"name": "Calls", "url": f"{URL}/openai/webhook/", "events": ["batch.completed"]}
    account.model_account(webhooks=[hook])
    done = repair("openai.webhook.events")
    assert account.model_account()["webhooks"][0]["event_types"] == ["batch.completed", "realtime.call.incoming"]
    vendor_settings.undo(by="ada", now=timezone.now(), run=done.made[0].run)
    assert account.model_account()["webhooks"][0]["event_types"] == ["batch.completed"]


def test_a_repair_that_is_not_needed_any_more_says_so(account: Sandbox) -> None:
    with pytest.raises(readiness.NotFound, match="nothing to repair"):
        readiness.repair({"country:US"}, by="ada", now=timezone.now())


def test_setting_up_shows_first_writes_once_and_is_taken_back(account: Sandbox) -> None:
    with pytest.raises(SystemExit):
        configure("--dry-run")
    assert settings_of(account)["voice_url"] == ""
    assert "8 of 8" not in configure("--yes")  # methods are POST already
    assert settings_of(account)["voice_url"] == f"{URL}/twilio/voice/"
    assert "0 of 0" in configure("--yes")
    assert "points at us" in configure("--dry-run")
    configure("--undo")
    assert set(settings_of(account).values()) == {""}
    with pytest.raises(CommandError, match="nothing to undo"):
        configure("--undo")


def test_whoever_says_no_changes_nothing(account: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda _: "n")
    with pytest.raises(CommandError, match="Nothing was changed"):
        configure()
    assert not SettingChange.objects.exists()


def test_another_address_may_be_set_up_and_it_is_said_what_that_needs(account: Sandbox) -> None:
    said = configure("--yes", "--url", "https://tunnel.example/")
    assert settings_of(account)["voice_url"] == "https://tunnel.example/twilio/voice/"
    assert "PUBLIC_URL=https://tunnel.example" in said
    for wrong in ("http://tunnel.example", "https://tunnel.example/app", "tunnel"):
        with pytest.raises(CommandError, match="Write the address"):
            configure("--yes", "--url", wrong)


def test_a_tunnel_is_used_while_it_is_open_and_then_everything_is_as_before_it(
    account: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure("--yes")
    before, during = settings_of(account), {}
    program = tmp_path / "cloudflared"
    program.write_text("#!/bin/sh\necho 'INF |  https://a-b-c.trycloudflare.com  |' >&2\nexec sleep 60\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    def wait(_: tunnels.Tunnel) -> None:
        during.update(settings_of(account))
        raise KeyboardInterrupt

    monkeypatch.setattr(tunnels.Tunnel, "wait", wait)
    said = configure("--yes", "--tunnel", "cloudflared")
    assert during["voice_url"] == "https://a-b-c.trycloudflare.com/twilio/voice/"
    assert "PUBLIC_URL=https://a-b-c.trycloudflare.com" in said
    assert settings_of(account) == before
    with pytest.raises(CommandError, match="ngrok is not installed"):
        configure("--yes", "--tunnel", "ngrok")


def test_whoever_was_killed_half_way_is_followed_by_one_who_knows(account: Sandbox) -> None:
    """Killed after the change was written down: before the vendor was asked, and after."""
    (finding,) = [one for one in check().found() if one.key.startswith("number.voice_url")]
    asked = {"run": "killed", "account": finding.changes[0].ref and "AC" + "0" * 31 + "7", "by": "ada"}
    rows = SettingChange.plan(finding.changes, **asked, now=timezone.now())
    assert vendor_settings.settle() == []
    rows[0].refresh_from_db()
    assert (rows[0].state, rows[0].problem) == ("failed", "stopped before it was made")

    (again,) = SettingChange.plan(finding.changes, **asked, now=timezone.now())
    account.number(given.OURS, VoiceUrl=f"{URL}/twilio/voice/")
    configure("--yes")
    again.refresh_from_db()
    assert again.state == "made"
    configure("--undo")
    assert settings_of(account)["voice_url"] == ""


def test_an_answer_that_is_lost_leaves_a_change_under_way_that_is_found_out(account: Sandbox) -> None:
    account.faults(rest_delays=[{"method": "POST", "path": "/IncomingPhoneNumbers/", "answer_lost": True,
                                 "after_effect": True, "times": 1}])  # fmt: skip
    with pytest.raises(CommandError, match="Run it again"):
        configure("--yes")
    assert {change.state for change in SettingChange.objects.all()} == {"planned"}
    assert "0 of 0" in configure("--yes")
    assert {change.state for change in SettingChange.objects.all()} == {"made"}


def test_a_refusal_of_the_vendors_is_told_and_what_was_not_made_is_not_taken_back(account: Sandbox) -> None:
    account.faults(rest={"count": 2, "answer": "429"})
    with pytest.raises(CommandError, match="could not be asked"):
        configure("--yes")
    account.faults()
    assert not SettingChange.objects.exists()


def test_the_command_checks_repairs_and_takes_back(account: Sandbox) -> None:
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("go_live", stdout=out)
    assert "STOPS CALLS" in out.getvalue()
    assert "They reach whatever answers there" in out.getvalue()
    call_command("go_live", "--repair", "--yes", stdout=out)
    assert settings_of(account)["voice_url"] == f"{URL}/twilio/voice/"
    call_command("go_live", "--undo", stdout=out)
    assert settings_of(account)["voice_url"] == ""


def test_vendors_that_are_away_are_findings_and_no_fault_of_ours(account: Sandbox, settings: Any) -> None:
    settings.TWILIO_API_BASE = settings.OPENAI_BASE_URL = "http://127.0.0.1:9"
    from calls.carrier import client

    client.get_client.cache_clear()
    found = keys()
    assert found == {"account.unreachable", "openai.unreachable"}


def test_a_wrong_token_is_told_from_a_carrier_that_is_away(account: Sandbox, settings: Any) -> None:
    settings.TWILIO_AUTH_TOKEN = "wrong"
    from calls.carrier import client

    client.get_client.cache_clear()
    assert "account.token" in keys()
