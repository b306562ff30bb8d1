"""The books of calls. Only the mutators in these files save."""

from calls.models.call import Call, CallEvent, Leg
from calls.models.number import Number
from calls.models.recording import Recording
from calls.models.stream import Stream
from calls.models.transcript import TranscriptTurn
from calls.models.usage import UsageRecord

__all__ = ["Call", "CallEvent", "Leg", "Number", "Recording", "Stream", "TranscriptTurn", "UsageRecord"]
