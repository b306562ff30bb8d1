"""Documents of assistants in Django admin: uploaded or pasted, and shown as what is kept of them."""

import re
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils import timezone

from agents import knowledge
from agents.models import KnowledgeChunk, KnowledgeDocument

_MARKUP = re.compile(r"<(!doctype|html|head|body|div|p|h[1-6]|a|ul|table|script|span)\b", re.IGNORECASE)
_KINDS = {"pdf": "pdf", "html": "html", "htm": "html", "md": "markdown", "markdown": "markdown", "txt": "text"}


# What a piece is found by: when none of it has changed, its vectors need not be bought again.
_FOUND_BY = frozenset({"upload", "text", "title", "language"})


class _Text(forms.CharField):
    """Browsers end lines as they like: a text that nobody has touched is the same text."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")


class KnowledgeDocumentForm(forms.ModelForm):
    """A document: a file, or text that was pasted, also as the source of a page of the web."""

    upload = forms.FileField(
        required=False, label="file", help_text="PDF, HTML, Markdown or text, up to 10 MB. Replaces what is kept."
    )
    text = _Text(
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 24}),
        help_text="Or paste it here. Of a page of the web, scripts and hidden parts are left out.",
    )

    class Meta:
        model = KnowledgeDocument
        fields = ("assistant", "title", "language", "upload", "text", "source_url", "is_active")

    remarks: tuple[str, ...] = ()

    def clean(self) -> dict[str, Any]:
        """Read it, and say in words when nothing can be made of it."""
        cleaned: dict[str, Any] = super().clean() or {}
        upload, text = cleaned.get("upload"), cleaned.get("text", "")
        if self.errors or not (upload or self.instance.pk is None or "text" in self.changed_data):
            return cleaned
        if upload:
            ending = str(upload.name).rpartition(".")[2].lower()
            if (kind := _KINDS.get(ending)) is None:
                self.add_error("upload", "A file must end in .pdf, .html, .md or .txt.")
                return cleaned
            content = upload.read(knowledge.LARGEST + 1)
        else:
            kind, content = ("html" if _MARKUP.search(text) else "markdown"), text.encode("utf-8", "replace")
        try:
            found = knowledge.read(kind=kind, content=content)
        except knowledge.UnableToRead as problem:
            self.add_error("upload" if upload else "text", str(problem))
            return cleaned
        self.remarks, self.instance.kind = found.remarks, kind
        return cleaned | {"text": found.text}


class KnowledgeChunkInline(admin.TabularInline):
    """The pieces in which it is found."""

    model = KnowledgeChunk
    fields = readonly_fields = ("position", "heading", "text")
    ordering = ("position",)
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Pieces are cut from the text."""
        return False


@admin.register(KnowledgeDocument)
class KnowledgeDocumentAdmin(admin.ModelAdmin):
    """What assistants may look up."""

    form = KnowledgeDocumentForm
    list_display = ("title", "assistant", "kind", "language", "is_active", "added_at", "added_by_ref")
    list_filter = ("assistant", "kind", "is_active")
    search_fields = ("title", "text")
    list_select_related = ("assistant",)
    autocomplete_fields = ("assistant",)
    inlines = (KnowledgeChunkInline,)

    def save_model(self, request: HttpRequest, obj: KnowledgeDocument, form: Any, change: bool) -> None:
        """Keep it, cut it into pieces, and say what was left out."""
        if not change or {"upload", "text"} & set(form.changed_data):
            obj.added_at, obj.added_by_ref = timezone.now(), request.user.get_username()
        super().save_model(request, obj, form, change)
        if not change or _FOUND_BY & set(form.changed_data):
            messages.info(request, f"{obj} is found in {knowledge.index(obj)} pieces.")
        for remark in form.remarks:
            messages.warning(request, remark)
