"""Dispute packets and exports: asked for, put together, chained as they were handed out."""

import hashlib
import json
import tempfile
import zipfile
from contextlib import closing
from datetime import datetime
from typing import IO, Any

import structlog
from django.core.files.base import File
from django.db import transaction
from django.utils import timezone

from calls.models import Call
from compliance import audit, chain, receipts
from compliance.encrypted import keyed_hash
from compliance.models import DialDecision, DisputePacket, ReceiptEntry
from compliance.redaction import mask_address
from contactcenter.privacy import gathering, proof
from contactcenter.privacy.gathering import Everything, Kept

# So much is put together while the person waits; more than that, by a worker.
SMALL_BYTES = 4_000_000
SMALL_DECISIONS = 20
_CHUNK = 256 * 1024

log = structlog.get_logger(__name__)


class UnableToMakePacket(Exception):
    """It cannot be made; `str()` says why, for a person."""


def ask(*, about: str, subject: str, by: str, now: datetime) -> DisputePacket:
    """Have a packet made about a decision or a call by its number, or about a telephone number.

    Raises UnableToMakePacket when there is no such thing.
    """
    About = DisputePacket.About  # noqa: N806
    if about == About.PERSON:
        ref, number = f"person:{keyed_hash(subject)[:16]}", subject
    elif (
        about == About.DECISION and subject.isdigit() and (one := DialDecision.objects.filter(pk=int(subject)).first())
    ):
        ref, number = f"decision:{one.pk}", one.number
    elif about == About.CALL and subject.isdigit() and (call := Call.objects.filter(pk=int(subject)).first()):
        ref, number = f"call:{call.pk}", call.customer_e164
    else:
        raise UnableToMakePacket("There is nothing here that a packet could be about.")
    with transaction.atomic():
        packet = DisputePacket.objects.create(
            about=about, subject_ref=ref, number=number, asked_at=now, asked_by_ref=by[:200]
        )
        audit.note(act="ask_packet", subject=ref, by=by, now=now, packet=packet.pk)
    return packet


def is_small(packet: DisputePacket) -> bool:
    """True when it can be made at once, while the person waits."""
    if packet.about == DisputePacket.About.PERSON:
        return False
    found = _found(packet)
    return found.size <= SMALL_BYTES and len(found.decisions) <= SMALL_DECISIONS


def make(*, packet: DisputePacket, now: datetime) -> bool:
    """Put a packet together; False when somebody else is at it. What goes wrong stands in the packet."""
    if not packet.claim(now=now):
        return False
    try:
        _make(packet, _found(packet), now=now)
    except Exception as error:  # else whoever asked would wait for ever
        log.exception("a packet could not be made", packet=packet.pk)
        packet.fail(f"It could not be put together ({type(error).__name__}). Try again.", now=timezone.now())
    return True


def _found(packet: DisputePacket) -> Everything:
    kind, _, ref = packet.subject_ref.partition(":")
    if kind == "decision":
        return gathering.about_decision(DialDecision.objects.get(pk=int(ref)))
    if kind == "call":
        return gathering.about_call(Call.objects.get(pk=int(ref)))
    return gathering.about_number(packet.number)


def title_of(packet: DisputePacket) -> str:
    """What it is about, with numbers masked."""
    kind, _, ref = packet.subject_ref.partition(":")
    return f"Everything about {mask_address(packet.number)}" if kind == "person" else f"{kind.capitalize()} {ref}"


class _Zip:
    """A packet as it grows, with the hash of everything that is in it."""

    def __init__(self, packet: DisputePacket, into: IO[bytes], total: int) -> None:
        self.packet, self.total = packet, total
        self.zip = zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED)
        self.hashes: dict[str, str] = {}

    def put(self, name: str, content: bytes) -> None:
        self.hashes[name] = hashlib.sha256(content).hexdigest()
        self.zip.writestr(name, content)
        self._tell(name)

    def put_file(self, kept: Kept) -> None:
        digest = hashlib.sha256()
        with kept.open() as source, self.zip.open(kept.name, "w", force_zip64=True) as target:
            while piece := source.read(_CHUNK):
                digest.update(piece)
                target.write(piece)
        self.hashes[kept.name] = digest.hexdigest()
        self._tell(kept.name)

    def close(self) -> None:
        """Nothing more goes in."""
        self.zip.close()

    def _tell(self, name: str) -> None:
        self.packet.progress(done=len(self.hashes), total=self.total, doing=name, now=timezone.now())


def _make(packet: DisputePacket, found: Everything, *, now: datetime) -> None:
    proofs = list(proof.made(found.decisions, now=now))
    total = len(found.documents) + len(found.files) + len(found.transcripts) + len(proofs) + 2
    with tempfile.TemporaryFile() as whole, closing(_Zip(packet, whole, total)) as growing:
        for name, document in sorted(found.documents.items()):
            growing.put(f"{name}.json", _json(document))
        for name, text in sorted(found.transcripts.items()):
            growing.put(name, text.encode())
        missing = []
        for kept in found.files:
            try:
                growing.put_file(kept)
            except OSError:
                missing.append(kept.name)
        for name, content in proofs:
            growing.put(name, content)
        if missing:
            growing.put("MISSING.txt", ("Not in the storage any more:\n" + "\n".join(missing) + "\n").encode())
        names = [*sorted(growing.hashes), "MANIFEST.json"]
        title = f"Dispute packet: {title_of(packet)}"
        from contactcenter.privacy import cover  # what makes PDF is loaded by whoever makes one, not by every bridge

        growing.put("cover.pdf", cover.pdf(title=title, found=found, names=names, by=packet.asked_by_ref, now=now))
        manifest = {"packet": packet.pk, "made_at": now.isoformat(), "files": growing.hashes}
        with transaction.atomic():
            body = {"packet": packet.pk, "manifest_sha256": chain.sha256_of(growing.hashes)}
            receipt = receipts.append(ReceiptEntry.Kind.PACKET, decision=None, body=body, now=now)
        manifest["receipt"] = {"position": receipt.position, "sha256": receipt.sha256}
        growing.zip.writestr("MANIFEST.json", json.dumps(manifest, indent=1, sort_keys=True))
        growing.close()
        size = whole.tell()
        whole.seek(0)
        sha256 = hashlib.file_digest(whole, "sha256").hexdigest()
        whole.seek(0)
        field = packet.file
        name = field.storage.save(field.field.generate_filename(packet, f"packet-{packet.pk}.zip"), File(whole))
    packet.finish(file=name, size_bytes=size, sha256=sha256, receipt=receipt.position, now=timezone.now())


def _json(document: Any) -> bytes:
    readable = json.loads(chain.canonical(json.loads(json.dumps(document, default=_told))))
    return json.dumps(readable, indent=1, sort_keys=True, ensure_ascii=False).encode()


def _told(value: object) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def forget(packet: DisputePacket) -> None:
    """Delete a packet's file; that it was made stays."""
    if packet.file:
        packet.file.storage.delete(packet.file.name or "")
    DisputePacket.objects.filter(pk=packet.pk).update(file="", number="")
