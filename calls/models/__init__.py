"""The books of calls. Only the mutators in these files save."""

from calls.models.bridge_worker import BridgeWorker
from calls.models.call import Call, CallEvent, Leg
from calls.models.capture import SecureCapture
from calls.models.conference import Conference, Participant
from calls.models.number import Number
from calls.models.recording import Recording
from calls.models.recording_consent import RecordingConsent
from calls.models.resume import AssistantNote, ResumeDocument
from calls.models.room_sound import RoomSound
from calls.models.spool_mark import SpoolMark
from calls.models.stream import Stream
from calls.models.supervision import Supervision
from calls.models.tool_approval import ToolApproval
from calls.models.tool_run import ToolRun
from calls.models.transcript import TranscriptTurn
from calls.models.transfer import Offer, Transfer
from calls.models.usage import UsageRecord

__all__ = [
    "AssistantNote",
    "BridgeWorker",
    "Call",
    "CallEvent",
    "Conference",
    "Leg",
    "Number",
    "Offer",
    "Participant",
    "Recording",
    "RecordingConsent",
    "ResumeDocument",
    "RoomSound",
    "SecureCapture",
    "SpoolMark",
    "Stream",
    "Supervision",
    "ToolApproval",
    "ToolRun",
    "TranscriptTurn",
    "Transfer",
    "UsageRecord",
]
