"""Callers who are not taken."""

from django.core.validators import RegexValidator
from django.db import models

_BEGINNING = RegexValidator(r"^\+[1-9]\d{2,14}$", "Write a number as +14155550100, or how it begins: +1415.")


class BlockedCaller(models.Model):
    """A telephone number, or how numbers begin, whose calls are turned away at every number of ours."""

    beginning = models.CharField(
        "number, or how it begins", max_length=16, unique=True, validators=[_BEGINNING], help_text="+14155550100, +1415"
    )
    note = models.CharField(max_length=200, blank=True, help_text="Why, for colleagues.")
    added_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.beginning}…" if len(self.beginning) < 11 else self.beginning

    @staticmethod
    def beginnings_of(e164: str) -> list[str]:
        """Every entry that would block this number."""
        return [e164[:length] for length in range(4, len(e164) + 1)]
