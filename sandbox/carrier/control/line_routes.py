"""Numbers that others buy, SIP servers out there, calls to trunks and to SIP domains: `/_sandbox/market`, `/sip` …"""

import ipaddress

from aiohttp import web

from sandbox.carrier import calls, origination, sip_calls
from sandbox.carrier.control.wire import PREFIX, Refused, read, text_of
from sandbox.carrier.lines import CallerId
from sandbox.carrier.rest.wire import CARRIER
from sandbox.carrier.values import new_sid

_DEFAULT_FROM = "+14155550123"


def routes() -> list[web.RouteDef]:
    """The addresses."""
    return [
        web.post(PREFIX + "/market/sold", _sell_to_another),
        web.put(PREFIX + "/sip/{host}", _let_answer),
        web.delete(PREFIX + "/sip/{host}", _let_be_silent),
        web.post(PREFIX + "/trunk-calls", _call_trunk),
        web.post(PREFIX + "/sip-calls", _call_domain),
        web.put(PREFIX + "/caller-ids/{number}", _verify),
        web.post(PREFIX + "/caller-ids/{number}/code", _key_code),
    ]


async def _sell_to_another(request: web.Request) -> web.Response:
    body = await read(request, "number")
    request.app[CARRIER].lines.sold.add(text_of(body, "number"))
    return web.Response(status=204)


async def _let_answer(request: web.Request) -> web.Response:
    body = await read(request, "code")
    code = body.get("code")
    if isinstance(code, bool) or not isinstance(code, int) or not 200 <= code < 700:
        raise Refused(400, "code must be a final SIP answer, 200 to 699")
    request.app[CARRIER].lines.answers[request.match_info["host"].lower()] = code
    return web.Response(status=204)


async def _let_be_silent(request: web.Request) -> web.Response:
    request.app[CARRIER].lines.answers.pop(request.match_info["host"].lower(), None)
    return web.Response(status=204)


async def _call_trunk(request: web.Request) -> web.Response:
    carrier, body = request.app[CARRIER], await read(request, "to", "from")
    number = carrier.number_of(text_of(body, "to"))
    try:
        if number is None:
            raise calls.UnableToCall(f"{body['to']} is not a number of this account")
        offered = origination.offer(carrier, number, from_=text_of(body, "from", _DEFAULT_FROM))
    except calls.UnableToCall as unable:
        raise Refused(409, str(unable)) from unable
    return web.json_response(offered.as_json(), status=201)


async def _call_domain(request: web.Request) -> web.Response:
    carrier, body = request.app[CARRIER], await read(request, "to", "from", "source_ip", "user", "password")
    source_ip = text_of(body, "source_ip", "203.0.113.7")
    try:
        ipaddress.IPv4Address(source_ip)
    except ValueError as wrong:
        raise Refused(400, f"source_ip is no IPv4 address: {source_ip}") from wrong
    try:
        call = sip_calls.place(
            carrier,
            to=text_of(body, "to"),
            from_=text_of(body, "from"),
            source_ip=source_ip,
            user=text_of(body, "user", ""),
            password=text_of(body, "password", ""),
        )
    except calls.UnableToCall as unable:
        raise Refused(409, str(unable)) from unable
    return web.json_response({"sid": call.sid}, status=201)


async def _verify(request: web.Request) -> web.Response:
    """Somebody has it verified already, in the console."""
    carrier, e164 = request.app[CARRIER], request.match_info["number"]
    one = CallerId(new_sid("PN"), e164, e164, "000000", carrier.clock.now_ms(), is_verified=True)
    carrier.lines.caller_ids[one.sid] = one
    return web.Response(status=204)


async def _key_code(request: web.Request) -> web.Response:
    """Whoever answered there keys in the code they were told."""
    carrier, body = request.app[CARRIER], await read(request, "code")
    e164 = request.match_info["number"]
    one = next((known for known in carrier.lines.caller_ids.values() if known.e164 == e164), None)
    if one is None or one.is_verified:
        raise Refused(409, f"nobody waits for a code from {e164}")
    one.is_verified = text_of(body, "code") == one.code
    return web.json_response({"is_verified": one.is_verified})
