"""Everything that happened to calls, one row each."""

from datetime import datetime
from typing import Any

from django.db import connection, models
from django.utils import timezone
from psycopg.types.json import Jsonb

from compliance.statements import STAYING, insert_all

# The carrier was told to take a message; looked for on its own, because its word on the message may be lost.
MESSAGE_ASKED_FOR = "message_asked_for"

# Several are written for every call: one statement each, which needs no savepoint to find out what is known.
_KEEP = """
    INSERT INTO calls_callevent (call_id, kind, at, kept_at, source, key, data)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT DO NOTHING
"""


class CallEvent(models.Model):
    """Something that happened to a call. Written once; the database refuses changes."""

    call = models.ForeignKey("calls.Call", on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=40)
    at = models.DateTimeField(help_text="When it happened, as well as we know.")
    kept_at = models.DateTimeField(auto_now_add=True)
    at_ms = models.IntegerField(null=True, blank=True, help_text="Milliseconds since the first ring, where exact.")
    source = models.CharField(max_length=16, help_text="carrier, model, assistant, supervisor or system.")
    key = models.CharField(max_length=160, blank=True, help_text="Names a fact that can be reported twice.")
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["call", "key"], condition=~models.Q(key=""), name="call_event_kept_once")
        ]
        indexes = [
            models.Index(fields=["at"], condition=models.Q(kind="message_asked_for"), name="events_message_asked_for")
        ]

    def __str__(self) -> str:
        return f"{self.kind} of call {self.call_id}"

    # Factories

    @classmethod
    def keep_all(cls, events: "list[CallEvent]") -> None:
        """Write events; one that is known already is left as it is."""
        insert_all(events, known=STAYING)

    @classmethod
    def keep(
        cls,
        *,
        call: models.Model,
        kind: str,
        at: datetime,
        source: str,
        key: str = "",
        data: dict[str, Any] | None = None,
    ) -> bool:
        """Write an event; False when one with this key is known already."""
        values: tuple[Any, ...] = (call.pk, kind, at, timezone.now(), source, key, Jsonb(data or {}))
        with connection.cursor() as cursor:
            cursor.execute(_KEEP, values)
            return cursor.rowcount == 1
