"""How an assistant's ConversationRelay line is set: the carrier listens and speaks, the assistant reads and writes."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from agents import relay_rules
from agents.models.assistant import Assistant
from agents.relay_rules import INTERRUPTIBLE, SENSITIVITIES, TRANSCRIPTION_PROVIDERS, TTS_PROVIDERS

_INTERRUPTIBLE = [("none", "nothing"), ("dtmf", "keys"), ("speech", "speech"), ("any", "speech and keys")]
assert tuple(value for value, _ in _INTERRUPTIBLE) == INTERRUPTIBLE


def _same(values: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(value, value) for value in values]


class RelayLine(models.Model):
    """An assistant's text line, every attribute written down; whether it is used, the assistant's door says."""

    assistant = models.OneToOneField(Assistant, on_delete=models.CASCADE, related_name="relay_line")
    model = models.CharField(
        max_length=80, blank=True, help_text="The text model that answers; empty: OPENAI_TEXT_MODEL of the settings."
    )
    language = models.CharField(
        max_length=20, default="en-US", help_text="Heard and spoken: a tag such as en-US; multi: whichever comes."
    )
    tts_language = models.CharField("spoken language", max_length=20, blank=True, help_text="Empty: as above.")
    transcription_language = models.CharField("heard language", max_length=20, blank=True, help_text="Empty: as above.")
    tts_provider = models.CharField("spoken by", max_length=20, choices=_same(TTS_PROVIDERS), default="Google")
    voice = models.CharField(max_length=100, default="en-US-Journey-O", help_text="By the provider's own name.")
    transcription_provider = models.CharField(
        "heard by", max_length=20, choices=_same(TRANSCRIPTION_PROVIDERS), default="Deepgram"
    )
    speech_model = models.CharField(max_length=60, default="nova-3-general")
    hints = models.CharField(max_length=1000, blank=True, help_text="Words to expect, with commas.")
    interruptible = models.CharField(
        "interrupted by",
        max_length=8,
        choices=_INTERRUPTIBLE,
        default="any",
        help_text="What cuts the assistant short.",
    )
    greeting_interruptible = models.CharField(
        "greeting interrupted by", max_length=8, choices=_INTERRUPTIBLE, default="any"
    )
    interrupt_sensitivity = models.CharField(max_length=8, choices=_same(SENSITIVITIES), default="high")
    ignores_backchannels = models.BooleanField(
        default=True, help_text="Words that only say “I am listening” do not interrupt."
    )
    input_during_speech = models.CharField(
        "told during its speech",
        max_length=8,
        choices=_INTERRUPTIBLE,
        default="any",
        help_text="What the caller says or keys while the assistant speaks, and we are told of at once.",
    )
    speech_timeout_ms = models.PositiveSmallIntegerField(
        "pause after speech (ms)", null=True, blank=True, help_text="600 to 5000; empty: automatic."
    )
    eot_threshold = models.FloatField(
        "end-of-turn threshold",
        null=True,
        blank=True,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text="Of the speech model flux: 0.5 to 0.9.",
    )
    takes_keys = models.BooleanField(default=True, help_text="Off: a caller's keys are not known to us at all.")
    is_preemptible = models.BooleanField(default=False, help_text="A new answer replaces the one being spoken.")
    tells_partial_words = models.BooleanField(default=True, help_text="The caller's words are shown as they come.")
    filters_profanity = models.BooleanField(default=False)
    formats_smartly = models.BooleanField(default=True, help_text="Deepgram writes numbers and dates as people do.")

    def __str__(self) -> str:
        return f"text line of {self.assistant}"

    # Queries

    def settings(self, languages: "list[RelayLanguage] | None" = None) -> relay_rules.Line:
        """The line as the rules know it; `languages` in place of those that are saved."""
        if languages is None:
            languages = list(self.languages.order_by("code")) if self.pk else []
        names = [name for name in relay_rules.Line.__dataclass_fields__ if name != "languages"]
        return relay_rules.Line(
            **{name: getattr(self, name) for name in names},
            languages=tuple(language.settings() for language in languages),
        )


class RelayLanguage(models.Model):
    """A language that the line can be switched to, with the voice that speaks it."""

    line = models.ForeignKey(RelayLine, on_delete=models.CASCADE, related_name="languages")
    code = models.CharField(max_length=20, help_text="A tag such as es-US, or multi.")
    tts_provider = models.CharField("spoken by", max_length=20, choices=_same(TTS_PROVIDERS))
    voice = models.CharField(max_length=100)
    transcription_provider = models.CharField("heard by", max_length=20, choices=_same(TRANSCRIPTION_PROVIDERS))
    speech_model = models.CharField(max_length=60)
    hints = models.CharField(max_length=1000, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["line", "code"], name="relay_language_once_per_line")]

    def __str__(self) -> str:
        return self.code

    # Queries

    def settings(self) -> relay_rules.Language:
        """The language as the rules know it."""
        names = relay_rules.Language.__dataclass_fields__
        return relay_rules.Language(**{name: getattr(self, name) for name in names})
