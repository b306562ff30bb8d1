"""What a tool answers."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """Words for the model; `hang_up` asks that the call end once the caller has heard the goodbye.

    `leaves_line`: the carrier takes the call away for a while; what the model is told comes when it is back.
    `approval`: it waits for this decision of a supervisor, and what came of it is told later. `trouble` says to people
    what was wrong, `sources` what the answer is taken from; the model is told neither.
    """

    output: str
    is_error: bool = False
    hang_up: bool = False
    leaves_line: bool = False
    approval: int | None = None
    trouble: str = ""
    sources: list[dict[str, Any]] = field(default_factory=list)
