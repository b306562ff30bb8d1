"""Which of two versions answers a caller while one of them is tried on a share of the calls.

A caller keeps the version they had: the choice follows from their number, by a keyed hash, so that nobody who knows
the share can tell who is in it. Rising the share keeps everybody who was in it already.
"""

import hashlib
import hmac

_PLACES = 10_000


def is_tried(*, caller: str, share: int, key: str, trial: str) -> bool:
    """True when this caller gets the version on trial. `share` in percent; `trial` names the trial, `caller` whom."""
    if share <= 0 or not caller:
        return False
    mac = hmac.new(key.encode(), f"{trial}:{caller}".encode(), hashlib.sha256).digest()
    return int.from_bytes(mac[:8]) % _PLACES < share * (_PLACES // 100)
