"""Numbers of ours that are on WhatsApp, and the messages that may be sent there, as the carrier has them."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models

from calls.lifecycle import Phase
from calls.models.call import Call
from calls.models.number import Number
from compliance.numbers import country_of
from compliance.whatsapp import SenderFacts

_SENDER = RegexValidator(r"^XE[0-9a-f]{32}$", "A sender's id is XE and 32 digits.")
_NAME = RegexValidator(r"^[a-z0-9_]+$", "Small letters, digits and _ only.")
_EDGE = RegexValidator(r"^[a-z0-9-]*$", "An edge looks like sao-paulo.")


class WhatsAppSender(models.Model):
    """A number of ours on WhatsApp. Who answers its calls is said at the number."""

    number = models.OneToOneField(Number, on_delete=models.PROTECT, related_name="whatsapp")
    sender_sid = models.CharField("sender", max_length=34, unique=True, validators=[_SENDER])
    application_sid = models.CharField(
        "voice application", max_length=34, blank=True, help_text="What the carrier asks when somebody calls it."
    )
    is_on = models.BooleanField(default=True, help_text="Off: no calls, in or out, whatever the carrier still has.")
    country = models.CharField(
        max_length=2, blank=True, help_text="Where Meta has it, as two letters. Empty: as its digits say."
    )
    edge = models.CharField(
        max_length=40, blank=True, validators=[_EDGE], help_text="Twilio's edge nearest to its callers: sao-paulo."
    )
    status = models.CharField(max_length=40, blank=True, help_text="The carrier's word: ONLINE, ONLINE:UPDATING …")
    messaging_limit = models.CharField(max_length=40, blank=True, help_text="Users a day, as Meta has it.")
    quality = models.CharField(max_length=40, blank=True)
    offline_reasons = models.JSONField(default=list, blank=True)
    looked_up_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "WhatsApp sender"

    def __str__(self) -> str:
        return f"WhatsApp {self.number.e164}"

    @property
    def at_home(self) -> str:
        """The country it belongs to; empty when nobody can say."""
        return self.country.upper() or country_of(self.number.e164)

    # Mutators

    def learn(self, **known: Any) -> None:
        """Keep what the carrier says of it."""
        WhatsAppSender.objects.filter(pk=self.pk).update(**known)
        for name, value in known.items():
            setattr(self, name, value)

    # Queries

    def facts(self) -> SenderFacts:
        """What the gate must know of it."""
        live = Call.objects.filter(number=self.number, channel=Call.Channel.WHATSAPP).exclude(phase=Phase.CLOSED)
        return SenderFacts(self.number.e164, self.at_home, is_on=self.is_on, live_calls=live.count())

    @classmethod
    def is_off(cls, number: Number) -> bool:
        """True when this number is set up as a sender and takes no calls."""
        return cls.objects.filter(number=number, is_on=False).exists()

    @classmethod
    def edge_of(cls, number: Number | None) -> str:
        """The carrier's edge nearest to those who come by this number; empty when nobody has said."""
        return cls.objects.filter(number=number).values_list("edge", flat=True).first() or ""

    @classmethod
    def serving(cls) -> "list[WhatsAppSender]":
        """Those from which calls may go out, as far as we have a say."""
        found = cls.objects.select_related("number").filter(is_on=True, number__is_active=True)
        return list(found.order_by("number__e164"))


class WhatsAppTemplate(models.Model):
    """A message with a button, as Twilio's Content API has it: whether we may call, or one by which they call us."""

    class Kind(models.TextChoices):
        """What its button does."""

        PERMISSION = "permission", "asks whether we may call"
        CALL_BUTTON = "call_button", "lets them call us"

    class Approval(models.TextChoices):
        """Where it stands at WhatsApp; the carrier's words."""

        NONE = "", "not submitted"
        RECEIVED = "received", "received"
        PENDING = "pending", "pending"
        APPROVED = "approved", "approved"
        REJECTED = "rejected", "rejected"
        PAUSED = "paused", "paused"
        DISABLED = "disabled", "disabled"

    class Category(models.TextChoices):
        """Under which WhatsApp reviews and charges it."""

        UTILITY = "UTILITY", "utility"
        MARKETING = "MARKETING", "marketing"

    name = models.CharField(max_length=60, unique=True, validators=[_NAME])
    kind = models.CharField(max_length=12, choices=Kind)
    language = models.CharField(max_length=12, default="en")
    category = models.CharField(max_length=12, choices=Category, default=Category.UTILITY)
    body = models.CharField(max_length=1024, help_text="Within an open chat WhatsApp shows words of its own.")
    title = models.CharField("button", max_length=25)
    content_sid = models.CharField(max_length=34, blank=True)
    approval = models.CharField(max_length=12, choices=Approval, default=Approval.NONE, blank=True)
    why_rejected = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    looked_up_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "WhatsApp template"

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"

    def clean(self) -> None:
        """What the carrier has is not changed: a new one is made."""
        if self.content_sid and self.pk:
            before = WhatsAppTemplate.objects.filter(pk=self.pk).first()
            fixed = ("kind", "language", "body", "title", "name")
            if before is not None and any(getattr(before, name) != getattr(self, name) for name in fixed):
                raise ValidationError("The carrier has this one already. Make a new one with other words.")

    @property
    def is_approved(self) -> bool:
        """True when it may be sent outside an open chat."""
        return self.approval == self.Approval.APPROVED

    # Mutators

    def learn(self, **known: Any) -> None:
        """Keep what the carrier says of it."""
        WhatsAppTemplate.objects.filter(pk=self.pk).update(**known)
        for name, value in known.items():
            setattr(self, name, value)

    # Queries

    @classmethod
    def for_permission(cls, language: str = "") -> "list[WhatsAppTemplate]":
        """Those by which somebody can be asked, approved ones first."""
        found = cls.objects.filter(kind=cls.Kind.PERMISSION).exclude(content_sid="").order_by("name")
        return sorted(found, key=lambda one: (not one.is_approved, one.language != language, one.name))

    @classmethod
    def with_button(cls) -> "list[WhatsAppTemplate]":
        """Those by which somebody can call us."""
        found = cls.objects.filter(kind=cls.Kind.CALL_BUTTON, approval=cls.Approval.APPROVED)
        return list(found.order_by("name"))


class WhatsAppMessage(models.Model):
    """A message we sent with a template, and how far it came. What it asks is in the facts of compliance."""

    template = models.ForeignKey(WhatsAppTemplate, on_delete=models.PROTECT, related_name="messages")
    sender = models.ForeignKey(WhatsAppSender, on_delete=models.PROTECT, related_name="messages")
    person = models.CharField(max_length=32, db_index=True)
    ref = models.CharField(max_length=100, unique=True, help_text="The request it is, or an id of its own.")
    message_sid = models.CharField(max_length=64, blank=True, db_index=True)
    status = models.CharField(max_length=20, blank=True, help_text="The carrier's word: queued, sent, read …")
    error_code = models.PositiveIntegerField(null=True, blank=True)
    sent_at = models.DateTimeField()
    sent_by_ref = models.CharField(max_length=200)

    class Meta:
        verbose_name = "WhatsApp message"
        permissions = [("ask_whatsapp", "Can ask people whether they may be called by WhatsApp")]

    def __str__(self) -> str:
        return f"WhatsApp message {self.pk}: {self.status or 'not sent'}"

    # Mutators

    def report(self, status: str, *, error_code: int | None = None) -> bool:
        """Keep how far it came; an older word than what is known changes nothing."""
        order = ("", "accepted", "queued", "sending", "sent", "delivered", "read", "undelivered", "failed")
        if status not in order or order.index(status) <= order.index(self.status if self.status in order else ""):
            return False
        changed = WhatsAppMessage.objects.filter(pk=self.pk, status=self.status)
        if not changed.update(status=status, error_code=error_code or self.error_code):
            return False
        self.status = status
        return True

    @classmethod
    def last_heard(cls, message_sid: str) -> "WhatsAppMessage | None":
        """The message with the carrier's id."""
        found = cls.objects.select_related("sender__number").filter(message_sid=message_sid) if message_sid else None
        return None if found is None else found.first()
