"""WhatsApp at the stand-in: what it refuses, whom it calls, and whom it never brings together."""

import base64
import json

import pytest

from sandbox.carrier import agents
from sandbox.carrier.whatsapp import DAY_MS, PREFIX
from tests.unit.sandbox.carrier.conftest import ACCOUNT, NUMBER, TOKEN

OURS, CAROL = "+5511955550100", "+12125550101"
BOTH = {"From": PREFIX + OURS, "To": PREFIX + CAROL}
BASIC = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
BUTTON = {"twilio/call-to-action": {"body": "May we?", "actions": [{"type": "VOICE_CALL_REQUEST", "title": "Allow"}]}}


async def api(world, method, path, body=None, *, host=""):
    """One request of the APIs that speak JSON."""
    headers = {"Authorization": f"Basic {BASIC}"} | ({"X-Twilio-Host": host} if host else {})
    if body is not None:
        headers["Content-Type"] = "application/json"
    data = None if body is None else json.dumps(body)
    async with world.http.request(method, world.base + path, headers=headers, data=data) as response:
        return response.status, await response.json()


async def control(world, method, path, body=None):
    async with world.http.request(method, f"{world.base}/_sandbox/whatsapp{path}", json=body) as response:
        text = await response.text()
        return response.status, json.loads(text) if text else None


async def a_sender(world, e164=OURS):
    """A sender whose calls are announced at `/voice` and whose messages at `/message`."""
    _, made = await control(world, "PUT", f"/senders/{e164}", {})
    base = world.application.base
    status, application = await world.rest("POST", "/Applications.json", data={"VoiceUrl": f"{base}/voice"})
    assert status == 201, application
    body = {
        "configuration": {"voice_application_sid": application["sid"]},
        "webhook": {"callback_url": f"{base}/message"},
    }
    status, _ = await api(world, "POST", f"/v2/Channels/Senders/{made['sid']}", body)
    assert status == 202
    return made["sid"]


async def a_template(world, *, approved=True):
    _, made = await api(world, "POST", "/v1/Content", {"friendly_name": "p", "language": "en", "types": BUTTON})
    if approved:
        request = {"name": "p", "category": "UTILITY"}
        await api(world, "POST", f"/v1/Content/{made['sid']}/ApprovalRequests/whatsapp", request)
        await control(world, "POST", f"/approvals/{made['sid']}", {})
    return made["sid"]


async def send(world, content):
    """A message, and what the carrier reported of it."""
    callback = {"StatusCallback": f"{world.application.base}/sent"}
    status, row = await world.rest("POST", "/Messages.json", data=BOTH | {"ContentSid": content} | callback)
    assert status == 201, row
    await world.step(1000)
    return [
        (form["MessageStatus"], form.get("ErrorCode", ""))
        for form in world.application.got("/sent")
        if form["MessageSid"] == row["sid"]
    ]


async def allow(world):
    assert await send(world, await a_template(world)) == [("sent", ""), ("delivered", "")]
    return await control(world, "POST", "/answers", {"from": CAROL, "to": OURS})


async def dial(world, **more):
    form = BOTH | {"Url": f"{world.application.base}/leg", "Timeout": "5"} | more
    return await world.rest("POST", "/Calls.json", data=form)


async def test_a_sender_is_set_up_updated_read_and_switched_off(open_world):
    async with open_world() as world:
        sid = await a_sender(world)
        _, row = await api(world, "GET", f"/v2/Channels/Senders/{sid}", host="messaging.twilio.com")
        assert (row["sender_id"], row["status"]) == (PREFIX + OURS, "ONLINE:UPDATING")
        await world.step(600)
        _, listed = await api(world, "GET", "/v2/Channels/Senders?Channel=whatsapp&PageSize=1")
        assert [one["status"] for one in listed["senders"]] == ["ONLINE"]
        assert listed["meta"]["next_page_url"] is None
        off = {"configuration": {"voice_application_sid": None}}
        await api(world, "POST", f"/v2/Channels/Senders/{sid}", off)
        _, row = await api(world, "GET", f"/v2/Channels/Senders/{sid}")
        assert row["configuration"]["voice_application_sid"] is None


@pytest.mark.parametrize(
    ("method", "path", "body", "host", "status"),
    [
        ("GET", "/v2/Channels/Senders", None, "", 400),
        ("GET", "/v2/Channels/Senders/XE0", None, "", 404),
        ("GET", "/v2/Channels/Senders?Channel=whatsapp", None, "api.twilio.com", 404),
        ("POST", "/v1/Content", {"language": "en"}, "", 400),
        ("POST", "/v1/Content", {"language": "en", "types": {}, "colour": "red"}, "", 400),
        ("POST", "/v1/Content", {"language": "en", "types": {"twilio/fax": {}}}, "", 400),
        ("POST", "/v1/Content", {"language": "en", "types": {"twilio/call-to-action": {"body": "x"}}}, "", 400),
        ("POST", "/v1/Content", {"language": "en", "types": {"twilio/card": BUTTON["twilio/call-to-action"]}}, "", 400),
        ("POST", "/v1/Content/HX0/ApprovalRequests/whatsapp", {"name": "p", "category": "UTILITY"}, "", 404),
        ("POST", "/v1/Content", [], "", 400),
    ],
)
async def test_what_the_json_apis_refuse(open_world, method, path, body, host, status):
    async with open_world() as world:
        found, row = await api(world, method, path, body, host=host)
        assert (found, row["status"]) == (status, status)


async def test_a_template_is_submitted_once_and_approved(open_world):
    async with open_world() as world:
        sid = await a_template(world, approved=False)
        _, row = await api(world, "GET", f"/v1/Content/{sid}/ApprovalRequests")
        assert row["whatsapp"] is None
        assert (await control(world, "POST", f"/approvals/{sid}", {}))[0] == 409
        request = {"name": "p", "category": "UTILITY"}
        url = f"/v1/Content/{sid}/ApprovalRequests/whatsapp"
        assert (await api(world, "POST", url, request | {"name": "Not A Name"}))[0] == 400
        assert (await api(world, "POST", url, request))[1]["status"] == "received"
        assert (await api(world, "POST", url, request))[0] == 409
        await control(world, "POST", f"/approvals/{sid}", {"status": "rejected", "reason": "INVALID_FORMAT"})
        _, row = await api(world, "GET", f"/v1/Content/{sid}/ApprovalRequests")
        assert (row["whatsapp"]["status"], row["whatsapp"]["rejection_reason"]) == ("rejected", "INVALID_FORMAT")


async def test_a_request_is_answered_by_a_signed_form_and_allows_calls_for_seven_days(open_world):
    async with open_world() as world:
        await a_sender(world)
        assert (await control(world, "POST", "/answers", {"from": CAROL, "to": OURS}))[0] == 409, "nobody asked"
        await allow(world)
        (form,) = world.application.got("/message")
        assert (form["From"], form["To"], form["Body"]) == (PREFIX + CAROL, PREFIX + OURS, "VOICE_CALL_REQUEST")
        assert (form["MessageType"], form["ButtonPayload"]) == ("interactive", "ACCEPTED")
        assert (await dial(world))[0] == 201
        books = world.carrier.whatsapp
        assert books.refuse_call((OURS, CAROL), world.carrier.clock.now_ms() + 7 * DAY_MS)[0] == 37000


async def test_messages_fail_on_their_way_for_reasons_of_whatsapp(open_world):
    async with open_world() as world:
        await a_sender(world)
        unapproved = await a_template(world, approved=False)
        assert await send(world, unapproved) == [("failed", "63016")]
        assert await send(world, await a_template(world)) == [("sent", ""), ("delivered", "")]
        assert await send(world, await a_template(world)) == [("failed", "63032")], "one request a day"
        world.carrier.whatsapp.not_on_whatsapp.add(CAROL)
        assert await send(world, await a_template(world)) == [("failed", "63024")]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({}, 37000),
        ({"From": PREFIX + "+5511900000000"}, 37008),
        ({"From": NUMBER}, 37008),
        ({"To": CAROL}, 21212),
        ({"To": PREFIX + "Carol"}, 21211),
        ({"MachineDetection": "Enable"}, 20001),
        ({"SendDigits": "1"}, 20001),
    ],
)
async def test_calls_that_are_not_placed(open_world, more, code):
    async with open_world() as world:
        await a_sender(world)
        status, row = await dial(world, **more)
        assert (status, row["code"]) == (400, code)
        assert not world.carrier.ledger.since(kind="dial")


async def test_a_sender_of_the_united_states_places_no_calls(open_world):
    async with open_world() as world:
        await a_sender(world, "+14155550133")
        assert (await dial(world, From=PREFIX + "+14155550133"))[1]["code"] == 37001


async def test_five_calls_a_day_and_four_missed_ones_end_the_permission(open_world):
    async with open_world() as world:
        await a_sender(world)
        await allow(world)
        for _ in range(4):
            status, row = await dial(world)
            assert status == 201
            await world.until_ended(world.carrier.calls[row["sid"]])
        assert (await dial(world))[1]["code"] == 37000
        world.carrier.whatsapp.grants[OURS, CAROL] = world.carrier.clock.now_ms() + DAY_MS
        world.carrier.agents[PREFIX + CAROL] = agents.read({"pickup": "busy"})
        assert (await dial(world))[0] == 201
        assert (await dial(world))[1]["code"] in (37000, 37004)


async def test_a_user_calls_a_sender_and_is_announced_by_its_application(open_world):
    async with open_world() as world:
        _, made = await control(world, "PUT", f"/senders/{OURS}", {})
        place = {"to": PREFIX + OURS, "from": PREFIX + CAROL}
        async with world.http.post(f"{world.base}/_sandbox/calls", json=place) as response:
            assert response.status == 409
        assert ("error", 37009) in world.problems()
        await a_sender(world)
        world.application.pages["/voice"] = '<Response><Pause length="60"/></Response>'
        call = await world.call(to=PREFIX + OURS, from_=PREFIX + CAROL)
        (form,) = world.application.got("/voice")
        assert (form["From"], form["To"], form["Direction"]) == (PREFIX + CAROL, PREFIX + OURS, "inbound")
        assert form["ApplicationSid"].startswith("AP")
        assert "StirVerstat" not in form
        assert "FromCity" not in form
        assert call.number is None
        assert made["sid"].startswith("XE")


@pytest.mark.parametrize(
    ("dialled", "is_barred"),
    [
        ("<Number>+14155550177</Number>", True),
        ("<Client>agent_7</Client>", False),
        ("<Sip>sip:a@b.example</Sip>", False),
    ],
)
async def test_a_whatsapp_call_is_never_bridged_with_a_telephone(open_world, dialled, is_barred):
    async with open_world() as world:
        await a_sender(world)
        world.application.pages["/voice"] = f'<Response><Dial timeout="2">{dialled}</Dial></Response>'
        call = await world.call(to=PREFIX + OURS, from_=PREFIX + CAROL)
        await world.until_ended(call)
        assert (("error", 13227) in world.problems()) is is_barred
        assert bool(world.carrier.ledger.since(kind="dial")) is not is_barred


async def test_nor_do_they_meet_in_a_conference(open_world):
    async with open_world() as world:
        await a_sender(world)
        room = '<Response><Dial><Conference beep="false">call-7</Conference></Dial></Response>'
        world.application.pages["/voice"] = room
        await world.call(to=PREFIX + OURS, from_=PREFIX + CAROL)
        await world.step(50)
        path = "/Conferences/call-7/Participants.json"
        status, row = await world.rest("POST", path, data={"From": NUMBER, "To": "+14155550177"})
        assert (status, row["code"]) == (400, 13227)
        assert (await world.rest("POST", path, data={"From": NUMBER, "To": "client:agent_7"}))[0] == 201
        world.configure()
        by_telephone = await world.call()
        await world.until_ended(by_telephone)
        assert ("error", 13227) in world.problems()
