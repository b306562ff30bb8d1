"""Counters of the live screens."""

from prometheus_client import Counter, Gauge

PUSH_RENDERED = Counter("dashboard_push_rendered_total", "Fragments rendered for pushing, by card", ["card"])
VIEWERS = Gauge("dashboard_viewers", "Browser sockets open in this process")
