"""What people have agreed to, and taken back: consent records with their proof, and revocations of any kind."""

from datetime import date

from django.db import models

from compliance.encrypted import EncryptedField
from compliance.verdict import Purpose


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
        upload_to="consents/%Y/%m/", blank=True, help_text="A picture of the page, a recording."
    )
    evidence_sha256 = models.CharField(max_length=64, blank=True)
    subject_ref = models.CharField(max_length=100, blank=True, help_text="The call that proves it, as kind:id.")
    import_ref = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(db_index=True)
    created_by_ref = models.CharField(max_length=200)

    class Meta:
        verbose_name = "consent"
        indexes = [models.Index(fields=["number", "-captured_at"], name="consents_of_number")]
        permissions = [("record_consent", "Can record, import and export consents")]

    def __str__(self) -> str:
        return f"{self.kind} consent {self.pk}"


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
        return self.created_at.date() > (self.honour_by or date.max)


PURPOSES_OF_CONSENT = (Purpose.TELEMARKETING, Purpose.INFORMATIONAL, Purpose.HEALTHCARE)
