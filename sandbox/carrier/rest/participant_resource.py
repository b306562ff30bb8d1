"""`/Conferences/{CF}/Participants`: look at the people in a conference, change what they hear and may do, remove them.

https://www.twilio.com/docs/voice/api/conference-participant-resource. A participant goes by call or by label. There is
nobody in a conference that is over.
"""

from typing import Any

from aiohttp import web

from sandbox.carrier import calls, participants, rooms
from sandbox.carrier.participants import Change
from sandbox.carrier.rest import conference_resource, dial_params, wire
from sandbox.carrier.rest.wire import API, CARRIER, PAGING, Params, RestError
from sandbox.carrier.room import Member, Room, Terms
from sandbox.carrier.state import Call, CallStatus, Carrier

PATH = API + "/Accounts/{account}/Conferences/{conference}/Participants"
_CHANGES = (
    *("Muted", "Hold", "HoldUrl", "HoldMethod", "AnnounceUrl", "AnnounceMethod", "WaitUrl", "WaitMethod"),
    *("BeepOnExit", "EndConferenceOnExit", "Coaching", "CallSidToCoach"),
)
_ON_THE_WAY = {CallStatus.QUEUED: "queued", CallStatus.RINGING: "ringing", CallStatus.IN_PROGRESS: "connecting"}


def routes() -> list[web.RouteDef]:
    """The addresses of this resource, but for the one that adds somebody."""
    return [
        web.get(PATH + ".json", _list),
        web.get(PATH + "/{participant}.json", _fetch),
        web.post(PATH + "/{participant}.json", _update),
        web.delete(PATH + "/{participant}.json", _remove),
    ]


def as_json(carrier: Carrier, room: Room, member: Member) -> dict[str, Any]:
    """Somebody in the room."""
    return _row(carrier, room, member.call, member.terms) | {
        "muted": member.muted,
        "hold": member.is_held,
        "coaching": member.is_coaching,
        "call_sid_to_coach": member.coaches or None,
        "end_conference_on_exit": member.ends,
        "status": "connected",
    }


def dialled_as_json(carrier: Carrier, room: Room, call: Call, terms: Terms) -> dict[str, Any]:
    """Somebody who is being dialled into it."""
    return _row(carrier, room, call, terms) | {"status": _ON_THE_WAY.get(call.status, "failed")}


def _row(carrier: Carrier, room: Room, call: Call, terms: Terms) -> dict[str, Any]:
    return {
        "account_sid": carrier.account_sid,
        "call_sid": call.sid,
        "conference_sid": room.sid,
        "label": terms.label or None,
        "muted": terms.muted,
        "hold": False,
        "coaching": bool(terms.coach),
        "call_sid_to_coach": terms.coach or None,
        "start_conference_on_enter": terms.starts,
        "end_conference_on_exit": terms.ends,
        "status": "connected",
        "queue_time": "0",
        "api_version": "2010-04-01",
        "date_created": wire.date_text(carrier, call.created_at_ms),
        "date_updated": wire.date_text(carrier, room.updated_at_ms),
        "uri": f"{conference_resource.uri_of(carrier, room)}/Participants/{call.sid}.json",
    }


async def _list(request: web.Request) -> web.Response:
    carrier, room = request.app[CARRIER], conference_resource.find(request)
    params = wire.query_of(request, "Muted", "Hold", "Coaching", *PAGING)
    rows = [
        *(as_json(carrier, room, member) for member in room.members.values()),
        *(dialled_as_json(carrier, room, call, terms) for call, terms in room.dialled.values()),
    ]
    for name, key in (("Muted", "muted"), ("Hold", "hold"), ("Coaching", "coaching")):
        if name in params:
            wanted = dial_params.boolean(params, name)
            rows = [row for row in rows if row[key] == wanted]
    return wire.page(request, params, name="participants", rows=rows)


async def _fetch(request: web.Request) -> web.Response:
    carrier, room = request.app[CARRIER], conference_resource.find(request)
    wire.query_of(request)
    member = room.find(request.match_info["participant"])
    if member is not None:
        return web.json_response(as_json(carrier, room, member))
    return web.json_response(dialled_as_json(carrier, room, *_dialled(request, room)))


def _dialled(request: web.Request, room: Room) -> tuple[Call, Terms]:
    who = request.match_info["participant"]
    for call, terms in room.dialled.values():
        if who in (call.sid, terms.label):
            return call, terms
    raise wire.not_found(request)


async def _update(request: web.Request) -> web.Response:
    carrier, room = request.app[CARRIER], conference_resource.find(request)
    params = wire.form_of(request, *_CHANGES)
    member = room.find(request.match_info["participant"])
    if member is None:
        call, _ = _dialled(request, room)
        raise RestError(400, 21220, f"{call.sid} is {call.status}: not in the conference yet")
    wanted = _change(params)
    try:
        participants.check(room, member, wanted)
    except rooms.UnableToEnter as unable:
        raise RestError(400, unable.code, str(unable)) from unable
    participants.change(carrier, room, member, wanted)
    return web.json_response(as_json(carrier, room, member))


def _change(params: Params) -> Change:
    dial_params.document(params, "WaitUrl")  # checked; it would only matter to a wait that begins later

    def boolean(name: str) -> bool | None:
        return dial_params.boolean(params, name) if name in params else None

    return Change(
        muted=boolean("Muted"),
        held=boolean("Hold"),
        hold_music=dial_params.document(params, "HoldUrl", method="GET"),
        coaching=boolean("Coaching"),
        coaches=wire.one(params, "CallSidToCoach") if "CallSidToCoach" in params else None,
        ends=boolean("EndConferenceOnExit"),
        beeps_on_exit=boolean("BeepOnExit"),
        announcement=dial_params.document(params, "AnnounceUrl"),
    )


async def _remove(request: web.Request) -> web.Response:
    carrier, room = request.app[CARRIER], conference_resource.find(request)
    member = room.find(request.match_info["participant"])
    if member is not None:
        participants.remove(carrier, room, member)
    else:
        call, _ = _dialled(request, room)
        calls.hang_up(call, by="application", status=CallStatus.CANCELED)
    return web.Response(status=204)
