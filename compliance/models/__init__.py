"""The books of compliance."""

from compliance.models.audit import AuditEntry

__all__ = ["AuditEntry"]
