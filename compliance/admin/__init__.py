"""Compliance in Django admin."""

from compliance.admin import books, consents, law, lists, whatsapp
from compliance.admin.books import Evidence, WithNumbers

__all__ = ["Evidence", "WithNumbers", "books", "consents", "law", "lists", "whatsapp"]
