"""Counters of the agents' rooms."""

from prometheus_client import Counter

FLOOR_MESSAGES = Counter("agents_floor_messages_total", "Announcements to the live floor, by outcome", ["outcome"])
