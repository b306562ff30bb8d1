"""The books of calls. Only the mutators in these files save."""

from calls.models.blocked_caller import BlockedCaller
from calls.models.bridge_worker import BridgeWorker
from calls.models.call import Call
from calls.models.call_event import CallEvent
from calls.models.callback import Callback
from calls.models.caller_id import CallerId
from calls.models.campaign import Campaign, CampaignEvent
from calls.models.campaign_books import CampaignDay, CampaignPace
from calls.models.capture import SecureCapture
from calls.models.carrier_report import CarrierReport
from calls.models.charge import LegCharge
from calls.models.collected import CallResult, CollectedFact
from calls.models.conference import Conference, Participant
from calls.models.contact import Contact
from calls.models.contact_attempt import ContactAttempt
from calls.models.contact_import import ContactImport, ImportProblem
from calls.models.costs import Budget, CallCost, CardRate, RateCard
from calls.models.dry_run import DryRun, DryRunFinding
from calls.models.facts_delivery import FactsDelivery
from calls.models.leg import Leg
from calls.models.look_up import LookUp
from calls.models.number import Number
from calls.models.number_order import NumberOrder
from calls.models.outgoing import OutgoingCall
from calls.models.readiness_check import ReadinessCheck
from calls.models.recording import Recording
from calls.models.recording_consent import RecordingConsent
from calls.models.resume import AssistantNote, ResumeDocument
from calls.models.room_sound import RoomSound
from calls.models.schedule import Holiday, OpenHours, Schedule
from calls.models.setting_change import SettingChange
from calls.models.sideband import ModelWebhook, Sideband, SidebandWorker
from calls.models.sip_access import SipAccessEntry, SipAccessList, SipDomain
from calls.models.spool_mark import SpoolMark
from calls.models.stream import Stream
from calls.models.supervision import Supervision
from calls.models.tool_approval import ToolApproval
from calls.models.tool_run import ToolRun
from calls.models.transcript import TranscriptTurn
from calls.models.transfer import Offer, Transfer
from calls.models.trunk import OriginationTarget, Trunk
from calls.models.usage import UsageRecord
from calls.models.voicemail import Voicemail
from calls.models.whatsapp import WhatsAppMessage, WhatsAppSender, WhatsAppTemplate

__all__ = [
    "AssistantNote",
    "BlockedCaller",
    "BridgeWorker",
    "Budget",
    "Call",
    "CallCost",
    "CallEvent",
    "CallResult",
    "Callback",
    "CallerId",
    "Campaign",
    "CampaignDay",
    "CampaignEvent",
    "CampaignPace",
    "CardRate",
    "CarrierReport",
    "CollectedFact",
    "Conference",
    "Contact",
    "ContactAttempt",
    "ContactImport",
    "DryRun",
    "DryRunFinding",
    "FactsDelivery",
    "Holiday",
    "ImportProblem",
    "Leg",
    "LegCharge",
    "LookUp",
    "ModelWebhook",
    "Number",
    "NumberOrder",
    "Offer",
    "OpenHours",
    "OriginationTarget",
    "OutgoingCall",
    "Participant",
    "RateCard",
    "ReadinessCheck",
    "Recording",
    "RecordingConsent",
    "ResumeDocument",
    "RoomSound",
    "Schedule",
    "SecureCapture",
    "SettingChange",
    "Sideband",
    "SidebandWorker",
    "SipAccessEntry",
    "SipAccessList",
    "SipDomain",
    "SpoolMark",
    "Stream",
    "Supervision",
    "ToolApproval",
    "ToolRun",
    "TranscriptTurn",
    "Transfer",
    "Trunk",
    "UsageRecord",
    "Voicemail",
    "WhatsAppMessage",
    "WhatsAppSender",
    "WhatsAppTemplate",
]
