"""Servers of the Model Context Protocol, and the tools they offer: what was read, what was approved, what is used.

A server may change what it says of its tools at any time. So what a model is told is what somebody has approved, and a
tool that is not as it was approved is not used until somebody has looked at the difference.
"""

import hashlib
import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models, transaction

from agents import mcp_offers, web_addresses
from agents.mcp_offers import Difference, Offer
from agents.models import tool_headers
from agents.tool_specs import Risk, ToolSpec
from compliance.encrypted import EncryptedField

# What the protocol says by itself, in headers.
_OF_PROTOCOL = frozenset({
    "accept", "mcp-session-id", "mcp-protocol-version", "mcp-method", "mcp-name", "last-event-id",
})  # fmt: skip


def _no_arguments() -> dict[str, Any]:
    return {"type": "object", "properties": {}}


class McpServer(models.Model):
    """A server whose tools assistants may be granted, one by one."""

    slug = models.CharField(
        "short name",
        max_length=20,
        unique=True,
        validators=[RegexValidator(r"^[a-z][a-z0-9]{1,19}\Z", "Small letters and digits; a letter first.")],
        help_text="Stands before the names of its tools: crm makes crm_find_contact. It stays as it is.",
    )
    name = models.CharField(max_length=80)
    is_active = models.BooleanField(default=True, help_text="Off: no assistant has its tools, whatever was granted.")
    url = models.CharField(
        "address", max_length=web_addresses.LONGEST_URL, help_text="Of its one endpoint, https only: …/mcp."
    )
    secret_header = models.CharField(
        max_length=60,
        default="Authorization",
        validators=[tool_headers.a_name],
        help_text="The header in which the secret goes with each request.",
    )
    secret = EncryptedField(max_length=2000, blank=True, validators=[tool_headers.a_value])
    timeout_s = models.PositiveSmallIntegerField(
        "seconds to answer",
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(5)],
        help_text="For one use of a tool, with everything that belongs to it.",
    )
    sends_caller = models.BooleanField(
        "sends who calls",
        default=False,
        help_text="The caller's number in the header X-Caller: from the telephone network, not from the conversation.",
    )
    protocol = models.CharField(
        max_length=20, blank=True, editable=False, help_text="The version that was agreed upon at the last reading."
    )
    tried_at = models.DateTimeField(null=True, blank=True, editable=False)
    read_at = models.DateTimeField("tools read at", null=True, blank=True, editable=False)
    trouble = models.CharField(
        max_length=300, blank=True, editable=False, help_text="What was wrong when its tools were last asked for."
    )

    class Meta:
        verbose_name = "MCP server"

    def __str__(self) -> str:
        return self.slug

    def clean(self) -> None:
        """Refuse what could never be asked."""
        problems: dict[str, str] = {}
        if self.secret_header.lower() in tool_headers.OURS | _OF_PROTOCOL:
            problems["secret_header"] = "This header is set by the request itself."
        try:
            web_addresses.target(self.url or "", allowed=settings.TOOL_ALLOWED_HOSTS)
        except web_addresses.Refused as refused:
            problems["url"] = str(refused)
        if problems:
            raise ValidationError(problems)

    # Mutators

    def note_trouble(self, trouble: str, *, now: datetime) -> None:
        """Its tools could not be read. What was read before, and approved, stays in use."""
        self.trouble, self.tried_at = trouble[:300], now
        self.save(update_fields=["trouble", "tried_at"])

    def keep(self, offers: Sequence[Offer], *, protocol: str, trouble: str, now: datetime) -> None:
        """Its tools were read: these, and no others. `trouble` is what was wrong with the list all the same."""
        with transaction.atomic():
            known = {tool.original: tool for tool in self.tools.select_for_update()}
            owners = {tool.name: tool.original for tool in known.values()}
            for offer in offers:
                if owners.get(offer.name, offer.original) != offer.original:
                    continue  # a name that was made to look like that of another tool
                tool = known.pop(offer.original, None) or McpTool(server=self, original=offer.original)
                tool.take(offer, now=now)
            for gone in known.values():
                gone.lose()
            self.protocol, self.trouble, self.tried_at, self.read_at = protocol, trouble[:300], now, now
            self.save(update_fields=["protocol", "trouble", "tried_at", "read_at"])


class McpTool(models.Model):
    """A tool of a server, as it was read last, and as it was approved."""

    server = models.ForeignKey(McpServer, on_delete=models.CASCADE, related_name="tools")
    original = models.CharField("name at the server", max_length=mcp_offers.LONGEST_ORIGINAL, editable=False)
    name = models.CharField(max_length=mcp_offers.LONGEST_NAME, unique=True, editable=False)
    description = models.TextField(max_length=mcp_offers.LONGEST_DESCRIPTION, blank=True, editable=False)
    parameters = models.JSONField("arguments", default=_no_arguments, editable=False)
    is_read_only = models.BooleanField("changes nothing, it says", default=False, editable=False)
    problem = models.CharField(
        max_length=200, blank=True, editable=False, help_text="Why it cannot be used here; empty when it can."
    )
    is_listed = models.BooleanField("still offered", default=True, editable=False)
    seen_at = models.DateTimeField("last read at", editable=False)
    risk = models.CharField(
        max_length=8,
        choices=[(risk.value, risk.value) for risk in Risk],
        default=Risk.RISKY,
        help_text="reads: changes nothing. changes: is not done twice in a call. risky: also needs the caller's yes.",
    )
    filler = models.CharField(
        max_length=120, blank=True, help_text="What the assistant says while it waits: Let me look that up."
    )
    approved = models.JSONField(null=True, blank=True, editable=False, help_text="What was offered then.")
    approved_at = models.DateTimeField(null=True, blank=True, editable=False)
    approved_by_ref = models.CharField("approved by", max_length=200, blank=True, editable=False)

    class Meta:
        verbose_name = "MCP tool"
        constraints = [models.UniqueConstraint(fields=["server", "original"], name="mcp_tool_once")]

    def __str__(self) -> str:
        return self.name

    # What it says of itself

    @property
    def offered(self) -> dict[str, Any]:
        """All that a model, or whoever approves it, learns of it."""
        return {"description": self.description, "parameters": self.parameters, "is_read_only": self.is_read_only}

    @property
    def fingerprint(self) -> str:
        """Changes whenever something of what is offered does."""
        return hashlib.sha256(json.dumps(self.offered, sort_keys=True).encode()).hexdigest()[:32]

    @property
    def parameters_text(self) -> str:
        """Its arguments, for a reader."""
        return json.dumps(self.parameters, ensure_ascii=False, indent=2, sort_keys=True)

    @property
    def is_usable(self) -> bool:
        """True when it is offered as it was approved, by a server that is in use."""
        is_as_approved = self.approved is not None and self.approved == self.offered
        return self.server.is_active and self.is_listed and not self.problem and is_as_approved

    @property
    def state(self) -> str:
        """In a word or two, for an admin."""
        if not self.is_listed:
            return "not offered any more"
        if self.problem:
            return "cannot be used"
        if self.approved is None:
            return "new: not approved"
        if self.approved != self.offered:
            return "changed: approve it anew"
        return "approved" if self.server.is_active else "server is off"

    @property
    def differences(self) -> list[Difference]:
        """What is not as it was approved; nothing for a tool that nobody has approved yet."""
        return [] if self.approved is None else mcp_offers.differences(self.approved, self.offered)

    # Mutators

    def take(self, offer: Offer, *, now: datetime) -> None:
        """It is offered like this now. One that does not say any more that it changes nothing is risky from now on."""
        is_new = self.pk is None
        if is_new:
            self.risk = Risk.READ if offer.is_read_only else Risk.RISKY
        elif self.is_read_only and not offer.is_read_only:
            self.risk = Risk.RISKY
        self.name, self.description, self.parameters = offer.name, offer.description, offer.parameters
        self.is_read_only, self.problem = offer.is_read_only, offer.problem
        self.is_listed, self.seen_at = True, now
        self.save()

    def lose(self) -> None:
        """It is not offered any more. One that nobody has approved is forgotten."""
        if self.approved is None:
            self.delete()
        elif self.is_listed:
            self.is_listed = False
            self.save(update_fields=["is_listed"])

    def approve(self, *, fingerprint: str, by: str, now: datetime) -> bool:
        """Use it as it is offered now; False when that is not what `fingerprint` was taken of, or cannot be used."""
        with transaction.atomic():
            current = McpTool.objects.select_for_update(of=("self",)).select_related("server").get(pk=self.pk)
            if current.problem or not current.is_listed or current.fingerprint != fingerprint:
                return False
            current.approved, current.approved_at, current.approved_by_ref = current.offered, now, by
            current.save(update_fields=["approved", "approved_at", "approved_by_ref"])
        return True

    # Queries

    def spec(self) -> ToolSpec:
        """The tool as it is declared to the model: in the words that were approved."""
        approved = self.approved or self.offered
        return ToolSpec(
            self.name,
            approved["description"],
            {**approved["parameters"], "additionalProperties": False},
            risk=Risk(self.risk),
            filler=self.filler,
        )

    @classmethod
    def usable(cls, name: str) -> "McpTool | None":
        """The tool of this name, if it may be used now."""
        tool = cls.objects.select_related("server").filter(name=name).first()
        return tool if tool is not None and tool.is_usable else None

    @classmethod
    def all_usable(cls, names: Collection[str]) -> "list[McpTool]":
        """Those of these tools that may be used now."""
        named = cls.objects.select_related("server").filter(name__in=names)
        approved = named.filter(approved__isnull=False, server__is_active=True)
        return [tool for tool in approved.order_by("name") if tool.is_usable]
