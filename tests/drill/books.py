"""What the drill reads in the product's database, from outside: turns by the carrier's id of the call."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

_TURNS = """
SELECT turn.party, turn.text, turn.item_id,
       extract(epoch FROM call.started_at) + turn.started_ms / 1000.0,
       extract(epoch FROM call.started_at) + coalesce(turn.ended_ms, turn.started_ms) / 1000.0
FROM calls_transcriptturn turn JOIN calls_call call ON call.id = turn.call_id
JOIN calls_leg leg ON leg.call_id = call.id
WHERE leg.leg_sid = %s ORDER BY turn.started_ms
"""
_OPEN = "SELECT count(*) FROM calls_stream WHERE opened_at IS NOT NULL AND closed_at IS NULL"

_FENCED = """
SELECT extract(epoch FROM clock_timestamp() - call.fenced_at)
FROM calls_call call JOIN calls_leg leg ON leg.call_id = call.id WHERE leg.leg_sid = %s
"""


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn; when it began and ended in Unix seconds."""

    party: str
    text: str
    item: str
    at: float
    until: float


class Books:
    """The database of one house."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def turns(self, sid: str) -> list[Turn]:
        """What was said on this call, in order."""
        return [
            Turn(party, text, item, float(at), float(until))
            for party, text, item, at, until in self._connection.execute(_TURNS, (sid,))
        ]

    def said(self, sid: str) -> list[Turn]:
        """What the assistant said on this call, in order."""
        return [turn for turn in self.turns(sid) if turn.party == "assistant"]

    def sid_of(self, call: int) -> str:
        """The carrier's id of a call."""
        found = self._connection.execute("SELECT leg_sid FROM calls_leg WHERE call_id = %s ORDER BY id", (call,))
        return str(found.fetchall()[0][0])

    def fenced_for_s(self, sid: str) -> float:
        """How long ago this call was taken over last, by the database's clock."""
        return float(self._connection.execute(_FENCED, (sid,)).fetchall()[0][0] or 0)

    def are_closed(self) -> bool:
        """True when no stream is open any more: everything that was said is written down."""
        return self._connection.execute(_OPEN).fetchall() == [(0,)]


@contextmanager
def opened(url: str) -> Iterator[Books]:
    """The books, for reading."""
    with psycopg.connect(url, autocommit=True) as connection:
        yield Books(connection)
