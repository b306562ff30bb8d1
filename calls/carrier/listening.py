"""Copies of a call's sound: the carrier sends both sides of a leg to a socket of ours, until it is told to stop.

Source: https://www.twilio.com/docs/voice/api/stream-resource.
"""

from calls.carrier.client import get_client
from calls.carrier.rest import asking
from calls.carrier.twiml import listen_url


def start(leg_sid: str, *, ticket: str) -> str:
    """Have both sides of a leg copied; the stream's id. Raises CarrierError."""
    with asking():
        stream = (
            get_client()
            .calls(leg_sid)
            .streams.create(url=listen_url(), track="both_tracks", parameter1_name="ticket", parameter1_value=ticket)
        )
    return str(stream.sid)


def stop(leg_sid: str, stream_sid: str) -> None:
    """Have it end. Raises CarrierError."""
    with asking():
        get_client().calls(leg_sid).streams(stream_sid).update(status="stopped")
