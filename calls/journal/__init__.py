"""Bookkeeping that must not be lost and must not be waited for.

What a call leaves behind is put here and is on disk before anything else happens; a thread writes it to the database,
in order, in batches, as soon as the database takes it. Nothing is lost when the database is away, nor when this process
is killed: another one finds the file and goes on where the database says it stopped. And nothing is written twice,
because the place reached in the file is kept in the same transaction as the rows.

You must register a handler for every kind of entry, and put entries from the event loop.
"""

from calls.journal.entries import Entry, handles, job, known_as
from calls.journal.writer import adopt_orphans, depth, give_way_while, put, settled, soon

__all__ = ["Entry", "adopt_orphans", "depth", "give_way_while", "handles", "job", "known_as", "put", "settled", "soon"]
