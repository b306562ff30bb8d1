"""Agents, skills, queues, music and dispositions in Django admin."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile

from agents import music
from agents.models import Agent, Disposition, HoldMusic, Membership, Queue, Skill


class MembershipInline(admin.TabularInline):
    """For which queues an agent is rung, or who is rung for a queue."""

    model = Membership
    extra = 0
    autocomplete_fields = ("queue", "agent")


@admin.register(Skill)
class SkillAdmin(admin.ModelAdmin):
    """What agents can do."""

    search_fields = ("name",)


@admin.register(Agent)
class AgentAdmin(admin.ModelAdmin):
    """People who take calls, and where they are rung. What they do now is theirs to say, at their desk."""

    list_display = ("name", "department", "seat", "state", "state_since", "is_active")
    list_filter = ("department", "seat", "state", "is_active")
    search_fields = ("name", "user__email", "phone_e164")
    list_select_related = ("department",)
    autocomplete_fields = ("user", "department", "skills")
    readonly_fields = ("state", "state_since", "idle_since", "wrap_up_until")
    inlines = (MembershipInline,)


@admin.register(Queue)
class QueueAdmin(admin.ModelAdmin):
    """Lines in which callers wait."""

    list_display = ("name", "department", "ring_s", "max_wait_s", "overflow", "members", "is_active")
    list_filter = ("department", "overflow", "is_active")
    search_fields = ("name",)
    list_select_related = ("department",)
    autocomplete_fields = ("department", "skills", "overflow_queue", "music")
    prepopulated_fields = {"slug": ("name",)}
    inlines = (MembershipInline,)

    @admin.display(description="members")
    def members(self, queue: Queue) -> int:
        """How many agents are rung for it."""
        return queue.memberships.count()


class HoldMusicForm(forms.ModelForm):
    """An upload that is checked and made fit for the line before it is kept."""

    class Meta:
        model = HoldMusic
        fields = ("name", "audio", "licence")

    def clean_audio(self) -> Any:
        """Convert what was uploaded; say in words why it cannot be."""
        audio = self.cleaned_data["audio"]
        if not isinstance(audio, UploadedFile):
            return audio
        try:
            converted = music.convert(audio, size=audio.size or 0)
        except music.NotMusic as why:
            raise forms.ValidationError(str(why)) from why
        self.instance.duration_ms = converted.duration_ms
        stem = "".join(sign for sign in str(audio.name).rpartition(".")[0] if sign.isalnum() or sign in "-_")[:60]
        return ContentFile(converted.wav, name=f"{stem or 'music'}.wav")


@admin.register(HoldMusic)
class HoldMusicAdmin(admin.ModelAdmin):
    """What waiting callers hear."""

    form = HoldMusicForm
    list_display = ("name", "length", "licence")
    search_fields = ("name", "licence")

    @admin.display(description="length")
    def length(self, piece: HoldMusic) -> str:
        """As minutes and seconds."""
        return f"{piece.duration_ms // 60000}:{piece.duration_ms // 1000 % 60:02}"


@admin.register(Disposition)
class DispositionAdmin(admin.ModelAdmin):
    """Results of calls, in the words of the business."""

    list_display = ("name", "code", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "code")
    prepopulated_fields = {"code": ("name",)}
