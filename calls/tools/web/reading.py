"""What a server has answered, in words for the model, and in words for people when it is of no use."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from agents import json_shapes
from calls.tools.answer import UNTELLABLE, quoted
from calls.tools.web.client import Reply

_LONGEST_VALUE = 200  # characters of one value in a prompt


@dataclass(frozen=True, slots=True)
class Read:
    """What is told of an answer; `trouble` is for people, and empty when there is none."""

    words: str
    trouble: str = ""


def read(reply: Reply, *, schema: Mapping[str, Any] | None) -> Read:
    """An answer, told. Only JSON of the shape that was agreed upon reaches the model."""
    if reply.status >= 400:
        return _refused(reply)
    if not reply.body.strip() and schema is None:
        return Read("It is done. The server had nothing to say.")
    value, problem = _parsed(reply, schema)
    if problem:
        return _useless(problem)
    return Read(quoted(json.dumps(value, ensure_ascii=False, separators=(", ", ": "))))


def values(reply: Reply, *, schema: Mapping[str, Any] | None, places: Iterable[str]) -> tuple[dict[str, str], str]:
    """The plain values at these places of an answer (`address.city`), as short texts of one line; and what was wrong.

    What is not there, or is no plain value, is left out.
    """
    if reply.status >= 400:
        return {}, _status(reply)
    value, problem = _parsed(reply, schema)
    if problem:
        return {}, f"The server answered with {problem}."
    found = {place: _plain_at(value, place.split(".")) for place in places}
    return {place: text for place, text in found.items() if text}, ""


def _plain_at(value: Any, path: list[str]) -> str:
    for step in path:
        if isinstance(value, list):
            value = value[int(step)] if step.isdecimal() and int(step) < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, str | int | float):
        return ""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in str(value)).split())[:_LONGEST_VALUE]


def _parsed(reply: Reply, schema: Mapping[str, Any] | None) -> tuple[Any, str]:
    """The JSON of an answer, and what it is instead when it is none or has another shape."""
    if not reply.body.strip():
        return None, "an empty answer"
    kind = reply.content_type.partition(";")[0].strip().lower()
    if kind and not kind.endswith("json"):
        return None, f"{kind[:60]} instead of JSON"
    try:
        value = json.loads(reply.body)
    except (ValueError, RecursionError):
        return None, "something that is no JSON"
    if schema is not None and (problem := json_shapes.problem_with(value, schema, "the answer")):
        return None, f"JSON of another shape: {problem}"
    return value, ""


def _refused(reply: Reply) -> Read:
    """A 4xx is about what was asked; what the server says of it beyond that is not for a caller's ears."""
    if reply.status == 404:
        return Read("The server knows nothing of the kind. Ask the caller whether the details are right.", "HTTP 404")
    if reply.status in (400, 409, 422):
        return Read(
            "The server did not accept this. Ask the caller whether the details are right.", f"HTTP {reply.status}"
        )
    return Read("The server refuses or has failed. Tell the caller that this is not possible now.", _status(reply))


def _status(reply: Reply) -> str:
    hint = {401: ": the key in the headers is wrong", 403: ": the key in the headers may not do this"}
    return f"HTTP {reply.status}{hint.get(reply.status, '')}"


def _useless(what: str) -> Read:
    return Read(UNTELLABLE, f"The server answered with {what}.")
