"""Calls in Django admin: numbers and their rules are edited, what happened is read."""

from calls.admin import books, campaigns, numbers, people, sip

__all__ = ["books", "campaigns", "numbers", "people", "sip"]
