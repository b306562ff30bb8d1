"""Queues: callers who wait for a person, who may be rung for them, and what happens when nobody comes."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from agents.models.music import HoldMusic
from agents.models.staff import Agent, Department, Skill


class Queue(models.Model):
    """A line in which callers wait. Its members are rung, the longest idle first."""

    class Overflow(models.TextChoices):
        """What becomes of a caller for whom nobody came within the limit."""

        ASSISTANT = "assistant", "back to the assistant"
        QUEUE = "queue", "on to another queue"
        VOICEMAIL = "voicemail", "leave a message"
        CALLBACK = "callback", "offer to be called back"
        HANG_UP = "hang_up", "apologise and end the call"

    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="queues")
    skills = models.ManyToManyField(Skill, blank=True, help_text="Only agents with all of these are rung.")
    ring_s = models.PositiveSmallIntegerField(
        default=20,
        validators=[MinValueValidator(5), MaxValueValidator(120)],
        help_text="How long one agent is rung before the next one is.",
    )
    max_wait_s = models.PositiveSmallIntegerField(
        default=120, validators=[MinValueValidator(5)], help_text="After this the caller need not wait any longer."
    )
    music = models.ForeignKey(
        HoldMusic, null=True, blank=True, on_delete=models.SET_NULL, help_text="Empty: the music that ships with us."
    )
    overflow = models.CharField(max_length=10, choices=Overflow, default=Overflow.ASSISTANT)
    overflow_queue = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(overflow="queue") | models.Q(overflow_queue__isnull=False),
                name="overflow_queue_is_named",
                violation_error_message="Say which queue the caller goes on to.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """An agent who is rung for a queue."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="memberships")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="memberships")
    priority = models.PositiveSmallIntegerField(default=1, help_text="1 is rung before 2, however long idle.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["queue", "agent"], name="member_of_a_queue_once")]

    def __str__(self) -> str:
        return f"{self.agent} in {self.queue}"
