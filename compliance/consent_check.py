"""What is wrong with a record of consent, asked each time it is to be relied on.

A signed consent is complete only with every field that 47 CFR 64.1200(f)(9) and 16 CFR 310.5(a)(8) ask for: the caller
carries the burden of proof. An unsigned one must at least show how, when, by whom and for what it was given. Our policy
asks for more: the text names our business and says "AI-generated voice" (FCC 24-17).
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from compliance.numbers import parse_e164
from compliance.verdict import Code

WRITTEN = "written"
# What a browser was told about: where it was, and what it was, belong to the proof.
_SIGNED_ON_A_PAGE = ("typed_name", "ticked_box")
_WORDING = (
    "I agree that {seller} may call me at the number I gave with telemarketing calls that use an automatic telephone "
    "dialing system, or an artificial or prerecorded voice, including an AI-generated voice. My consent is not a "
    "condition of any purchase, and I can take it back at any time."
)


@dataclass(frozen=True, slots=True)
class ConsentFacts:
    """A record of consent as it is kept. `has_evidence`: a picture of the page, a recording, or the call itself."""

    number: str
    kind: str  # oral, express, written
    sellers: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    topic: str = ""
    captured_at: datetime | None = None
    zone: str = ""
    person_name: str = ""
    signature: str = ""
    signature_event: str = ""
    text: str = ""
    text_version: str = ""
    text_sha256: str = ""
    is_box_preticked: bool = False
    is_separate: bool = False
    method: str = ""
    source: str = ""
    ip_address: str = ""
    user_agent: str = ""
    is_passed_on: bool = False  # it came from somebody else: an import, a chain of leads
    verified_by: str = ""
    verified_at: datetime | None = None
    has_evidence: bool = False


def problems(record: ConsentFacts, *, number: str, seller: str) -> tuple[Code, ...]:
    """Why this record does not cover a call to this number for this business; empty when it does."""
    found = []
    if missing(record):
        found.append(Code.CONSENT_RECORD_INCOMPLETE)
    if not _names(record, seller):
        found.append(Code.CONSENT_SELLER_MISMATCH)
    theirs = parse_e164(record.number)
    if not theirs or theirs != parse_e164(number):
        found.append(Code.CONSENT_NUMBER_MISMATCH)
    return tuple(found)


def missing(record: ConsentFacts) -> tuple[str, ...]:
    """What the record lacks by itself, as sentences for a person; empty when it is complete."""
    lacks = _lacks_written if record.kind == WRITTEN else _lacks_express
    return tuple(sentence for sentence, is_so in lacks(record) if is_so)


def _lacks_always(record: ConsentFacts) -> Iterable[tuple[str, bool]]:
    at = record.captured_at
    yield "The telephone number is missing or none.", not parse_e164(record.number)
    yield "No business is named.", not any(name.strip() for name in record.sellers)
    yield "It does not say for which purpose.", not record.purposes
    yield "The time is missing, or has no time zone.", at is None or at.tzinfo is None or not record.zone.strip()
    yield "There is nothing that proves it: no picture, no recording, no call.", not record.has_evidence
    is_unverified = not record.verified_by.strip() or record.verified_at is None
    yield "It came from somebody else, and nobody has verified it.", record.is_passed_on and is_unverified


def _lacks_express(record: ConsentFacts) -> Iterable[tuple[str, bool]]:
    yield from _lacks_always(record)
    yield "It does not say how it was given.", not record.method.strip()


def _lacks_written(record: ConsentFacts) -> Iterable[tuple[str, bool]]:
    yield from _lacks_always(record)
    is_signed = bool(record.signature.strip() and record.signature_event)
    yield "It is not signed: no typed name, ticked box, key, voice or pen.", not is_signed
    yield "The box was ticked already.", record.is_box_preticked
    yield "The text was not apart from other text.", not record.is_separate
    yield "It does not say what about.", not record.topic.strip()
    yield "The page, form or call it came from is missing.", not record.source.strip()
    is_of_a_page = record.signature_event in _SIGNED_ON_A_PAGE
    yield "The IP address or the browser is missing.", is_of_a_page and not (record.ip_address and record.user_agent)
    yield "The version of the text is missing.", not record.text_version.strip()
    yield "The text, or its checksum, is missing.", not record.text.strip() or not record.text_sha256.strip()
    yield "The text does not match its checksum.", is_altered(record)
    for sentence in _left_unsaid(record.text):
        yield sentence, True


def is_altered(record: ConsentFacts) -> bool:
    """True when the text is another one than its checksum was made of: raise an alarm."""
    given = record.text_sha256.strip().lower()
    return bool(given and record.text.strip()) and given != sha256_of(record.text)


def sha256_of(text: str) -> str:
    """The checksum of a text, as it is kept with a consent."""
    return hashlib.sha256(text.encode()).hexdigest()


def wording(seller: str) -> str:
    """A text in which everything is said that must be."""
    return _WORDING.format(seller=seller)


# --- what the text must say -----------------------------------------------------------------------------------------

_MUST_SAY = (
    (
        "The text does not speak of sales calls.",
        re.compile(r"\b(telemarketing|marketing|advertis\w+|sales|promotional|publicitari\w+|ventas|telemercadeo)\b"),
    ),
    (
        "The text does not say “artificial voice”.",
        re.compile(r"\bartificial\b(?! intelligence)(?=.{0,40}\bvoices?\b)|\bvoz (\w+ ){0,3}?artificial\b"),
    ),
    (
        "The text does not say “prerecorded voice”.",
        re.compile(r"\bpre ?recorded\b(?=.{0,40}\bvoices?\b)|\bvoz (\w+ ){0,4}?pre ?grabada\b"),
    ),
    (
        "The text does not say “AI-generated voice”.",
        re.compile(
            r"\b(ai|a i|artificial intelligence)( voices?)? generated\b(?=.{0,40}\bvoices?\b)"
            r"|\bvoices?( \w+){0,3} generated (by|with|using) (an )?(ai|artificial intelligence)\b"
            r"|\bvoz( \w+){0,4} generada (por|con) (ia|inteligencia artificial)\b"
        ),
    ),
    (
        "The text does not say that consent is no condition of a purchase.",
        re.compile(
            r"\bnot( being)?( made)? (a |an |any )?(condition|conditioned|requirement|prerequisite) "
            r"(of|for|to|on|upon)\b(?=.{0,60}\b(purchas|buy|bought|order|goods|services|product))"
            r"|\b(not|without being) (required|obliged|obligated)\b(?=.{0,80}\b(purchas|buy|goods|services))"
            r"|\bno es (una )?(condicion|requisito)\b(?=.{0,60}\b(compra|adquir))"
        ),
    ),
)


@lru_cache(maxsize=512)  # thousands of people agree to the same text
def _left_unsaid(text: str) -> tuple[str, ...]:
    words = _words(text)
    return tuple(sentence for sentence, pattern in _MUST_SAY if pattern.search(words) is None)


@lru_cache(maxsize=512)
def _words(text: str) -> str:
    """In lower case, without accents and punctuation, one space between words."""
    flat = unicodedata.normalize("NFKD", text.lower())
    letters = "".join(c for c in flat if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w]+", " ", letters).split())


# --- whose consent it is --------------------------------------------------------------------------------------------

_LEGAL_FORMS = frozenset(
    "inc incorporated llc ltd limited corp corporation co company plc lp llp pllc pc gmbh ag sa sas bv nv pty".split()  # noqa: SIM905
)


@lru_cache(maxsize=512)
def _name(seller: str) -> str:
    """A business's name without case, punctuation and legal form: `Marlow Outdoor, Inc.` is `marlow outdoor`."""
    joined = re.sub(
        r"\b(\w)\.(?=\w\.|\w\b|\s|$|,)", r"\1", seller.replace("&", " and ").replace("’", "").replace("'", "")
    )
    words = _words(joined).split()
    if words[:1] == ["the"]:
        words = words[1:]
    while len(words) > 1 and words[-1] in _LEGAL_FORMS:
        words.pop()
    return " ".join(words)


def is_same_seller(one: str, other: str) -> bool:
    """True when both name the same business, however they spell it."""
    return bool(_name(one)) and _name(one) == _name(other)


def _names(record: ConsentFacts, seller: str) -> bool:
    """True when the record is for this business; a signed text must name it too, not only "our partners"."""
    if not any(is_same_seller(name, seller) for name in record.sellers):
        return False
    if record.kind != WRITTEN:
        return True
    text = _words(record.text.replace("&", " and ").replace("’", "").replace("'", ""))
    return f" {_name(seller)} " in f" {text} "


# --- which record counts --------------------------------------------------------------------------------------------


def counting(records: Sequence[ConsentFacts], revoked_at: Sequence[datetime]) -> tuple[ConsentFacts, ...]:
    """The records that may still be relied on: those given after the last time it was taken back, if it ever was.

    Newest first. A record that does not say when it was given is older than any revocation.
    """
    if not revoked_at:
        return tuple(sorted(records, key=_given_at, reverse=True))
    last = max(revoked_at)
    later = [record for record in records if record.captured_at is not None and record.captured_at > last]
    return tuple(sorted(later, key=_given_at, reverse=True))


def _given_at(record: ConsentFacts) -> float:
    return 0.0 if record.captured_at is None else record.captured_at.timestamp()
