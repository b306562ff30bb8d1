"""Calls in Django admin: numbers are edited, what happened is read."""

from calls.admin import books, people

__all__ = ["books", "people"]
