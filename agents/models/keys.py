"""What a caller's keypad may do at an assistant: keys that act by themselves, and secrets that nobody here may know."""

from typing import Any

from django.contrib.auth import hashers
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q

from agents.models.assistant import Assistant
from agents.tool_specs import TOOLS
from compliance.statements import EXAMPLE_KEY, Question

LONGEST_SECRET = 32
_QUICK_HASHER = "scrypt"


class SecureField(models.Model):
    """A secret that this assistant may have the caller key in: to the carrier, and to nobody else."""

    class Kind(models.TextChoices):
        """What is taken."""

        PAYMENT = "payment", "card payment"
        TOKEN = "token", "card, kept by the provider, nothing charged"
        SECRET = "secret", "PIN or other digits, checked"

    class Check(models.TextChoices):
        """How keyed digits are checked."""

        LENGTH = "length", "only how many there are"
        HASH = "hash", "the same for everybody, set below"
        OWNER = "owner", "by our own check (CAPTURE_CHECK)"

    class TokenType(models.TextChoices):
        """How often the provider's token may be used."""

        ONE_TIME = "one-time", "once"
        REUSABLE = "reusable", "again and again"

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="secure_fields")
    name = models.SlugField(max_length=40, help_text="What the assistant calls it: card_payment, account_pin.")
    label = models.CharField(max_length=60, help_text="In people's words: your card, your account PIN.")
    kind = models.CharField(max_length=8, choices=Kind)
    is_active = models.BooleanField(default=True)

    currency = models.CharField(
        max_length=3, default="usd", validators=[RegexValidator("^[a-z]{3}$")], help_text="Of payments: usd, eur."
    )
    most_micros = models.PositiveBigIntegerField(
        "most that may be charged",
        default=500_000_000,
        help_text="In millionths of the currency: 500000000 is 500. More is refused before the caller is sent on.",
    )
    description = models.CharField(max_length=100, blank=True, help_text="What the provider is told it was for.")
    token_type = models.CharField(max_length=10, choices=TokenType, default=TokenType.ONE_TIME)
    asks_security_code = models.BooleanField(default=True)
    asks_postal_code = models.BooleanField(default=False)

    min_digits = models.PositiveSmallIntegerField(
        default=4, validators=[MinValueValidator(1), MaxValueValidator(LONGEST_SECRET)]
    )
    max_digits = models.PositiveSmallIntegerField(
        default=4, validators=[MinValueValidator(1), MaxValueValidator(LONGEST_SECRET)]
    )
    prompt = models.CharField(
        max_length=300,
        blank=True,
        help_text="What the telephone network says before keys are pressed; empty: a sentence with the label.",
    )
    timeout_s = models.PositiveSmallIntegerField(
        default=5, validators=[MinValueValidator(2), MaxValueValidator(30)], help_text="How long a key is waited for."
    )
    tries = models.PositiveSmallIntegerField(default=3, validators=[MinValueValidator(1), MaxValueValidator(5)])
    check_by = models.CharField(max_length=8, choices=Check, default=Check.LENGTH)
    secret_hash = models.CharField(max_length=200, blank=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assistant", "name"], name="secure_field_once_per_assistant"),
            models.CheckConstraint(
                condition=Q(max_digits__gte=models.F("min_digits")), name="secure_field_digits_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assistant}: {self.name}"

    @property
    def is_card(self) -> bool:
        """True when a payment provider takes it."""
        return self.kind in (self.Kind.PAYMENT, self.Kind.TOKEN)

    def clean(self) -> None:
        """Refuse what could never be right."""
        if self.min_digits is not None and self.max_digits is not None and self.min_digits > self.max_digits:
            raise ValidationError({"max_digits": "This is less than the least number of digits."})
        if self.kind == self.Kind.SECRET and self.check_by == self.Check.HASH and not self.secret_hash:
            raise ValidationError({"check_by": "Set the digits that are right, or choose another check."})

    # Mutators

    def set_secret(self, digits: str) -> None:
        """Keep what is right as a salted hash; the caller of this saves."""
        # The caller waits while a hash is made; the usual hasher's takes seconds where many things are done at once.
        is_quick_there = _QUICK_HASHER in hashers.get_hashers_by_algorithm()
        self.secret_hash = hashers.make_password(digits, hasher=_QUICK_HASHER if is_quick_there else "default")

    # Queries

    def is_secret(self, digits: str) -> bool:
        """True when these digits are the right ones, compared in constant time."""
        return bool(self.secret_hash) and hashers.check_password(digits, self.secret_hash)

    @classmethod
    def active_of(cls, assistant: Assistant) -> "list[SecureField]":
        """What this assistant may ask for, by name."""
        return _ACTIVE_OF.all(assistant=assistant.pk)


class KeyBinding(models.Model):
    """A key that does something by itself, without the model: 0 for a person, 9 to stop the recording."""

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="key_bindings")
    key = models.CharField(max_length=1, choices=[(key, key) for key in "0123456789*#"])
    tool = models.CharField(max_length=60)
    arguments = models.JSONField(default=dict, blank=True, help_text='As the tool wants them: {"reason": "other"}.')

    class Meta:
        constraints = [models.UniqueConstraint(fields=["assistant", "key"], name="key_bound_once")]

    def __str__(self) -> str:
        return f"{self.assistant}: {self.key} is {self.tool}"

    def clean(self) -> None:
        """Refuse a tool that is none, or arguments it has not."""
        spec = TOOLS.get(self.tool)
        if spec is None or spec.is_of_line:
            raise ValidationError({"tool": "There is no such tool that a key can use."})
        known: dict[str, Any] = spec.parameters.get("properties", {})
        if not isinstance(self.arguments, dict) or not set(self.arguments) <= set(known):
            raise ValidationError({"arguments": f"An object with {', '.join(known) or 'nothing'} in it."})


_ACTIVE_OF = Question(
    lambda assistant: SecureField.objects.filter(assistant=assistant, is_active=True).order_by("name"),
    assistant=EXAMPLE_KEY,
)
