"""Counters of compliance, for `/metrics`."""

from prometheus_client import Counter

DIALS_DECIDED = Counter(
    "compliance_dials_decided_total", "Decisions of the gate, by purpose, outcome and first reason",
    ["purpose", "outcome", "code"],
)  # fmt: skip
