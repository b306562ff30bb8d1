"""`POST /Conferences/{CF or name}/Participants`: dial somebody straight into a conference, which is opened if need be.

https://www.twilio.com/docs/voice/api/conference-participant-resource#create-a-participant
"""

import re
from xml.sax.saxutils import escape

from aiohttp import web

from sandbox.carrier import outgoing, rooms, whatsapp_calls
from sandbox.carrier.rest import dial_params, participant_resource, wire
from sandbox.carrier.rest.wire import CARRIER, Params, RestError
from sandbox.carrier.room import JITTER_MS, Room, Terms
from sandbox.carrier.state import Carrier, InlineDocument
from sandbox.carrier.twiml_schema import CONFERENCE_EVENTS, is_call_sid, label
from sandbox.carrier.values import RecordingTerms

_KNOWN = (
    *("To", "From", "Label", "Timeout", "TimeLimit", "Muted", "Beep", "EarlyMedia", "StartConferenceOnEnter"),
    *("EndConferenceOnExit", "WaitUrl", "WaitMethod", "MaxParticipants", "JitterBufferSize", "Region", "Coaching"),
    *("CallSidToCoach", "Record", "ConferenceRecord", "ConferenceTrim", "ConferenceRecordingStatusCallback"),
    *("ConferenceRecordingStatusCallbackMethod", "ConferenceRecordingStatusCallbackEvent"),
    *("ConferenceStatusCallback", "ConferenceStatusCallbackMethod", "ConferenceStatusCallbackEvent"),
    *("AmdStatusCallback", "AmdStatusCallbackMethod", "CallerDisplayName"),
    *(*dial_params.REPORTING, *dial_params.RECORDING, *dial_params.DETECTION, *dial_params.WITHOUT_EFFECT),
)
_RECORDED = {"true": True, "record-from-start": True, "false": False, "do-not-record": False}
_SID = re.compile(r"CF[0-9a-f]{32}")
_REGIONS = ("us1", "ie1", "de1", "sg1", "br1", "au1", "jp1")


def routes() -> list[web.RouteDef]:
    """The address."""
    return [web.post(participant_resource.PATH + ".json", _create)]


async def _create(request: web.Request) -> web.Response:
    carrier = request.app[CARRIER]
    params = wire.form_of(request, *_KNOWN)
    name, room = _conference(request, carrier)
    address, from_, number = dial_params.parties(carrier, params)
    callback, events = dial_params.reporting(params)
    if whatsapp_calls.bars(address.who, whatsapp_calls.people_of(room)):
        message = "A WhatsApp call cannot be in a conference with the telephone network"
        raise RestError(400, whatsapp_calls.NOT_WITH_TELEPHONES, message)
    terms = _terms(params)
    order = outgoing.Order(
        address=address,
        from_=from_,
        number=number,
        source=InlineDocument(f"<Response><Dial><Conference>{escape(name)}</Conference></Dial></Response>"),
        timeout_ms=dial_params.timeout_ms(params, low=5),
        limit_s=dial_params.limit_s(params),
        status_callback=callback,
        status_events=events,
        detection=dial_params.detection(
            params, is_async=True, callback=dial_params.document(params, "AmdStatusCallback")
        ),
        recording=dial_params.recording(params),
    )
    try:
        rooms.check(room, terms)
    except rooms.UnableToEnter as unable:
        raise RestError(400, unable.code, str(unable)) from unable
    call = outgoing.dial(carrier, order)
    if room is None:
        room = rooms.open_room(carrier, name=name, call=call, terms=terms)
    rooms.expect(carrier, room=room, call=call, terms=terms)
    row = participant_resource.dialled_as_json(carrier, room, call, terms)
    return web.json_response(row, status=201)


def _conference(request: web.Request, carrier: Carrier) -> tuple[str, Room | None]:
    wanted = request.match_info["conference"]
    if _SID.fullmatch(wanted):
        room = carrier.rooms.get(wanted)
        if room is None or not room.is_live:
            raise wire.not_found(request)
        return room.name, room
    if not label(wanted):
        raise RestError(400, 20001, "The name of a conference has 1 to 128 characters")
    return wanted, rooms.find(carrier, wanted)


def _terms(params: Params) -> Terms:
    name = wire.one(params, "Label")
    if name and not label(name):
        raise RestError(400, 20001, "Label has at most 128 characters")
    beep = wire.choice(params, "Beep", ("true", "false", "onEnter", "onExit"), "true")
    callback, events = dial_params.reporting(params, "Conference", events=CONFERENCE_EVENTS, default="start end")
    dial_params.boolean(params, "EarlyMedia", default=True)
    return Terms(
        label=name,
        muted=dial_params.boolean(params, "Muted"),
        beeps_on_enter=beep in ("true", "onEnter"),
        beeps_on_exit=beep in ("true", "onExit"),
        starts=dial_params.boolean(params, "StartConferenceOnEnter", default=True),
        ends=dial_params.boolean(params, "EndConferenceOnExit"),
        coach=_coached(params),
        wait=dial_params.document(params, "WaitUrl"),
        waits_in_silence="WaitUrl" in params and not wire.one(params, "WaitUrl"),
        jitter_ms=JITTER_MS[wire.choice(params, "JitterBufferSize", tuple(JITTER_MS), "large")],
        most=dial_params.number(params, "MaxParticipants", low=2, high=250, default=250),
        recording=_recording(params),
        region=wire.choice(params, "Region", _REGIONS, "us1"),
        status_callback=callback,
        status_events=events,
    )


def _coached(params: Params) -> str:
    coached, is_coaching = wire.one(params, "CallSidToCoach"), dial_params.boolean(params, "Coaching")
    if is_coaching and not is_call_sid(coached):
        raise RestError(400, 13240, "Coaching needs the CallSidToCoach of somebody in the conference")
    return coached if is_coaching else ""


def _recording(params: Params) -> RecordingTerms | None:
    wanted = wire.choice(params, "ConferenceRecord", tuple(_RECORDED), "false")
    callback = dial_params.document(params, "ConferenceRecordingStatusCallback")
    events = frozenset(dial_params.words(params, "ConferenceRecordingStatusCallbackEvent", "completed"))
    if not events <= set(dial_params.RECORDING_EVENTS):
        raise RestError(400, 20001, f"Invalid value for ConferenceRecordingStatusCallbackEvent: {sorted(events)!r}")
    terms = RecordingTerms(
        callback_url=callback.url if callback else "",
        callback_method=callback.method if callback else "POST",
        callback_events=events,
        trim=wire.choice(params, "ConferenceTrim", ("trim-silence", "do-not-trim"), "trim-silence") == "trim-silence",
        channels=1,
    )
    return terms if _RECORDED[wanted] else None
