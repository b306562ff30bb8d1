"""From stored JSON back to the values the rules were asked with, whatever shape these have.

A dataclass that was kept with `asdict` is built again from its own annotations: nested dataclasses, tuples, mappings,
enumerations, times and dates. A field that is missing takes its default; one that nobody knows any more is an error,
because then the question is not the one that was asked.
"""

import dataclasses
import types
import typing
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Any, TypeVar

T = TypeVar("T")


class UnableToRehydrate(Exception):
    """What is stored does not fit the values of today; `str()` says where."""


def restore(of: type[T], stored: object) -> T:
    """A value of this class from its stored form. Raises UnableToRehydrate."""
    try:
        return typing.cast(T, _value(of, stored))
    except UnableToRehydrate:
        raise
    except (TypeError, ValueError, KeyError, NameError) as error:
        raise UnableToRehydrate(f"{of.__name__}: {error}") from error


def _value(of: Any, stored: Any) -> Any:
    origin, arguments = typing.get_origin(of), typing.get_args(of)
    if origin in (typing.Union, types.UnionType):
        return _one_of(arguments, stored)
    if origin is typing.Literal or of is Any or of is object:
        return stored
    if origin in (tuple, list, set, frozenset):
        inner = arguments or (Any,)
        if origin is tuple and len(inner) > 1 and inner[1] is not Ellipsis:
            return tuple(_value(one, part) for one, part in zip(inner, stored, strict=True))
        return origin(_value(inner[0], part) for part in stored)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        key, value = arguments
        return {_key(key, name): _value(value, part) for name, part in stored.items()}
    if isinstance(origin, type):  # Collection, Sequence, Iterable …
        return tuple(_value(arguments[0] if arguments else Any, part) for part in stored)
    if dataclasses.is_dataclass(of) and isinstance(of, type):
        return _dataclass(of, stored)
    return _plain(of, stored)


def _plain(of: Any, stored: Any) -> Any:
    if stored is None and of is not type(None):
        raise UnableToRehydrate(f"nothing where {getattr(of, '__name__', of)} is wanted")
    if isinstance(of, type):
        if issubclass(of, Enum):
            return of(stored)
        if issubclass(of, datetime | date | time) and isinstance(stored, str):
            return of.fromisoformat(stored)
        if issubclass(of, timedelta):
            return timedelta(seconds=stored)
        if of is float and isinstance(stored, int):
            return float(stored)
        if of in (tuple, list, set, frozenset):
            return of(stored)
    return stored


def _key(of: Any, name: str) -> Any:
    return int(name) if of is int else _value(of, name)


def _one_of(options: tuple[Any, ...], stored: Any) -> Any:
    if stored is None and type(None) in options:
        return None
    problems = []
    for option in options:
        if option is type(None):
            continue
        try:
            return _value(option, stored)
        except (UnableToRehydrate, TypeError, ValueError, KeyError, AttributeError) as error:
            problems.append(str(error))
    raise UnableToRehydrate("; ".join(problems))


def _dataclass(of: type[Any], stored: Any) -> Any:
    if not isinstance(stored, Mapping):
        raise UnableToRehydrate(f"{of.__name__} is not an object")
    hints = typing.get_type_hints(of)
    names = {field.name for field in dataclasses.fields(of) if field.init}
    if unknown := set(stored) - names:
        raise UnableToRehydrate(f"{of.__name__} has no {', '.join(sorted(unknown))}")
    return of(**{name: _value(hints[name], part) for name, part in stored.items()})
