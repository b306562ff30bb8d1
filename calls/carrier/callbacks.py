"""Twilio's form posts as typed callbacks.

Fields come as text, may be missing, empty or new; nothing here raises for a strange value: it is kept as it came, or
left empty. Times are RFC 2822. Source: https://www.twilio.com/docs/voice/twiml#request-parameters and
https://www.twilio.com/docs/voice/api/recording#recordingstatuscallback.
"""

import email.utils
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

# Longer values are not Twilio's; nothing of them is needed.
_LONGEST = 500
_LONGEST_SPEECH = 5000


@dataclass(frozen=True, slots=True)
class VoiceRequest:
    """What every voice webhook says about the leg it speaks of; addresses are as the carrier gave them."""

    leg_sid: str
    account_sid: str
    from_address: str
    to_address: str
    status: str
    direction: str
    parent_sid: str
    caller_name: str
    forwarded_from: str
    verstat: str
    error_code: str
    queue_result: str = ""  # how a caller has left a line of the carrier's own

    @property
    def is_by_whatsapp(self) -> bool:
        """True when the far end is on WhatsApp."""
        return "whatsapp:" in (self.from_address[:9].lower(), self.to_address[:9].lower())


@dataclass(frozen=True, slots=True)
class StatusCallback:
    """A leg's status, with its place in the carrier's own sequence; None where the carrier did not say."""

    leg_sid: str
    status: str
    sequence: int | None
    occurred_at: datetime | None
    duration_s: int | None
    sip_response_code: str
    voice: VoiceRequest


@dataclass(frozen=True, slots=True)
class StreamCallback:
    """A media stream's own status."""

    leg_sid: str
    stream_sid: str
    event: str  # stream-started, stream-stopped, stream-error
    error: str
    occurred_at: datetime | None


@dataclass(frozen=True, slots=True)
class RelayCallback:
    """How a line of text has ended: completed (the caller hung up), ended (we did it), failed."""

    leg_sid: str
    session_id: str
    status: str
    seconds: int | None
    handoff: str  # the text of our own `end`, as it came back
    error: str


@dataclass(frozen=True, slots=True)
class RecordingCallback:
    """A recording's status."""

    leg_sid: str
    recording_sid: str
    status: str  # in-progress, completed, absent, failed
    started_at: datetime | None
    duration_s: int | None
    channels: int | None
    source: str
    error_code: str


@dataclass(frozen=True, slots=True)
class MessageCallback:
    """A caller has finished a message; `recording_sid` is empty when nothing was said."""

    leg_sid: str
    recording_sid: str
    duration_s: int | None
    has_hung_up: bool


@dataclass(frozen=True, slots=True)
class DialCallback:
    """A line that a document had connected to is over; `sip_code` None where the carrier did not say."""

    leg_sid: str
    call_status: str  # of the caller's own leg
    status: str  # completed, answered, busy, no-answer, failed, canceled
    sip_code: int | None
    is_bridged: bool
    duration_s: int


@dataclass(frozen=True, slots=True)
class GatherCallback:
    """What a caller answered to a question: keys, or words as the carrier understood them; both empty: nothing."""

    leg_sid: str
    digits: str
    speech: str
    confidence: float | None


@dataclass(frozen=True, slots=True)
class MachineCallback:
    """Who has answered a leg, as the carrier guesses, and how long after the answer it was sure."""

    leg_sid: str
    answered_by: str  # human, machine_start, machine_end_beep, machine_end_silence, machine_end_other, fax, unknown
    took_ms: int | None


@dataclass(frozen=True, slots=True)
class ConferenceCallback:
    """Something that happened in a room; of events of the room itself `leg_sid` is empty."""

    conference_sid: str
    name: str
    event: str  # conference-start, conference-end, participant-join, participant-leave, participant-hold …
    sequence: int
    occurred_at: datetime | None
    leg_sid: str
    label: str
    is_muted: bool
    is_on_hold: bool
    is_coaching: bool
    reason: str


@dataclass(frozen=True, slots=True)
class TranscriptionCallback:
    """A stretch of speech on one track of a leg, as the carrier has written it down."""

    leg_sid: str
    transcription_sid: str
    event: str  # transcription-started, transcription-content, transcription-stopped, transcription-error
    sequence: int
    occurred_at: datetime | None
    track: str  # inbound_track, outbound_track
    text: str
    is_final: bool
    error: str


def _value(form: Mapping[str, str], name: str) -> str:
    return (form.get(name) or "")[:_LONGEST].replace("\x00", "")


def _number(form: Mapping[str, str], name: str) -> int | None:
    value = _value(form, name)
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None


def _time(form: Mapping[str, str], name: str) -> datetime | None:
    try:
        at = email.utils.parsedate_to_datetime(_value(form, name))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _iso_time(form: Mapping[str, str], name: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(_value(form, name))
    except ValueError:
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def voice_request(form: Mapping[str, str]) -> VoiceRequest:
    """The parameters of any voice webhook."""
    return VoiceRequest(
        leg_sid=_value(form, "CallSid"),
        account_sid=_value(form, "AccountSid"),
        from_address=_value(form, "From"),
        to_address=_value(form, "To"),
        status=_value(form, "CallStatus"),
        direction=_value(form, "Direction"),
        parent_sid=_value(form, "ParentCallSid"),
        caller_name=_value(form, "CallerName"),
        forwarded_from=_value(form, "ForwardedFrom"),
        verstat=_value(form, "StirVerstat"),
        error_code=_value(form, "ErrorCode"),
        queue_result=_value(form, "QueueResult"),
    )


def status_callback(form: Mapping[str, str]) -> StatusCallback:
    """The parameters of a call status callback."""
    return StatusCallback(
        leg_sid=_value(form, "CallSid"),
        status=_value(form, "CallStatus"),
        sequence=_number(form, "SequenceNumber"),
        occurred_at=_time(form, "Timestamp"),
        duration_s=_number(form, "CallDuration"),
        sip_response_code=_value(form, "SipResponseCode"),
        voice=voice_request(form),
    )


def stream_callback(form: Mapping[str, str]) -> StreamCallback:
    """The parameters of a stream status callback; its time is ISO 8601."""
    return StreamCallback(
        leg_sid=_value(form, "CallSid"),
        stream_sid=_value(form, "StreamSid"),
        event=_value(form, "StreamEvent"),
        error=_value(form, "StreamError"),
        occurred_at=_iso_time(form, "Timestamp"),
    )


def relay_callback(form: Mapping[str, str]) -> RelayCallback:
    """The parameters of a request for what follows a ConversationRelay line.

    Source: https://www.twilio.com/docs/voice/twiml/connect/conversationrelay (the `action` request).
    """
    error = " ".join(filter(None, (_value(form, "ErrorCode"), _value(form, "ErrorMessage"))))
    return RelayCallback(
        leg_sid=_value(form, "CallSid"),
        session_id=_value(form, "SessionId")[:64],
        status=_value(form, "SessionStatus")[:20],
        seconds=_number(form, "SessionDuration"),
        handoff=_value(form, "HandoffData"),
        error=error,
    )


def recording_callback(form: Mapping[str, str]) -> RecordingCallback:
    """The parameters of a recording status callback."""
    return RecordingCallback(
        leg_sid=_value(form, "CallSid"),
        recording_sid=_value(form, "RecordingSid"),
        status=_value(form, "RecordingStatus"),
        started_at=_time(form, "RecordingStartTime"),
        duration_s=_number(form, "RecordingDuration"),
        channels=_number(form, "RecordingChannels"),
        source=_value(form, "RecordingSource"),
        error_code=_value(form, "ErrorCode"),
    )


def message_callback(form: Mapping[str, str]) -> MessageCallback:
    """The parameters of a request for what follows a message."""
    return MessageCallback(
        leg_sid=_value(form, "CallSid"),
        recording_sid=_value(form, "RecordingSid"),
        duration_s=_number(form, "RecordingDuration"),
        has_hung_up=_value(form, "Digits") == "hangup",
    )


def dial_callback(form: Mapping[str, str]) -> DialCallback:
    """The parameters of a `<Dial>`'s action: https://www.twilio.com/docs/voice/twiml/dial#action."""
    status, duration_s = _value(form, "DialCallStatus"), _number(form, "DialCallDuration") or 0
    is_bridged = _is_true(form, "DialBridged") if form.get("DialBridged") else status in ("completed", "answered")
    return DialCallback(
        leg_sid=_value(form, "CallSid"),
        call_status=_value(form, "CallStatus"),
        status=status[:12],
        sip_code=_number(form, "DialSipResponseCode"),
        is_bridged=is_bridged,
        duration_s=duration_s,
    )


def gather_callback(form: Mapping[str, str]) -> GatherCallback:
    """The parameters of a `<Gather>`'s action: https://www.twilio.com/docs/voice/twiml/gather."""
    try:
        confidence = float(_value(form, "Confidence"))
    except ValueError:
        confidence = None
    return GatherCallback(
        leg_sid=_value(form, "CallSid"),
        digits=_value(form, "Digits"),
        speech=_value(form, "SpeechResult"),
        confidence=confidence if confidence is None or 0.0 <= confidence <= 1.0 else None,
    )


def machine_callback(form: Mapping[str, str]) -> MachineCallback:
    """The parameters of an AMD callback: https://www.twilio.com/docs/voice/answering-machine-detection."""
    return MachineCallback(
        leg_sid=_value(form, "CallSid"),
        answered_by=_value(form, "AnsweredBy")[:30],
        took_ms=_number(form, "MachineDetectionDuration"),
    )


def conference_callback(form: Mapping[str, str]) -> ConferenceCallback:
    """The parameters of a conference status callback; a report without its number counts as the oldest."""
    return ConferenceCallback(
        conference_sid=_value(form, "ConferenceSid"),
        name=_value(form, "FriendlyName"),
        event=_value(form, "StatusCallbackEvent"),
        sequence=_number(form, "SequenceNumber") or 0,
        occurred_at=_time(form, "Timestamp"),
        leg_sid=_value(form, "CallSid"),
        label=_value(form, "ParticipantLabel"),
        is_muted=_is_true(form, "Muted"),
        is_on_hold=_is_true(form, "Hold"),
        is_coaching=_is_true(form, "Coaching"),
        reason=_value(form, "ReasonConferenceEnded") or _value(form, "ReasonParticipantLeft"),
    )


def _is_true(form: Mapping[str, str], name: str) -> bool:
    return _value(form, name).lower() == "true"


def transcription_callback(form: Mapping[str, str]) -> TranscriptionCallback:
    """The parameters of a transcription callback; what cannot be read is an empty text."""
    try:
        data = json.loads(form.get("TranscriptionData") or "{}")
    except ValueError:
        data = {}
    text = data.get("transcript") if isinstance(data, dict) else ""
    return TranscriptionCallback(
        leg_sid=_value(form, "CallSid"),
        transcription_sid=_value(form, "TranscriptionSid"),
        event=_value(form, "TranscriptionEvent"),
        sequence=_number(form, "SequenceId") or 0,
        occurred_at=_iso_time(form, "Timestamp") or _time(form, "Timestamp"),
        track=_value(form, "Track"),
        text=text[:_LONGEST_SPEECH].replace("\x00", "") if isinstance(text, str) else "",
        is_final=_is_true(form, "Final"),
        error=_value(form, "TranscriptionError"),
    )
