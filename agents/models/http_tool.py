"""Tools that an admin defines: a request over HTTP, with what the model may say in it and what must come back."""

import re
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from agents import json_shapes, prompt_text, web_addresses
from agents.models import tool_headers
from agents.models.mcp import McpTool
from agents.tool_specs import TOOLS, Risk, ToolSpec
from compliance.encrypted import EncryptedField

# Filled in from the arguments: https://api.example.com/orders/{order}.
IN_PATH = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def _no_arguments() -> dict[str, Any]:
    return {"type": "object", "properties": {}, "additionalProperties": False}


class HttpTool(models.Model):
    """A tool that asks a server of the business. Granted to assistants like any other."""

    class Method(models.TextChoices):
        """How the server is asked. GET sends the arguments in the address, the others as JSON."""

        GET = "GET"
        POST = "POST"
        PUT = "PUT"
        PATCH = "PATCH"
        DELETE = "DELETE"

    name = models.CharField(
        max_length=40,
        unique=True,
        validators=[RegexValidator(r"^[a-z][a-z0-9_]{2,39}\Z", "Small letters, digits and _; a letter first.")],
        help_text="What the model calls it: order_status.",
    )
    description = models.TextField(
        max_length=600, help_text="For the model: what it is for, and when to use it. It knows nothing else of it."
    )
    is_active = models.BooleanField(default=True, help_text="Off: no assistant has it, whatever was granted.")
    method = models.CharField(max_length=6, choices=Method, default=Method.GET)
    url = models.CharField(
        max_length=web_addresses.LONGEST_URL,
        help_text="https only. An argument in the path is written {order}; it must be among the arguments.",
    )
    parameters = models.JSONField(
        "arguments", default=_no_arguments, help_text="JSON schema of what the model says. Plain values, and lists."
    )
    answer_schema = models.JSONField(
        null=True, blank=True, help_text="JSON schema of the answer; what does not fit is not told. Empty: any JSON."
    )
    risk = models.CharField(
        max_length=8,
        choices=[(risk.value, risk.value) for risk in Risk],
        default=Risk.READ,
        help_text="reads: changes nothing. changes: is not done twice in a call. risky: also needs the caller's yes.",
    )
    filler = models.CharField(
        max_length=120, blank=True, help_text="What the assistant says while it waits: Let me look that up."
    )
    timeout_s = models.PositiveSmallIntegerField(
        "seconds to answer", default=5, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    retries = models.PositiveSmallIntegerField(
        default=1,
        validators=[MaxValueValidator(2)],
        help_text="How often it is asked again when it cannot be reached or is overloaded, within the time it has. "
        "Each try has the same Idempotency-Key.",
    )
    sends_caller = models.BooleanField(
        "sends who calls",
        default=False,
        help_text="The caller's number in the header X-Caller: from the telephone network, not from the conversation.",
    )
    signing_secret = EncryptedField(max_length=200, blank=True, editable=False)

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse what could never be asked, or checked."""
        problems: dict[str, str] = {}
        if self.name in TOOLS:
            problems["name"] = "A tool of our own has this name."
        elif McpTool.objects.filter(name=self.name).exists():
            problems["name"] = "A tool of an MCP server has this name."
        if problem := json_shapes.problem_with_schema(self.parameters, is_of_arguments=True):
            problems["parameters"] = problem
        if self.answer_schema and (problem := json_shapes.problem_with_schema(self.answer_schema)):
            problems["answer_schema"] = problem
        try:
            web_addresses.target(IN_PATH.sub("x", self.url or ""), allowed=settings.TOOL_ALLOWED_HOSTS)
        except web_addresses.Refused as refused:
            problems["url"] = str(refused)
        else:
            if "parameters" not in problems and (problem := self._problem_with_path()):
                problems["url"] = problem
        if problems:
            raise ValidationError(problems)

    def _problem_with_path(self) -> str:
        """What the path wants must be there each time."""
        required = self.parameters.get("required", [])
        missing = [name for name in IN_PATH.findall(self.url) if name not in required]
        is_before_path = bool(IN_PATH.search(self.url.partition("://")[2].partition("/")[0]))
        if is_before_path:
            return "An argument may stand in the path, never in the host."
        return f"“{missing[0]}” stands in the path, and must be a required argument." if missing else ""

    # Mutators

    def sign_with(self, secret: str) -> None:
        """Sign requests with this secret from now on."""
        HttpTool.objects.filter(pk=self.pk).update(signing_secret=secret)
        self.signing_secret = secret

    # Queries

    def spec(self) -> ToolSpec:
        """The tool as it is declared to the model."""
        return ToolSpec(
            self.name,
            self.description,
            {**self.parameters, "additionalProperties": False},
            risk=Risk(self.risk),
            filler=self.filler,
        )

    def secret_headers(self) -> Mapping[str, str]:
        """The headers that go with each request."""
        return {header.name: header.value for header in self.headers.order_by("pk")}

    def problem_as_look_up(self) -> str:
        """Why no variable of a prompt can be looked up with it, as the end of a sentence; empty when one can."""
        if self.risk != Risk.READ:
            return "it changes something, and look-ups only read"
        unfilled = [name for name in self.parameters.get("required", []) if not is_known_of_call(name)]
        return f"it needs “{unfilled[0]}”, which nobody knows before the caller says it" if unfilled else ""

    @classmethod
    def active(cls, name: str) -> "HttpTool | None":
        """The tool of this name, if it is in use."""
        return cls.objects.filter(name=name, is_active=True).first()


class HttpToolHeader(models.Model):
    """A header of a tool's requests, such as a key. Its value is encrypted, and shown to nobody again."""

    tool = models.ForeignKey(HttpTool, on_delete=models.CASCADE, related_name="headers")
    name = models.CharField(max_length=60, validators=[tool_headers.a_name])
    value = EncryptedField(max_length=2000, validators=[tool_headers.a_value])

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tool", "name"], name="tool_header_once")]

    def __str__(self) -> str:
        return f"{self.tool}: {self.name}"

    def clean(self) -> None:
        """Refuse what the request says by itself."""
        if self.name.lower() in tool_headers.OURS:
            raise ValidationError({"name": "This header is set by the request itself."})


def is_known_of_call(argument: str) -> bool:
    """True for an argument that is named like a variable of the call, and so can be filled in without the model."""
    return argument in prompt_text.OF_CALL or argument.startswith(prompt_text.FROM_CONTACT)
