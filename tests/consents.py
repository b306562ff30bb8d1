"""Consents as they ought to be: complete, with what tests want otherwise."""

from datetime import datetime
from typing import Any

from compliance import consent_check
from compliance.models import ConsentRecord
from tests.given import CAROL, NOON

SELLER = "Marlow Outdoor"


def signed_fields(*, seller: str = SELLER, **fields: Any) -> dict[str, Any]:
    """What a complete signed consent says, but for the number."""
    text = fields.pop("text", consent_check.wording(seller))
    return {
        "kind": ConsentRecord.Kind.WRITTEN,
        "sellers": [seller],
        "purposes": ["telemarketing"],
        "topic": "tents",
        "channels": ["voice"],
        "captured_at": NOON,
        "zone": "America/New_York",
        "person_name": "Carol Reed",
        "signature": "Carol Reed",
        "signature_event": ConsentRecord.SignatureEvent.TYPED_NAME,
        "text": text,
        "text_version": "7",
        "text_sha256": consent_check.sha256_of(text),
        "is_separate": True,
        "method": "a form on our page",
        "source": "https://marlow.example/offers",
        "ip_address": "203.0.113.9",
        "user_agent": "Firefox",
        "subject_ref": "form:1",
    } | fields


def a_signed_consent(*, number: str = CAROL, now: datetime = NOON, by: str = "tests", **fields: Any) -> ConsentRecord:
    """A complete signed consent, kept."""
    return ConsentRecord.record(number=number, by=by, now=now, **signed_fields(**fields))
