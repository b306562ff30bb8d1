"""ConversationRelay lines in Django admin: every setting explicit, wrong combinations refused when they are saved."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone

from agents import relay_rules
from agents.models import RelayLanguage, RelayLine
from compliance import audit


class RelayLineForm(forms.ModelForm):
    """A line whose settings go together."""

    def clean(self) -> dict[str, Any]:
        """Hold the settings against the carrier's rules; languages are looked at with their own forms."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors:
            for name, value in cleaned.items():
                setattr(self.instance, name, value)
            for problem in relay_rules.problems(self.instance.settings(languages=[])):
                self.add_error(problem.field, problem.words)
        return cleaned


class RelayLanguageFormSet(forms.BaseInlineFormSet):
    """The languages of one line."""

    def clean(self) -> None:
        """Hold each language against the same rules."""
        super().clean()
        if any(self.errors):
            return
        kept = [form.instance for form in self.forms if form.has_changed() or form.instance.pk]
        gone = [form.instance for form in self.deleted_forms]
        languages = [language for language in kept if language not in gone]
        found = relay_rules.problems(self.instance.settings(languages=languages))
        words = [problem.words for problem in found if problem.field == "languages"]
        if words:
            raise ValidationError(words)


class RelayLanguageInline(admin.TabularInline):
    """Languages the line can be switched to."""

    model = RelayLanguage
    formset = RelayLanguageFormSet
    extra = 0


@admin.register(RelayLine)
class RelayLineAdmin(admin.ModelAdmin):
    """How assistants' text lines are set."""

    form = RelayLineForm
    inlines = (RelayLanguageInline,)
    list_display = ("assistant", "is_in_use", "language", "transcription_provider", "tts_provider", "voice")
    list_select_related = ("assistant",)
    search_fields = ("assistant__name",)
    autocomplete_fields = ("assistant",)
    fieldsets = (
        (None, {"fields": ("assistant", "model")}),
        ("Languages", {"fields": ("language", "transcription_language", "tts_language")}),
        (
            "How it listens",
            {
                "fields": (
                    *("transcription_provider", "speech_model", "hints", "speech_timeout_ms", "eot_threshold"),
                    *("takes_keys", "tells_partial_words", "filters_profanity", "formats_smartly"),
                )
            },
        ),
        ("How it speaks", {"fields": ("tts_provider", "voice", "is_preemptible")}),
        (
            "Interruptions",
            {
                "fields": (
                    *("interruptible", "greeting_interruptible", "interrupt_sensitivity", "ignores_backchannels"),
                    "input_during_speech",
                )
            },
        ),
    )

    @admin.display(boolean=True, description="in use")
    def is_in_use(self, line: RelayLine) -> bool:
        """Whether the assistant's calls come through it."""
        return line.assistant.door == line.assistant.Door.RELAY

    def save_model(self, request: HttpRequest, obj: RelayLine, form: Any, change: bool) -> None:
        """Who changes how callers are heard is worth noting."""
        super().save_model(request, obj, form, change)
        who, subject = request.user.get_username(), f"relay_line:{obj.pk}"
        audit.note(act="change_relay_line", subject=subject, by=who, now=timezone.now())
