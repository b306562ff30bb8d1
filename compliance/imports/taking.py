"""Putting the numbers of a piece where they belong; and whether a copy is good enough to count."""

from datetime import datetime

from compliance.list_files import Contents, Piece, Unreadable
from compliance.models import DialPermit, ListImport, ReassignedAnswer, SuppressionEntry, listed

# Of our own list less at a time: each number's turn is held until the piece is in.
PIECE_BYTES, OWN_PIECE_BYTES = 2 << 20, 8 << 10
# More lines than this that cannot be read, and the file is not what it should be: nothing of it comes into force.
_BAD_SHARE = 0.01
_SHRUNK_SHARE = 0.5


def contents_of(into: str) -> Contents:
    """What the lines of a file for this book are."""
    if into == ListImport.Into.CHANGES:
        return Contents.CHANGES
    return Contents.ANSWERS if into == ListImport.Into.ANSWERS else Contents.NUMBERS


def take(found: ListImport, piece: Piece, now: datetime) -> None:
    """Put the numbers of a piece where they belong, in the transaction that moves the checkpoint."""
    if found.copy is not None:
        if piece.changes:
            listed.add_changes(found.copy.pk, piece.changes)
        lines = piece.ready + b"".join(b"%d\n" % number for number in piece.numbers)
        if lines:
            listed.add_lines(found.copy.pk, lines)
    elif found.into == ListImport.Into.ANSWERS:
        answers = [(f"+{one.number}", one.asked, one.answer) for one in piece.answers]
        ReassignedAnswer.keep(answers=answers, source=found.file_name, by=found.created_by_ref, now=now)
    elif found.into == ListImport.Into.OWN:
        _bar(found, [f"+{number}" for number in [*map(int, piece.ready.split()), *piece.numbers]], now)


def _bar(found: ListImport, numbers: list[str], now: datetime) -> None:
    """On our own list, as if each had been put there by hand: nobody dials it from here on."""
    DialPermit.take_turns(numbers)
    SuppressionEntry.list_many(
        numbers=numbers,
        scope=found.scope,
        source="import",
        subject_ref=f"list_import:{found.pk}",
        by=found.created_by_ref,
        now=now,
    )
    DialPermit.void_unspent_of(numbers, "on our own list")


def check_lines(found: ListImport) -> None:
    """The last line has been read: raises Unreadable when what came of it may not count."""
    if not found.rows_taken:
        raise Unreadable("No line of the file could be used.")
    if found.copy is not None and found.rows_refused > _BAD_SHARE * found.rows_read:
        raise Unreadable(
            f"{found.rows_refused:,} of {found.rows_read:,} lines could not be read. That is too many for a list that"
            " must be whole: nothing was put in force."
        )


def check_size(found: ListImport) -> None:
    """A copy with far fewer numbers than the one in force is more likely cut off than true."""
    assert found.copy is not None
    assert found.of is not None
    if not found.copy.row_count:
        raise Unreadable("No number would be left on this list: nothing was put in force.")
    held = found.of.copy_in_force()
    if held is not None and not found.may_shrink and found.copy.row_count < _SHRUNK_SHARE * held.row_count:
        raise Unreadable(
            f"This copy has {found.copy.row_count:,} numbers and the one in force {held.row_count:,}. If that is right,"
            " import it again and say that it may be much smaller."
        )
