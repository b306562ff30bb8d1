"""Somebody on a call asks not to be called any more, by a key or in words."""

import re
from datetime import datetime

from calls.models import Call
from compliance.models import Revocation, SuppressionEntry

KEY = "9"
_STOP = re.compile(r"\bstop( calling| these calls)?\b|take me off|do not call|don't call|unsubscribe", re.IGNORECASE)


def is_stop(text: str) -> bool:
    """True for words that want no more calls."""
    return _STOP.search(text) is not None


def by_key(*, call: Call, key: str, now: datetime) -> bool:
    """The key that ends all calls was pressed: kept. False for any other key."""
    return key == KEY and _keep(call, route=Revocation.Route.KEY, said=key, now=now)


def by_words(*, call: Call, text: str, now: datetime) -> bool:
    """They said so: kept. False when they said anything else."""
    return is_stop(text) and _keep(call, route=Revocation.Route.SPEECH, said=text, now=now)


def _keep(call: Call, *, route: str, said: str, now: datetime) -> bool:
    fields = {"received_at": now, "created_at": now, "honour_by": now.date(), "created_by_ref": "caller"}
    Revocation.objects.get_or_create(
        number=call.customer_e164,
        subject_ref=f"call:{call.pk}",
        route=route,
        scope=Revocation.Scope.ALL,
        defaults=fields | {"said": said[:500]},
    )
    SuppressionEntry.objects.get_or_create(
        number=call.customer_e164,
        scope=SuppressionEntry.Scope.ALL,
        lifted_at=None,
        defaults={"source": route, "added_at": now, "added_by_ref": "caller"},
    )
    return True
