"""How the carrier asks the application: signed, complete, limited in time, retried once, with a way out."""

import asyncio
import socket

from aiohttp import web
from twilio.request_validator import RequestValidator

TOKEN = "0123456789abcdef0123456789abcdef"
HANGUP = "<Response><Hangup/></Response>"


def xml(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/xml")


async def test_the_first_request_is_signed_and_complete(open_world):
    async with open_world() as world:
        world.configure(voice_url=world.application.base + "/voice?lang=es&step=2")
        world.application.pages["/voice"] = HANGUP
        call = await world.call()
        (request,) = world.application.requests
        form = request["form"]
        assert request["method"] == "POST"
        assert form["CallSid"] == call.sid
        assert form["CallStatus"] == "ringing"
        assert (form["From"], form["To"], form["Direction"]) == ("+14155552671", "+14155550100", "inbound")
        assert (form["Caller"], form["Called"], form["ApiVersion"]) == (form["From"], form["To"], "2010-04-01")
        assert (form["FromCity"], form["ToCountry"]) == ("SAN FRANCISCO", "US")
        assert form["StirVerstat"] == "TN-Validation-Passed-A"
        assert form["CallToken"]
        assert request["headers"]["I-Twilio-Idempotency-Token"]
        url = world.application.base + "/voice?lang=es&step=2"
        assert RequestValidator(TOKEN).validate(url, form, request["headers"]["X-Twilio-Signature"])


async def test_a_get_webhook_carries_and_signs_its_parameters_in_the_url(open_world):
    async with open_world() as world:
        world.configure(voice_method="GET")
        world.application.pages["/voice"] = HANGUP
        await world.call()
        (request,) = world.application.requests
        assert request["method"] == "GET"
        assert request["params"]["CallStatus"] == "ringing"
        url = world.application.base + request["raw"]
        assert RequestValidator(TOKEN).validate(url, {}, request["headers"]["X-Twilio-Signature"])


async def test_hidden_callers_come_without_geography(open_world):
    async with open_world() as world:
        world.configure()
        world.application.pages["/voice"] = HANGUP
        await world.call(from_="anonymous")
        (form,) = world.application.got("/voice")
        assert form["From"] == "anonymous"
        assert form["FromCity"] == form["FromCountry"] == ""
        assert "StirVerstat" not in form


async def test_cookies_are_kept_for_the_call(open_world):
    async with open_world() as world:
        world.configure()

        async def first(_request, _params):
            response = xml("<Response><Redirect>/next</Redirect></Response>")
            response.set_cookie("step", "1")
            return response

        world.application.pages |= {"/voice": first, "/next": HANGUP}
        await world.call()
        assert world.application.requests[1]["headers"]["Cookie"] == "step=1"
        await world.call()
        assert "Cookie" not in world.application.requests[2]["headers"]


async def test_http_redirects_turn_post_into_get_unless_307(open_world):
    async with open_world() as world:
        world.configure()

        async def see_other(_request, _params):
            return web.Response(status=303, headers={"Location": "/moved"})

        async def temporary(_request, _params):
            return web.Response(status=307, headers={"Location": "/kept"})

        world.application.pages |= {"/voice": see_other, "/moved": temporary, "/kept": HANGUP}
        await world.call()
        assert [(each["path"], each["method"]) for each in world.application.requests] == [
            ("/voice", "POST"),
            ("/moved", "GET"),
            ("/kept", "GET"),
        ]
        assert world.application.got("/kept") == [{}]
        assert world.problems() == []


async def test_more_than_ten_redirects_are_11215(open_world):
    async with open_world() as world:
        world.configure()

        async def round_and_round(_request, _params):
            return web.Response(status=307, headers={"Location": "/voice"})

        world.application.pages["/voice"] = round_and_round
        await world.call()
        assert len(world.application.requests) == 11
        assert world.problems() == [("error", 11215)]


async def test_an_error_goes_to_the_fallback_with_its_code(open_world):
    async with open_world() as world:
        world.configure(voice_fallback_url=world.application.base + "/fallback")

        async def broken(_request, _params):
            return web.Response(status=500)

        world.application.pages |= {"/voice": broken, "/fallback": HANGUP}
        call = await world.call()
        (form,) = world.application.got("/fallback")
        assert form["ErrorCode"] == "11200"
        assert form["ErrorUrl"] == world.application.base + "/voice"
        assert form["CallSid"] == call.sid
        assert call.status == "completed"


async def test_without_a_fallback_the_caller_hears_an_apology_and_the_call_ends(open_world):
    async with open_world() as world:
        world.configure()
        world.application.pages["/voice"] = "<Response><Spaek>Hi</Spaek></Response>"
        call = await world.call()
        assert call.status == "in-progress"
        await world.until_ended(call)
        assert [verb.verb for verb in call.verbs] == ["application error"]
        assert call.line.outbound.played > 8000
        assert world.problems() == [("error", 12200)]


async def test_a_failing_fallback_is_not_asked_twice(open_world):
    async with open_world() as world:
        world.configure(voice_fallback_url=world.application.base + "/fallback")
        world.application.pages |= {"/voice": "<Response>", "/fallback": "<Response>"}
        call = await world.call()
        await world.until_ended(call)
        assert [each["path"] for each in world.application.requests] == ["/voice", "/fallback"]
        assert world.problems() == [("error", 12100), ("error", 12100)]


async def test_an_answer_that_is_no_document_is_12300(open_world):
    async with open_world() as world:
        world.configure()

        async def json_page(_request, _params):
            return web.json_response({})

        world.application.pages["/voice"] = json_page
        await world.call()
        assert world.problems() == [("error", 12300)]


async def test_plain_text_is_spoken(open_world):
    async with open_world() as world:
        world.configure()

        async def plain(_request, _params):
            return web.Response(text="anchor basket", content_type="text/plain")

        world.application.pages["/voice"] = plain
        call = await world.call()
        await world.until_ended(call)
        assert [(verb.verb, verb.text) for verb in call.verbs] == [("Say", "anchor basket"), ("Hangup", "")]


async def test_a_silent_application_is_given_up_after_15_seconds(open_world):
    async with open_world() as world:
        world.configure()
        release = asyncio.Event()

        async def slow(_request, _params):
            await release.wait()
            return xml(HANGUP)

        world.application.pages["/voice"] = slow
        await world.call()
        await world.carrier.clock.advance(14_999)
        assert world.problems() == []
        await world.carrier.clock.advance(1)
        await world.settle()
        assert world.problems() == [("error", 11200)]
        assert len(world.application.requests) == 1
        release.set()


async def test_a_refused_connection_is_tried_once_more_with_the_same_token(open_world):
    async with open_world() as world:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        world.configure(voice_url=f"http://127.0.0.1:{port}/voice")
        await world.call()
        sent = world.carrier.ledger.since(kind="webhook")
        assert [entry["attempt"] for entry in sent] == [0, 1]
        assert len({entry["idempotency_token"] for entry in sent}) == 1
        assert world.problems() == [("error", 11205)]


async def test_the_url_fragment_sets_retries_and_is_not_sent(open_world):
    async with open_world() as world:
        world.configure(voice_url=world.application.base + "/voice#rc=2&rp=5xx")

        async def broken(_request, _params):
            return web.Response(status=503)

        world.application.pages["/voice"] = broken
        await world.call()
        assert [each["raw"] for each in world.application.requests] == ["/voice"] * 3
        assert len({each["headers"]["I-Twilio-Idempotency-Token"] for each in world.application.requests}) == 1


async def test_documents_that_only_lead_to_each_other_are_stopped(open_world):
    async with open_world() as world:
        world.configure()
        world.application.pages["/voice"] = "<Response><Redirect>/voice</Redirect></Response>"
        await world.call()
        assert await world.step(1000, until=lambda: bool(world.problems()))
        assert len(world.application.requests) == 100
        assert world.problems() == [("error", 11215)]


async def test_a_document_that_takes_its_time_may_repeat_itself_for_ever(open_world):
    async with open_world() as world:
        world.configure()
        world.application.pages["/voice"] = "<Response><Pause/><Redirect>/voice</Redirect></Response>"
        await world.call()
        assert await world.step(120_000, until=lambda: len(world.application.requests) > 101)
        assert world.problems() == []
