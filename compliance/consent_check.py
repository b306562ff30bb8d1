"""Is a record of consent worth anything? What a written one must hold: 47 CFR 64.1200(f)(9) and 16 CFR 310.5(a)(8);
for what is not signed: how, when and for what it was given.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from compliance.codes import Code
from compliance.numbers import parse_e164

_WRITTEN = "written"
# The words must say what kind of call it is about; by policy also that the voice may be generated.
_ARTIFICIAL = re.compile(r"\b(artificial|pre-?recorded)\b", re.IGNORECASE)
_GENERATED = re.compile(r"\bAI[- ]generated\b", re.IGNORECASE)
_NO_CONDITION = re.compile(
    r"\bnot (a )?(condition|required|necessary|needed)\b|\bwithout (agreeing|consent)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class ConsentFacts:
    """A record of consent as it is on file."""

    number: str
    kind: str  # oral, express, written
    sellers: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    captured_at: datetime | None = None
    zone: str = ""
    signature: str = ""
    signature_event: str = ""
    text: str = ""
    text_version: str = ""
    text_sha256: str = ""
    is_box_preticked: bool = False
    is_separate: bool = False
    method: str = ""
    source: str = ""
    evidence: str = ""
    subject_ref: str = ""
    is_imported: bool = False
    is_verified: bool = False


def problems(record: ConsentFacts, *, number: str, seller: str) -> tuple[Code, ...]:
    """What is wrong with a record for a call to this number on behalf of this seller; nothing: it is sound."""
    found = []
    if not _is_complete(record):
        found.append(Code.CONSENT_RECORD_INCOMPLETE)
    if not _names(record, seller):
        found.append(Code.CONSENT_SELLER_MISMATCH)
    if parse_e164(record.number) != number:
        found.append(Code.CONSENT_NUMBER_MISMATCH)
    return tuple(found)


def _is_complete(record: ConsentFacts) -> bool:
    if record.captured_at is None or not record.purposes:
        return False
    if record.kind != _WRITTEN:
        return bool(record.method or record.source or record.evidence or record.subject_ref)
    is_signed = bool(record.signature.strip() and record.signature_event) and not record.is_box_preticked
    is_genuine = hashlib.sha256(record.text.encode()).hexdigest() == record.text_sha256.lower()
    says_it_all = all(words.search(record.text) for words in (_ARTIFICIAL, _GENERATED, _NO_CONDITION))
    return is_signed and is_genuine and says_it_all and record.is_separate and bool(record.source)


def _names(record: ConsentFacts, seller: str) -> bool:
    if not record.sellers and record.kind != _WRITTEN:
        return True
    ours = _plain(seller)
    return bool(ours) and any(_plain(named) == ours for named in record.sellers)


def _plain(name: str) -> str:
    return " ".join(re.sub(r"[^\w]+", " ", name.casefold()).split())
