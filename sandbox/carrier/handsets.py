"""Browsers that are registered as telephones, as plain values; their socket is in `softphone.py`."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.carrier.values import Call


@dataclass(slots=True, eq=False)
class Handset:
    """One page that is open: what rings at it, and the call it is on."""

    identity: str
    expires_at_s: float
    send: Callable[[dict[str, Any]], None]
    ringing: dict[str, "asyncio.Future[bool]"] = field(default_factory=dict)  # by call: accepted or rejected
    call: Call | None = None
    is_muted: bool = False
    is_open: bool = True

    def may_ring(self, now_s: float) -> bool:
        """It is there, not on a call, and its token still counts."""
        return self.is_open and self.call is None and self.expires_at_s > now_s
