"""Reading our own pages in tests: the markup inside one element, and every element's attributes."""

import re
from html.parser import HTMLParser

# The token of a form is made anew for every answer.
_TOKEN = re.compile(r'(name="csrfmiddlewaretoken" value=")[^"]*(")')
# A clock that runs shows another second in the next answer.
_CLOCK = re.compile(r"(<time[^>]*data-since[^>]*>)[^<]*")
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class _Inside(HTMLParser):
    """Finds where the content of the element with an id begins and ends in the text."""

    def __init__(self, text: str, *, wanted: tuple[str, str]) -> None:
        super().__init__(convert_charrefs=False)
        self.text = text
        self.wanted = wanted
        self.depth = 0
        self.begins: int | None = None
        self.found: str | None = None
        self._lines = [0, *(match.end() for match in re.finditer("\n", text))]
        self.feed(text)

    def _here(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.begins is not None:
            self.depth += tag not in VOID
        elif self.found is None and self.wanted in attrs:
            self.begins = self._here() + len(self.get_starttag_text() or "")
            self.depth = 1

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """`<path/>` opens nothing."""

    def handle_endtag(self, tag: str) -> None:
        if self.begins is None or tag in VOID:
            return
        self.depth -= 1
        if self.depth == 0:
            self.found = self.text[self.begins : self._here()]
            self.begins = None


def inside(html: str, dom_id: str) -> str:
    """The markup inside the element with this id, white space evened out. Raises LookupError when it is not there."""
    found = _Inside(html, wanted=("id", dom_id)).found
    if found is None:
        raise LookupError(dom_id)
    return even(_TOKEN.sub(r"\1\2", found))


def even(html: str) -> str:
    """Markup with white space that does not matter taken out, and what running clocks show."""
    return re.sub(r"\s*([<>])\s*", r"\1", re.sub(r"\s+", " ", _CLOCK.sub(r"\1", html))).strip()


def partials(html: str) -> dict[str, str]:
    """The fragments of a push by their target: `{"#head-12": markup}`."""
    pattern = re.compile(r'<hx-partial hx-target="([^"]+)" hx-swap="[^"]+">(.*?)</hx-partial>', re.DOTALL)
    rest = pattern.sub("", html).strip()
    if rest:
        raise ValueError(f"a push holds more than partials: {rest[:80]}")
    return {target: even(content) for target, content in pattern.findall(html)}


class _Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, tuple[str, ...]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, tuple(sorted(name for name, _ in attrs))))


def skeleton(html: str) -> list[tuple[str, tuple[str, ...]]]:
    """Every element with the names of its attributes, in order: what hostile words must never change."""
    return _Tags(html).seen
