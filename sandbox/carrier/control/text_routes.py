"""Being somebody who writes to a number of the account: `/_sandbox/messages`."""

from aiohttp import web

from sandbox.carrier import texting
from sandbox.carrier.control.wire import PREFIX, Refused, read, text_of
from sandbox.carrier.rest.wire import CARRIER

_DEFAULT_FROM = "+14155550123"


def routes() -> list[web.RouteDef]:
    """The address for messages."""
    return [web.post(PREFIX + "/messages", _send)]


async def _send(request: web.Request) -> web.Response:
    body = await read(request, "to", "from", "text", "sid", "opt_out_type", "is_signature_spoilt")
    try:
        text = await texting.send(
            request.app[CARRIER],
            from_=text_of(body, "from", _DEFAULT_FROM),
            to=text_of(body, "to"),
            body=text_of(body, "text"),
            sid=text_of(body, "sid", ""),
            opt_out_type=text_of(body, "opt_out_type", ""),
            spoil=body.get("is_signature_spoilt") is True,
        )
    except texting.UnableToText as unable:
        raise Refused(409, str(unable)) from unable
    return web.json_response({"sid": text.sid, "answers": text.answers, "error": text.error}, status=201)
