"""Calls in Django admin: numbers and their rules are edited, what happened is read."""

from calls.admin import facts, numbers

__all__ = ["facts", "numbers"]
