"""What an assistant is to find out in a call: each fact with its kind, so that what is kept was checked."""

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models

from agents.models.assistant import Assistant


class FactToCollect(models.Model):
    """One thing the assistant asks for, such as an order number."""

    class Kind(models.TextChoices):
        """What a value must look like."""

        TEXT = "text", "any words"
        NUMBER = "number"
        DATE = "date", "date (2026-11-30)"
        EMAIL = "email", "e-mail address"
        PHONE = "phone", "telephone number"
        YES_NO = "yes_no", "yes or no"
        CHOICE = "choice", "one of the choices"

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="facts")
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(
        max_length=40, validators=[RegexValidator(r"^[a-z][a-z0-9_]*\Z")], help_text="For exports: order_number."
    )
    label = models.CharField(max_length=80, help_text="In people's words: order number.")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.TEXT)
    choices = models.CharField(max_length=300, blank=True, help_text="With commas: new, used.")
    is_required = models.BooleanField(default=True, help_text="It is asked for before the caller is put through.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["assistant", "name"], name="fact_once_per_assistant")]

    def __str__(self) -> str:
        return self.label

    def clean(self) -> None:
        """A choice needs something to choose from."""
        if self.kind == self.Kind.CHOICE and len(self.values()) < 2:
            raise ValidationError({"choices": "Name two or more, with commas."})

    def values(self) -> list[str]:
        """What may be chosen."""
        return [one.strip() for one in self.choices.split(",") if one.strip()]

    def told(self) -> str:
        """For the model: `order_number: order number (any words, required)`."""
        kind = f"one of {', '.join(self.values())}" if self.kind == self.Kind.CHOICE else self.get_kind_display()
        return f"{self.name}: {self.label} ({kind}{', required' if self.is_required else ''})"
