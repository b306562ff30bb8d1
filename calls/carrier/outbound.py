"""EXIT: make a telephone ring. Nothing here works without a permit that has just been spent.

The number that is rung and the number that is shown are the permit's; nobody can pass others. Only the door imports
this. What the carrier answers is the leg; CarrierError says by `may_be_done` whether a leg may exist all the same.

Source: https://www.twilio.com/docs/voice/api/call-resource#create-a-call-resource,
https://www.twilio.com/docs/voice/api/conference-participant-resource#create-a-participant.
"""

from dataclasses import dataclass
from typing import Any

from twilio.base.exceptions import TwilioException

from calls.carrier.client import get_client, translated
from calls.carrier.errors import CarrierError
from calls.carrier.room_documents import ROOM_EVENTS
from calls.carrier.twiml import public_url
from compliance.models import DialPermit
from compliance.verdict import PermitState

_EVENTS = ["initiated", "ringing", "answered", "completed"]
LONGEST_RING_S = 600


@dataclass(frozen=True, slots=True)
class Placed:
    """A leg the carrier has begun to make ring."""

    leg_sid: str
    status: str


@dataclass(frozen=True, slots=True)
class Seat:
    """How somebody sits in a conference: what they are called, what they hear, and who hears them.

    `coaches`: the leg of the one agent who hears them, and nobody else does.
    """

    room: str
    label: str
    is_muted: bool = False
    coaches: str = ""
    starts_room: bool = True
    ends_room: bool = False
    beep: bool = False
    early_media: bool = True


def place_call(
    permit: DialPermit,
    *,
    url: str,
    status_callback: str,
    machine_callback: str = "",
    is_tone_awaited: bool = False,
    timeout_s: int,
    time_limit_s: int,
) -> Placed:
    """Ring the permit's number; when it is answered the carrier asks `url`. The addresses are paths of ours.

    With `machine_callback` the carrier tells there, while the document is being played already, whether a machine has
    answered; with `is_tone_awaited` it tells so only when the machine begins to listen. Raises CarrierError.
    """
    machine: dict[str, Any] = {}
    if machine_callback:
        machine = {
            "machine_detection": "DetectMessageEnd" if is_tone_awaited else "Enable",
            "async_amd": "true",
            "async_amd_status_callback": public_url(machine_callback),
            "async_amd_status_callback_method": "POST",
        }
    to, from_ = _numbers(permit)
    try:
        made = get_client().calls.create(
            to=to,
            from_=from_,
            url=public_url(url),
            method="POST",
            status_callback=public_url(status_callback),
            status_callback_method="POST",
            status_callback_event=_EVENTS,
            timeout=_ring(timeout_s),
            time_limit=time_limit_s,
            **machine,
        )
    except (TwilioException, OSError) as error:
        raise translated(error) from error
    return _placed(made.sid, made.status)


def add_participant(
    permit: DialPermit, *, seat: Seat, status_callback: str, timeout_s: int, time_limit_s: int
) -> Placed:
    """Ring the permit's number and take whoever answers straight into a conference. Raises CarrierError."""
    coaching: dict[str, Any] = {"coaching": True, "call_sid_to_coach": seat.coaches} if seat.coaches else {}
    to, from_ = _numbers(permit)
    try:
        made = (
            get_client()
            .conferences(seat.room)
            .participants.create(
                to=to,
                from_=from_,
                label=seat.label,
                muted=seat.is_muted,
                start_conference_on_enter=seat.starts_room,
                end_conference_on_exit=seat.ends_room,
                beep="true" if seat.beep else "false",
                early_media=seat.early_media,
                status_callback=public_url(status_callback),
                status_callback_method="POST",
                status_callback_event=_EVENTS,
                # A room reports to the address of its first participant, which may be this one.
                conference_status_callback=public_url("/twilio/conference/"),
                conference_status_callback_method="POST",
                conference_status_callback_event=list(ROOM_EVENTS),
                timeout=_ring(timeout_s),
                time_limit=time_limit_s,
                **coaching,
            )
        )
    except (TwilioException, OSError) as error:
        raise translated(error) from error
    return _placed(made.call_sid, made.status)


@dataclass(frozen=True, slots=True)
class Verification:
    """A telephone rings, and whoever answers is to key in this code: then its number may be shown."""

    leg_sid: str
    code: str


def verify_number(permit: DialPermit, *, name: str) -> Verification:
    """Let the carrier ring the permit's number and ask for a code there. Raises CarrierError.

    Source: https://www.twilio.com/docs/voice/api/outgoing-caller-ids#add-an-outgoing-caller-id.
    """
    to, _ = _numbers(permit)
    try:
        asked = get_client().validation_requests.create(phone_number=to, friendly_name=name)
    except (TwilioException, OSError) as error:
        raise translated(error) from error
    return Verification(str(asked.call_sid or ""), str(asked.validation_code or ""))


def _numbers(permit: DialPermit) -> tuple[str, str]:
    if permit.state != PermitState.SENT:
        raise CarrierError(f"the permit is {permit.state}, not just spent", is_permanent=True)
    return permit.to_address, permit.from_address


def _ring(timeout_s: int) -> int:
    return max(5, min(timeout_s, LONGEST_RING_S))


def _placed(sid: object, status: object) -> Placed:
    if not sid:
        raise CarrierError("Twilio named no leg", is_permanent=False, may_be_done=True)
    return Placed(str(sid), str(status or ""))
