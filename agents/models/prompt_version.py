"""The versions of an assistant's prompt, with the settings of its session: written, tried, published, retired."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q

from agents import session_rules


class PromptVersion(models.Model):
    """One numbered version of an assistant's prompt and session settings; unchangeable once published."""

    class Status(models.TextChoices):
        """A version's life: written as a draft, tried on a share of calls, published (one at a time), retired."""

        DRAFT = "draft"
        TRIAL = "trial"
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

    class NoiseReduction(models.TextChoices):
        """What is taken out of the caller's sound before the model hears it."""

        NONE = "", "nothing"
        NEAR_FIELD = "near_field", "for a telephone at the ear"
        FAR_FIELD = "far_field", "for a speakerphone"

    class LanguageMode(models.TextChoices):
        """Which languages it speaks."""

        ONE = "one", "its own only"
        MIRRORED = "mirrored", "whatever the caller speaks"
        SET = "set", "its own and those listed"

    class Truncation(models.TextChoices):
        """What the model forgets when a conversation outgrows its context."""

        AUTO = "auto", "the oldest words, a few at a time"
        RETENTION_RATIO = "retention_ratio", "a share at once, so that its cache stays valid for longer"
        DISABLED = "disabled", "nothing: an answer fails instead"

    assistant = models.ForeignKey("agents.Assistant", on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=12, choices=Status, default=Status.DRAFT)
    note = models.CharField(max_length=200, blank=True, help_text="What changed, for colleagues.")
    instructions = models.TextField(
        blank=True,
        help_text="The prompt. Variables: {{business}}, {{department}}, {{contact}} and others, see /prompts/. A "
        "version with sections has its instructions made of them.",
    )
    sections = models.JSONField(default=list, blank=True, editable=False)
    own_variables = models.JSONField(
        default=dict, blank=True, help_text="Variables of this version's own, by name: texts, which may hold others."
    )
    stored_prompt_id = models.CharField(
        max_length=80,
        blank=True,
        validators=[RegexValidator(r"^pmpt_[A-Za-z0-9_-]+$", "It begins with pmpt_.")],
        help_text="A prompt stored at OpenAI that is used instead. Leave the instructions empty then.",
    )
    stored_prompt_version = models.CharField(
        max_length=20, blank=True, help_text="Which of its versions; empty: the one that is current there."
    )
    stored_prompt_variables = models.JSONField(
        default=dict, blank=True, help_text="Its variables, by name: texts, which may hold ours in double braces."
    )
    revision = models.PositiveIntegerField(default=0, editable=False)
    written_from = models.CharField(
        max_length=32, blank=True, editable=False, help_text="Which opened page has written it last."
    )
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
    language_mode = models.CharField(max_length=8, choices=LanguageMode, default=LanguageMode.ONE)
    other_languages = models.CharField(
        max_length=120,
        blank=True,
        help_text="With “those listed”: codes with commas, as es, pt-BR: coral, where one has a voice.",
    )
    transcription_model = models.CharField(max_length=80, default="gpt-4o-transcribe")
    noise_reduction = models.CharField(max_length=12, choices=NoiseReduction, default=NoiseReduction.NONE, blank=True)
    speed = models.FloatField(
        default=1.0,
        validators=[MinValueValidator(0.25), MaxValueValidator(1.5)],
        help_text="How fast it speaks: 0.25 to 1.5.",
    )
    max_output_tokens = models.PositiveIntegerField(
        default=0, validators=[MaxValueValidator(4096)], help_text="The longest answer, in tokens; 0: no limit."
    )
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
            models.UniqueConstraint(
                fields=["assistant"], condition=Q(status="trial"), name="one_version_on_trial_per_assistant"
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

    @property
    def is_draft(self) -> bool:
        """True while it may be changed: nothing has ever been said with it but in test calls."""
        return self.status == self.Status.DRAFT

    def clean(self) -> None:
        """What the model's API would refuse is refused here."""
        self.own_variables = self.own_variables or {}  # a form that was emptied holds None
        self.stored_prompt_variables = self.stored_prompt_variables or {}
        # Browsers end lines as they like: the same words are the same text.
        self.instructions, self.greeting = (text.replace("\r\n", "\n") for text in (self.instructions, self.greeting))
        if wrong := session_rules.problems({field.name: getattr(self, field.name) for field in self._meta.fields}):
            raise ValidationError({name: [words] for name, words in wrong.items()})

    # Factories

    @classmethod
    def draft(cls, *, assistant: models.Model, **fields: Any) -> "PromptVersion":
        """A new draft with the assistant's next number."""
        last = cls.objects.filter(assistant=assistant).aggregate(last=models.Max("number"))["last"] or 0
        return cls.objects.create(assistant=assistant, number=last + 1, status=cls.Status.DRAFT, **fields)

    # Mutators

    def write(self, *, revision: int, page: str = "", **fields: Any) -> bool:
        """Change a draft that nobody has changed since `revision`; False when somebody has, or it is no draft.

        Nobody else has where this very `page` has written it last: its answer was lost on the way, or is on it.
        """
        unchanged = Q(revision=revision)
        if page:
            unchanged |= Q(written_from=page)
        mine = PromptVersion.objects.filter(unchanged, pk=self.pk, status=self.Status.DRAFT)
        if not mine.update(revision=models.F("revision") + 1, written_from=page, **fields):
            return False
        self.refresh_from_db(fields=["revision", "written_from"])
        return True

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
