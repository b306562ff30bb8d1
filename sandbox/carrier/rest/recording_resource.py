"""`/Recordings` and `/Calls/{sid}/Recordings`: start, pause, resume, stop, list, fetch, delete.

https://www.twilio.com/docs/voice/api/recording
"""

from typing import Any

from aiohttp import web

from sandbox.carrier import recordings
from sandbox.carrier.rest import call_resource, conference_resource, wire
from sandbox.carrier.rest.wire import API, CARRIER, PAGING, RestError
from sandbox.carrier.state import Carrier, Recording
from sandbox.carrier.twiml_schema import is_absolute_url
from sandbox.carrier.values import Recorded

_CREATE = (
    *("RecordingStatusCallback", "RecordingStatusCallbackMethod", "RecordingStatusCallbackEvent"),
    *("Trim", "RecordingChannels", "RecordingTrack"),
)
_EVENTS = {"in-progress", "completed", "absent"}
_DATES = ("DateCreated", "DateCreated<", "DateCreated>")


def routes() -> list[web.RouteDef]:
    """The addresses of this resource, but for the sound itself."""
    of_call, of_account = API + "/Accounts/{account}/Calls/{call}/Recordings", API + "/Accounts/{account}/Recordings"
    of_conference = API + "/Accounts/{account}/Conferences/{conference}/Recordings"
    return [
        web.get(of_call + ".json", _list_of_call),
        web.post(of_call + ".json", _create),
        web.get(of_call + "/{recording}.json", _fetch),
        web.post(of_call + "/{recording}.json", _update),
        web.delete(of_call + "/{recording}.json", _delete),
        web.get(of_conference + ".json", _list_of_conference),
        web.get(of_conference + "/{recording}.json", _fetch),
        web.post(of_conference + "/{recording}.json", _update),
        web.delete(of_conference + "/{recording}.json", _delete),
        web.get(of_account + ".json", _list),
        web.get(of_account + "/{recording}.json", _fetch),
        web.delete(of_account + "/{recording}.json", _delete),
    ]


def find(request: web.Request, *, also_deleted: bool = False) -> Recording:
    """The recording that the address names, `Twilio.CURRENT` included. Raises `RestError` 20404."""
    sid = request.match_info["recording"]
    if "call" in request.match_info or "conference" in request.match_info:
        recorded = _recorded(request)
        of_it = {each.sid: each for each in recorded.recordings}
        found = recordings.current(recorded) if sid == "Twilio.CURRENT" else of_it.get(sid)
    else:
        found = request.app[CARRIER].recordings.get(sid)
    if found is None or (found.deleted and not also_deleted):
        raise wire.not_found(request)
    return found


def _recorded(request: web.Request) -> Recorded:
    return call_resource.find(request) if "call" in request.match_info else conference_resource.find(request)


def as_json(carrier: Carrier, recording: Recording) -> dict[str, Any]:
    """A recording as the API shows it; duration is a text and null until it is known."""
    is_finished = recording.status in ("completed", "absent", "deleted")
    uri = f"{API}/Accounts/{carrier.account_sid}/Recordings/{recording.sid}"
    return {
        "sid": recording.sid,
        "account_sid": carrier.account_sid,
        "api_version": "2010-04-01",
        "call_sid": recording.call_sid,
        "conference_sid": recording.conference_sid or None,
        "channels": recording.channels,
        "source": recording.source,
        "status": recording.status,
        "duration": str(round(recording.duration_ms / 1000)) if is_finished else None,
        "start_time": wire.date_text(carrier, recording.started_at_ms),
        "date_created": wire.date_text(carrier, recording.started_at_ms),
        "date_updated": wire.date_text(carrier, recording.updated_at_ms),
        "track": recording.track,
        "error_code": None,
        "price": None,
        "price_unit": "USD",
        "encryption_details": None,
        "uri": f"{uri}.json",
        "media_url": f"{carrier.base_url}{uri}",
        "subresource_uris": {},
    }


async def _list(request: web.Request) -> web.Response:
    carrier = request.app[CARRIER]
    params = wire.query_of(request, *_DATES, "CallSid", "ConferenceSid", "IncludeSoftDeleted", *PAGING)
    return _page(carrier, request, params, list(carrier.recordings.values()))


async def _list_of_call(request: web.Request) -> web.Response:
    params = wire.query_of(request, *_DATES, *PAGING)
    return _page(request.app[CARRIER], request, params, call_resource.find(request).recordings)


async def _list_of_conference(request: web.Request) -> web.Response:
    params = wire.query_of(request, *_DATES, *PAGING)
    return _page(request.app[CARRIER], request, params, conference_resource.find(request).recordings)


def _page(carrier: Carrier, request: web.Request, params: wire.Params, found: list[Recording]) -> web.Response:
    with_deleted = wire.choice(params, "IncludeSoftDeleted", ("true", "false"), "false") == "true"
    rows = [
        as_json(carrier, recording)
        for recording in reversed(found)
        if (with_deleted or not recording.deleted)
        and wire.one(params, "CallSid") in ("", recording.call_sid)
        and wire.one(params, "ConferenceSid") in ("", recording.conference_sid)
        and wire.is_within(carrier, recording.started_at_ms, params, "DateCreated")
    ]
    return wire.page(request, params, name="recordings", rows=rows)


async def _fetch(request: web.Request) -> web.Response:
    params = wire.query_of(request, "IncludeSoftDeleted")
    with_deleted = wire.choice(params, "IncludeSoftDeleted", ("true", "false"), "false") == "true"
    return web.json_response(as_json(request.app[CARRIER], find(request, also_deleted=with_deleted)))


async def _create(request: web.Request) -> web.Response:
    carrier, call = request.app[CARRIER], call_resource.find(request)
    params = wire.form_of(request, *_CREATE)
    events = params.get("RecordingStatusCallbackEvent", ["completed"])
    if not set(events) <= _EVENTS:
        raise RestError(400, 20001, f"Invalid value for RecordingStatusCallbackEvent: {events!r}")
    callback = wire.one(params, "RecordingStatusCallback")
    if callback and not is_absolute_url(callback):
        raise RestError(400, 21205, f"RecordingStatusCallback is not a valid URL: {callback}")
    if not call.is_live or not call.line.is_open:
        raise RestError(400, 21220, f"Requested resource is not eligible for recording: {call.sid} is not in-progress")
    recording = recordings.new(carrier, call=call, source="StartCallRecordingAPI")
    recording.callback_url = callback
    recording.callback_method = wire.choice(params, "RecordingStatusCallbackMethod", ("GET", "POST"), "POST")
    recording.callback_events = frozenset(events)
    recording.trim = wire.choice(params, "Trim", ("trim-silence", "do-not-trim"), "do-not-trim") == "trim-silence"
    recording.track = wire.choice(params, "RecordingTrack", ("inbound", "outbound", "both"), "both")
    recording.channels = 2 if wire.choice(params, "RecordingChannels", ("mono", "dual"), "mono") == "dual" else 1
    started = recordings.start(carrier, call=call, recording=recording)
    return web.json_response(as_json(carrier, started), status=201)


async def _update(request: web.Request) -> web.Response:
    carrier, recorded, recording = request.app[CARRIER], _recorded(request), find(request)
    params = wire.form_of(request, "Status", "PauseBehavior")
    status = wire.choice(params, "Status", ("in-progress", "paused", "stopped"), "")
    skip = wire.choice(params, "PauseBehavior", ("silence", "skip"), "silence") == "skip"
    if recording.status not in recordings.LIVE:
        raise RestError(400, 21220, f"Recording {recording.sid} is {recording.status}: it cannot become {status}")
    if status == "stopped":
        recordings.stop(carrier, call=recorded, recording=recording)
    elif status == "paused" and recording.status != "paused":
        recordings.pause(carrier, call=recorded, recording=recording, skip=skip)
    elif status == "in-progress" and recording.status != "in-progress":
        recordings.resume(carrier, call=recorded, recording=recording)
    carrier.announce()
    return web.json_response(as_json(carrier, recording))


async def _delete(request: web.Request) -> web.Response:
    recording = find(request)
    if recording.status in recordings.LIVE:
        raise RestError(400, 21220, f"Recording {recording.sid} is {recording.status}: stop it first")
    recordings.delete(request.app[CARRIER], recording)
    return web.Response(status=204)
