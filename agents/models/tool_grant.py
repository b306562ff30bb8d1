"""What an assistant may do: its tools, and who must agree before one is used."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from agents.models.known_tools import grantable, spec_of
from agents.tool_specs import Risk

# A caller waits so long for a supervisor's decision, unless a grant says otherwise.
PATIENCE_S = 60


class ToolGrant(models.Model):
    """A tool this assistant may use."""

    assistant = models.ForeignKey("agents.Assistant", on_delete=models.CASCADE, related_name="tool_grants")
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
        if self.tool not in grantable():
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
