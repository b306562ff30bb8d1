"""Calls in Django admin: numbers and their rules are edited, what happened is read."""

from calls.admin import books, campaigns, collected, costs, lines, mcp, numbers, people, sip, vendors, whatsapp

__all__ = [
    "books",
    "campaigns",
    "collected",
    "costs",
    "lines",
    "mcp",
    "numbers",
    "people",
    "sip",
    "vendors",
    "whatsapp",
]
