"""`<Start>` and `<Stop>`: what runs beside the document of a call and does not hold it up.

What cannot be started or stopped shows in the debugger, and the document goes on.
"""

from sandbox.carrier import one_way_stream, transcriptions
from sandbox.carrier.documents import Document
from sandbox.carrier.state import Call, Carrier
from sandbox.carrier.twiml import Element

_NOT_RUNNING = 12200
_PROVIDER_SETTINGS = ("speechModel", "profanityFilter", "hints", "enableAutomaticPunctuation")


def start_transcription(carrier: Carrier, *, call: Call, noun: Element, document: Document) -> None:
    """`<Start><Transcription>`."""
    url = noun.get("statusCallbackUrl")
    wishes = transcriptions.Wishes(
        name=noun.get("name"),
        track=noun.get("track", "both_tracks"),
        callback_url=document.resolve(url) if url else "",
        callback_method=noun.get("statusCallbackMethod", "POST"),
        labels={"inbound_track": noun.get("inboundTrackLabel"), "outbound_track": noun.get("outboundTrackLabel")},
        partial_results=noun.get("partialResults") == "true",
        language=noun.get("languageCode", "en-US"),
        engine=noun.get("transcriptionEngine", "google"),
        provider={name: noun.get(name) for name in _PROVIDER_SETTINGS if noun.get(name)},
    )
    try:
        transcriptions.start(carrier, call=call, wishes=wishes)
    except transcriptions.UnableToTranscribe as unable:
        carrier.ledger.add("error", call_sid=call.sid, code=transcriptions.FAILED, message=str(unable))


def start_stream(carrier: Carrier, *, call: Call, noun: Element, document: Document) -> None:
    """`<Start><Stream>`: one way, to a listener."""
    callback = noun.get("statusCallback")
    wishes = one_way_stream.Wishes(
        url=noun.get("url"),
        name=noun.get("name"),
        track=noun.get("track", "inbound_track"),
        parameters={child.get("name"): child.get("value") for child in noun.children},
        report_to=(document.resolve(callback), noun.get("statusCallbackMethod", "POST")) if callback else None,
    )
    try:
        one_way_stream.start(carrier, call=call, wishes=wishes)
    except one_way_stream.UnableToStream as unable:
        carrier.ledger.add("error", call_sid=call.sid, code=unable.code, message=str(unable))


def stop(carrier: Carrier, *, call: Call, noun: Element) -> None:
    """`<Stop>` of a transcription or of a one-way stream, by its name."""
    name = noun.get("name")
    if noun.name == "Transcription":
        found = transcriptions.find(call, name)
        if found and found.is_running:
            transcriptions.stop(carrier, found)
            return
    else:
        stream = one_way_stream.find(call, name)
        if stream and one_way_stream.is_running(stream):
            one_way_stream.stop(stream)
            return
    message = f"<Stop>: no {noun.name.lower()} named {name!r} is running beside this call"
    carrier.ledger.add("warning", call_sid=call.sid, code=_NOT_RUNNING, message=message)
