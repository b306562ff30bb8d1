"""What a tool answers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """Words for the model; `hang_up` asks that the call end once the caller has heard the goodbye.

    `approval`: it waits for this decision of a supervisor, and what came of it is told later.
    """

    output: str
    is_error: bool = False
    hang_up: bool = False
    approval: int | None = None
