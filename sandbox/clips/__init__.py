"""Prepared speech: short recordings of sentences and words, and how to find them again in what was sent."""
