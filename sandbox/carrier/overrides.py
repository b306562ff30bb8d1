"""What the fragment of a webhook URL asks for: time limits and retries.

https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides, for example
`https://app.example.com/voice/#ct=2000&rt=10000&rc=3&rp=ct,rt,5xx`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

_LIMITS = {"ct": (100, 10_000), "rt": (100, 15_000), "tt": (100, 15_000), "rc": (0, 5)}
_POLICIES = frozenset({"ct", "rt", "4xx", "5xx", "all"})


@dataclass(frozen=True, slots=True)
class Overrides:
    """Limits of one webhook request; the defaults are the carrier's own."""

    connect_ms: int = 5_000
    read_ms: int = 15_000
    total_ms: int = 15_000
    retries: int = 1
    retry_on: frozenset[str] = frozenset({"ct"})

    def retries_on(self, failure: str) -> bool:
        """Is another attempt allowed after `failure`: `ct` (connect), `rt` (read), `4xx` or `5xx`?"""
        return failure in self.retry_on or "all" in self.retry_on


def parse(fragment: str) -> tuple[Overrides, list[str]]:
    """Read a URL fragment; answers the limits and a sentence for each part that was refused (and so ignored)."""
    found, refused = Overrides(), []
    for key, value in parse_qsl(fragment, keep_blank_values=True):
        if key in _LIMITS:
            low, high = _LIMITS[key]
            if value.isdecimal() and low <= int(value) <= high:
                found = _SET[key](found, int(value))
            else:
                refused.append(f"{key}={value} is not a number from {low} to {high}")
        elif key == "rp":
            policies = frozenset(value.split(","))
            if policies <= _POLICIES:
                found = replace(found, retry_on=policies)
            else:
                refused.append(f"rp={value} names an unknown policy")
        elif key not in ("e", "sni"):  # edge list and server name: they need no stand-in on loopback
            refused.append(f"{key} is no connection override")
    return found, refused


_SET: dict[str, Callable[[Overrides, int], Overrides]] = {
    "ct": lambda found, value: replace(found, connect_ms=value),
    "rt": lambda found, value: replace(found, read_ms=value),
    "tt": lambda found, value: replace(found, total_ms=value),
    "rc": lambda found, value: replace(found, retries=value),
}
