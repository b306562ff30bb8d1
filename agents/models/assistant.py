"""An assistant, the versions of its prompt, and what it may do."""

from datetime import datetime, timedelta
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from agents.models.queue import Queue
from agents.models.staff import Department
from agents.tool_specs import TOOLS

# A caller waits so long for a supervisor's decision, unless a grant says otherwise.
PATIENCE_S = 60


def tool_choices() -> list[tuple[str, str]]:
    """The tools there are; asked anew each time, so that a new one changes no table."""
    return [(name, name) for name in TOOLS]


class Assistant(models.Model):
    """The AI party of a call. What it says and how it listens is in its published prompt version."""

    class Door(models.TextChoices):
        """By which line of the carrier's its callers come to it."""

        STREAM = "stream", "Media Streams: it hears and speaks itself"
        RELAY = "relay", "ConversationRelay: the carrier hears and speaks, it reads and writes"

    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    door = models.CharField(
        max_length=8,
        choices=Door,
        default=Door.STREAM,
        help_text="ConversationRelay needs its line set up first, on a page of its own.",
    )
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="assistants")
    business_name = models.CharField(
        max_length=120, help_text="The business it speaks for; spoken in the opening words of every call."
    )
    queue = models.ForeignKey(
        Queue,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="assistants",
        help_text="Where callers wait who ask it for a person, or whom it cannot serve any more.",
    )
    is_active = models.BooleanField(default=True, help_text="Off: its numbers answer that nobody can take the call.")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name

    # Queries

    def published_version(self) -> "PromptVersion | None":
        """The one version that calls use."""
        return self.versions.filter(status=PromptVersion.Status.PUBLISHED).first()


class PromptVersion(models.Model):
    """One numbered version of an assistant's prompt and session settings; unchangeable once published."""

    class Status(models.TextChoices):
        """A version's life: written as a draft, published (one at a time), retired."""

        DRAFT = "draft"
        PUBLISHED = "published"
        RETIRED = "retired"

    class TurnDetectionKind(models.TextChoices):
        """How the model notices that the caller begins and ends to speak."""

        SERVER_VAD = "server_vad", "by sound level"
        SEMANTIC_VAD = "semantic_vad", "by meaning"

    class Eagerness(models.TextChoices):
        """How soon semantic detection takes a pause for an end."""

        AUTO = "auto"
        LOW = "low"
        MEDIUM = "medium"
        HIGH = "high"

    class ModelAudio(models.TextChoices):
        """The code in which the model hears and speaks; the telephone line's own is always mu-law."""

        PCMU = "pcmu", "as on the telephone line (G.711 mu-law)"
        PCMA = "pcma", "G.711 A-law"
        PCM24K = "pcm24k", "PCM, 16 bit at 24 kHz"

    class Truncation(models.TextChoices):
        """What the model forgets when a conversation outgrows its context."""

        AUTO = "auto", "the oldest words, a few at a time"
        RETENTION_RATIO = "retention_ratio", "a share at once, so that its cache stays valid for longer"
        DISABLED = "disabled", "nothing: an answer fails instead"

    assistant = models.ForeignKey(Assistant, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=12, choices=Status, default=Status.DRAFT)
    note = models.CharField(max_length=200, blank=True, help_text="What changed, for colleagues.")
    instructions = models.TextField(help_text="The prompt. Variables: {{business}}, {{department}}.")
    greeting = models.TextField(
        blank=True, help_text="Said word for word after the opening words; empty: the caller speaks first."
    )
    is_greeting_interruptible = models.BooleanField(default=True)
    is_keypad_told = models.BooleanField(default=True, help_text="Tell the assistant which keys the caller pressed.")
    silence_prompt_s = models.PositiveSmallIntegerField(
        default=8,
        validators=[MaxValueValidator(120)],
        help_text="Ask whether anybody is there after this many seconds; 0: never.",
    )
    max_call_s = models.PositiveIntegerField(
        default=3600,
        validators=[MaxValueValidator(86_400)],
        help_text="The longest a call may last; callers are told a minute before. 0: no limit.",
    )
    barge_in_ms = models.PositiveSmallIntegerField(
        default=0,
        validators=[MaxValueValidator(3000)],
        help_text="Go on speaking until the caller has spoken over the assistant for this long, so that coughs do not "
        "interrupt it. 0 and no words below: the model decides.",
    )
    backchannel_words = models.CharField(
        max_length=300,
        blank=True,
        help_text="Words that only say “I am listening” and do not interrupt, with commas: mm-hm, okay, right.",
    )
    model = models.CharField(max_length=80)
    voice = models.CharField(max_length=40)
    language = models.CharField(max_length=12, default="en")
    transcription_model = models.CharField(max_length=80, default="gpt-4o-transcribe")
    model_audio = models.CharField(
        max_length=8,
        choices=ModelAudio,
        default=ModelAudio.PCMU,
        help_text=(
            "How sound goes to and from the model. As on the line: nothing is converted. A-law: for a model or a proxy "
            "that knows only that. PCM: for a model that hears or sounds better with it; it brings back nothing the "
            "line has cut off, and costs computing time and 2 ms each way."
        ),
    )
    turn_detection = models.CharField(max_length=12, choices=TurnDetectionKind, default=TurnDetectionKind.SERVER_VAD)
    vad_threshold = models.FloatField(default=0.5, validators=[MinValueValidator(0.0), MaxValueValidator(1.0)])
    prefix_padding_ms = models.PositiveIntegerField(default=300, validators=[MaxValueValidator(2000)])
    silence_duration_ms = models.PositiveIntegerField(
        default=500, validators=[MinValueValidator(100), MaxValueValidator(5000)]
    )
    eagerness = models.CharField(max_length=8, choices=Eagerness, default=Eagerness.AUTO)
    truncation = models.CharField(max_length=16, choices=Truncation, default=Truncation.AUTO)
    retention_ratio = models.FloatField(
        default=0.8,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text="Of a conversation that has grown too long, this share is kept.",
    )
    context_tokens = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1000)],
        help_text="How long a conversation may grow beside the instructions; empty: as long as the model can take. "
        "Only with a share that is kept.",
    )
    is_old_sound_replaced = models.BooleanField(
        default=False,
        help_text="Once a conversation is long (16,000 tokens, or three quarters of the limit above), what was said "
        "early stays with the model as its summary and no more as sound. The newest turns stay as they were.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by_ref = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assistant", "number"], name="version_number_once_per_assistant"),
            models.UniqueConstraint(
                fields=["assistant"], condition=Q(status="published"), name="one_published_version_per_assistant"
            ),
            models.CheckConstraint(
                condition=Q(model_audio__in=["pcmu", "pcma", "pcm24k"]), name="model_audio_is_known"
            ),
            models.CheckConstraint(
                condition=Q(context_tokens=None) | Q(truncation="retention_ratio"),
                name="context_limit_only_with_a_share",
                violation_error_message="A limit of the context only works with a share that is kept.",
            ),
        ]
        permissions = [("publish_prompt", "Can publish a prompt version")]

    def __str__(self) -> str:
        return f"{self.assistant} v{self.number}"

    # Factories

    @classmethod
    def draft(cls, *, assistant: Assistant, **fields: Any) -> "PromptVersion":
        """A new draft with the assistant's next number."""
        last = cls.objects.filter(assistant=assistant).aggregate(last=models.Max("number"))["last"] or 0
        return cls.objects.create(assistant=assistant, number=last + 1, status=cls.Status.DRAFT, **fields)

    # Mutators

    def retire(self) -> bool:
        """Take a published version out of use; False when it was not published."""
        return bool(
            PromptVersion.objects.filter(pk=self.pk, status=self.Status.PUBLISHED).update(status=self.Status.RETIRED)
        )

    def mark_published(self, *, by: str, now: datetime) -> bool:
        """Put a draft or a retired version into use; False when it is in use already."""
        return bool(
            PromptVersion.objects.filter(pk=self.pk)
            .exclude(status=self.Status.PUBLISHED)
            .update(status=self.Status.PUBLISHED, published_at=now, published_by_ref=by)
        )


class ToolGrant(models.Model):
    """A tool this assistant may use."""

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="tool_grants")
    tool = models.CharField(max_length=60, choices=tool_choices)
    needs_approval = models.BooleanField(
        "a supervisor must approve", default=False, help_text="Each use waits until a supervisor has approved it."
    )
    patience_s = models.PositiveSmallIntegerField(
        "seconds to decide",
        default=PATIENCE_S,
        validators=[MinValueValidator(5), MaxValueValidator(600)],
        help_text="The caller is kept company for this long; what nobody has approved by then is refused.",
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["assistant", "tool"], name="tool_granted_once")]

    def __str__(self) -> str:
        return f"{self.assistant}: {self.tool}"

    # Queries

    @classmethod
    def patience(cls, *, assistant_id: int | None, tool: str) -> timedelta | None:
        """How long a use of this tool waits for a supervisor; None when it need not be approved."""
        grant = cls.objects.filter(assistant=assistant_id, tool=tool).first()
        spec = TOOLS.get(tool)
        if (spec is not None and spec.needs_approval) or (grant is not None and grant.needs_approval):
            return timedelta(seconds=PATIENCE_S if grant is None else grant.patience_s)
        return None
