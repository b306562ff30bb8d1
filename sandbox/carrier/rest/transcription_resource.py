"""`/Calls/{sid}/Transcriptions`: start and stop a real-time transcription of a live call.

https://www.twilio.com/docs/voice/api/realtime-transcription-resource
"""

from typing import Any

from aiohttp import web

from sandbox.carrier import transcriptions
from sandbox.carrier.rest import call_resource, wire
from sandbox.carrier.rest.wire import API, CARRIER, RestError
from sandbox.carrier.state import Call, Carrier, Transcription
from sandbox.carrier.twiml_schema import is_absolute_url

_PROVIDER_SETTINGS = {
    "SpeechModel": "speechModel",
    "ProfanityFilter": "profanityFilter",
    "Hints": "hints",
    "EnableAutomaticPunctuation": "enableAutomaticPunctuation",
}
_BOOLEANS = ("PartialResults", "ProfanityFilter", "EnableAutomaticPunctuation")
_CREATE = (
    *("Name", "Track", "StatusCallbackUrl", "StatusCallbackMethod", "InboundTrackLabel", "OutboundTrackLabel"),
    *("PartialResults", "LanguageCode", "TranscriptionEngine", *_PROVIDER_SETTINGS),
)


def routes() -> list[web.RouteDef]:
    """The addresses of this resource."""
    of_call = API + "/Accounts/{account}/Calls/{call}/Transcriptions"
    return [web.post(of_call + ".json", _create), web.post(of_call + "/{transcription}.json", _update)]


def as_json(carrier: Carrier, call: Call, transcription: Transcription) -> dict[str, Any]:
    """A transcription as the API shows it."""
    uri = f"{API}/Accounts/{carrier.account_sid}/Calls/{call.sid}/Transcriptions/{transcription.sid}.json"
    return {
        "sid": transcription.sid,
        "account_sid": carrier.account_sid,
        "call_sid": call.sid,
        "name": transcription.name,
        "status": "in-progress" if transcription.is_running else "stopped",
        "date_updated": wire.date_text(carrier, transcription.updated_at_ms),
        "uri": uri,
    }


async def _create(request: web.Request) -> web.Response:
    carrier, call = request.app[CARRIER], call_resource.find(request)
    params = wire.form_of(request, *_CREATE)
    callback = wire.one(params, "StatusCallbackUrl")
    if callback and not is_absolute_url(callback):
        raise RestError(400, 21205, f"StatusCallbackUrl is not a valid URL: {callback}")
    for name in _BOOLEANS:
        wire.choice(params, name, ("true", "false"), "false")
    if not call.is_live or not call.line.is_open:
        raise RestError(400, 21220, f"{call.sid} is not in-progress and cannot be transcribed")
    wishes = transcriptions.Wishes(
        name=wire.one(params, "Name"),
        track=wire.choice(params, "Track", transcriptions.TRACKS, "both_tracks"),
        callback_url=callback,
        callback_method=wire.choice(params, "StatusCallbackMethod", ("GET", "POST"), "POST"),
        labels={
            "inbound_track": wire.one(params, "InboundTrackLabel"),
            "outbound_track": wire.one(params, "OutboundTrackLabel"),
        },
        partial_results=wire.one(params, "PartialResults") == "true",
        language=wire.one(params, "LanguageCode", "en-US"),
        engine=wire.choice(params, "TranscriptionEngine", transcriptions.ENGINES, "google"),
        provider={key: wire.one(params, name) for name, key in _PROVIDER_SETTINGS.items() if name in params},
    )
    try:
        started = transcriptions.start(carrier, call=call, wishes=wishes)
    except transcriptions.UnableToTranscribe as unable:
        raise RestError(400, transcriptions.FAILED, str(unable)) from unable
    return web.json_response(as_json(carrier, call, started), status=201)


async def _update(request: web.Request) -> web.Response:
    carrier, call = request.app[CARRIER], call_resource.find(request)
    found = transcriptions.find(call, request.match_info["transcription"])
    if found is None:
        raise wire.not_found(request)
    params = wire.form_of(request, "Status")
    wire.choice(params, "Status", ("stopped",), "")
    if not found.is_running:
        raise RestError(400, 21220, f"Transcription {found.sid} is stopped already")
    transcriptions.stop(carrier, found)
    return web.json_response(as_json(carrier, call, found))
