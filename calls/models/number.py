"""Our telephone numbers."""

from django.core.validators import RegexValidator
from django.db import models

from compliance.recording_rules import Ask

_E164 = RegexValidator(r"^\+[1-9]\d{6,14}$", "Write the number as +14155550100.")


class RecordingAsk(models.TextChoices):
    """How callers are asked for their consent to the recording."""

    NOTICE = Ask.NOTICE.value, "they are told; who stays agrees"
    EXPLICIT_YES = Ask.EXPLICIT_YES.value, "they are asked; only a yes is one"


class RecordingRefused(models.TextChoices):
    """What becomes of a call whose caller does not want to be recorded."""

    GO_ON = "go_on", "it goes on unrecorded"
    END = "end", "it ends with thanks"


class Number(models.Model):
    """A number of ours and who answers it."""

    e164 = models.CharField("number", max_length=16, unique=True, validators=[_E164])
    label = models.CharField(max_length=80, blank=True, help_text="What callers reach here, for colleagues.")
    assistant = models.ForeignKey(
        "agents.Assistant",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="numbers",
        help_text="Who answers. Empty: callers hear that the number is not in service.",
    )
    music = models.ForeignKey(
        "agents.HoldMusic",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        help_text="What waiting callers hear, unless their queue has its own. Empty: the music that ships with us.",
    )
    is_active = models.BooleanField(default=True, help_text="Off: callers hear that the number is not in service.")
    is_recorded = models.BooleanField(default=True, help_text="Record calls; the opening words say so on every call.")
    recording_ask = models.CharField(
        "how callers are asked",
        max_length=12,
        choices=RecordingAsk,
        default=RecordingAsk.NOTICE,
        help_text="Where the law of a place wants more than this, more is asked.",
    )
    recording_refused = models.CharField(
        "when they refuse", max_length=8, choices=RecordingRefused, default=RecordingRefused.GO_ON
    )
    phone_number_sid = models.CharField("Twilio's id", max_length=64, blank=True)

    def __str__(self) -> str:
        return f"{self.e164} {self.label}".strip()

    # Mutators

    def learn_sid(self, phone_number_sid: str) -> None:
        """Keep the carrier's id of this number."""
        Number.objects.filter(pk=self.pk).update(phone_number_sid=phone_number_sid)
        self.phone_number_sid = phone_number_sid
