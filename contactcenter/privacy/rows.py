"""Rows as plain values, whole: for packets and exports, where nothing may be left out or made nicer."""

from collections.abc import Iterable
from typing import Any

from django.db.models import FileField, Model


def plain(row: Model) -> dict[str, Any]:
    """One row by the names of its columns; of a file its name."""
    values = {field: getattr(row, field.attname) for field in row._meta.concrete_fields}
    return {
        field.attname: (value.name or "") if isinstance(field, FileField) else value for field, value in values.items()
    }


def all_of(rows: Iterable[Model]) -> list[dict[str, Any]]:
    """Several."""
    return [plain(row) for row in rows]
