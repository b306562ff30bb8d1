"""The shapes of arguments and answers: a small part of JSON Schema, checked in words.

Objects of plain values and lists of them. What is not understood is refused when a schema is saved, so that nothing is
ever taken for checked that was not. Patterns are left out: a hostile one could keep a processor busy for ever.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

LONGEST_SCHEMA = 8_000  # characters as JSON
_DEEPEST = 6
_OF_ANY = {"type", "description", "enum", "title", "default", "examples"}
_KNOWN: dict[str, set[str]] = {
    "object": {"properties", "required", "additionalProperties"},
    "array": {"items", "minItems", "maxItems"},
    "string": {"minLength", "maxLength"},
    "integer": {"minimum", "maximum"},
    "number": {"minimum", "maximum"},
    "boolean": set(),
    "null": set(),
}
_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool,
    "null": type(None),
}  # fmt: skip


def problem_with_schema(schema: Any, *, is_of_arguments: bool = False) -> str:
    """What is wrong with a schema, as a sentence; empty when it can be checked. Arguments are an object."""
    if len(json.dumps(schema)) > LONGEST_SCHEMA:
        return f"A schema may have {LONGEST_SCHEMA} characters."
    if is_of_arguments and (not isinstance(schema, dict) or schema.get("type") != "object"):
        return "Arguments are an object: begin with {“type”: “object”, “properties”: …}."
    return _problem(schema, "the schema", _DEEPEST)


def _problem(schema: Any, where: str, depth: int) -> str:
    if not isinstance(schema, dict):
        return f"{where} must be an object."
    kind = schema.get("type")
    if not isinstance(kind, str) or kind not in _KNOWN:
        return f"{where} needs a “type”: one of {', '.join(_KNOWN)}."
    if depth == 0:
        return f"{where} lies too deep."
    if unknown := sorted(set(schema) - _OF_ANY - _KNOWN[kind]):
        return f"{where}: “{unknown[0]}” is not understood here."
    if not isinstance(schema.get("enum", []), list):
        return f"{where}: “enum” must be a list."
    for name in ("minItems", "maxItems", "minLength", "maxLength", "minimum", "maximum"):
        if not _is_number(schema.get(name, 0)):
            return f"{where}: “{name}” must be a number."
    if kind == "array":
        return _problem(schema.get("items"), f"“items” of {where}", depth - 1)
    return _problem_with_object(schema, where, depth) if kind == "object" else ""


def _problem_with_object(schema: dict[str, Any], where: str, depth: int) -> str:
    properties, required = schema.get("properties", {}), schema.get("required", [])
    if not isinstance(properties, dict) or not isinstance(required, list):
        return f"{where}: “properties” is an object, and “required” a list."
    if not isinstance(schema.get("additionalProperties", False), bool):
        return f"{where}: “additionalProperties” is true or false."
    if missing := [name for name in required if name not in properties]:
        return f"{where}: “{missing[0]}” is required, and no property."
    return next(filter(None, (_problem(one, f"“{name}”", depth - 1) for name, one in properties.items())), "")


def problem_with(value: Any, schema: Mapping[str, Any], where: str = "it") -> str:
    """What does not fit a schema that was accepted, as a sentence; empty when all does."""
    kind = schema["type"]
    is_kind = isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))
    if not is_kind or (kind == "number" and not math.isfinite(value)):
        return f"{where} must be of type {kind}."
    if "enum" in schema and value not in schema["enum"]:
        return f"{where} must be one of: {', '.join(map(str, schema['enum']))}."
    low, high = {"string": ("minLength", "maxLength"), "array": ("minItems", "maxItems")}.get(
        kind, ("minimum", "maximum")
    )
    size = len(value) if kind in ("string", "array") else value
    if (low in schema and size < schema[low]) or (high in schema and size > schema[high]):
        return f"{where} is too short, too long, too small or too great."
    if kind == "array":
        return next(filter(None, (problem_with(one, schema["items"], f"a part of {where}") for one in value)), "")
    return _problem_in_object(value, schema, where) if kind == "object" else ""


def _problem_in_object(value: dict[str, Any], schema: Mapping[str, Any], where: str) -> str:
    properties = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            return f"“{name}” is missing."
    for name, part in value.items():
        if name in properties:
            if problem := problem_with(part, properties[name], f"“{name}”"):
                return problem
        elif not schema.get("additionalProperties", True):
            return f"“{name[:60]}” does not belong into {where}."
    return ""


def typed(texts: Mapping[str, str], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments that were kept as text, in the types their schema wants; what cannot be one stays text."""
    properties = schema.get("properties", {})
    return {name: _typed(text, properties.get(name, {}).get("type", "string")) for name, text in texts.items()}


def _typed(text: str, kind: str) -> Any:
    if kind == "string":
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
