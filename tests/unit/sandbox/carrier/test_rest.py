"""The REST API: what the vendor's own client gets from it, and what it refuses."""

import asyncio
from urllib.parse import urlsplit, urlunsplit

import aiohttp
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

ACCOUNT, TOKEN = "AC" + "0" * 31 + "1", "0123456789abcdef0123456789abcdef"
KEY = "SK" + "0" * 31 + "1"
BASE = f"/2010-04-01/Accounts/{ACCOUNT}"
RECORDED = '<Response><Start><Recording/></Start><Say>anchor</Say><Pause length="30"/></Response>'


class Loopback(TwilioHttpClient):
    """Sends the vendor's requests to the stand-in, keeping the host they were meant for in a header."""

    def __init__(self, base: str) -> None:
        super().__init__(timeout=5, pool_connections=False)
        self.base = urlsplit(base)

    def request(self, method, url, *args, headers=None, **facts):
        parts = urlsplit(url)
        headers = {**(headers or {}), "X-Twilio-Host": parts.netloc}
        url = urlunsplit((self.base.scheme, self.base.netloc, parts.path, parts.query, ""))
        return super().request(method, url, *args, headers=headers, **facts)


def client_of(world, *, user: str = ACCOUNT, secret: str = TOKEN) -> Client:
    return Client(user, secret, account_sid=ACCOUNT, http_client=Loopback(world.base))


async def a_recorded_call(world):
    world.configure()
    world.application.pages["/voice"] = RECORDED
    return await world.call()


@pytest.mark.parametrize("auth", [None, (ACCOUNT, "wrong"), ("AC" + "9" * 32, TOKEN), (KEY, "secret"), ("", "")])
async def test_strangers_are_refused(open_world, auth):
    async with open_world() as world:
        status, body = await world.rest("GET", "/Calls.json", auth=auth)
        assert (status, body["code"], body["status"]) == (401, 20003, 401)
        assert body["more_info"] == "https://www.twilio.com/docs/errors/20003"


async def test_an_api_key_opens_its_account_and_no_other(open_world):
    async with open_world(api_keys={KEY: "secret"}) as world:
        assert (await world.rest("GET", "/Calls.json", auth=(KEY, "secret")))[0] == 200
        headers = {"Authorization": aiohttp.encode_basic_auth(KEY, "secret")}
        other = f"{world.base}/2010-04-01/Accounts/AC{'2' * 32}/Calls.json"
        async with world.http.get(other, headers=headers) as response:
            assert response.status == 401


async def test_numbers_are_listed_and_configured(open_world):
    async with open_world() as world:

        def configure():
            client = client_of(world)
            (number,) = client.incoming_phone_numbers.list(phone_number="+14155550100")
            updated = client.incoming_phone_numbers(number.sid).update(
                voice_url="https://app.example.com/voice/",
                voice_method="POST",
                status_callback="https://app.example.com/status/",
                voice_caller_id_lookup=True,
            )
            return number, updated, client.incoming_phone_numbers(number.sid).fetch()

        number, updated, fetched = await asyncio.to_thread(configure)
        assert (number.phone_number, number.voice_url) == ("+14155550100", "")
        assert updated.voice_url == fetched.voice_url == "https://app.example.com/voice/"
        assert fetched.status_callback == "https://app.example.com/status/"
        assert fetched.voice_caller_id_lookup is True
        assert fetched.date_updated is not None


@pytest.mark.parametrize(
    ("pattern", "found"),
    [("415555010*", 2), ("5550101", 1), ("+1*1555****0", 1), ("999", 0), ("", 2)],
)
async def test_numbers_are_found_by_a_part_of_them(open_world, pattern, found):
    async with open_world() as world:
        _, body = await world.rest("GET", "/IncomingPhoneNumbers.json", params={"PhoneNumber": pattern})
        assert len(body["incoming_phone_numbers"]) == found


async def test_a_live_call_is_seen_and_hung_up(open_world):
    async with open_world() as world:
        call = await a_recorded_call(world)
        await world.step(3000)
        client = client_of(world)
        (listed,) = await asyncio.to_thread(lambda: client.calls.list(status="in-progress", to="+14155550100"))
        assert (listed.sid, listed.direction, listed.status) == (call.sid, "inbound", "in-progress")
        ended = await asyncio.to_thread(lambda: client.calls(call.sid).update(status="completed"))
        assert (ended.status, ended.duration) == ("completed", "3")
        assert call.ended_by == "application"
        with pytest.raises(TwilioRestException) as refused:
            await asyncio.to_thread(lambda: client.calls(call.sid).update(twiml="<Response/>"))
        assert (refused.value.status, refused.value.code) == (400, 21220)


async def test_new_instructions_by_url_and_inline(open_world):
    async with open_world() as world:
        call = await a_recorded_call(world)
        world.application.pages["/next"] = '<Response><Pause length="30"/></Response>'
        client = client_of(world)
        await asyncio.to_thread(
            lambda: client.calls(call.sid).update(url=world.application.base + "/next", method="GET")
        )
        await world.step(100)
        assert world.application.requests[-1]["method"] == "GET"
        await asyncio.to_thread(lambda: client.calls(call.sid).update(twiml="<Response><Hangup/></Response>"))
        await world.step(100)
        assert call.status == "completed"


async def test_a_ringing_call_can_be_canceled(open_world):
    async with open_world() as world:
        world.configure(status_callback=world.application.base + "/status")
        world.application.pages["/voice"] = '<Response><Pause length="30"/></Response>'
        call = await world.call()
        status, body = await world.rest("POST", f"/Calls/{call.sid}.json", data={"Status": "canceled"})
        assert (status, body["status"]) == (200, "canceled")
        await world.step(0)
        assert [form["CallStatus"] for form in world.application.got("/status")] == ["canceled"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"Staus": "completed"}, 20001),
        ({"Status": "ended"}, 20001),
        ({"Status": "canceled"}, 21220),
        ({"Url": "/relative"}, 21205),
        ({"Url": "https://x.test/", "Method": "PUT"}, 20001),
        ({"Twiml": "x" * 4001}, 20001),
        ({"TimeLimit": "soon"}, 20001),
        ({"Status": "completed", "Twiml": "<Response/>"}, 20001),
    ],
)
async def test_wrong_changes_are_refused_and_change_nothing(open_world, data, code):
    async with open_world() as world:
        call = await a_recorded_call(world)
        status, body = await world.rest("POST", f"/Calls/{call.sid}.json", data=data)
        assert (status, body["code"]) == (400, code)
        assert call.is_live


async def test_a_time_limit_ends_the_call(open_world):
    async with open_world() as world:
        call = await a_recorded_call(world)
        await world.rest("POST", f"/Calls/{call.sid}.json", data={"TimeLimit": "5"})
        await world.step(4900)
        assert call.is_live
        await world.step(200)
        assert (call.status, call.ended_by) == ("completed", "carrier")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/Calls.json"),
        ("GET", "/Calls/CA" + "0" * 32 + ".json"),
        ("GET", "/Queues.json"),
        ("GET", "/Recordings/RE" + "0" * 32 + ".json"),
        ("GET", "/Recordings/RE" + "0" * 32),
        ("GET", "/IncomingPhoneNumbers/PN" + "0" * 32 + ".json"),
    ],
)
async def test_what_does_not_exist_is_20404(open_world, method, path):
    async with open_world() as world:
        status, body = await world.rest(method, path)
        assert (status, body["code"]) == (404, 20404)


async def test_a_recording_is_started_paused_resumed_and_stopped(open_world):
    async with open_world() as world:
        world.configure()
        world.application.pages["/voice"] = '<Response><Say>anchor</Say><Pause length="30"/></Response>'
        call = await world.call()
        await world.step(1000)

        def control():
            recordings = client_of(world).calls(call.sid).recordings
            created = recordings.create(
                recording_channels="dual",
                recording_status_callback=world.application.base + "/recording",
                recording_status_callback_event=["in-progress", "completed"],
            )
            paused = recordings("Twilio.CURRENT").update(status="paused", pause_behavior="skip")
            resumed = recordings("Twilio.CURRENT").update(status="in-progress")
            return created, paused, resumed

        created, paused, resumed = await asyncio.to_thread(control)
        assert [each.status for each in (created, paused, resumed)] == ["in-progress", "paused", "in-progress"]
        assert (created.source, created.channels) == ("StartCallRecordingAPI", 2)
        await world.step(2000)
        stopped = await asyncio.to_thread(
            lambda: client_of(world).calls(call.sid).recordings(created.sid).update(status="stopped")
        )
        assert stopped.status == "stopped"
        await world.step(400)
        fetched = await asyncio.to_thread(lambda: client_of(world).recordings(created.sid).fetch())
        assert (fetched.status, fetched.duration, fetched.call_sid) == ("completed", "2", call.sid)
        assert [form["RecordingStatus"] for form in world.application.got("/recording")] == ["in-progress", "completed"]
        status, body = await world.rest(
            "POST", f"/Calls/{call.sid}/Recordings/Twilio.CURRENT.json", data={"Status": "paused"}
        )
        assert (status, body["code"]) == (404, 20404)


async def test_a_call_that_is_not_answered_cannot_be_recorded(open_world):
    async with open_world() as world:
        world.configure()
        world.application.pages["/voice"] = '<Response><Pause length="30"/></Response>'
        call = await world.call()
        status, body = await world.rest("POST", f"/Calls/{call.sid}/Recordings.json")
        assert (status, body["code"]) == (400, 21220)


async def test_lists_come_in_pages(open_world):
    async with open_world() as world:
        world.configure()
        world.application.pages["/voice"] = "<Response><Reject/></Response>"
        for _ in range(5):
            await world.call()
        sids = await asyncio.to_thread(lambda: [call.sid for call in client_of(world).calls.stream(page_size=2)])
        assert sorted(sids) == sorted(world.carrier.calls)
        _, body = await world.rest("GET", "/Calls.json?PageSize=2&Page=1&Status=no-answer")
        assert (body["page"], body["page_size"], body["start"], body["end"]) == (1, 2, 2, 3)
        assert body["next_page_uri"].startswith(BASE + "/Calls.json?Status=no-answer")
        _, last = await world.rest("GET", "/Calls.json?PageSize=2&Page=2")
        assert last["next_page_uri"] is None


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/Calls.json?Stauts=completed", 20001),
        ("/Calls.json?PageSize=1001", 20001),
        ("/Calls.json?Status=talking", 20001),
        ("/Calls.json?StartTime%3E=yesterday", 20001),
        ("/Recordings.json?Call=x", 20001),
    ],
)
async def test_unknown_filters_are_refused(open_world, path, code):
    async with open_world() as world:
        await a_recorded_call(world)
        status, body = await world.rest("GET", path)
        assert (status, body["code"]) == (400, code)


async def test_calls_are_filtered_by_day(open_world):
    async with open_world() as world:
        await a_recorded_call(world)
        today = world.carrier.clock.date().date().isoformat()
        counts = []
        for query in (f"StartTime={today}", "StartTime%3C=2020-01-01", "StartTime%3E=2020-01-01T00:00:00"):
            _, body = await world.rest("GET", f"/Calls.json?{query}")
            counts.append(len(body["calls"]))
        assert counts == [1, 0, 1]


async def test_requests_can_fail_and_hang(open_world):
    async with open_world() as world:
        world.carrier.faults.change({"rest": {"count": 1, "answer": "429"}})
        status, body = await world.rest("GET", "/Calls.json")
        assert (status, body["code"]) == (429, 20429)
        assert (await world.rest("GET", "/Calls.json"))[0] == 200
        world.carrier.faults.change({"rest": {"count": 1, "answer": "timeout"}})
        with pytest.raises(TimeoutError):
            await world.rest("GET", "/Calls.json", timeout=aiohttp.ClientTimeout(total=0.1))


async def test_every_request_is_in_the_ledger(open_world):
    async with open_world() as world:
        call = await a_recorded_call(world)
        await world.rest("POST", f"/Calls/{call.sid}.json", data={"Status": "completed"})
        (entry,) = world.carrier.ledger.since(kind="rest", call_sid=call.sid)
        assert (entry["method"], entry["status"], entry["params"]) == ("POST", 200, {"Status": ["completed"]})


async def test_a_call_is_deleted_once_it_is_over(open_world):
    async with open_world() as world:
        call = await a_recorded_call(world)
        status, body = await world.rest("DELETE", f"/Calls/{call.sid}.json")
        assert (status, body["code"]) == (400, 20009)
        await world.rest("POST", f"/Calls/{call.sid}.json", data={"Status": "completed"})
        client = client_of(world)
        assert await asyncio.to_thread(client.calls(call.sid).delete)
        with pytest.raises(TwilioRestException) as gone:
            await asyncio.to_thread(client.calls(call.sid).fetch)
        assert gone.value.code == 20404
        assert await asyncio.to_thread(client.calls.list) == []
