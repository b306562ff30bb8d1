"""Calls in Django admin: numbers and their rules are edited, what happened is read."""

from calls.admin import books, numbers, people

__all__ = ["books", "numbers", "people"]
