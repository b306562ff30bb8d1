"""A small language for the shapes of JSON the API accepts, with the API's own way of refusing everything else.

A check takes a value and the path of the field it stands in, and raises `Refused` with the code, message and
parameter the real service would name. Checks are put together from the functions below.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.model.refusal import Refused

Check = Callable[[Any, str], None]

_ARTICLES = {
    bool: "a boolean",
    int: "an integer",
    float: "a decimal",
    str: "a string",
    list: "an array",
    dict: "an object",
}


def _kind(value: Any) -> str:
    return "null" if value is None else _ARTICLES.get(type(value), "an unknown value")


def _wrong_type(value: Any, path: str, expected: str) -> Refused:
    message = f"Invalid type for '{path}': expected {expected}, but got {_kind(value)} instead."
    return Refused("invalid_type", message, param=path)


def wrong_value(value: Any, path: str, supported: tuple[Any, ...]) -> Refused:
    """The refusal of a value that is not among the supported ones."""
    choices = ", ".join(repr(one) for one in supported)
    return Refused("invalid_value", f"Invalid value: {value!r}. Supported values are: {choices}.", param=path)


def missing(path: str) -> Refused:
    """The refusal of an object that lacks a required field."""
    return Refused("missing_required_parameter", f"Missing required parameter: '{path}'.", param=path)


def string(*, max_length: int | None = None, pattern: str | None = None) -> Check:
    """Text, at most so long, and wholly of the given pattern."""

    def check(value: Any, path: str) -> None:
        if not isinstance(value, str):
            raise _wrong_type(value, path, "a string")
        if max_length is not None and len(value) > max_length:
            expected = f"Expected a string with maximum length {max_length}, but got a string with length {len(value)}"
            raise Refused(
                "string_above_max_length", f"Invalid '{path}': string too long. {expected} instead.", param=path
            )
        if pattern is not None and not re.fullmatch(pattern, value):
            message = f"Invalid '{path}': string does not match pattern. Expected a string that matches '^{pattern}$'."
            raise Refused("invalid_value", message, param=path)

    return check


def boolean(value: Any, path: str) -> None:
    """True or false."""
    if not isinstance(value, bool):
        raise _wrong_type(value, path, "a boolean")


def integer(*, low: int | None = None, high: int | None = None) -> Check:
    """A whole number within the bounds."""

    def check(value: Any, path: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            raise _wrong_type(value, path, "an integer")
        _check_bounds(value, path, low, high, "integer")

    return check


def number(*, low: float, high: float) -> Check:
    """A number, whole or not, within the bounds."""

    def check(value: Any, path: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _wrong_type(value, path, "a decimal")
        _check_bounds(value, path, low, high, "decimal")

    return check


def _check_bounds(value: float, path: str, low: float | None, high: float | None, kind: str) -> None:
    if low is not None and value < low:
        message = f"Invalid '{path}': {kind} below minimum value. Expected a value >= {low}, but got {value} instead."
        raise Refused(f"{kind}_below_min_value", message, param=path)
    if high is not None and value > high:
        message = f"Invalid '{path}': {kind} above maximum value. Expected a value <= {high}, but got {value} instead."
        raise Refused(f"{kind}_above_max_value", message, param=path)


def choice(*supported: Any) -> Check:
    """One of the listed values."""

    def check(value: Any, path: str) -> None:
        if not any(value == one and type(value) is type(one) for one in supported):
            if not isinstance(value, str | int | float):
                raise _wrong_type(value, path, f"one of {', '.join(repr(one) for one in supported)}")
            raise wrong_value(value, path, supported)

    return check


def nullable(check: Check) -> Check:
    """The same, or null."""

    def check_unless_null(value: Any, path: str) -> None:
        if value is not None:
            check(value, path)

    return check_unless_null


def array(check: Check, *, max_length: int | None = None) -> Check:
    """A list whose every element passes."""

    def check_each(value: Any, path: str) -> None:
        if not isinstance(value, list):
            raise _wrong_type(value, path, "an array")
        if max_length is not None and len(value) > max_length:
            message = f"Invalid '{path}': array too long. Expected an array with maximum length {max_length}."
            raise Refused("array_above_max_length", message, param=path)
        for index, element in enumerate(value):
            check(element, f"{path}[{index}]")

    return check_each


def record(required: Mapping[str, Check] | None = None, optional: Mapping[str, Check] | None = None) -> Check:
    """An object with exactly these fields; any other field is unknown. The root object has the path ""."""
    required, optional = required or {}, optional or {}

    def check(value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise _wrong_type(value, path, "an object")
        prefix = f"{path}." if path else ""
        for name in value:
            if name not in required and name not in optional:
                raise Refused("unknown_parameter", f"Unknown parameter: '{prefix}{name}'.", param=prefix + name)
        for name in required:
            if name not in value:
                raise missing(prefix + name)
        for name, field in value.items():
            (required.get(name) or optional[name])(field, prefix + name)

    return check


def tagged(variants: Mapping[str, Check], *, tag: str = "type") -> Check:
    """An object whose `tag` field tells which of the shapes it must have. The shapes list the tag too."""

    def check(value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise _wrong_type(value, path, "an object")
        tag_path = f"{path}.{tag}" if path else tag
        if tag not in value:
            raise missing(tag_path)
        choice(*variants)(value[tag], tag_path)
        variants[value[tag]](value, path)

    return check


def by_kind(**checks: Check) -> Check:
    """Different checks for different JSON kinds: text=, number=, array=, object=. Null is for `nullable`."""
    kinds: dict[str, tuple[type, ...]] = {"text": (str,), "number": (int, float), "array": (list,), "object": (dict,)}

    def check(value: Any, path: str) -> None:
        for kind, one in checks.items():
            if isinstance(value, kinds[kind]) and not isinstance(value, bool):
                one(value, path)
                return
        raise _wrong_type(value, path, "one of " + ", ".join(checks))

    return check


def mapping(check: Check, *, max_pairs: int | None = None, max_key_length: int | None = None) -> Check:
    """An object with free keys, each value of which passes."""

    def check_each(value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise _wrong_type(value, path, "an object")
        if max_pairs is not None and len(value) > max_pairs:
            message = (
                f"Invalid '{path}': too many properties. Expected at most {max_pairs}, but got {len(value)} instead."
            )
            raise Refused("object_above_max_properties", message, param=path)
        for key, field in value.items():
            string(max_length=max_key_length)(key, f"{path}.{key}")
            check(field, f"{path}.{key}")

    return check_each


def anything(value: Any, path: str) -> None:
    """Any JSON at all: what the API stores without looking."""
