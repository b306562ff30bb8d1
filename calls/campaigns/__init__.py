"""Campaigns: written, filled with contacts, tried dry, launched by two people, and run."""
