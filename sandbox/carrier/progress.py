"""Answering and ending calls, and telling the application how they go.

https://www.twilio.com/docs/voice/api/call-resource#statuscallback. Of a call that came in only the end is told.
"""

import math

from sandbox.carrier import callbacks, recordings
from sandbox.carrier.state import Call, CallStatus, Carrier, HangUp

SIP_CODES = {
    CallStatus.COMPLETED: 200,
    CallStatus.BUSY: 486,
    CallStatus.NO_ANSWER: 487,
    CallStatus.CANCELED: 487,
    CallStatus.FAILED: 503,
}


def report(carrier: Carrier, call: Call, event: str) -> None:
    """Send one status callback, if the application wants to know of this event."""
    if call.status_callback is None or event not in call.status_events:
        return
    params = dict(carrier.webhook_params(call))
    if event == "initiated":
        params["CallStatus"] = event  # a status that only callbacks know
    params |= {
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(call.reports),
        "Timestamp": callbacks.rfc2822(carrier.clock.date()),
    }
    if event == "completed":
        params |= _end_params(carrier, call)
    call.reports += 1
    callbacks.send(
        carrier,
        call=call,
        kind="status",
        event=event,
        url=call.status_callback.url,
        method=call.status_callback.method,
        params=tuple(params.items()),
    )


def _end_params(carrier: Carrier, call: Call) -> dict[str, str]:
    seconds = call.duration_s or 0
    found = {"CallDuration": str(seconds), "Duration": str(math.ceil(seconds / 60))}
    if call.is_outgoing:
        found["SipResponseCode"] = str(call.sip_code or SIP_CODES[call.status])
    if call.record is not None:
        found["RecordingSid"] = call.record.sid
        found["RecordingUrl"] = recordings.url_of(carrier, call.record)
        found["RecordingDuration"] = str(round(call.record.duration_ms / 1000))
    return found


def answer(carrier: Carrier, call: Call) -> None:
    """Pick up a ringing call; its line exists from here on."""
    if call.status is CallStatus.RINGING:
        call.status = CallStatus.IN_PROGRESS
        call.line.answer()
        call.answered.set()
        carrier.announce()


def end(carrier: Carrier, call: Call, hang_up: HangUp) -> None:
    """The call is over: freeze its line, stop what records it, and report it."""
    was_answered = call.answered.is_set()
    recordings.stop_all(carrier, call=call)
    call.line.hang_up()
    call.status = CallStatus.COMPLETED if was_answered else hang_up.status
    call.ended_at_ms = carrier.clock.now_ms()
    call.ended_by = "callee" if hang_up.by == "caller" and call.is_outgoing else hang_up.by
    call.ended.set()
    carrier.announce()
    report(carrier, call, "completed")
