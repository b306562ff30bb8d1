"""On what grounds personal data is processed, by whom else, and whether health data may be among it."""

from datetime import date, datetime

from django.core.validators import URLValidator
from django.db import models


class ProcessingBasis(models.Model):
    """Why we may process what a kind of call needs (GDPR art. 6), and the notice people are given (art. 13, 14)."""

    class Purpose(models.TextChoices):
        """What it is processed for."""

        TELEMARKETING = "telemarketing", "sales calls"
        INFORMATIONAL = "informational", "calls that inform"
        HEALTHCARE = "healthcare", "calls about health care"
        EMERGENCY = "emergency", "emergencies"
        INBOUND = "inbound", "calls that people make to us"
        RECORDING = "recording", "recordings and their words"
        QUALITY = "quality", "looking at calls afterwards"

    class Basis(models.TextChoices):
        """GDPR art. 6(1)."""

        CONSENT = "consent", "consent (a)"
        CONTRACT = "contract", "contract (b)"
        LEGAL_DUTY = "legal_duty", "legal duty (c)"
        VITAL = "vital", "vital interests (d)"
        INTEREST = "interest", "legitimate interest (f)"

    purpose = models.CharField(max_length=16, choices=Purpose, unique=True)
    basis = models.CharField(max_length=12, choices=Basis)
    assessment = models.TextField(blank=True, help_text="Of a legitimate interest: why it outweighs theirs.")
    notice_version = models.CharField(max_length=40, help_text="Of the notice that people are given.")
    notice_url = models.CharField("address", max_length=300, blank=True, validators=[URLValidator()])
    changed_at = models.DateTimeField(null=True, blank=True, editable=False)
    changed_by_ref = models.CharField(max_length=200, blank=True, editable=False)

    class Meta:
        verbose_name = "ground for processing"
        verbose_name_plural = "grounds for processing"

    def __str__(self) -> str:
        return self.get_purpose_display()


class Processor(models.Model):
    """Who processes personal data for us (GDPR art. 28; 45 CFR 164.504(e)): what, where, and since which agreement."""

    class Kind(models.TextChoices):
        """What they do."""

        TELEPHONY = "telephony", "the telephone network"
        MODEL = "model", "the model"
        STORAGE = "storage", "storage and hosting"
        OTHER = "other", "something else"

    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=10, choices=Kind)
    what = models.CharField(max_length=300, blank=True, help_text="What they process, and for what.")
    region = models.CharField(max_length=80, blank=True, help_text="Where.")
    url = models.CharField("address", max_length=300, blank=True, validators=[URLValidator()])
    agreement_date = models.DateField(
        "agreement on processing of", null=True, blank=True, help_text="GDPR art. 28. Empty: there is none yet."
    )
    baa_date = models.DateField(
        "business associate agreement of", null=True, blank=True, help_text="HIPAA. Empty: there is none yet."
    )
    changed_at = models.DateTimeField(null=True, blank=True, editable=False)
    changed_by_ref = models.CharField(max_length=200, blank=True, editable=False)

    def __str__(self) -> str:
        return self.name


# Without an agreement with each of these no health data may pass (45 CFR 164.502(e)).
NEEDED = (Processor.Kind.TELEPHONY, Processor.Kind.MODEL, Processor.Kind.STORAGE)


class PrivacyMode(models.Model):
    """Whether health data may be on calls. There is one."""

    name = models.CharField(max_length=40, unique=True, default="everything", editable=False)
    hipaa_mode = models.BooleanField(
        "HIPAA mode",
        default=False,
        help_text="Voicemail without content, nothing sensitive in names of webhooks. Can be switched on once the "
        "agreement with every processor of telephony, model and storage has its date.",
    )
    changed_at = models.DateTimeField(null=True, blank=True, editable=False)
    changed_by_ref = models.CharField(max_length=200, blank=True, editable=False)

    class Meta:
        verbose_name = "privacy mode"
        verbose_name_plural = "privacy mode"

    def __str__(self) -> str:
        return "HIPAA mode is on" if self.hipaa_mode else "HIPAA mode is off"

    # Mutators

    def turn(self, *, hipaa_mode: bool, by: str, now: datetime) -> None:
        """Switch it. You must have asked `missing_agreements` when it is switched on."""
        PrivacyMode.objects.filter(pk=self.pk).update(hipaa_mode=hipaa_mode, changed_at=now, changed_by_ref=by[:200])
        self.refresh_from_db()

    # Queries

    @classmethod
    def is_hipaa(cls) -> bool:
        """True while health data may be on calls: then nothing is said where others might hear it."""
        return cls.objects.filter(hipaa_mode=True).exists()

    @staticmethod
    def missing_agreements(today: date) -> list[str]:
        """What stands in the way of switching it on, as sentences."""
        problems = []
        for kind in NEEDED:
            known = list(Processor.objects.filter(kind=kind).order_by("name"))
            if not known:
                problems.append(f"The register names nobody for {kind.label}.")
            for one in known:
                if one.baa_date is None:
                    problems.append(f"{one.name} has no business associate agreement with a date.")
                elif one.baa_date > today:
                    problems.append(f"The agreement with {one.name} begins only on {one.baa_date:%d %B %Y}.")
        return problems
