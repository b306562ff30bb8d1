"""What people have agreed to, and taken back: consent records with their proof, and revocations of any kind."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import structlog
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage, storages
from django.db import models

from compliance import business_days, consent_check
from compliance.consent_check import ConsentFacts
from compliance.encrypted import EncryptedField
from compliance.metrics import CONSENTS_ALTERED
from compliance.verdict import Code, Purpose

# Asked for every call: put together by hand, it takes half as long.
_OF_ANY = """
SELECT * FROM compliance_consentrecord
WHERE number = ANY(%s) OR (subject_ref <> '' AND subject_ref = ANY(%s)) ORDER BY id
"""

log = structlog.get_logger(__name__)


def evidence_storage() -> Storage:
    """Where the proof of a consent is kept: disk or S3, as EVIDENCE_URL says."""
    return storages["evidence"]


class ConsentRecord(models.Model):
    """That somebody agreed to be called: on which number, by whom, about what, in which words, and what proves it.

    A written consent is worth something only with every field that 47 CFR 64.1200(f)(9) and 16 CFR 310.5(a)(8) ask for;
    what is missing is found by `compliance.consent_check`, each time it is asked. Never changed: a better one is new.
    """

    class Kind(models.TextChoices):
        """How strong it is."""

        ORAL = "oral", "spoken"
        EXPRESS = "express", "express, unsigned"
        WRITTEN = "written", "signed, written"

    class SignatureEvent(models.TextChoices):
        """The act that signed it (E-SIGN Act, 15 USC 7006(5))."""

        NONE = "", "none"
        TYPED_NAME = "typed_name", "a typed name"
        TICKED_BOX = "ticked_box", "a box they ticked"
        KEY_PRESS = "key_press", "a key they pressed"
        VOICE = "voice", "their voice"
        PEN = "pen", "a pen"

    number = models.CharField(max_length=16, db_index=True, help_text="The number they agreed for, as E.164.")
    person_name = EncryptedField(max_length=120, blank=True, is_searchable=True)
    kind = models.CharField(max_length=8, choices=Kind)
    channels = models.JSONField(default=list, help_text="voice, sms, whatsapp")
    sellers = models.JSONField(default=list, help_text="The businesses named in the text.")
    purposes = models.JSONField(default=list, help_text="telemarketing, informational, healthcare")
    topic = models.CharField(max_length=120, blank=True)
    captured_at = models.DateTimeField(
        null=True, help_text="With its zone; empty: the record does not say it for sure."
    )
    zone = models.CharField(max_length=64, blank=True, help_text="The time zone that the record was written in.")
    signature = EncryptedField(max_length=200, blank=True, help_text="The name typed, the key pressed, the words said.")
    signature_event = models.CharField(max_length=12, choices=SignatureEvent, blank=True, default=SignatureEvent.NONE)
    text = models.TextField(blank=True, help_text="The words they agreed to, exactly.")
    text_version = models.CharField(max_length=40, blank=True)
    text_sha256 = models.CharField(max_length=64, blank=True, help_text="As the record came with it.")
    is_box_preticked = models.BooleanField(default=False)
    is_separate = models.BooleanField(default=False, help_text="Clear and conspicuous: apart from other text, legible.")
    method = models.CharField(max_length=200, blank=True, help_text="How it was given.")
    source = models.CharField(max_length=500, blank=True, help_text="The page, form or call it came from.")
    ip_address = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=500, blank=True)
    lead_chain = models.JSONField(default=list, blank=True, help_text="Who passed the record on, in order.")
    verified_by_ref = models.CharField(max_length=200, blank=True, help_text="Who checked an imported record.")
    verified_at = models.DateTimeField(null=True, blank=True)
    evidence = models.FileField(
        upload_to="consents/%Y/%m/",
        storage=evidence_storage,
        blank=True,
        help_text="A picture of the page, a recording.",
    )
    evidence_sha256 = models.CharField(max_length=64, blank=True)
    subject_ref = models.CharField(max_length=100, blank=True, help_text="The call that proves it, as kind:id.")
    import_ref = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(db_index=True)
    created_by_ref = models.CharField(max_length=200)

    class Meta:
        verbose_name = "consent"
        indexes = [
            models.Index(fields=["number", "-captured_at"], name="consents_of_number"),
            models.Index(fields=["subject_ref"], condition=~models.Q(subject_ref=""), name="consents_of_subject"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["import_ref"], condition=~models.Q(import_ref=""), name="a_row_is_taken_in_once"
            )
        ]
        permissions = [
            ("record_consent", "Can record, import and export consents"),
            ("see_consent_evidence", "Can open the evidence of consents"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} consent {self.pk}"

    # Factories

    @classmethod
    def record(
        cls, *, number: str, kind: str, by: str, now: datetime, evidence: "File[Any] | None" = None, **fields: Any
    ) -> "ConsentRecord":
        """Keep what somebody has agreed to, as E.164. It stands as it is: what turns out better is a new record.

        A file of evidence is kept under the checksum of what is in it.
        """
        consent = cls(number=number, kind=kind, created_by_ref=by[:200], created_at=now, **fields)
        if evidence is not None:
            content = evidence.read()
            consent.evidence_sha256 = hashlib.sha256(content).hexdigest()
            ending = "".join(c for c in (evidence.name or "").rpartition(".")[2].lower() if c.isalnum())[:8]
            name = f"{consent.evidence_sha256}.{ending or 'bin'}"
            consent.evidence.save(name, ContentFile(content), save=False)
        consent.save(force_insert=True)
        return consent

    # Queries

    @classmethod
    def of_number(cls, number: str) -> "Sequence[ConsentRecord]":
        """What was ever agreed to for a number, newest first."""
        newest = models.F("captured_at").desc(nulls_last=True)
        return list(cls.objects.filter(number=number).order_by(newest, "-pk"))

    @classmethod
    def of_any(cls, numbers: Sequence[str], subjects: Sequence[str]) -> "Sequence[ConsentRecord]":
        """What was ever agreed to for any of these numbers, or is proved by one of these subjects; the oldest first."""
        return list(cls.objects.raw(_OF_ANY, [list(numbers), list(subjects)]))

    def problems(self, *, number: str, seller: str) -> tuple[Code, ...]:
        """Why it does not cover a call to this number for this business; a text that was altered raises an alarm."""
        facts = self.facts()
        if consent_check.is_altered(facts):
            CONSENTS_ALTERED.inc()
            log.error("the text of a consent does not match its checksum", consent=self.pk)
        return consent_check.problems(facts, number=number, seller=seller)

    def facts(self) -> ConsentFacts:
        """The record as a value."""
        return ConsentFacts(
            number=self.number,
            kind=self.kind,
            sellers=tuple(str(name) for name in self.sellers),
            purposes=tuple(str(purpose) for purpose in self.purposes),
            topic=self.topic,
            captured_at=self.captured_at,
            zone=self.zone,
            person_name=self.person_name,
            signature=self.signature,
            signature_event=self.signature_event,
            text=self.text,
            text_version=self.text_version,
            text_sha256=self.text_sha256,
            is_box_preticked=self.is_box_preticked,
            is_separate=self.is_separate,
            method=self.method,
            source=self.source,
            ip_address=self.ip_address or "",
            user_agent=self.user_agent,
            is_passed_on=bool(self.lead_chain or self.import_ref),
            verified_by=self.verified_by_ref,
            verified_at=self.verified_at,
            has_evidence=bool(self.evidence_sha256 or self.subject_ref),
        )


class Revocation(models.Model):
    """That somebody took their consent back, or asked not to be called: effective when it is committed.

    47 CFR 64.1200(a)(10), (d). The law's deadline is kept as `honour_by`; nothing here waits for it.
    """

    class Scope(models.TextChoices):
        """What it ends."""

        ALL = "all", "every call"
        MARKETING = "marketing", "sales calls"
        TOPIC = "topic", "calls about one topic"

    class Route(models.TextChoices):
        """By which way it came."""

        SPEECH = "speech", "said on a call"
        KEY = "key", "a key pressed on a call"
        SMS = "sms", "a text message"
        WEB = "web", "the web page"
        VOICEMAIL = "voicemail", "a voicemail"
        EMAIL = "email", "an e-mail"
        AGENT = "agent", "told to a colleague"
        ADMIN = "admin", "entered by hand"
        IMPORT = "import", "a file"
        WHATSAPP = "whatsapp", "a WhatsApp message"

    number = models.CharField(max_length=16, db_index=True)
    scope = models.CharField(max_length=10, choices=Scope, default=Scope.ALL)
    topic = models.CharField(max_length=120, blank=True)
    channels = models.JSONField(default=list, blank=True, help_text="Empty: every channel.")
    route = models.CharField(max_length=10, choices=Route)
    said = models.CharField(max_length=500, blank=True, help_text="Their words, or the key.")
    person_name = EncryptedField(max_length=120, blank=True, is_searchable=True)
    seller = models.CharField(max_length=120, blank=True)
    received_at = models.DateTimeField(db_index=True)
    honour_by = models.DateField(help_text="10 business days later: the law's own limit.")
    needs_review = models.BooleanField(default=False, help_text="Somebody should read what was said.")
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by_ref = models.CharField(max_length=200, blank=True)
    subject_ref = models.CharField(max_length=100, blank=True, help_text="The call or message, as kind:id.")
    created_at = models.DateTimeField()
    created_by_ref = models.CharField(max_length=200)

    class Meta:
        verbose_name = "revocation"
        indexes = [models.Index(fields=["number", "-received_at"], name="revocations_of_number")]
        constraints = [
            models.UniqueConstraint(
                fields=["number", "subject_ref", "route", "scope"],
                condition=~models.Q(subject_ref=""),
                name="one_revocation_per_call_and_route",
            )
        ]

    def __str__(self) -> str:
        return f"revocation {self.pk} ({self.scope}, {self.route})"

    @property
    def is_late(self) -> bool:
        """True when it took effect after the law's own limit, which is a fault."""
        return self.created_at.astimezone(UTC).date() > (self.honour_by or date.max)

    # Factories

    @classmethod
    def take(
        cls,
        *,
        number: str,
        scope: str,
        route: str,
        subject_ref: str,
        received_at: datetime,
        by: str,
        now: datetime,
        **fields: Any,
    ) -> "tuple[Revocation, bool]":
        """Keep that somebody wants no more calls; the same one, and False, when it is known already.

        Only `compliance.opt_out` calls this, in the transaction that makes it count.
        """
        given = {
            "received_at": received_at,
            "honour_by": business_days.honour_by(received_at.astimezone(UTC).date()),
            "created_at": now,
            "created_by_ref": by[:200],
            **fields,
        }
        if not subject_ref:
            return cls.objects.create(number=number, scope=scope, route=route, **given), True
        return cls.objects.get_or_create(
            number=number, subject_ref=subject_ref[:100], route=route, scope=scope, defaults=given
        )

    # Mutators

    def wants_review(self) -> None:
        """Somebody should read what was said."""
        Revocation.objects.filter(pk=self.pk).update(needs_review=True)
        self.refresh_from_db()

    def review(self, *, by: str, now: datetime) -> bool:
        """Somebody has read it; False when somebody had before."""
        unread = Revocation.objects.filter(pk=self.pk, reviewed_at=None)
        is_first = bool(unread.update(reviewed_at=now, reviewed_by_ref=by[:200]))
        self.refresh_from_db()
        return is_first

    # Queries

    @classmethod
    def of_number(cls, number: str) -> "Sequence[Revocation]":
        """What was ever taken back for a number, newest first."""
        return list(cls.objects.filter(number=number).order_by("-received_at", "-pk"))


PURPOSES_OF_CONSENT = (Purpose.TELEMARKETING, Purpose.INFORMATIONAL, Purpose.HEALTHCARE)
