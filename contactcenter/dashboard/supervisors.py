"""What supervisors see of their own work: tools that wait for them, and what they have told the assistant."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agents.models.known_tools import spec_of
from calls.models import CallEvent, ToolApproval


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a tool that waits; `choices` empty: any text."""

    field: str
    name: str
    value: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A tool that waits for a supervisor."""

    approval: ToolApproval
    arguments: tuple[Argument, ...]

    @property
    def brief(self) -> str:
        """The arguments in a line: `$40, order 441`."""
        return ", ".join(f"{argument.name} {argument.value}" for argument in self.arguments if argument.value)


def waiting(approval: ToolApproval) -> Waiting:
    """A tool that waits, with a field for each of its arguments."""
    spec, wanted = spec_of(approval.tool), approval.arguments
    names = dict.fromkeys([*(spec.arguments() if spec is not None else ()), *wanted])
    return Waiting(
        approval,
        tuple(
            Argument(_field(approval.pk, name), name, str(wanted.get(name, "")), spec.choices(name) if spec else ())
            for name in names
        ),
    )


def edited(approval: ToolApproval, form: Mapping[str, str]) -> dict[str, str] | None:
    """The arguments as a supervisor has left them in the fields; None where the form had none."""
    fields = {argument.name: argument.field for argument in waiting(approval).arguments}
    found = {name: form[field].strip() for name, field in fields.items() if field in form}
    return found or None


def _field(approval_id: int, name: str) -> str:
    return f"argument-{approval_id}-{name}"


def heard(events: Iterable[CallEvent]) -> set[str]:
    """What the assistant is known to have been told, by reference."""
    return {str(event.data.get("ref")) for event in events if event.kind == "supervisor_heard"}
