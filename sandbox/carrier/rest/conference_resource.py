"""`/Conferences`: look at conferences, end one, announce something to everybody in it.

https://www.twilio.com/docs/voice/api/conference-resource
"""

from typing import Any

from aiohttp import web

from sandbox.carrier import participants, rooms
from sandbox.carrier.rest import dial_params, wire
from sandbox.carrier.rest.wire import API, CARRIER, PAGING, RestError
from sandbox.carrier.room import Room
from sandbox.carrier.state import Carrier

_STATUSES = ("init", "in-progress", "completed")
_DATES = tuple(name + sign for name in ("DateCreated", "DateUpdated") for sign in ("", "<", ">"))


def routes() -> list[web.RouteDef]:
    """The addresses of this resource."""
    base = API + "/Accounts/{account}/Conferences"
    return [
        web.get(base + ".json", _list),
        web.get(base + "/{conference}.json", _fetch),
        web.post(base + "/{conference}.json", _update),
    ]


def find(request: web.Request) -> Room:
    """The conference whose SID the address names. Raises `RestError` 20404."""
    room = request.app[CARRIER].rooms.get(request.match_info["conference"])
    if room is None:
        raise wire.not_found(request)
    return room


def uri_of(carrier: Carrier, room: Room) -> str:
    """The address without its ending."""
    return f"{API}/Accounts/{carrier.account_sid}/Conferences/{room.sid}"


def as_json(carrier: Carrier, room: Room) -> dict[str, Any]:
    """A conference as the API shows it."""
    uri = uri_of(carrier, room)
    return {
        "sid": room.sid,
        "account_sid": carrier.account_sid,
        "friendly_name": room.name,
        "status": room.status,
        "region": room.terms.region,
        "reason_conference_ended": room.reason_ended or None,
        "call_sid_ending_conference": room.ended_by_sid or None,
        "api_version": "2010-04-01",
        "date_created": wire.date_text(carrier, room.created_at_ms),
        "date_updated": wire.date_text(carrier, room.updated_at_ms),
        "uri": f"{uri}.json",
        "subresource_uris": {"participants": f"{uri}/Participants.json", "recordings": f"{uri}/Recordings.json"},
    }


async def _list(request: web.Request) -> web.Response:
    carrier = request.app[CARRIER]
    params = wire.query_of(request, *_DATES, "FriendlyName", "Status", *PAGING)
    wire.choice(params, "Status", ("", *_STATUSES), "")
    rows = [
        as_json(carrier, room)
        for room in reversed(carrier.rooms.values())
        if wire.one(params, "FriendlyName") in ("", room.name)
        and wire.one(params, "Status") in ("", room.status)
        and wire.is_within(carrier, room.created_at_ms, params, "DateCreated")
        and wire.is_within(carrier, room.updated_at_ms, params, "DateUpdated")
    ]
    return wire.page(request, params, name="conferences", rows=rows)


async def _fetch(request: web.Request) -> web.Response:
    wire.query_of(request)
    return web.json_response(as_json(request.app[CARRIER], find(request)))


async def _update(request: web.Request) -> web.Response:
    carrier, room = request.app[CARRIER], find(request)
    params = wire.form_of(request, "Status", "AnnounceUrl", "AnnounceMethod")
    status = wire.choice(params, "Status", ("", "completed"), "")
    announcement = dial_params.document(params, "AnnounceUrl")
    if not room.is_live:
        raise RestError(400, 20001, f"Conference {room.sid} is completed: it cannot be changed any more")
    if announcement is not None:
        participants.announce(carrier, room, source=announcement)
    if status:
        rooms.end(carrier, room, why="conference-ended-via-api", others=rooms.BY_API)
    return web.json_response(as_json(carrier, room))
