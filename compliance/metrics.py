"""Counters of compliance, for `/metrics`."""

from prometheus_client import Counter

DIALS_DECIDED = Counter(
    "compliance_dials_decided_total", "Decisions of the gate, by purpose, outcome and first reason",
    ["purpose", "outcome", "code"],
)  # fmt: skip
OPT_OUTS = Counter("compliance_opt_outs_total", "Wishes not to be called, by way and scope", ["route", "scope"])
CONSENTS_ALTERED = Counter(
    "compliance_consents_altered_total", "Consents whose text does not match its checksum, each time one is looked at"
)
OPT_OUTS_LATE = Counter(
    "compliance_opt_outs_late_total", "Wishes not to be called that were entered after the law's own limit: a fault"
)
