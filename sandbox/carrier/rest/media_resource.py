"""The sound of a finished recording: WAV, one channel or with `RequestedChannels=2` both.

https://www.twilio.com/docs/voice/api/recording#fetch-a-recordings-media-file. It may be handed over by a redirect to
a storage host; whoever follows must not send the account's credentials there, and the ledger shows who did.
"""

import secrets

from aiohttp import web

from sandbox.carrier import recordings
from sandbox.carrier.rest import recording_resource, wire
from sandbox.carrier.rest.wire import API, CARRIER, RestError
from sandbox.carrier.state import Carrier, Recording

_STORAGE = "/_storage"
_PASSES = web.AppKey("storage_passes", dict[str, tuple[Recording, int]])


def add_to(app: web.Application) -> None:
    """Register the media routes and the storage behind the redirect."""
    app[_PASSES] = {}
    media = API + "/Accounts/{account}/Recordings/{recording:RE[0-9a-f]{32}}"
    app.add_routes(
        [web.get(media, _media), web.get(media + ".wav", _media), web.get(_STORAGE + "/{pass}.wav", _stored)]
    )


async def _media(request: web.Request) -> web.StreamResponse:
    carrier = request.app[CARRIER]
    params = wire.query_of(request, "RequestedChannels")
    channels = int(wire.choice(params, "RequestedChannels", ("1", "2"), "1"))
    recording = recording_resource.find(request)
    if recording.status != "completed":
        raise wire.not_found(request)
    failure = carrier.faults.take_failed_download()
    if failure:
        raise RestError(failure, 20404 if failure == 404 else 20500, "The recording could not be delivered")
    if carrier.faults.recordings.redirect_media:
        pass_ = secrets.token_urlsafe(24)
        request.app[_PASSES][pass_] = (recording, channels)
        host = "localhost" if request.host.startswith("127.") else "127.0.0.1"
        port = request.host.rpartition(":")[2]
        return web.Response(status=302, headers={"Location": f"http://{host}:{port}{_STORAGE}/{pass_}.wav"})
    return await _send(carrier, request, recording, channels)


async def _stored(request: web.Request) -> web.StreamResponse:
    carrier = request.app[CARRIER]
    found = request.app[_PASSES].get(request.match_info["pass"])
    carrier.ledger.add("download", path=request.path, authorization_forwarded="Authorization" in request.headers)
    if found is None:
        raise web.HTTPNotFound
    return await _send(carrier, request, *found)


async def _send(carrier: Carrier, request: web.Request, recording: Recording, channels: int) -> web.StreamResponse:
    sound = recordings.media_path(carrier, recording, channels=min(channels, recording.channels)).read_bytes()
    headers = {"Content-Type": "audio/x-wav"}
    limit = carrier.faults.recordings.truncate_to_bytes
    if not limit or limit >= len(sound):
        return web.Response(body=sound, headers=headers)
    response = web.StreamResponse(headers={**headers, "Content-Length": str(len(sound))})
    await response.prepare(request)
    await response.write(sound[:limit])
    if request.transport is not None:
        request.transport.close()  # the rest never comes
    return response
