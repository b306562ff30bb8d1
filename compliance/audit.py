"""Noting who did what; call it inside the transaction of the act itself."""

from datetime import datetime

from compliance.models import AuditEntry


def note(*, act: str, subject: str, by: str, now: datetime, **details: object) -> None:
    """Note that `by` did `act` to `subject` (as kind:id)."""
    AuditEntry.note(at=now, actor_ref=by, act=act, subject_ref=subject, details=details)
