"""An assistant, the versions of its prompt, and what it may do."""

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q

from agents import session_rules
from agents.models.http_tool import spec_of
from agents.models.queue import Queue
from agents.models.staff import Department
from agents.tool_specs import TOOLS, Risk

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

    class Objective(models.TextChoices):
        """What its calls are for; each has a starter prompt of its name in `agents/library`."""

        RECEPTION = "reception", "answer and help"
        LEAD_CAPTURE = "lead_capture", "take down who is interested in what"
        TRIAGE = "triage", "find out how urgent it is, and who must know"
        OVERFLOW = "overflow", "take over when nobody is free"
        QUALIFICATION = "qualification", "find out whether an offer fits"
        ROUTING = "routing", "put through to the right person"

    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    objective = models.CharField(max_length=16, choices=Objective, default=Objective.RECEPTION)
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
    canary_version = models.ForeignKey(
        "agents.PromptVersion",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="A version that is tried on a share of the callers.",
    )
    canary_share = models.PositiveSmallIntegerField(
        default=0, editable=False, validators=[MaxValueValidator(100)], help_text="How many in a hundred callers."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(canary_share__lte=100), name="a_share_is_of_a_hundred")]

    def __str__(self) -> str:
        return self.name

    # Mutators

    def begin_trial(self, version: "PromptVersion", *, share: int) -> bool:
        """Try a version on a share of the callers; False when another is on trial, or this one is in use."""
        free = Assistant.objects.filter(pk=self.pk).filter(Q(canary_version=None) | Q(canary_version=version))
        waiting = Q(status=PromptVersion.Status.DRAFT) | Q(status=PromptVersion.Status.RETIRED)
        tried = PromptVersion.objects.filter(waiting | Q(status=PromptVersion.Status.TRIAL), pk=version.pk)
        if not free.exists() or not tried.update(status=PromptVersion.Status.TRIAL):
            return False
        return bool(free.update(canary_version=version, canary_share=share))

    def end_trial(self) -> bool:
        """Nobody gets the version on trial any more, but for calls under way; False when there was none."""
        PromptVersion.objects.filter(assistant=self.pk, status=PromptVersion.Status.TRIAL).update(
            status=PromptVersion.Status.RETIRED
        )
        trials = Assistant.objects.filter(pk=self.pk).exclude(canary_version=None)
        return bool(trials.update(canary_version=None, canary_share=0))

    # Queries

    def published_version(self) -> "PromptVersion | None":
        """The one version that calls use; whether there are guardrails is asked with it, for a caller who waits."""
        has_any = models.Exists(self.guardrails.filter(is_active=True))
        live = self.versions.filter(status=PromptVersion.Status.PUBLISHED)
        return live.annotate(has_guardrails=has_any).first()


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

    class Truncation(models.TextChoices):
        """What the model forgets when a conversation outgrows it."""

        AUTO = "auto", "the oldest, as much as it must"
        RETENTION = "retention_ratio", "the oldest, down to a share"
        DISABLED = "disabled", "nothing: it fails instead"

    class LanguageMode(models.TextChoices):
        """Which languages it speaks."""

        ONE = "one", "its own only"
        MIRRORED = "mirrored", "whatever the caller speaks"
        SET = "set", "its own and those listed"

    assistant = models.ForeignKey(Assistant, on_delete=models.PROTECT, related_name="versions")
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
    truncation = models.CharField(max_length=16, choices=Truncation, default=Truncation.AUTO)
    retention_ratio = models.FloatField(
        default=0.8,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text="With “down to a share”: how much is kept. Less at once keeps the cache useful for longer.",
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
        if wrong := session_rules.problems({field.name: getattr(self, field.name) for field in self._meta.fields}):
            raise ValidationError({name: [words] for name, words in wrong.items()})

    # Factories

    @classmethod
    def draft(cls, *, assistant: Assistant, **fields: Any) -> "PromptVersion":
        """A new draft with the assistant's next number."""
        last = cls.objects.filter(assistant=assistant).aggregate(last=models.Max("number"))["last"] or 0
        return cls.objects.create(assistant=assistant, number=last + 1, status=cls.Status.DRAFT, **fields)

    # Mutators

    def write(self, *, revision: int, **fields: Any) -> bool:
        """Change a draft that nobody has changed since `revision`; False when somebody has, or it is no draft."""
        mine = PromptVersion.objects.filter(pk=self.pk, status=self.Status.DRAFT, revision=revision)
        return bool(mine.update(revision=revision + 1, **fields))

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
    tool = models.CharField(max_length=60)
    needs_approval = models.BooleanField(
        "a supervisor must approve", default=False, help_text="Each use waits until a supervisor has approved it."
    )
    patience_s = models.PositiveSmallIntegerField(
        "seconds to decide",
        default=PATIENCE_S,
        validators=[MinValueValidator(5), MaxValueValidator(600)],
        help_text="The caller is kept company for this long; what nobody has approved by then is refused.",
    )
    needs_yes = models.BooleanField(
        "the caller must say yes", default=False, help_text="Each use is read to the caller, who must agree first."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["assistant", "tool"], name="tool_granted_once")]

    def __str__(self) -> str:
        return f"{self.assistant}: {self.tool}"

    def clean(self) -> None:
        """Refuse a tool that is none."""
        if spec_of(self.tool) is None:
            raise ValidationError({"tool": "There is no such tool."})

    # Queries

    @classmethod
    def of(cls, *, assistant_id: int | None, tool: str) -> "ToolGrant | None":
        """This assistant's grant of this tool; None when it has none."""
        return cls.objects.filter(assistant=assistant_id, tool=tool).first()

    @classmethod
    def is_yes_needed(cls, *, assistant_id: int | None, tool: str) -> bool:
        """True when the caller must agree to each use of this tool."""
        grant, spec = cls.of(assistant_id=assistant_id, tool=tool), spec_of(tool)
        return (spec is not None and spec.risk is Risk.RISKY) or (grant is not None and grant.needs_yes)

    @classmethod
    def patience(cls, *, assistant_id: int | None, tool: str) -> timedelta | None:
        """How long a use of this tool waits for a supervisor; None when it need not be approved."""
        grant, spec = cls.of(assistant_id=assistant_id, tool=tool), spec_of(tool)
        if (spec is not None and spec.needs_approval) or (grant is not None and grant.needs_approval):
            return timedelta(seconds=PATIENCE_S if grant is None else grant.patience_s)
        return None
