"""An assistant: whom it speaks for, by which line its callers come, and which version is tried on some of them."""

from collections.abc import Callable

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q

from agents.models.prompt_version import PromptVersion
from agents.models.queue import Queue
from agents.models.staff import Department
from compliance.statements import EXAMPLE_KEY, Question


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

    def begin_trial(self, version: PromptVersion, *, share: int) -> bool:
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

    def published_version(self) -> PromptVersion | None:
        """The one version that calls use; whether there are guardrails is asked with it, for a caller who waits."""
        return self.ask_published_version()()

    def ask_published_version(self) -> "Callable[[], PromptVersion | None]":
        """The same, on its way: what is answered reads it."""
        asked = _PUBLISHED.ask(assistant=self.pk)

        def read() -> PromptVersion | None:
            live = asked.first()
            if live is not None:
                live.assistant = self
            return live

        return read


def _published(assistant: int) -> "models.QuerySet[PromptVersion]":
    guarded = Assistant.objects.filter(pk=models.OuterRef("assistant"), guardrails__is_active=True)
    live = PromptVersion.objects.filter(assistant=assistant, status=PromptVersion.Status.PUBLISHED)
    return live.annotate(has_guardrails=models.Exists(guarded))[:1]


_PUBLISHED = Question(_published, assistant=EXAMPLE_KEY)
