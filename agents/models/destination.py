"""Where callers may be handed to outside the house: the transfer directory."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from agents.models.staff import Department
from compliance.numbers import read_address
from compliance.verdict import StaffEntry


def check_address(address: str) -> None:
    """A telephone number in international form, or a SIP address, written as the carrier takes it."""
    read = read_address(address)
    if read.value != address:
        suggestion = f" Write it as {read.value}." if read.value else ""
        raise ValidationError(
            f"This is no number like +14155550100 and no address like sip:desk@example.com.{suggestion}"
        )
    if read.blocked:
        raise ValidationError("Toll-free, premium and similar numbers are not dialled.")


class TransferDestination(models.Model):
    """A number or SIP address that callers may be transferred to; nothing else is dialled for them."""

    name = models.CharField(max_length=80, unique=True)
    address = models.CharField(max_length=255, unique=True, validators=[check_address])
    department = models.ForeignKey(
        Department, null=True, blank=True, on_delete=models.PROTECT, related_name="destinations"
    )
    is_allowed = models.BooleanField(default=True, help_text="Off: transfers to it are refused.")
    lines = models.PositiveSmallIntegerField(
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(500)],
        help_text="How many callers may be connected to it at once.",
    )

    def __str__(self) -> str:
        return self.name

    def entry(self, *, label: str) -> StaffEntry:
        """This destination as the gate knows it, seated in a conference as `label`."""
        return StaffEntry(self.address, label, is_allowed=self.is_allowed, lines=self.lines)

    # Queries

    @classmethod
    def named(cls, address: str) -> "TransferDestination | None":
        """The destination with this address, allowed or not."""
        return cls.objects.filter(address=address).first() if address else None
