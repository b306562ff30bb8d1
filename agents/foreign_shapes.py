"""Shapes of arguments as other people's servers write them, brought into the part of JSON Schema that is checked here.

What says the same in fewer words is rewritten (references, “or null”, one of one). What only narrows a value (patterns,
formats, conditions) is left out: the server checks its own arguments. What could be of several kinds is refused:
nothing would be checked, and a model would guess.
"""

import re
from collections.abc import Mapping
from typing import Any

from agents import unseen

_DEEPEST = 8
_LONGEST_DESCRIPTION = 300  # characters
_MOST_CHOICES = 60
_KINDS = frozenset({"object", "array", "string", "integer", "number", "boolean"})
_LIMITS: dict[str, tuple[str, ...]] = {
    "string": ("minLength", "maxLength"),
    "array": ("minItems", "maxItems"),
    "integer": ("minimum", "maximum"),
    "number": ("minimum", "maximum"),
}
_NAME = re.compile(r"[A-Za-z0-9_.$-]{1,60}")
_FORMAT = re.compile(r"[a-z][a-z-]{1,19}")


class TooForeign(Exception):
    """It cannot be brought into our part of JSON Schema; `str()` says why, as a sentence for an admin."""


def visible(text: str, limit: int) -> str:
    """A text without letters that nobody sees, cut with a mark when it is longer than `limit` characters."""
    seen = unseen.without(text).strip()
    return seen if len(seen) <= limit else f"{seen[: limit - 1].rstrip()}…"


def simplified(schema: Any) -> dict[str, Any]:
    """The schema of a tool's arguments in words that `json_shapes` checks. Raises TooForeign."""
    if not isinstance(schema, dict):
        raise TooForeign("Its arguments have no schema.")
    kept = _simplified({"type": "object"} | schema, schema, "the arguments", _DEEPEST)
    if kept["type"] != "object":
        raise TooForeign("Its arguments are no object.")
    return kept


def _simplified(schema: Any, root: Mapping[str, Any], where: str, depth: int) -> dict[str, Any]:
    if depth == 0:
        raise TooForeign(f"{where}: lies too deep, or within itself.")
    if not isinstance(schema, dict):
        raise TooForeign(f"{where}: says nothing of its type.")
    if (other := _stands_for(schema, root, where)) is not None:
        own = {name: schema[name] for name in ("description", "default") if name in schema}
        return _simplified({**other, **own}, root, where, depth - 1)
    kind = _kind(schema, where)
    kept: dict[str, Any] = {"type": kind} | _words(schema)
    for limit in _LIMITS.get(kind, ()):
        value = schema.get(limit)
        if _is_plain(value) and not isinstance(value, str | bool):
            kept[limit] = value
    if (choices := _choices(schema, where)) is not None:
        kept["enum"] = choices
    if kind == "array":
        if "prefixItems" in schema:
            raise TooForeign(f"{where}: is a list in which each place is another thing.")
        kept["items"] = _simplified(schema.get("items"), root, f"a part of {where}", depth - 1)
    if kind == "object":
        kept |= _of_object(schema, root, where, depth)
    return kept


def _stands_for(schema: dict[str, Any], root: Mapping[str, Any], where: str) -> dict[str, Any] | None:
    """What this schema only points at, or wraps; None when it speaks for itself."""
    if "$ref" in schema:
        found: Any = root
        for step in str(schema["$ref"]).removeprefix("#").strip("/").split("/"):
            found = found.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
        if not str(schema["$ref"]).startswith("#/") or not isinstance(found, dict):
            raise TooForeign(f"{where}: refers to something that is not there.")
        return found
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            listed = schema[several] if isinstance(schema[several], list) else []
            others = [one for one in listed if not (isinstance(one, dict) and one.get("type") == "null")]
            if len(others) == 1 and isinstance(others[0], dict):
                rest = {name: value for name, value in schema.items() if name != several}
                return {**rest, **others[0]}
            if several != "allOf" and "properties" in schema:
                continue  # an object that says more of what belongs together: the server checks that
            raise TooForeign(f"{where}: may be of several kinds.")
    return None


def _kind(schema: dict[str, Any], where: str) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kinds = [one for one in kind if one != "null"]
        kind = kinds[0] if len(kinds) == 1 else None
        if kind is None:
            raise TooForeign(f"{where}: may be of several kinds.")
    if kind is None:
        known = [one for one in (schema.get("const"), *_listed(schema.get("enum"))) if one is not None]
        if known and all(isinstance(one, str) for one in known):
            return "string"
        kind = "object" if "properties" in schema else "array" if "items" in schema else None
    if not isinstance(kind, str) or kind not in _KINDS:
        raise TooForeign(f"{where}: says nothing of its type.")
    return kind


def _words(schema: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    description = schema.get("description")
    said = visible(description, _LONGEST_DESCRIPTION) if isinstance(description, str) else ""
    if isinstance(form := schema.get("format"), str) and _FORMAT.fullmatch(form):
        said = f"{said} ({form})".strip()
    if said:
        kept["description"] = said
    if _is_plain(default := schema.get("default")):
        kept["default"] = default
    return kept


def _choices(schema: dict[str, Any], where: str) -> list[Any] | None:
    if "const" not in schema and "enum" not in schema:
        return None
    listed = [schema["const"]] if "const" in schema else _listed(schema["enum"])
    choices = [one for one in listed if one is not None]
    if not choices or len(choices) > _MOST_CHOICES:
        raise TooForeign(f"{where}: has no choices, or more than {_MOST_CHOICES}.")
    if not all(_is_plain(one) for one in choices):
        raise TooForeign(f"{where}: has choices that are long, or that nobody can read.")
    return choices


def _is_plain(value: Any) -> bool:
    """True for a short text that can be read whole, a number, or yes and no."""
    if isinstance(value, str):
        return value == visible(value, 100)
    return isinstance(value, bool | int | float) and abs(value) < 1e15  # (no infinity, and nothing that is no number)


def _of_object(schema: dict[str, Any], root: Mapping[str, Any], where: str, depth: int) -> dict[str, Any]:
    properties = schema.get("properties", {})
    if not isinstance(properties, dict):
        raise TooForeign(f"{where}: “properties” is no object.")
    if bad := [name for name in properties if not _NAME.fullmatch(name)]:
        raise TooForeign(f"{where}: “{visible(bad[0], 60)}” is no name of an argument.")
    kept: dict[str, Any] = {
        "properties": {name: _simplified(part, root, f"“{name}”", depth - 1) for name, part in properties.items()}
    }
    if required := [name for name in _listed(schema.get("required")) if isinstance(name, str) and name in properties]:
        kept["required"] = required
    if schema.get("additionalProperties") is False:
        kept["additionalProperties"] = False
    return kept


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
