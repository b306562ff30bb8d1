"""The certificate of an erasure: what was deleted where, what was kept and why, signed."""

from datetime import datetime
from typing import Any

from django.db import transaction

from compliance import audit, signing, versions
from compliance.models import DisputePacket, Erasure, ReceiptEntry
from contactcenter.privacy import packets

# Notes on the way, of no meaning afterwards.
_ON_THE_WAY = ("calls so far", "their calls")


def issue(*, erasure: Erasure, kept: tuple[str, ...], now: datetime) -> None:
    """Write and sign the certificate; with it the erasure is done."""
    last = ReceiptEntry.last()
    certificate: dict[str, Any] = {
        "certificate": "erasure of personal data",
        "erasure": erasure.pk,
        "number_hash": erasure.number_hash,
        "asked_at": erasure.asked_at.isoformat(),
        "asked_by": erasure.asked_by_ref,
        "confirmed_at": "" if erasure.confirmed_at is None else erasure.confirmed_at.isoformat(),
        "confirmed_by": erasure.confirmed_by_ref,
        "finished_at": now.isoformat(),
        "deleted": {name: facts for name, facts in erasure.steps.items() if name not in _ON_THE_WAY},
        "kept": list(kept),
        "software": versions.software(),
        "receipts_end": "" if last is None else f"{last.position}:{last.sha256}",
    }
    with transaction.atomic():
        erasure.finish(
            certificate=certificate,
            signature=signing.sign(certificate),
            public_key=signing.public_key(),
            now=now,
        )
        audit.note(act="erase_person", subject=f"erasure:{erasure.pk}", by=erasure.confirmed_by_ref, now=now)


def document(erasure: Erasure) -> dict[str, Any]:
    """A certificate as it is handed out."""
    return {"certificate": erasure.certificate, "signature": erasure.signature, "public_key": erasure.public_key}


def is_genuine(document: dict[str, Any], *, key: str = "") -> bool:
    """True when a document is one of ours, and nothing of it was changed. `key`: our public key of then."""
    return signing.is_genuine(
        document.get("certificate"), signature=str(document.get("signature", "")), key=key or signing.public_key()
    )


def forget_packets(number: str) -> int:
    """Delete the packets that hold something about a number; how many."""
    done = 0
    for packet in DisputePacket.objects.exclude(number=""):
        if packet.number == number:
            packets.forget(packet)
            done += 1
    return done
