"""The door OpenAI SIP: our document, the model's webhook, who is let in, and what follows when a line is over."""

import asyncio
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from asgiref.sync import sync_to_async
from django.core.exceptions import ValidationError
from django.db.models.functions import Now
from django.test import AsyncClient
from django.utils import timezone

from calls.consumers import admission
from calls.consumers.line_books import take_up
from calls.lifecycle import CallFact, LegStatus
from calls.lifecycle.sideband import SidebandState, Verdict
from calls.models import Call, Leg, ModelWebhook, Sideband, SidebandWorker
from calls.models.number import NumberDoor
from calls.tools import transfer
from compliance.models import DialPermit
from compliance.verdict import PermitState
from tests import given
from tests import people_on_calls as people
from tests.given import post
from tests.integration.calls import sip_given

pytestmark = pytest.mark.django_db(transaction=True)
db = sync_to_async


@pytest.fixture(autouse=True)
async def _open(settings: Any) -> None:
    await db(sip_given.opened)(settings)


async def ring(**number: Any) -> tuple[dict[str, str], ET.Element]:
    """Somebody calls; the form and what they are answered with."""
    await db(sip_given.a_number)(**number)
    form = given.a_ring()
    return form, ET.fromstring((await post("/twilio/voice/", form)).content)


async def a_line(**number: Any) -> Sideband:
    """A caller whose line has come to the model."""
    await ring(**number)
    line = await Sideband.objects.aget()
    assert (await sip_given.post(sip_given.incoming(X_Call_Token=line.token))).status_code == 200
    return await Sideband.objects.select_related("call").aget()


async def over(form: dict[str, str], **dial: str) -> list[str]:
    """The carrier says that the line is over; the verbs of our answer."""
    said = {"CallStatus": "in-progress", "DialCallStatus": "completed", "DialBridged": "true", "DialCallDuration": "60"}
    newest = await Sideband.objects.order_by("-pk").afirst()
    assert newest is not None
    path = f"/twilio/sip/after/{newest.pk}/"
    return [verb.tag for verb in ET.fromstring((await post(path, form | said | dial)).content)]


# --- our document -----------------------------------------------------------------------------------------------------


async def test_the_number_s_callers_are_connected_to_the_model_and_a_second_request_changes_nothing() -> None:
    form, root = await ring()
    assert [verb.tag for verb in root] == ["Start", "Say", "Dial"]
    line = await Sideband.objects.aget()
    assert f"X-Call-Token={line.token}" in (root.findtext("Dial/Sip") or "")
    again = ET.fromstring((await post("/twilio/voice/", form)).content)
    assert again.findtext("Dial/Sip") == root.findtext("Dial/Sip")
    call = await Call.objects.aget()
    assert (call.door, await call.streams.acount(), await call.sidebands.acount()) == (Call.Door.OPENAI_SIP, 0, 1)


@pytest.mark.parametrize("missing", ["process", "project", "secret"])
async def test_while_the_door_is_closed_callers_go_by_the_stream(settings: Any, missing: str) -> None:
    if missing == "process":
        await SidebandWorker.objects.aupdate(heard_at=Now() - timedelta(seconds=30))
    elif missing == "project":
        settings.OPENAI_PROJECT_ID = ""
    else:
        settings.OPENAI_WEBHOOK_SECRETS = []
    _, root = await ring()
    assert [verb.tag for verb in root] == ["Start", "Say", "Connect", "Redirect"]
    assert (await Call.objects.aget()).door == Call.Door.MEDIA_STREAM


async def test_a_door_that_cannot_be_opened_is_not_to_be_chosen(settings: Any) -> None:
    number = await db(sip_given.a_number)(is_recorded=False)
    await db(number.full_clean)()
    number.door = NumberDoor.SIP_TRUNK
    await db(number.full_clean)()
    number.is_recorded = True
    settings.OPENAI_WEBHOOK_SECRETS = []
    for door in (NumberDoor.SIP_TRUNK, NumberDoor.OPENAI_SIP):
        number.door = door
        with pytest.raises(ValidationError) as wrong:
            await db(number.full_clean)()
        assert set(wrong.value.message_dict) == {"door"}


# --- the webhook ------------------------------------------------------------------------------------------------------


async def test_a_token_makes_its_line_incoming_once_whatever_is_sent_again() -> None:
    await ring()
    line = await Sideband.objects.aget()
    event = sip_given.incoming("rtc_a", x_call_token=line.token)
    for _ in range(3):
        assert (await sip_given.post(event, webhook_id="wh_same")).status_code == 200
    line = await Sideband.objects.aget()
    assert (line.state, line.model_call_id) == (SidebandState.INCOMING, "rtc_a")
    assert await ModelWebhook.objects.acount() == 1
    await sip_given.post(sip_given.incoming("rtc_b", X_Call_Token=line.token))  # a token is good once
    other = await Sideband.objects.aget(model_call_id="rtc_b")
    assert (other.verdict, other.call_id) == (Verdict.NOT_FOUND, None)


async def test_the_same_message_twice_at_the_same_moment_is_one() -> None:
    await ring()
    line = await Sideband.objects.aget()
    event = sip_given.incoming("rtc_a", X_Call_Token=line.token)
    answers = await asyncio.gather(*(sip_given.post(event, webhook_id="wh_same") for _ in range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert (await Sideband.objects.acount(), await ModelWebhook.objects.acount()) == (1, 1)


async def test_what_is_not_genuine_leaves_nothing_and_says_why() -> None:
    event = sip_given.incoming(X_Call_Token="t")
    other = sip_given.SECRET.replace("MDEy", "OTEy")
    assert (await sip_given.post(event, late_s=301)).status_code == 401
    assert (await sip_given.post(event, late_s=-302)).status_code == 401
    assert (await sip_given.post(event, secret=other)).status_code == 401
    bare = await AsyncClient().post("/openai/webhook/", b"{}", content_type="application/json")
    assert (bare.status_code, bare.content) == (400, b"The header webhook-id is missing.\n")
    assert (await AsyncClient().get("/openai/webhook/")).status_code == 405
    assert await ModelWebhook.objects.acount() == await Sideband.objects.acount() == 0


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b'{"type":1}', b'{"type":"realtime.call.incoming","data":[]}'])
async def test_what_is_signed_and_no_event_is_refused_without_a_trace(body: bytes) -> None:
    answer = await sip_given.post(body)
    assert answer.status_code in (400, 401)
    assert b"Traceback" not in answer.content


async def test_an_unknown_type_is_taken_and_ignored() -> None:
    event = sip_given.incoming() | {"type": "live.transport.incoming"}
    assert (await sip_given.post(event)).status_code == 200
    assert (await ModelWebhook.objects.aget()).outcome == "ignored"
    assert await Sideband.objects.acount() == 0


async def test_headers_that_are_hostile_are_nobody_s_call() -> None:
    for value in ("", "' OR 1=1 --", "x" * 5000, "\x00", "<script>", "٣"):
        assert (await sip_given.post(sip_given.incoming(X_Call_Token=value, To=value))).status_code == 200
    assert {line.verdict async for line in Sideband.objects.all()} == {Verdict.NOT_FOUND}


# --- who is let in ----------------------------------------------------------------------------------------------------


async def test_a_caller_is_let_in_with_prompt_tools_and_no_format_of_sound(settings: Any) -> None:
    line = await a_line()
    taken = await db(take_up)(line=line)
    assert taken is not None
    with sip_given.a_model(settings) as model:
        assert await admission.let_in(line, taken.conversation.settings) == ""
    ((path, body),) = model.asked
    assert path == f"/v1/realtime/calls/{line.model_call_id}/accept"
    assert body["type"] == "realtime"
    assert body["model"] == "gpt-realtime-2.1"
    assert "Marlow Outdoor" in body["instructions"]
    assert {tool["name"] for tool in body["tools"]} >= {"end_call", "stop_recording"}
    assert "format" not in body["audio"]["input"] | body["audio"]["output"]
    assert body["audio"]["output"]["voice"] == "marin"


async def test_nobody_is_let_in_twice_however_many_try(settings: Any) -> None:
    line = await a_line()
    taken = await db(take_up)(line=line)
    assert taken is not None
    copies = [await Sideband.objects.aget(pk=line.pk) for _ in range(5)]
    with sip_given.a_model(settings) as model:
        answers = await asyncio.gather(*(admission.let_in(copy, taken.conversation.settings) for copy in copies))
    assert model.verbs() == ["accept"]
    assert sorted(answers) == ["", *[admission.ELSEWHERE] * 4]


@pytest.mark.parametrize(
    ("status", "verbs", "why"),
    [(404, ["accept"], "not accepted: 404"), (400, ["accept", "reject"], "not accepted: 400"), (0, ["accept"], "")],
)
async def test_what_came_of_an_accept_is_plain_and_it_is_never_asked_again(
    settings: Any, status: int, verbs: list[str], why: str
) -> None:
    line = await a_line()
    taken = await db(take_up)(line=line)
    assert taken is not None
    with sip_given.a_model(settings) as model:
        model.status = status
        assert (await admission.let_in(line, taken.conversation.settings)).startswith(why)
        # Whoever comes after a process that died here joins, and does not ask again.
        assert await admission.let_in(await Sideband.objects.aget(), taken.conversation.settings) == ""
    assert model.verbs() == verbs
    assert (await Sideband.objects.aget()).state == SidebandState.ACCEPTING


@pytest.mark.parametrize(("verdict", "status"), [("busy", 486), ("decline", 603), ("not found", 404)])
async def test_who_is_turned_away_hears_the_status_that_was_chosen_once(
    settings: Any, verdict: str, status: int
) -> None:
    line = await a_line()
    with sip_given.a_model(settings) as model:
        await admission.turn_away(line, Verdict(verdict))
        await admission.turn_away(await Sideband.objects.aget(), Verdict(verdict))
    assert [(path.rpartition("/")[2], body) for path, body in model.asked] == [("reject", {"status_code": status})]
    assert (await Sideband.objects.aget()).state == SidebandState.REJECTED


async def test_a_line_whose_call_is_over_by_then_is_turned_away() -> None:
    await ring()
    leg, line = await Leg.objects.select_related("call").aget(), await Sideband.objects.aget()
    await db(leg.report)(LegStatus.COMPLETED, at=timezone.now(), source="carrier")
    await sip_given.post(sip_given.incoming(X_Call_Token=line.token))
    assert (await Sideband.objects.aget()).verdict == Verdict.DECLINE


async def test_a_line_is_claimed_by_one_and_by_another_when_it_falls_silent() -> None:
    line = await a_line()
    claims = await asyncio.gather(*(db(Sideband.claim)(holder=f"s{n}", most=5) for n in range(4)))
    assert sorted(len(found) for found in claims) == [0, 0, 0, 1]
    assert await db(Sideband.claim)(holder="late", most=5) == []
    await Sideband.objects.aupdate(lease_until=Now() - timedelta(milliseconds=1))
    assert [found.pk for found in await db(Sideband.claim)(holder="next", most=5)] == [line.pk]
    assert await db(Sideband.renew)(holder="next") == {line.pk}
    await db(line.end)(reason="over", now=timezone.now())
    assert await db(Sideband.renew)(holder="next") == set()


# --- when the line is over --------------------------------------------------------------------------------------------


async def test_a_line_that_never_came_to_be_is_followed_by_the_stream() -> None:
    form, _ = await ring()
    failed = {"DialCallStatus": "failed", "DialBridged": "false", "DialSipResponseCode": "408"}
    assert await over(form, **failed) == ["Connect", "Redirect"]
    call, line = await Call.objects.aget(), await Sideband.objects.aget()
    assert (call.door, line.state, line.sip_code) == (Call.Door.MEDIA_STREAM, SidebandState.ENDED, 408)
    assert await over(form, **failed) == ["Connect", "Redirect"]


async def test_after_the_hour_and_after_one_loss_there_is_another_line_and_then_the_stream() -> None:
    form, _ = await ring()
    assert await over(form, DialCallDuration="3600") == ["Dial"]
    assert await over(form) == ["Dial"]
    lines = [line async for line in Sideband.objects.order_by("pk")]
    assert lines[0].state == SidebandState.ENDED
    assert lines[1].is_resumption
    assert lines[0].token != lines[1].token
    assert await over(form) == ["Connect", "Redirect"]


async def test_an_end_that_was_wanted_is_the_end() -> None:
    form, _ = await ring()
    call = await Call.objects.aget()
    await db(call.advance)(CallFact.HANG_UP_REQUESTED, at=timezone.now(), source="assistant")
    assert await over(form) == ["Hangup"]


async def test_a_caller_who_is_gone_is_not_connected_again() -> None:
    form, _ = await ring()
    assert await over(form, CallStatus="completed") == []
    assert await Sideband.objects.acount() == 1


# --- by a trunk -------------------------------------------------------------------------------------------------------


async def test_a_call_by_a_trunk_is_known_by_the_number_that_was_called() -> None:
    await db(given.a_number)(door=NumberDoor.SIP_TRUNK, is_recorded=False)
    headers = {"From": f"<sip:{given.CAROL}@pstn.example.com>;tag=1", "To": f"<sip:{given.OURS}@sip.example.com>"}
    event = sip_given.incoming("rtc_trunk", **headers)
    for _ in range(2):
        assert (await sip_given.post(event)).status_code == 200
    call, line = await Call.objects.aget(), await Sideband.objects.select_related("call").aget()
    assert (call.customer_e164, call.our_address, call.door) == (given.CAROL, given.OURS, Call.Door.OPENAI_SIP)
    assert (line.via, line.verdict) == ("trunk", "")
    taken = await db(take_up)(line=line)
    assert taken is not None
    assert "AI assistant answering for Marlow Outdoor" in taken.conversation.plan.greeting


async def test_on_a_trunk_the_number_s_rules_decide_too() -> None:
    await db(given.a_number)(door=NumberDoor.SIP_TRUNK, is_recorded=False, countries_blocked="US")
    headers = {"From": f"<sip:{given.CAROL}@x>", "X_Called_Number": given.OURS}
    await sip_given.post(sip_given.incoming(**headers))
    assert (await Sideband.objects.aget()).verdict == Verdict.DECLINE


async def test_a_number_without_a_trunk_is_reached_by_none() -> None:
    await db(given.a_number)()
    await sip_given.post(sip_given.incoming(To=f"<sip:{given.OURS}@x>"))
    assert (await Sideband.objects.aget()).verdict == Verdict.NOT_FOUND
    assert await Call.objects.acount() == 0


async def test_on_a_trunk_a_caller_is_put_through_by_refer_to_a_colleague_with_a_telephone(settings: Any) -> None:
    bob = await db(people.a_seat)(await db(given.bob)(), seat="phone", phone_e164="+14155550171", state="available")
    await db(given.a_number)(door=NumberDoor.SIP_TRUNK, is_recorded=False)
    await sip_given.post(sip_given.incoming("rtc_t", From=f"<sip:{given.CAROL}@x>", X_Called_Number=given.OURS))
    call = await Call.objects.aget()
    with sip_given.a_model(settings) as model:
        answer = await db(transfer.run)(call=call, arguments={"to": "Bob"}, now=timezone.now())
    assert not answer.is_error, answer.output
    assert [(path.rpartition("/")[2], body) for path, body in model.asked] == [
        ("refer", {"target_uri": f"tel:{bob.phone_e164}"})
    ]
    permit = await DialPermit.objects.aget()
    assert (permit.state, permit.number) == (PermitState.CONFIRMED, bob.phone_e164)
    bob.state = "away"
    await bob.asave()
    answer = await db(transfer.run)(call=call, arguments={"to": "Bob"}, now=timezone.now())
    assert answer.is_error
    assert "Nobody can take the call" in answer.output
