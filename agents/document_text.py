"""The text of a document: without what is meant for a browser, and in pieces that can be found and told.

Whatever cannot be seen on a page is left out as well: words in it would be meant for the assistant, not for readers.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

from agents import unseen

LARGEST = 10 * 1024 * 1024  # bytes of a file
PIECE = 900  # characters, about a minute of speech
_SKIPPED = frozenset({
    "script", "style", "template", "noscript", "svg", "math", "iframe", "object", "embed", "head", "title",
    "nav", "form", "button", "select",
})  # fmt: skip
_VOID = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr",
})  # fmt: skip
_BLOCKS = frozenset({
    "p", "div", "section", "article", "li", "ul", "ol", "table", "tr", "td", "th", "br", "hr", "blockquote",
    "pre", "dd", "dt", "main", "header", "footer",
})  # fmt: skip
_HEADINGS = frozenset(f"h{level}" for level in range(1, 7))
_UNSEEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0|opacity\s*:\s*0(?![.\d])")
_HEADING_LINE = re.compile(r"#{1,6}\s+(.+?)\s*#*")
_ORDERS = re.compile(
    r"\b(ignore|disregard|forget)\b.{0,30}\b(previous|prior|above|earlier|all)\b.{0,30}\b(instruction|rule|prompt)s?\b"
    r"|\byou are now\b|\bsystem prompt\b|\bcall the tool\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a document under its heading."""

    heading: str
    text: str


class _Page(HTMLParser):
    """What a reader of a page sees, as Markdown with headings and nothing else."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.left_out = 0
        self._unseen: list[str] = []  # open elements from the first unseen one on

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._unseen:
            self.left_out += tag == "script"
            if tag not in _VOID:
                self._unseen.append(tag)
            return
        given = {name: (value or "").lower() for name, value in attrs}
        is_unseen = "hidden" in given or given.get("aria-hidden") == "true" or _UNSEEN.search(given.get("style", ""))
        if tag in _SKIPPED or is_unseen:
            self.left_out += tag == "script" or bool(is_unseen)
            if tag not in _VOID:
                self._unseen.append(tag)
        elif tag in _HEADINGS:
            self.parts.append(f"\n\n{'#' * int(tag[1])} ")
        elif tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if self._unseen:
            if tag in self._unseen:  # what was left open inside it is closed with it
                while self._unseen.pop() != tag:
                    pass
        elif tag in _HEADINGS or tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(re.sub(r"\s+", " ", data))


def from_html(page: str) -> tuple[str, int]:
    """The visible text of a page, and how many scripts and hidden parts were left out."""
    reader = _Page()
    reader.feed(page)
    reader.close()
    return plain("".join(reader.parts)), reader.left_out


def plain(text: str) -> str:
    """Text without signs that nobody sees, and with orderly lines."""
    lines = (re.sub(r"[ \t\u00a0]+", " ", line).strip() for line in unseen.without(text).splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def has_orders(text: str) -> bool:
    """True when a document speaks to an assistant rather than to a reader: whoever put it here should look at it."""
    return _ORDERS.search(text) is not None


def pieces(text: str) -> list[Piece]:
    """A text in pieces of at most `PIECE` characters, each under its heading, in order."""
    found: list[Piece] = []
    for heading, body in _sections(text):
        held = ""
        for paragraph in _paragraphs(body):
            if held and len(held) + len(paragraph) + 1 > PIECE:
                found.append(Piece(heading, held))
                held = ""
            held = f"{held}\n{paragraph}" if held else paragraph
        if held:
            found.append(Piece(heading, held))
    return found


def _sections(text: str) -> Iterator[tuple[str, str]]:
    heading, lines = "", list[str]()
    for line in text.splitlines():
        if (found := _HEADING_LINE.fullmatch(line.strip())) is not None:
            yield heading, "\n".join(lines)
            heading, lines = found.group(1)[:200], []
        else:
            lines.append(line)
    yield heading, "\n".join(lines)


def _paragraphs(body: str) -> Iterator[str]:
    for line in body.splitlines():
        rest = line.strip()
        while len(rest) > PIECE:
            cut = rest.rfind(". ", PIECE // 2, PIECE) + 1 or rest.rfind(" ", 1, PIECE) or PIECE
            cut = cut if cut > 0 else PIECE
            yield rest[:cut].strip()
            rest = rest[cut:].strip()
        if rest:
            yield rest
