"""The books of compliance."""

from compliance.models.audit import AuditEntry
from compliance.models.decision import DialDecision
from compliance.models.permit import DialPermit
from compliance.models.switch import OutboundSwitch

__all__ = ["AuditEntry", "DialDecision", "DialPermit", "OutboundSwitch"]
