"""Write the generated parts of docs/ anew: the states from the tables in calls/lifecycle/, the law of recording.

`make docs` writes them; a house test compares what is written with what would be.
"""

import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from calls import lifecycle
from calls.lifecycle import CopyState, LegStatus, Phase, RecordingStatus
from calls.lifecycle.callback import CALLBACK_MOVES, CallbackState
from calls.lifecycle.capture import CAPTURE_ENDED, CAPTURE_MOVES, CaptureState
from calls.lifecycle.delivery import DELIVERY_MOVES, DeliveryState
from compliance import disclosures, places, recording_rules, ruleset

_HEAD = """# The states of a call

Generated from `calls/lifecycle/` by `make docs`. The tables there are the truth; these are their pictures.

What the telephone network reports arrives late, twice, out of order or never. So no machine trusts the order of
arrival: a report that is not further along changes nothing, and a pair that is not in a table is kept in the call's
history and moves nothing. Terminal states are never left.
"""


def pages() -> dict[Path, str]:
    """Every page with something generated, with its text."""
    docs = ROOT / "docs"
    return {
        docs / "lifecycle.md": _lifecycle(),
        docs / "recording-consent.md": _with(docs / "recording-consent.md", _recording_rules()),
        docs / "compliance.md": _with(docs / "compliance.md", _law()),
        docs / "whatsapp.md": _with(docs / "whatsapp.md", _whatsapp()),
    }


def _with(page: Path, part: str) -> str:
    """A page that people write, with the part between its two comments made anew."""
    before, _, rest = page.read_text(encoding="utf-8").partition("<!-- made by")
    comment, _, rest = rest.partition("-->\n")
    after = rest.partition("<!-- end -->")[2]
    return f"{before}<!-- made by{comment}-->\n{part}<!-- end -->{after}"


def _whatsapp() -> str:
    """The rules of the channel as they ship."""
    text = (ROOT / "compliance" / "channels" / "whatsapp-2026-11.toml").read_text(encoding="utf-8")
    lines = ["| rule | value | since | source | grade | note |", "|---|---|---|---|---|---|"]
    for row in tomllib.loads(text)["rows"]:
        cells = (row["name"], row["value"], row["effective_from"], row["source"], row["grade"], row.get("note", ""))
        lines.append(f"| {' | '.join(str(cell) for cell in cells)} |")
    return "\n".join(lines) + "\n"


def _law() -> str:
    lines = []
    for path in sorted((ROOT / "compliance" / "rulesets").glob("*.toml")):
        id_, first, rows = ruleset.read_file(path.read_text(encoding="utf-8"))
        lines += [
            f"### Ruleset `{id_}`, in force from {first}",
            "",
            f"Hash: `{ruleset.content_hash(id_, first, rows)}`",
            "",
        ]
        lines += [
            "| rule | places | calls | value | since | source | grade | note |",
            "|---|---|---|---|---|---|---|---|",
        ]
        for row in rows:
            since = f"{row.effective_from}" + ("" if row.effective_to is None else f", until {row.effective_to}")
            calls = ", ".join(word for word in (row.voice, row.purposes, row.lines) if word != ruleset.ANY) or "all"
            rule = f"{row.kind}: {row.name}" if row.name else row.kind
            lines.append(
                f"| {rule} | {row.places} | {calls} | {row.value} | {since} | {row.source} | {row.grade} | {row.note} |"
            )
        lines.append("")
    return "\n".join(lines)


def _recording_rules() -> str:
    lines = ["| place | consent | asked | source | standing | since |", "|---|---|---|---|---|---|"]
    lines += [
        f"| {_place(row.place)} | {_words(row.consent)} | {_words(row.ask)} | {row.clause} | {row.standing} "
        f"| {row.since} |"
        for row in recording_rules.ALL_PARTY
    ]
    others = ", ".join(
        _place(row.place) for row in recording_rules.ROWS if row.consent is recording_rules.Consent.ONE_PARTY
    )
    lines += ["", f"One party's consent is enough ({recording_rules.FEDERAL}) in: {others}.", ""]
    lines += [f"Version of the table: {recording_rules.VERSION}; of the words: {disclosures.VERSION}."]
    return "\n".join(lines) + "\n"


def _place(code: str) -> str:
    return places.of_code(code).name


def _words(code: str) -> str:
    return code.replace("_", " ")


def _lifecycle() -> str:
    parts = [
        _HEAD,
        "## Leg\n\nOne line of the carrier's, in Twilio's words. It only moves to the right; the first end stays.\n",
        _legs(),
        "## Call\n\nWhat the customer is living through. Facts move it; a wish to hang up is kept and moves nothing.\n",
        _machine(lifecycle.CALL_MOVES, start=Phase.RINGING, ends=[Phase.CLOSED]),
        "## Recording\n\nWhat the carrier does with the tape. A pause is a fact of its own: no late start undoes it.\n",
        _machine(
            lifecycle.RECORDING_MOVES,
            start=RecordingStatus.REQUESTED,
            ends=[RecordingStatus.COMPLETED, RecordingStatus.ABSENT, RecordingStatus.FAILED],
        ),
        "## Secure capture\n\nA secret the caller keys to the carrier. For two of the ends a result may still come.\n",
        _machine(CAPTURE_MOVES, start=CaptureState.ASKED, ends=sorted(CAPTURE_ENDED)),
        "## Copy\n\nWhere our own copy of a recording is. The carrier's is deleted only when ours is stored.\n",
        _machine(lifecycle.COPY_MOVES, start=CopyState.NONE, ends=[CopyState.REMOVED, CopyState.REFUSED]),
        "## Callback\n\nA person who is to be called back. What is over can be taken up again.\n",
        _machine(CALLBACK_MOVES, start=CallbackState.ASKED, ends=[]),
        "## Facts on their way\n\nWhat a call has found out, sent to the business. A person may have it sent again.\n",
        _machine(DELIVERY_MOVES, start=DeliveryState.DUE, ends=[]),
        "## Why a call ended\n\nSeveral facts may suggest a reason; the lower in this list wins, in whatever order.\n",
        _reasons(),
    ]
    return "\n".join(parts)


def _name(state: str) -> str:
    return state.replace("-", "_")


def _machine(moves: Mapping[Any, str], *, start: str, ends: list[str]) -> str:
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {_name(start)}"]
    lines += [f"    {_name(state)} --> {_name(after)}: {fact}" for (state, fact), after in moves.items()]
    lines += [f"    {_name(end)} --> [*]" for end in ends]
    lines += ["```", "", "| in | fact | then |", "|---|---|---|"]
    lines += [f"| {state} | `{fact}` | {after} |" for (state, fact), after in moves.items()]
    return "\n".join(lines) + "\n"


def _legs() -> str:
    live = [status for status in LegStatus if status not in lifecycle.LEG_ENDED]
    lines = ["```mermaid", "stateDiagram-v2", "    direction LR", f"    [*] --> {_name(live[0])}"]
    lines += [
        f"    {_name(earlier)} --> {_name(later)}"
        for n, earlier in enumerate(live)
        for later in [*live[n + 1 : n + 2], *([] if n + 1 < len(live) else sorted(lifecycle.LEG_ENDED))]
    ]
    lines += [f"    {_name(end)} --> [*]" for end in sorted(lifecycle.LEG_ENDED)] + ["```"]
    return "\n".join(lines) + "\n"


def _reasons() -> str:
    lines = ["| reason | whose fault |", "|---|---|"]
    lines += [f"| `{reason}` | {lifecycle.failure_class(reason) or '–'} |" for reason in lifecycle.EndedReason]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    for page, text in pages().items():
        page.write_text(text, encoding="utf-8")
        print(f"wrote {page.relative_to(ROOT)}")
