"""Compliance in Django admin."""

from compliance.admin import books, consents, lists
from compliance.admin.books import Evidence, WithNumbers

__all__ = ["Evidence", "WithNumbers", "books", "consents", "lists"]
