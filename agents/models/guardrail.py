"""Rules that the server keeps on an assistant's calls, whatever its model makes of its prompt."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from agents.models.assistant import Assistant


class Guardrail(models.Model):
    """One rule: when something has happened in a call, something is done, once."""

    class Trigger(models.TextChoices):
        """What is watched for. With seconds: the threshold counts them; else it counts how often."""

        HUMAN = "human", "the caller asks for a person"
        FAILED_TOOLS = "failed_tools", "tools have failed, one after the other"
        NO_INPUT = "no_input", "the caller was asked whether they are there"
        TOPIC = "topic", "the caller speaks of something"
        ANGER = "anger", "the caller is angry or abusive"
        SILENCE = "silence", "nobody has spoken, seconds"
        UNSAID = "unsaid", "words were not said in time, seconds"
        FORBIDDEN = "forbidden", "the assistant says something"

    class Action(models.TextChoices):
        """What follows."""

        NUDGE = "nudge", "remind the assistant, in our words"
        COACH = "coach", "tell the assistant the text below"
        SAY = "say", "have it say the text below, word for word"
        TRANSFER = "transfer", "put the caller through to a person"
        END = "end", "say the text below, and end the call"

    NEED_WORDS = (Trigger.TOPIC, Trigger.UNSAID, Trigger.FORBIDDEN)
    NEED_TEXT = (Action.COACH, Action.SAY)

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="guardrails")
    name = models.CharField(max_length=80, help_text="As the call page shows it.")
    trigger = models.CharField(max_length=16, choices=Trigger)
    threshold = models.PositiveSmallIntegerField(
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(3600)],
        help_text="How often, or how many seconds.",
    )
    words = models.TextField(
        blank=True, max_length=2000, help_text="For topics and words that must or must not be said: one phrase a line."
    )
    action = models.CharField(max_length=12, choices=Action)
    text = models.TextField(blank=True, max_length=600)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ("assistant", "pk")
        constraints = [models.UniqueConstraint(fields=["assistant", "name"], name="guardrail_named_once")]

    def __str__(self) -> str:
        return f"{self.assistant}: {self.name}"

    def clean(self) -> None:
        """A rule that could never do anything is refused."""
        if self.trigger in self.NEED_WORDS and not self.phrases:
            raise ValidationError({"words": "Say which words, one phrase a line."})
        if self.action in self.NEED_TEXT and not self.text.strip():
            raise ValidationError({"text": "Say what."})

    @property
    def phrases(self) -> list[str]:
        """The words of the rule, one phrase each."""
        return [line.strip() for line in self.words.splitlines() if line.strip()]
