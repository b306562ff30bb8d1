"""Compliance in Django admin."""

from compliance.admin import books, lists
from compliance.admin.books import Evidence, WithNumbers

__all__ = ["Evidence", "WithNumbers", "books", "lists"]
