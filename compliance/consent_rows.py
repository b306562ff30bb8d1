"""Consents in a table for spreadsheets: a row read strictly, and a record written as a row.

A row is taken as it is or not at all; what is wrong with it is said in sentences that whoever keeps the table can act
on. A row that lacks what the law asks for is taken all the same, and counts for nothing until there is a better one.
"""

import hashlib
import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

from compliance import local_time
from compliance.numbers import parse_e164

# In this order in a file that is written; a file that is read may leave out all but the first two.
COLUMNS = (
    *("number", "kind", "person_name", "channels", "sellers", "purposes", "topic", "captured_at", "zone"),
    *("signature", "signature_event", "text", "text_version", "text_sha256", "is_box_preticked", "is_separate"),
    *("method", "source", "ip_address", "user_agent", "lead_chain", "verified_by", "verified_at", "subject_ref"),
)
# Written as well, for whoever reads; not read.
ALSO_WRITTEN = ("id", "created_at", "created_by", "evidence_sha256", "missing")
NEEDED = ("number", "kind")
_KINDS = ("oral", "express", "written")
_EVENTS = ("", "typed_name", "ticked_box", "key_press", "voice", "pen")
_CHANNELS = ("voice", "sms", "whatsapp")
_PURPOSES = ("telemarketing", "informational", "healthcare")
_LONGEST = {
    **dict.fromkeys(("person_name", "topic"), 120),
    **dict.fromkeys(("signature", "method"), 200),
    **dict.fromkeys(("source", "user_agent"), 500),
    "text": 20_000,
    "text_version": 40,
    "verified_by": 200,
    "subject_ref": 100,
    "zone": 64,
}
_TRUE, _FALSE = frozenset({"true", "yes", "1", "y"}), frozenset({"", "false", "no", "0", "n"})
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{2}):?(\d{2})")
_SKEW = timedelta(minutes=5)
_EARLIEST_YEAR, _LATEST_YEAR = 1990, 9000
# What a spreadsheet would take for a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(slots=True)
class Row:
    """A row as it was read: the record's fields, or (`wrong`) why it was not taken."""

    fields: dict[str, Any] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    @property
    def ref(self) -> str:
        """The same for the same content, in whatever file it stands."""
        said = "\x1f".join(f"{name}={self.fields[name]}" for name in sorted(self.fields))
        return f"row:{hashlib.sha256(said.encode()).hexdigest()[:40]}"


def header_problems(names: Sequence[str]) -> list[str]:
    """What is wrong with the first line of a file; then nothing of the file is taken."""
    said = [name.strip() for name in names]
    problems = [f"The column “{name}” is there twice." for name in dict.fromkeys(said) if name and said.count(name) > 1]
    known = {*COLUMNS, *ALSO_WRITTEN}
    problems += [f"There is no column “{name[:60]}”." for name in said if name not in known]
    problems += [f"The column “{name}” is missing." for name in NEEDED if name not in said]
    return problems


def read(values: Mapping[str, str], *, now: datetime, region: str = "US") -> Row:
    """Read one row."""
    row = Row()
    said = {name: _cell(values.get(name) or "") for name in COLUMNS}
    if any("\udc80" <= c <= "\udcff" or c == "\0" for value in said.values() for c in value):
        row.wrong.append("The row is not plain text in UTF-8.")
        return row
    for name, longest in _LONGEST.items():
        if len(said[name]) > longest:
            row.wrong.append(f"“{name}” is longer than {longest} characters.")
    row.fields["number"] = parse_e164(said["number"], region=region)
    if not row.fields["number"]:
        row.wrong.append(f"“{said['number'][:40]}” is no complete telephone number.")
    row.fields["kind"] = _one_of(row, said, "kind", _KINDS)
    row.fields["signature_event"] = _one_of(row, said, "signature_event", _EVENTS)
    row.fields["channels"] = _several_of(row, said, "channels", _CHANNELS)
    row.fields["purposes"] = _several_of(row, said, "purposes", _PURPOSES)
    for name in ("sellers", "lead_chain"):
        row.fields[name] = [part[:120] for part in _parts(said[name])]
    for name in ("person_name", "topic", "signature", "text", "text_version", "method", "source", "user_agent"):
        row.fields[name] = said[name]
    row.fields["subject_ref"], row.fields["verified_by_ref"] = said["subject_ref"], said["verified_by"]
    row.fields["text_sha256"] = _checksum(row, said["text_sha256"])
    row.fields["ip_address"] = _ip_address(row, said["ip_address"])
    for name in ("is_box_preticked", "is_separate"):
        row.fields[name] = _yes_or_no(row, said, name)
    _read_times(row, said, now=now)
    _contradictions(row)
    return row


def _cell(value: str) -> str:
    """What a cell says, without the mark that keeps it from being a formula."""
    value = value.strip()
    return value[1:] if value.startswith("'") and value[1:2] in _FORMULA else value


def _parts(value: str) -> list[str]:
    return [part.strip() for part in value.split(";") if part.strip()]


def _one_of(row: Row, said: Mapping[str, str], name: str, known: Sequence[str]) -> str:
    value = said[name].lower()
    if value not in known:
        row.wrong.append(f"“{name}” must be one of: {', '.join(filter(None, known))}.")
    return value


def _several_of(row: Row, said: Mapping[str, str], name: str, known: Sequence[str]) -> list[str]:
    values = [part.lower() for part in _parts(said[name])]
    if set(values) - set(known):
        row.wrong.append(f"“{name}” must be some of: {', '.join(known)}; with semicolons between them.")
    return list(dict.fromkeys(values))


def _yes_or_no(row: Row, said: Mapping[str, str], name: str) -> bool:
    value = said[name].lower()
    if value not in _TRUE | _FALSE:
        row.wrong.append(f"“{name}” must be yes or no.")
    return value in _TRUE


def _checksum(row: Row, value: str) -> str:
    if value and not re.fullmatch(r"[0-9a-fA-F]{64}", value):
        row.wrong.append("“text_sha256” is no SHA-256: 64 hexadecimal digits.")
    return value.lower()[:64]


def _ip_address(row: Row, value: str) -> str | None:
    try:
        return str(ipaddress.ip_address(value)) if value else None
    except ValueError:
        row.wrong.append(f"“{value[:60]}” is no IP address.")
        return None


def _read_times(row: Row, said: Mapping[str, str], *, now: datetime) -> None:
    row.fields["captured_at"] = row.fields["verified_at"] = None
    row.fields["zone"] = said["zone"]
    zone = _zone(said["zone"])
    if said["zone"] and zone is None:
        row.wrong.append(f"“{said['zone'][:60]}” is no time zone; write it as America/New_York or -05:00.")
        return
    for name, otherwise in (("captured_at", zone), ("verified_at", UTC)):
        at = _time(row, said[name], name) if said[name] else None
        if at is None:
            continue
        if at.tzinfo is None and otherwise is None:
            row.wrong.append(f"“{name}” has no time zone: end it with -05:00, or fill in “zone”.")
            continue
        if name == "captured_at" and not said["zone"]:
            row.fields["zone"] = at.isoformat()[-6:]
        at = (at if at.tzinfo is not None else at.replace(tzinfo=otherwise)).astimezone(UTC)
        if at > now + _SKEW:
            row.wrong.append(f"“{name}” is in the future.")
        row.fields[name] = at


def _time(row: Row, value: str, name: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        row.wrong.append(f"“{name}” is no time; write it as 2026-11-30T15:00:00-05:00.")
        return None
    if at.year < _EARLIEST_YEAR or at.year > _LATEST_YEAR:
        row.wrong.append(f"“{name}” is not of our time.")
        return None
    return at


def _zone(name: str) -> tzinfo | None:
    offset = _OFFSET.fullmatch(name)
    if offset is None:
        return local_time.zone_named(name) if name else None
    minutes = int(offset[2]) * 60 + int(offset[3])
    away = timedelta(minutes=-minutes if offset[1] == "-" else minutes)
    return timezone(away) if abs(away) < timedelta(hours=24) else None


def _contradictions(row: Row) -> None:
    """What cannot all be true."""
    said = row.fields
    if said["kind"] != "written" and (said["signature"] or said["signature_event"]):
        row.wrong.append("It is signed, but “kind” does not say “written”.")
    if bool(said["signature"]) != bool(said["signature_event"]):
        row.wrong.append("“signature” and “signature_event” go together: fill in both, or neither.")
    captured, verified = said.get("captured_at"), said.get("verified_at")
    if captured is not None and verified is not None and verified < captured:
        row.wrong.append("It was verified before it was given.")
    if bool(said["verified_by_ref"]) != (verified is not None):
        row.wrong.append("“verified_by” and “verified_at” go together: fill in both, or neither.")


# --- writing --------------------------------------------------------------------------------------------------------


def safe(value: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if value.startswith(_FORMULA) else value


def write(record: Mapping[str, Any]) -> list[str]:
    """A record as the cells of a row, in the order of COLUMNS and what is written as well."""
    return [safe(_written(record[name])) for name in (*COLUMNS, *ALSO_WRITTEN)]


def _written(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return "; ".join(str(part) for part in value)
    return str(value).replace("\0", "")
