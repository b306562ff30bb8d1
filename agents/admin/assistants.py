"""Assistants, departments and the transfer directory in Django admin."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.validators import RegexValidator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from agents import prompt_lint, prompts
from agents.models import (
    Assistant,
    Department,
    FactToCollect,
    Guardrail,
    KeyBinding,
    PromptVersion,
    RelayLine,
    SecureField,
    ToolGrant,
    TransferDestination,
)
from agents.models.keys import LONGEST_SECRET
from agents.models.known_tools import grantable
from agents.tool_specs import TOOLS
from compliance import audit


@admin.register(Department)
class DepartmentAdmin(admin.ModelAdmin):
    """Parts of the business."""

    list_display = ("name", "description")
    search_fields = ("name", "description")
    prepopulated_fields = {"slug": ("name",)}


@admin.register(TransferDestination)
class TransferDestinationAdmin(admin.ModelAdmin):
    """Where callers may be handed to outside the house; nowhere else are they connected."""

    list_display = ("name", "address", "department", "is_allowed", "lines")
    list_filter = ("is_allowed", "department")
    search_fields = ("name", "address")
    list_select_related = ("department",)
    autocomplete_fields = ("department",)

    def save_model(self, request: HttpRequest, obj: TransferDestination, form: Any, change: bool) -> None:
        """Who may be rung on callers' behalf is worth noting."""
        super().save_model(request, obj, form, change)
        who, subject = request.user.get_username(), f"transfer_destination:{obj.pk}"
        audit.note(act="change_destination", subject=subject, by=who, now=timezone.now(), is_allowed=obj.is_allowed)


class ToolGrantForm(forms.ModelForm):
    """A tool there is: ours, one that is defined under “HTTP tools”, or one of an MCP server that was approved."""

    tool = forms.ChoiceField(choices=lambda: list(grantable().items()))


class ToolGrantInline(admin.TabularInline):
    """What the assistant may do."""

    model = ToolGrant
    form = ToolGrantForm
    extra = 0


class FactInline(admin.TabularInline):
    """What the assistant is to find out."""

    model = FactToCollect
    extra = 0


class KeyBindingForm(forms.ModelForm):
    """A key, and one of the tools that a key can use."""

    tool = forms.ChoiceField(choices=[(name, name) for name, spec in TOOLS.items() if not spec.is_of_line])


class KeyBindingInline(admin.TabularInline):
    """Keys that act by themselves."""

    model = KeyBinding
    form = KeyBindingForm
    extra = 0


class GuardrailInline(admin.StackedInline):
    """Rules that the server keeps on its calls."""

    model = Guardrail
    extra = 0


class PromptVersionInline(admin.TabularInline):
    """The assistant's versions; written and read on their own page."""

    model = PromptVersion
    fields = readonly_fields = ("number", "status", "note", "published_at", "published_by_ref")
    ordering = ("-number",)
    extra = 0
    show_change_link = True
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Drafts are begun on their own page."""
        return False


class AssistantForm(forms.ModelForm):
    """An assistant, whose door must be one that opens."""

    def clean_door(self) -> str:
        """A line of text has to be set up before callers are sent to it."""
        door: str = self.cleaned_data["door"]
        if door == Assistant.Door.RELAY and not RelayLine.objects.filter(assistant=self.instance.pk).exists():
            raise forms.ValidationError(
                "This assistant has no ConversationRelay line yet. Save it with Media Streams, add its line under "
                "“Relay lines”, then choose ConversationRelay here."
            )
        return door


@admin.register(Assistant)
class AssistantAdmin(admin.ModelAdmin):
    """The AI parties."""

    form = AssistantForm
    list_display = ("name", "department", "business_name", "is_active", "live_version")
    list_filter = ("department", "is_active")
    search_fields = ("name", "business_name")
    list_select_related = ("department",)
    autocomplete_fields = ("department", "queue")
    prepopulated_fields = {"slug": ("name",)}
    inlines = (ToolGrantInline, FactInline, KeyBindingInline, GuardrailInline, PromptVersionInline)
    actions = ("begin_starter",)

    @admin.display(description="live version")
    def live_version(self, assistant: Assistant) -> str:
        """The version that calls use now."""
        version = assistant.published_version()
        return f"v{version.number}" if version else "none: callers cannot be answered"

    @admin.action(description="Begin a draft from the objective's starter prompt", permissions=["change"])
    def begin_starter(self, request: HttpRequest, chosen: QuerySet[Assistant]) -> None:
        """A prompt to begin from, as the objective wants it."""
        for assistant in chosen:
            draft = prompts.draft_from_starter(assistant=assistant)
            messages.success(request, f"{draft} is a draft now: {assistant.get_objective_display()}.")


class SecureFieldForm(forms.ModelForm):
    """A secret's settings. The digits that are right are taken once and kept as a salted hash."""

    right_digits = forms.CharField(
        required=False,
        max_length=LONGEST_SECRET,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password", "inputmode": "numeric"}),
        validators=[RegexValidator(r"^\d+$", "Digits only.")],
        help_text="For a secret that is the same for everybody. Nobody can read it again; empty: it stays as it is.",
    )

    class Meta:
        model = SecureField
        fields = (
            *("assistant", "name", "label", "kind", "is_active"),
            *("currency", "most_micros", "description", "token_type", "asks_security_code", "asks_postal_code"),
            *("min_digits", "max_digits", "check_by", "prompt", "timeout_s", "tries"),
        )

    def clean_right_digits(self) -> str:
        """They must be known before the rest is looked at."""
        digits: str = self.cleaned_data["right_digits"]
        if digits:
            self.instance.set_secret(digits)
        return digits


@admin.register(SecureField)
class SecureFieldAdmin(admin.ModelAdmin):
    """What callers may key in to the carrier and nobody else."""

    form = SecureFieldForm
    list_display = ("name", "assistant", "label", "kind", "check_by", "is_active")
    list_filter = ("kind", "is_active", "assistant")
    search_fields = ("name", "label", "assistant__name")
    list_select_related = ("assistant",)
    autocomplete_fields = ("assistant",)
    fieldsets = (
        (None, {"fields": ("assistant", "name", "label", "kind", "is_active")}),
        (
            "Cards",
            {
                "fields": (
                    "currency",
                    "most_micros",
                    "description",
                    "token_type",
                    "asks_security_code",
                    "asks_postal_code",
                )
            },
        ),
        (
            "PINs and other digits",
            {"fields": ("min_digits", "max_digits", "check_by", "right_digits", "prompt", "timeout_s", "tries")},
        ),
    )


@admin.register(PromptVersion)
class PromptVersionAdmin(admin.ModelAdmin):
    """Prompt versions: a draft can be edited, what was ever published cannot."""

    list_display = ("assistant", "number", "status", "note", "model", "voice", "published_at", "published_by_ref")
    list_filter = ("status", "assistant")
    search_fields = ("assistant__name", "note", "instructions")
    list_select_related = ("assistant",)
    autocomplete_fields = ("assistant",)
    actions = ("publish", "begin_draft")
    ordering = ("assistant", "-number")
    _given = ("number", "status", "published_at", "published_by_ref", "created_at")
    fieldsets = (
        (None, {"fields": ("assistant", "number", "status", "note")}),
        (
            "What it says",
            {
                "fields": (
                    *("instructions", "own_variables", "greeting", "is_greeting_interruptible"),
                    *("language", "language_mode", "other_languages"),
                    *("stored_prompt_id", "stored_prompt_version", "stored_prompt_variables"),
                )
            },
        ),
        (
            "How it listens",
            {
                "fields": (
                    "is_keypad_told",
                    "silence_prompt_s",
                    "max_call_s",
                    "barge_in_ms",
                    "backchannel_words",
                    "turn_detection",
                    "vad_threshold",
                    "prefix_padding_ms",
                    "silence_duration_ms",
                    "eagerness",
                )
            },
        ),
        (
            "Model",
            {
                "fields": (
                    *("model", "voice", "speed", "transcription_model", "noise_reduction", "model_audio"),
                    "max_output_tokens",
                )
            },
        ),
        (
            "What it remembers, and what that costs",
            {"fields": ("truncation", "retention_ratio", "context_tokens", "is_old_sound_replaced")},
        ),
        ("History", {"fields": ("created_at", "published_at", "published_by_ref")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: PromptVersion | None = None) -> Any:
        """Everything, once it was published."""
        if obj is not None and obj.status != PromptVersion.Status.DRAFT:
            return [field.name for field in PromptVersion._meta.fields if field.name != "id"]
        return [*self._given, "assistant"] if obj is not None else self._given

    def save_model(self, request: HttpRequest, obj: PromptVersion, form: Any, change: bool) -> None:
        """A new version gets its assistant's next number."""
        if not change:
            values = {name: getattr(obj, name) for name in form.cleaned_data if name != "assistant"}
            obj.pk = PromptVersion.draft(assistant=obj.assistant, **values).pk
            obj.refresh_from_db()
        elif obj.status == PromptVersion.Status.DRAFT:
            super().save_model(request, obj, form, change)
        for one in prompt_lint.errors(prompts.findings(obj)):
            messages.warning(request, f"{one.words} It cannot be published like this.")

    def has_delete_permission(self, request: HttpRequest, obj: PromptVersion | None = None) -> bool:
        """Only drafts can be thrown away."""
        return super().has_delete_permission(request, obj) and (obj is None or obj.status == PromptVersion.Status.DRAFT)

    @admin.action(description="Publish: new calls use this version", permissions=["publish"])
    def publish(self, request: HttpRequest, chosen: QuerySet[PromptVersion]) -> None:
        """Put one version per assistant into use; also rolls back to an old one."""
        for version in chosen.select_related("assistant"):
            try:
                prompts.publish(version=version, by=request.user.get_username(), now=timezone.now())
            except prompts.UnableToPublish as problem:
                messages.error(request, f"{version}: {problem}")
            else:
                messages.success(request, f"{version} is live. Calls in progress keep the version they began with.")

    @admin.action(description="Begin a draft from this version", permissions=["add"])
    def begin_draft(self, request: HttpRequest, chosen: QuerySet[PromptVersion]) -> None:
        """Copy a version into a new draft."""
        for version in chosen.select_related("assistant"):
            draft = prompts.copy_to_draft(version=version)
            messages.success(request, f"{draft} is a draft now, copied from v{version.number}.")

    def has_publish_permission(self, request: HttpRequest) -> bool:
        """Who may put a version into use."""
        return request.user.has_perm("agents.publish_prompt")
