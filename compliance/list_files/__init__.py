"""Files of telephone numbers, as others deliver them: what they look like, and what stands in their lines.

Nothing in a file is trusted. What is no text is refused in one sentence; a line that cannot be read is a problem with
its place, and the others go on. A line is a record: a quotation mark that is never closed swallows no other line.
"""

from compliance.list_files.cells import read_number
from compliance.list_files.layout import HEAD_BYTES, Contents, Layout, Unreadable, find_layout
from compliance.list_files.lines import Answer, Piece, Problem, cut, read

__all__ = [
    "HEAD_BYTES",
    "Answer",
    "Contents",
    "Layout",
    "Piece",
    "Problem",
    "Unreadable",
    "cut",
    "find_layout",
    "read",
    "read_number",
]
