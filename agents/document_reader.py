"""Reads one document in a process of its own, which may be killed: `python -m agents.document_reader KIND < file`.

What people upload may spin a parser or fill the memory; neither is felt anywhere else. Answers with JSON: the text, or
what is wrong with the document, in words for whoever uploaded it.
"""

import io
import json
import logging
import resource
import sys

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from agents import document_text

LONGEST = 1_000_000  # characters of text
_MOST_PAGES = 500
_MEMORY_BYTES = 768 * 1024 * 1024
_CPU_S = 15


class Unreadable(Exception):
    """Nothing can be made of it; `str()` says why."""


def read(kind: str, content: bytes) -> tuple[str, list[str]]:
    """The text of a document, and what whoever uploaded it should know. Raises Unreadable."""
    remarks: list[str] = []
    if kind == "pdf":
        text = document_text.plain(_pdf(content))
    elif kind == "html":
        text, left_out = document_text.from_html(_decoded(content))
        if left_out:
            remarks.append(f"{left_out} scripts or hidden parts were left out.")
    else:
        text = document_text.plain(_decoded(content))
    if not text:
        raise Unreadable("There is no text in it. A scanned PDF has pictures of words, which are not read.")
    if len(text) > LONGEST:
        raise Unreadable(f"It has more than {LONGEST:,} characters. Divide it.")
    if document_text.has_orders(text):
        remarks.append("It speaks to an assistant (“ignore your instructions”). That is never obeyed; is it meant?")
    return text, remarks


def _decoded(content: bytes) -> str:
    if b"\x00" in content[:4096]:
        raise Unreadable("This is no text.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _pdf(content: bytes) -> str:
    try:
        pages = PdfReader(io.BytesIO(content)).pages
        if len(pages) > _MOST_PAGES:
            raise Unreadable(f"It has more than {_MOST_PAGES} pages. Divide it.")
        return "\n\n".join(page.extract_text() for page in pages)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError) as error:
        raise Unreadable("This PDF is damaged, encrypted or none at all.") from error


def main() -> None:
    """Within limits: what passes them is killed."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
    logging.disable()
    try:
        text, remarks = read(sys.argv[1], sys.stdin.buffer.read(document_text.LARGEST + 1))
        answer = {"text": text, "remarks": remarks}
    except Unreadable as problem:
        answer = {"problem": str(problem)}
    except MemoryError:
        answer = {"problem": "It takes too much memory to read."}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
