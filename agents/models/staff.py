"""The people's side of the house: departments, skills, and the agents who take calls."""

from django.conf import settings
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q


class Department(models.Model):
    """A part of the business that calls belong to."""

    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    description = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return self.name


class Skill(models.Model):
    """Something that some agents can do and some callers need: a language, a product, a licence."""

    name = models.CharField(max_length=80, unique=True)

    def __str__(self) -> str:
        return self.name


class Agent(models.Model):
    """A person who takes calls. Where they are rung is their seat; what they do now is written by `presence` alone."""

    class Seat(models.TextChoices):
        """How an agent is reached."""

        BROWSER = "browser", "in the browser"
        PHONE = "phone", "by telephone"
        SIP = "sip", "by SIP"

    class State(models.TextChoices):
        """What an agent is doing."""

        AVAILABLE = "available", "free"
        OFFERED = "offered", "being rung"
        ON_CALL = "on_call", "on a call"
        WRAP_UP = "wrap_up", "wrapping up"
        AWAY = "away", "away"

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="agent")
    name = models.CharField(max_length=80, help_text="As callers and colleagues hear and read it.")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="agents")
    skills = models.ManyToManyField(Skill, blank=True, related_name="agents")
    seat = models.CharField(max_length=8, choices=Seat, default=Seat.BROWSER)
    phone_e164 = models.CharField(
        max_length=16,
        blank=True,
        validators=[RegexValidator(r"^\+[1-9]\d{6,14}$", "Write it as +14155550123.")],
        help_text="For a seat by telephone.",
    )
    sip_address = models.CharField(
        max_length=200,
        blank=True,
        validators=[RegexValidator(r"^sips?:[^\s@<>]+@[^\s@<>]+$", "Write it as sip:max@example.com.")],
        help_text="For a seat by SIP.",
    )
    place = models.CharField(
        "where they work",
        max_length=5,
        blank=True,
        validators=[RegexValidator(r"^([A-Z]{2}|US-[A-Z]{2})$", "Write it as US-CA, or DE.")],
        help_text="For the law of recording, as US-CA or DE. Empty: it is not known, and the strictest counts.",
    )
    wrap_up_s = models.PositiveSmallIntegerField(
        default=60, validators=[MinValueValidator(5)], help_text="How long after a call nobody else is put through."
    )
    is_active = models.BooleanField(default=True, help_text="Off: is rung for nothing.")
    state = models.CharField(max_length=10, choices=State, default=State.AWAY, editable=False)
    state_since = models.DateTimeField(null=True, blank=True, editable=False)
    idle_since = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Since when nobody was put through: the longest idle is first."
    )
    wrap_up_until = models.DateTimeField(null=True, blank=True, editable=False)
    goes_away = models.BooleanField(default=False, editable=False, help_text="Asked to be away after this call.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(seat="phone") | ~Q(phone_e164=""),
                name="agent_by_phone_has_a_number",
                violation_error_message="A seat by telephone needs the number.",
            ),
            models.CheckConstraint(
                condition=~Q(seat="sip") | ~Q(sip_address=""),
                name="agent_by_sip_has_an_address",
                violation_error_message="A seat by SIP needs the address.",
            ),
        ]
        permissions = [("take_calls", "Can take calls at the agent's desk")]

    def __str__(self) -> str:
        return self.name

    @property
    def identity(self) -> str:
        """The name of this agent's softphone at the carrier, which takes letters, digits and underscores."""
        return f"agent_{self.pk}"

    @property
    def label(self) -> str:
        """What this agent is called in a room; no personal data."""
        return f"agent-{self.pk}"

    @property
    def address(self) -> str:
        """Where this agent is rung: a number, a `sip:` address, or the softphone."""
        if self.seat == self.Seat.PHONE:
            return self.phone_e164
        return self.sip_address if self.seat == self.Seat.SIP else f"client:{self.identity}"
