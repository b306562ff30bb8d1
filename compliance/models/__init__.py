"""The books of compliance."""

from compliance.models.audit import AuditEntry
from compliance.models.consent import ConsentRecord, Revocation
from compliance.models.decision import DialDecision, UnsealedDecision
from compliance.models.erasure import ErasedNumber, Erasure
from compliance.models.law import RuleRow, Ruleset
from compliance.models.list_import import ListImport, ListImportProblem
from compliance.models.number_list import ListedNumber, NumberList, NumberListCopy
from compliance.models.packet import DisputePacket
from compliance.models.permit import DialPermit
from compliance.models.person import Person
from compliance.models.privacy import PrivacyMode, ProcessingBasis, Processor
from compliance.models.receipt import ReceiptEntry
from compliance.models.retention import LegalHold, RetentionRule, RetentionRun
from compliance.models.state import StateSwitch
from compliance.models.suppression import ReassignedAnswer, SuppressionEntry
from compliance.models.switch import OutboundSwitch
from compliance.models.whatsapp import WhatsAppFact, WhatsAppRule

__all__ = [
    "AuditEntry",
    "ConsentRecord",
    "DialDecision",
    "DialPermit",
    "DisputePacket",
    "ErasedNumber",
    "Erasure",
    "LegalHold",
    "ListImport",
    "ListImportProblem",
    "ListedNumber",
    "NumberList",
    "NumberListCopy",
    "OutboundSwitch",
    "Person",
    "PrivacyMode",
    "ProcessingBasis",
    "Processor",
    "ReassignedAnswer",
    "ReceiptEntry",
    "RetentionRule",
    "RetentionRun",
    "Revocation",
    "RuleRow",
    "Ruleset",
    "StateSwitch",
    "SuppressionEntry",
    "UnsealedDecision",
    "WhatsAppFact",
    "WhatsAppRule",
]
