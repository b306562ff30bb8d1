"""Reading a TwiML document strictly: XML text in, a checked list of verbs out, or the carrier's error code.

A document is checked as a whole before its first verb runs, so a mistake at the end is seen at once.
"""

import xml.etree.ElementTree as ET
from dataclasses import dataclass

from sandbox.carrier import twiml_schema

LONGEST_DOCUMENT = 64 * 1024


class TwimlError(Exception):
    """A document or verb that the carrier refuses; `code` is the number its debugger shows."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Element:
    """One verb or noun: attributes as written, text trimmed, children in order."""

    name: str
    attributes: dict[str, str]
    text: str
    children: tuple["Element", ...]

    def get(self, attribute: str, default: str = "") -> str:
        """The attribute as written, or the verb's default."""
        return self.attributes.get(attribute, default)


def parse(document: str) -> tuple[Element, ...]:
    """The verbs of a document. Raises `TwimlError`: 12100 for broken XML, 12200 for anything outside the schema."""
    if len(document.encode()) > LONGEST_DOCUMENT:
        raise TwimlError(11750, f"TwiML response body too large: more than {LONGEST_DOCUMENT} bytes")
    if "<!DOCTYPE" in document or "<!ENTITY" in document:
        raise TwimlError(12100, "Document parse failure: a document type is not allowed")
    try:
        root = ET.fromstring(document.strip())
    except (ET.ParseError, ValueError) as broken:
        raise TwimlError(12100, f"Document parse failure: {broken}") from broken
    if root.tag != "Response" or root.attrib:
        raise TwimlError(12200, "Schema validation: the root element must be <Response> without attributes")
    if _own_text(root):
        raise TwimlError(12200, f"Schema validation: text {_own_text(root)[:40]!r} inside <Response>")
    verbs = tuple(_read(node, twiml_schema.VERBS.get(node.tag), "Response") for node in root)
    for place, verb in enumerate(verbs):
        if verb.name == "Reject" and any(before.name != "Pause" for before in verbs[:place]):
            raise TwimlError(12200, "Schema validation: <Reject> must come first")
    return verbs


def _read(node: ET.Element, shape: twiml_schema.Shape | None, inside: str) -> Element:
    if shape is None:
        raise TwimlError(12200, f"Schema validation: <{node.tag}> is not allowed in <{inside}>")
    for name, value in node.attrib.items():
        if name not in shape.attributes:
            raise TwimlError(12200, f"Schema validation: attribute {name!r} is not allowed in <{node.tag}>")
        if not shape.attributes[name](value):
            raise TwimlError(12200, f"Schema validation: {name}={value!r} is not a valid value in <{node.tag}>")
    for name in shape.required:
        if name not in node.attrib:
            raise TwimlError(12200, f"Schema validation: <{node.tag}> needs the attribute {name!r}")
    for child in node:
        if child.tag not in shape.children:
            raise TwimlError(12200, f"Schema validation: <{child.tag}> is not allowed in <{node.tag}>")
    if not shape.fewest_children <= len(node) <= shape.most_children:
        raise TwimlError(12200, f"Schema validation: <{node.tag}> needs exactly one noun")
    if node.tag == "Parameter" and len(node.attrib["name"]) + len(node.attrib["value"]) >= 500:
        raise TwimlError(12200, "Schema validation: name and value of a <Parameter> must stay under 500 characters")
    if node.tag == "Play" and not (_own_text(node) or node.attrib.get("digits")):
        raise TwimlError(12200, "Schema validation: <Play> needs an address or digits")
    if node.tag == "Say":
        spoken = " ".join("".join(node.itertext()).split())
        return _checked_text(node, shape, spoken, ())
    children = tuple(_read(child, twiml_schema.NOUNS.get((node.tag, child.tag)), node.tag) for child in node)
    return _checked_text(node, shape, _own_text(node), children)


def _checked_text(node: ET.Element, shape: twiml_schema.Shape, text: str, children: tuple[Element, ...]) -> Element:
    if shape.text is None and text:
        raise TwimlError(12200, f"Schema validation: text {text[:40]!r} is not allowed in <{node.tag}>")
    if shape.text is not None and not shape.text(text):
        raise TwimlError(12200, f"Schema validation: the text of <{node.tag}> is missing, too long or not valid")
    return Element(name=node.tag, attributes=dict(node.attrib), text=text, children=children)


def _own_text(node: ET.Element) -> str:
    return ((node.text or "") + "".join(child.tail or "" for child in node)).strip()
