"""What a server of the Model Context Protocol offers, as an admin and a model may see it.

All of it is another party's words: names are made fit for the model's API, texts are cut and freed of what nobody sees,
and a tool that cannot be checked is kept with the reason instead of being offered.
Source: https://modelcontextprotocol.io/specification/2025-11-25/server/tools#tool.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from agents import foreign_shapes, json_shapes

MOST_TOOLS = 200  # of one server; a model is not helped by more, and neither is whoever approves them
LONGEST_NAME = 60  # characters, with the server's slug; the model's API takes 64 (`^[a-zA-Z0-9_-]{1,64}$`)
LONGEST_ORIGINAL = 128
LONGEST_DESCRIPTION = 1_000
_LONGEST_PROBLEM = 200
_ODD = re.compile(r"[^A-Za-z0-9_-]")


@dataclass(frozen=True, slots=True)
class Offer:
    """A tool as its server offers it now. `problem` says why it cannot be used; empty when it can."""

    original: str  # as the server calls it
    name: str  # as the model calls it
    description: str = ""
    parameters: dict[str, Any] = field(default_factory=lambda: {"type": "object", "properties": {}})
    is_read_only: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it was approved."""

    what: str
    before: str
    now: str


def declared_name(slug: str, original: str) -> str:
    """What the model calls a tool: the server's slug, `_`, its own name.

    A name that had to be changed for that gets a mark, so that two of them stay two.
    """
    name = f"{slug}_{original}"
    fit = _ODD.sub("_", name)
    if fit == name and len(name) <= LONGEST_NAME:
        return name
    mark = hashlib.sha256(original.encode(errors="replace")).hexdigest()[:8]
    return f"{fit[: LONGEST_NAME - 9]}_{mark}"


def read(entries: Iterable[Any], *, slug: str, is_sessionless: bool, taken: Collection[str] = ()) -> list[Offer]:
    """The tools of a list as it came, without what is no tool; of two with one name the first counts.

    `taken` are names that other tools of the house have. `is_sessionless`: of a server that takes arguments in headers.
    """
    offers: dict[str, Offer] = {}
    for entry in entries:
        original = entry.get("name") if isinstance(entry, dict) else None
        if not isinstance(original, str) or original != foreign_shapes.visible(original, LONGEST_ORIGINAL):
            continue
        name = declared_name(slug, original)
        if original and name not in offers:
            offers[name] = _offer(entry, original, name, is_sessionless=is_sessionless, taken=taken)
    return list(offers.values())[:MOST_TOOLS]


def _offer(
    entry: Mapping[str, Any], original: str, name: str, *, is_sessionless: bool, taken: Collection[str]
) -> Offer:
    said, hints = entry.get("description"), entry.get("annotations")
    description = foreign_shapes.visible(said, LONGEST_DESCRIPTION) if isinstance(said, str) else ""
    problem = _problem(entry, name, description, is_sessionless=is_sessionless, taken=taken)
    parameters: dict[str, Any] = {"type": "object", "properties": {}}
    try:
        parameters = foreign_shapes.simplified(entry.get("inputSchema"))
        problem = problem or json_shapes.problem_with_schema(parameters, is_of_arguments=True)
    except foreign_shapes.TooForeign as foreign:
        problem = problem or str(foreign)
    if problem:  # nothing that large, or that odd, is kept
        parameters = {"type": "object", "properties": {}}
    is_read_only = isinstance(hints, dict) and hints.get("readOnlyHint") is True
    return Offer(original, name, description, parameters, is_read_only, problem[:_LONGEST_PROBLEM])


def _problem(
    entry: Mapping[str, Any], name: str, description: str, *, is_sessionless: bool, taken: Collection[str]
) -> str:
    if name in taken:
        return "Another tool has this name."
    if not description:
        return "It does not say what it is for."
    execution = entry.get("execution")
    if isinstance(execution, dict) and execution.get("taskSupport") == "required":
        return "It runs as a task, which takes longer than a caller waits."
    if is_sessionless and '"x-mcp-header"' in json.dumps(entry.get("inputSchema")):
        return "It wants arguments in headers, which are not sent."
    return ""


def differences(approved: Mapping[str, Any], offered: Mapping[str, Any]) -> list[Difference]:
    """What is not as it was approved, in an order that a reader expects; both as `McpTool.offered` has them."""
    pairs = [("changes nothing, it says", "is_read_only"), ("description", "description")]
    found = [
        Difference(what, _text(approved.get(name)), _text(offered.get(name)))
        for what, name in pairs
        if approved.get(name) != offered.get(name)
    ]
    before, now = (one.get("parameters", {}) for one in (approved, offered))
    old, new = before.get("properties", {}), now.get("properties", {})
    found += [
        Difference(f"argument “{name}”", _text(old.get(name)), _text(new.get(name)))
        for name in dict.fromkeys((*old, *new))
        if old.get(name) != new.get(name)
    ]
    rest = [{key: value for key, value in one.items() if key != "properties"} for one in (before, now)]
    if rest[0] != rest[1]:
        found.append(Difference("arguments", _text(rest[0]), _text(rest[1])))
    return found


def _text(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
