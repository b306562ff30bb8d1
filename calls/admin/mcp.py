"""MCP servers and their tools in Django admin: read, looked at, approved; granted on the assistant's page."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from agents.models import McpServer, McpTool
from calls.tools.mcp import reading
from compliance import audit

_MOST_AT_ONCE = 50  # tools on one page of those to be approved: nobody reads more


class McpServerForm(forms.ModelForm):
    """A server whose secret is written once and never shown again."""

    secret = forms.CharField(
        required=False,
        max_length=2000,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"}),
        help_text="As the header has it: Bearer …. Nobody can read it again; empty: it stays as it is.",
    )
    forgets_secret = forms.BooleanField(
        label="without a secret", required=False, help_text="The secret that is kept is thrown away."
    )

    class Meta:
        model = McpServer
        fields = (
            *("name", "slug", "url", "is_active", "secret_header", "secret", "forgets_secret"),
            *("timeout_s", "sends_caller"),
        )

    def clean(self) -> dict[str, Any]:
        """Nothing written: what is kept stays, unless it is to be thrown away."""
        cleaned = super().clean() or {}
        if cleaned.get("forgets_secret"):
            cleaned["secret"] = ""
        elif not cleaned.get("secret"):
            cleaned["secret"] = self.instance.secret
        return cleaned


class McpToolInline(admin.TabularInline):
    """What it offers; looked at, and approved, on the tools' own page."""

    model = McpTool
    fields = readonly_fields = ("name", "state", "is_read_only", "description", "problem")
    ordering = ("name",)
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Servers offer tools; nobody else does."""
        return False


@admin.register(McpServer)
class McpServerAdmin(admin.ModelAdmin):
    """Servers of the Model Context Protocol whose tools assistants may be granted."""

    form = McpServerForm
    list_display = ("slug", "name", "url", "is_active", "read_at", "offers", "trouble")
    list_filter = ("is_active",)
    search_fields = ("slug", "name", "url")
    inlines = (McpToolInline,)
    actions = ("read_tools",)
    _read = ("read_at", "protocol", "tried_at", "trouble")
    fieldsets = (
        (None, {"fields": ("name", "slug", "url", "is_active")}),
        ("How it is asked", {"fields": ("secret_header", "secret", "forgets_secret", "timeout_s", "sends_caller")}),
        ("When its tools were last read", {"fields": _read}),
    )

    @admin.display(description="tools")
    def offers(self, server: McpServer) -> str:
        """How many there are, and how many somebody has to look at."""
        tools = [tool for tool in server.tools.all() if tool.is_listed]
        usable = sum(tool.is_usable for tool in tools)
        return f"{len(tools)}, {usable} in use"

    def get_queryset(self, request: HttpRequest) -> QuerySet[McpServer]:
        """With their tools, which are counted."""
        return super().get_queryset(request).prefetch_related("tools__server")

    def get_readonly_fields(self, request: HttpRequest, obj: McpServer | None = None) -> Any:
        """Tools are named by the short name, and granted by their names."""
        return self._read if obj is None else ("slug", *self._read)

    def save_model(self, request: HttpRequest, obj: McpServer, form: Any, change: bool) -> None:
        """Where callers' words may be sent is worth noting. Its tools are read as soon as that is written down."""
        super().save_model(request, obj, form, change)
        who, subject = request.user.get_username(), f"mcp_server:{obj.pk}"
        audit.note(act="change_mcp_server", subject=subject, by=who, now=timezone.now(), url=obj.url[:200])
        if obj.is_active:
            transaction.on_commit(partial(self._read_one, request, obj))

    @admin.action(description="Read its tools", permissions=["change"])
    def read_tools(self, request: HttpRequest, chosen: QuerySet[McpServer]) -> None:
        """Ask servers what they offer now."""
        for server in chosen:
            self._read_one(request, server)

    def _read_one(self, request: HttpRequest, server: McpServer) -> None:
        if trouble := reading.read(server=server, now=timezone.now()):
            messages.warning(request, f"{server}: {trouble}")
        waiting = sum(
            tool.is_listed and not tool.problem and not tool.is_usable for tool in server.tools.select_related("server")
        )
        if server.is_active and waiting:
            messages.success(request, f"{server}: {waiting} tools wait for your approval, under “MCP tools”.")
        elif not trouble:
            messages.success(request, f"{server}: its tools are as they were approved.")


@admin.register(McpTool)
class McpToolAdmin(admin.ModelAdmin):
    """What servers offer. Nothing of it is used before somebody has approved it, word for word."""

    list_display = ("name", "server", "state", "is_read_only", "risk", "description")
    list_filter = ("server", "is_listed", "is_read_only")
    search_fields = ("name", "original", "description")
    list_select_related = ("server",)
    actions = ("approve",)
    _said = ("server", "name", "original", "state", "description", "parameters", "is_read_only", "problem", "changes")
    _kept = ("seen_at", "approved_at", "approved_by_ref")
    readonly_fields = (*_said, *_kept)
    fieldsets = (
        ("What the server says of it", {"fields": _said}),
        ("How it is used", {"fields": ("risk", "filler")}),
        ("Since when", {"fields": _kept}),
    )

    @admin.display(description="not as it was approved")
    def changes(self, tool: McpTool) -> str:
        """What a server has changed since."""
        return "\n".join(f"{one.what}: {one.before} → {one.now}" for one in tool.differences) or "nothing"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Servers offer tools; nobody else does."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: McpTool | None = None) -> bool:
        """They go with their server."""
        return False

    def save_model(self, request: HttpRequest, obj: McpTool, form: Any, change: bool) -> None:
        """How dangerous a tool is held to be is worth noting; what was read meanwhile is left alone."""
        obj.save(update_fields=["risk", "filler"])
        who, subject = request.user.get_username(), f"mcp_tool:{obj.pk}"
        audit.note(act="change_mcp_tool", subject=subject, by=who, now=timezone.now(), risk=obj.risk)

    @admin.action(description="Look at them, and approve", permissions=["change"])
    def approve(self, request: HttpRequest, chosen: QuerySet[McpTool]) -> HttpResponse | None:
        """First a page with every word of theirs, then the approval of exactly those words."""
        tools = list(chosen.select_related("server").order_by("name")[:_MOST_AT_ONCE])
        if "confirmed" not in request.POST:
            context = {
                **self.admin_site.each_context(request),
                "title": "Tools to be approved",
                "opts": self.model._meta,
                "tools": tools,
                "action_name": ACTION_CHECKBOX_NAME,
            }
            return TemplateResponse(request, "admin/agents/mcptool/approve.html", context)
        who = request.user.get_username()
        for tool in tools:
            seen, now = request.POST.get(f"seen-{tool.pk}", ""), timezone.now()
            if tool.approve(fingerprint=seen, by=who, now=now):
                audit.note(act="approve_mcp_tool", subject=f"mcp_tool:{tool.pk}", by=who, now=now, offered=seen)
                messages.success(request, f"{tool} may be granted now, on an assistant's page.")
            elif tool.problem:
                messages.error(request, f"{tool} cannot be used: {tool.problem}")
            else:
                messages.error(request, f"{tool} is not what you have looked at any more. Look again.")
        return None
