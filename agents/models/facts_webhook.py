"""Where a business wants to have what its assistant has found out, once a call is over."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from agents import web_addresses
from agents.models.assistant import Assistant
from compliance.encrypted import EncryptedField


class FactsWebhook(models.Model):
    """An address of the business: the facts, the result and the notes of each call are posted there after its end."""

    assistant = models.OneToOneField(Assistant, on_delete=models.CASCADE, related_name="facts_webhook")
    url = models.CharField(
        max_length=web_addresses.LONGEST_URL, help_text="https only, an address of the public web. It is sent a POST."
    )
    is_active = models.BooleanField(default=True, help_text="Off: nothing is sent, and what waits is given up.")
    since = models.DateTimeField(default=timezone.now, help_text="Calls that end from then on are sent.")
    sends_caller = models.BooleanField(
        "sends who calls",
        default=False,
        help_text="The caller's number goes along: from the telephone network, not from the conversation.",
    )
    signing_secret = EncryptedField(max_length=200, blank=True, editable=False)

    class Meta:
        verbose_name = "facts webhook"

    def __str__(self) -> str:
        return f"facts of {self.assistant}"

    def clean(self) -> None:
        """Refuse an address that nothing would ever be sent to."""
        try:
            web_addresses.target(self.url or "", allowed=settings.TOOL_ALLOWED_HOSTS)
        except web_addresses.Refused as refused:
            raise ValidationError({"url": str(refused)}) from None

    # Mutators

    def sign_with(self, secret: str) -> None:
        """Sign what is sent with this secret from now on."""
        FactsWebhook.objects.filter(pk=self.pk).update(signing_secret=secret)
        self.signing_secret = secret

    # Queries

    @classmethod
    def of(cls, assistant_id: int | None) -> "FactsWebhook | None":
        """Where the facts of this assistant's calls go now; None: nowhere."""
        return cls.objects.filter(assistant=assistant_id, is_active=True).first()
