"""The account and its balance.

https://www.twilio.com/docs/iam/api/account. An API key may not read the account.
"""

import base64

from aiohttp import web

from sandbox.carrier.rest import wire
from sandbox.carrier.rest.wire import API, CARRIER, RestError


def routes() -> list[web.RouteDef]:
    """The addresses of these resources."""
    base = API + "/Accounts/{account}"
    return [
        web.get(base + ".json", _account),
        web.get(base + "/Balance.json", _balance),
    ]


def _only_with_token(request: web.Request) -> None:
    credentials = request.headers.get("Authorization", "").partition(" ")[2]
    if base64.b64decode(credentials).decode().startswith("SK"):
        raise RestError(401, 20003, "Authenticate")


async def _account(request: web.Request) -> web.Response:
    wire.query_of(request)
    _only_with_token(request)
    carrier = request.app[CARRIER]
    return web.json_response(
        {
            "sid": carrier.account_sid,
            "owner_account_sid": carrier.account_sid,
            "friendly_name": "Sandbox",
            "status": carrier.account.status,
            "type": carrier.account.kind,
            "auth_token": carrier.auth_token,
            "date_created": wire.date_text(carrier, 0),
            "date_updated": wire.date_text(carrier, 0),
            "subresource_uris": {},
            "uri": f"{API}/Accounts/{carrier.account_sid}.json",
        }
    )


async def _balance(request: web.Request) -> web.Response:
    wire.query_of(request)
    carrier = request.app[CARRIER]
    book = carrier.account
    return web.json_response({"account_sid": carrier.account_sid, "balance": book.balance, "currency": book.currency})
