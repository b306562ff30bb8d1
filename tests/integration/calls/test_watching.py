"""Twilio's webhooks that are about no call: errors it tells of, the probe of the go-live check, the sound check."""

import json
from pathlib import Path
from typing import Any

import pytest
import requests
from asgiref.sync import sync_to_async
from django.conf import settings
from django.utils import timezone

from agents.models import Agent
from calls.carrier import client
from calls.control import carrier_reports, sound_check
from calls.lifecycle import EndedReason
from calls.models import Call, CallEvent, CarrierReport, Leg, Number
from compliance.models import DialDecision
from tests import desks, given
from tests.carrier_on_loopback import Carrier
from tests.given import post
from tests.sandbox_on_loopback import a_sandbox

pytestmark = pytest.mark.django_db(transaction=True)
db = sync_to_async
ADAS_PHONE = "+14155550171"
SECRET = "4242424242424242"


def an_error(code: object = 32011, *, sid: str = "", about: str = "CA1", **fields: str) -> dict[str, str]:
    """The form of the carrier's debugger."""
    payload = {
        "resource_sid": about,
        "error_code": str(code),
        "webhook": {"request": {"parameters": {"Digits": SECRET, "From": given.CAROL}}},
    }
    return {
        "AccountSid": settings.TWILIO_ACCOUNT_SID,
        "Sid": sid or given.a_sid("NO"),
        "ParentAccountSid": "",
        "Timestamp": "2026-11-20T12:00:00.000Z",
        "Level": "ERROR",
        "PayloadType": "application/json",
        "Payload": json.dumps(payload),
    } | fields


# --- the debugger -----------------------------------------------------------------------------------------------------


async def test_an_error_is_kept_once_with_its_call_and_nothing_of_what_was_keyed() -> None:
    call = await db(given.a_call)()
    leg = await db(call.customer_leg)()
    form = an_error(31921, about=leg.leg_sid)
    for _ in range(2):
        assert (await post("/twilio/debugger/", form)).status_code == 200
    report = await CarrierReport.objects.aget()
    assert (report.code, report.level, report.call_id) == (31921, "error", call.pk)
    event = await CallEvent.objects.aget(kind="carrier_error")
    assert event.data == {"code": 31921, "level": "error"}
    kept = json.dumps([*(await db(list)(CarrierReport.objects.values())), event.data], default=str)
    assert SECRET not in kept
    assert given.CAROL not in kept


@pytest.mark.parametrize(
    "form",
    [an_error("nonsense"), an_error(AccountSid="AC" + "9" * 32), an_error(Payload="[" * 4000), an_error(Payload="\0")],
    ids=["no code", "another account", "no payload", "a null"],
)
async def test_what_says_nothing_to_us_is_answered_and_not_kept(form: dict[str, str]) -> None:
    assert (await post("/twilio/debugger/", form)).status_code == 200
    assert not await CarrierReport.objects.aexists()


@pytest.mark.parametrize("path", ["debugger/", "probe/", "sound-check/", "sound-check/key/", "sound-check/status/"])
async def test_whoever_is_not_the_carrier_is_refused(path: str) -> None:
    answer = await post(f"/twilio/{path}", an_error() | {"Probe": "x", "CallSid": "CA1"}, signature="forged")
    assert (answer.status_code, answer.content) == (403, b"")


async def test_a_probe_says_its_word_back() -> None:
    assert (await post("/twilio/probe/", {"Probe": "a1b2"})).content == b"a1b2"
    assert (await post("/twilio/probe/", {"Probe": "x" * 5000})).content == b"x" * 64
    assert (await post("/twilio/probe/", {"Probe": ""})).status_code == 403


def test_errors_nobody_told_us_of_are_read_and_those_told_already_are_not_kept_twice(settings, tmp_path: Path) -> None:
    with a_sandbox(settings, given.OURS, var=tmp_path) as sandbox:
        for code in (32011, 11200):
            requests.post(f"{sandbox.carrier}/_sandbox/alerts", json={"code": code}, timeout=10)
        assert carrier_reports.collect(now=timezone.now()) == 2
        assert carrier_reports.collect(now=timezone.now()) == 0
        settings.TWILIO_API_BASE = "http://127.0.0.1:9"
        client.get_client.cache_clear()
        assert carrier_reports.collect(now=timezone.now()) == 0
    assert set(CarrierReport.objects.values_list("code", "source")) == {(32011, "list"), (11200, "list")}


# --- the sound check --------------------------------------------------------------------------------------------------


def ada(*, phone: str = ADAS_PHONE) -> Agent:
    """Ada administers, and has a telephone."""
    seat = desks.a_seat(given.a_person("ada", "admin"), name="Ada")
    Agent.objects.filter(pk=seat.pk).update(seat="phone", phone_e164=phone)
    seat.refresh_from_db()
    return seat


def ring(seat: Agent | None, **how: Any) -> Call:
    number = Number.objects.filter(e164=given.OURS).first() or given.a_number()
    wanted = {"number": number, "by": "ada@example.com", "now": timezone.now()} | how
    return sound_check.ring(agent=seat, **wanted)


def a_report(leg: Leg, status: str, **more: str) -> dict[str, str]:
    facts = {"CallSid": leg.leg_sid, "From": given.OURS, "To": ADAS_PHONE, "Direction": "outbound-api"}
    return facts | {"CallStatus": status} | more


@pytest.fixture
def rung(carrier: Carrier) -> Leg:
    """Ada's telephone rings."""
    call = ring(ada())
    return call.legs.select_related("call").get()


def test_a_colleague_is_rung_through_the_door_and_nobody_else(carrier: Carrier, rung: Leg) -> None:
    (dial,) = carrier.dials
    assert (dial["To"], dial["From"]) == (ADAS_PHONE, given.OURS)
    assert dial["Url"].endswith("/twilio/sound-check/")
    decision = DialDecision.objects.get()
    assert (decision.purpose, decision.outcome) == ("staff", "allow")
    assert rung.permit is not None


async def test_the_sentence_is_said_a_key_proves_it_and_the_end_closes_the_call(rung: Leg) -> None:
    await post("/twilio/sound-check/status/", a_report(rung, "in-progress"))
    answer = await post("/twilio/sound-check/", a_report(rung, "in-progress"))
    assert b"<Gather" in answer.content
    assert b"sound check" in answer.content
    answer = await post("/twilio/sound-check/key/", a_report(rung, "in-progress", Digits="1"))
    assert b"written down" in answer.content
    for _ in range(2):
        await post("/twilio/sound-check/status/", a_report(rung, "completed", CallDuration="9"))
    newest = await db(sound_check.newest)()
    assert newest is not None
    assert (newest.is_heard, newest.is_over, newest.status) == (True, True, "completed")


@pytest.mark.parametrize("digits", ["", "2", "11"])
async def test_another_key_or_none_proves_nothing(rung: Leg, digits: str) -> None:
    answer = await post("/twilio/sound-check/key/", a_report(rung, "in-progress", Digits=digits))
    assert b"No key came" in answer.content
    newest = await db(sound_check.newest)()
    assert newest is not None
    assert not newest.is_heard


async def test_nobody_picks_up(rung: Leg) -> None:
    await post("/twilio/sound-check/status/", a_report(rung, "no-answer"))
    call = await Call.objects.aget()
    assert (call.is_live, call.ended_reason) == (False, EndedReason.NOT_ANSWERED)


def test_whoever_cannot_be_rung_reads_why(carrier: Carrier) -> None:
    with pytest.raises(sound_check.UnableToTest, match="no telephone of yours"):
        ring(None)
    seat = ada(phone="+79161234567")
    with pytest.raises(sound_check.UnableToTest):
        ring(seat)
    assert carrier.dials == []
    assert not Call.objects.get().is_live
