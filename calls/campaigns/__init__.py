"""Campaigns at work: whom to ring now, how fast, and what follows from what came of it."""
