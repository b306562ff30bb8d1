"""Going live: twelve settings are broken at the carrier, the check names each, a button puts them right, another takes
it all back; the admin's own telephone rings at the end; and what goes wrong later is an alarm within seconds.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from django.contrib.auth.models import Group, User

from agents.models import Agent
from calls.control import sound_check
from calls.models import CarrierReport, SettingChange
from tests.journeys.console import a_trunk, at_carrier
from tests.journeys.house import NUMBERS, WORKFLOW, House, eventually
from tests.journeys.people import an_agent, everybody_hangs_up
from tests.journeys.test_numbers import ELSEWHERE

ADAS_PHONE = "+14155550175"
BROKEN = {
    NUMBERS[0]: {
        "VoiceUrl": ELSEWHERE,
        "VoiceMethod": "GET",
        "VoiceFallbackUrl": "",
        "StatusCallback": "",
        "SmsUrl": ELSEWHERE,
        "VoiceApplicationSid": "AP" + 32 * "1",
    },
    NUMBERS[1]: {"TrunkSid": "", "SmsApplicationSid": "AP" + 32 * "2", "StatusCallbackMethod": "GET"},
}
NAMES = (
    *("voice_url", "voice_method", "voice_fallback_url", "status_callback", "sms_url", "voice_application_sid"),
    *("trunk_sid", "sms_application_sid", "status_callback_method"),
)
KEYS = {
    *(f"number.{name}:{NUMBERS[0]}" for name in NAMES[:6]),
    *(f"number.{name}:{NUMBERS[1]}" for name in NAMES[6:]),
    f"number.region:{NUMBERS[2]}",
    "country:US",
}


@pytest.fixture
def account(house: House) -> Iterator[House]:
    """The account as a careful owner has it; afterwards it is so again."""
    for at in ("", house.model):
        house.ask("DELETE", "account", at=at)
    house.ask("POST", "account", json={"workflows": [WORKFLOW]})
    house.ask("POST", "sip", json={"webhooks": {"url": f"{house.url}/openai/webhook/"}}, at=house.model)
    yield house
    for at in ("", house.model):
        house.ask("DELETE", "account", at=at)


@pytest.fixture
def mended(account: House) -> Iterator[House]:
    """The numbers point at us again afterwards, whatever came of it, and nothing is left to be taken back."""
    yield account
    try:
        account.manage("go_live", "--undo")
    finally:
        for number, change in BROKEN.items():
            at_carrier(account, number, **{name: "POST" if name.endswith("Method") else "" for name in change})
        account.ask("DELETE", "account")  # with a service that is gone nothing could be taken back later
        account.manage("configure_twilio", "--yes")


def break_everything(house: House) -> None:
    """Twelve settings, as somebody in a hurry would leave them."""
    for number, change in BROKEN.items():
        at_carrier(house, number, **change)
    at_carrier(house, NUMBERS[1], TrunkSid=a_trunk(house, "Elsewhere"))
    service = {"name": "Marketing", "numbers": [NUMBERS[0]]}
    house.ask("POST", "account", json={"countries": {"US": False}, "regions": {NUMBERS[2]: "ie1"},
                                       "services": [service]})  # fmt: skip


def everything(house: House) -> dict[str, Any]:
    """What was broken, as it is now at the carrier."""
    account = house.ask("GET", "account")
    return {
        **{number: _settings(at_carrier(house, number)) for number in NUMBERS},
        **{name: account[name] for name in ("countries", "services")},
        "region": account["regions"].get(NUMBERS[2], "us1"),
    }


def _settings(there: dict[str, Any]) -> dict[str, str]:
    return {name: there[name] or "" for name in NAMES}


def findings(page: str) -> set[str]:
    return {part.partition('"')[0] for part in page.split('data-finding="')[1:]}


def pressed(house: House, ada: requests.Session, path: str, **form: str) -> str:
    answer = house.press(ada, path, **form)
    assert answer.status_code == 200
    return answer.text


def test_twelve_broken_settings_are_named_put_right_and_taken_back(mended: House) -> None:
    house = mended
    good = everything(house)
    ada = house.sign_in("ada@demo.test")
    assert findings(pressed(house, ada, "/go-live/check/")) == {"fallback.none"}

    break_everything(house)
    broken = everything(house)
    sid = next(iter(broken["services"]))
    page = pressed(house, ada, "/go-live/check/")
    assert findings(page) == {*KEYS, f"service:{sid}", "fallback.none"}
    assert len(KEYS) + 1 == 12
    assert f"Calls are announced to {ELSEWHERE}, not to us." in page
    assert "They reach whatever answers there, or hear an error." in page

    page = pressed(house, ada, "/go-live/repair/", all="yes")
    assert findings(page) == {"fallback.none"}
    repaired = everything(house)
    assert {number: repaired[number] for number in NUMBERS} == {number: good[number] for number in NUMBERS}
    assert repaired["countries"]["US"]["low_risk_numbers_enabled"]
    sid_of_call = house.call()
    house.step_to_stream(sid_of_call)
    everybody_hangs_up(house)

    made = SettingChange.objects.filter(state="made", by_ref="ada@demo.test")
    assert made.count() == 12
    (run,) = set(made.values_list("run", flat=True))
    page = pressed(house, ada, "/go-live/undo/", run=run)
    assert "12 settings were taken back." in page
    assert everything(house) == broken
    assert findings(page) == {*KEYS, f"service:{sid}", "fallback.none"}

    # The same on the command line.
    said = house.manage("go_live", code=1)
    assert all(key in said for key in KEYS)
    house.manage("go_live", "--repair", "--yes")
    assert everything(house) == repaired


def test_what_only_a_person_can_put_right_is_said_too(account: House) -> None:
    house = account
    house.ask("POST", "account", json={"status": "suspended", "balance": "2.00", "clock_ahead_s": 40, "workflows": []})
    house.ask("POST", "account", at=house.model, json={"models": ["gpt-4o"]})
    said = house.manage("go_live", code=1)
    for key in ("account.status", "account.balance", "clock", "workflow", "openai.model:gpt-realtime-2.1"):
        assert f"[{key}]" in said
    house.ask("POST", "account", at=house.model, json={"refuses_key": True})
    assert "[openai.key]" in house.manage("go_live", code=1)


def test_the_telephone_of_whoever_checks_rings_and_a_key_proves_the_sentence(account: House) -> None:
    house = account
    seat = an_agent(house, "ada", ADAS_PHONE, "accepts", queue=None)
    ada = house.sign_in("ada@demo.test")
    try:
        page = pressed(house, ada, "/go-live/ring/", number=NUMBERS[0])
        assert "Your telephone rings" in page
        house.step(40_000, until={"idle": True})
        house.step(1000)
        found = eventually(lambda: (newest := sound_check.newest()) and newest.is_over and newest, what="the end")
        assert found.is_heard
        assert 'data-heard="yes"' in ada.get(f"{house.url}/go-live/", timeout=20).text
    finally:
        Agent.objects.filter(pk=seat.pk).delete()
        User.objects.get(username="ada@demo.test").groups.remove(Group.objects.get(name="agent"))


def test_an_error_at_the_carrier_is_an_alarm_with_what_to_do(account: House) -> None:
    house = account
    house.ask("POST", "account", json={"debugger_url": f"{house.url}/twilio/debugger/"})
    for code in (32011, 11205):
        house.ask("POST", "alerts", json={"code": code})
    eventually(lambda: CarrierReport.objects.filter(code=11205).exists(), within_s=10, what="the debugger's word")
    requests.post(f"{house.url}/twilio/voice/", {"CallSid": "CA1"}, timeout=10)
    sam = house.sign_in()

    def shown() -> str:
        page = sam.get(f"{house.url}/health/", timeout=20).text
        return page if 'data-alarm="signature.twilio"' in page else ""

    page = eventually(shown, within_s=10, what="the alarm")
    assert 'data-alarm="sip.silent"' in page
    assert 'data-alarm="fetch"' in page
    assert "Look at status.openai.com" in page
