"""The first page of a packet, as PDF: what it is about, what was decided and why, what is in it, how to check it."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from compliance.redaction import mask_address
from contactcenter.privacy.gathering import Everything

_GREY = (96, 103, 112)
_MOST_DECISIONS = 40
# The fonts that every reader has know the letters of Western Europe only.
_FAMILIAR = str.maketrans({"–": "-", "—": "-", "•": "*", "…": "...", "’": "'", "‘": "'", "“": '"', "”": '"', "→": "->"})


def latin(text: str) -> str:
    """Text as the built-in fonts can show it; what they cannot becomes a question mark. The JSON has it as it was."""
    return text.translate(_FAMILIAR).encode("latin-1", "replace").decode("latin-1")


class _Page(FPDF):
    """Paper with a plain foot."""

    made_at = ""

    def footer(self) -> None:
        self.set_y(-14)
        self.set_font("Helvetica", size=8)
        self.set_text_color(*_GREY)
        self.cell(0, 8, latin(f"Made {self.made_at} UTC. Page {self.page_no()} of {{nb}}."), align="C")

    def headline(self, text: str) -> None:
        self.set_font("Helvetica", "B", 18)
        self.set_text_color(0)
        self.multi_cell(0, 9, latin(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def heading(self, text: str) -> None:
        self.ln(3)
        self.set_font("Helvetica", "B", 12)
        self.set_text_color(0)
        self.multi_cell(0, 7, latin(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def line_of(self, label: str, text: str) -> None:
        self.set_font("Helvetica", size=9)
        self.set_text_color(*_GREY)
        self.cell(46, 5.5, latin(label))
        self.set_text_color(0)
        self.multi_cell(0, 5.5, latin(text or "-"), new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def words(self, text: str) -> None:
        self.set_font("Helvetica", size=9)
        self.set_text_color(0)
        self.multi_cell(0, 5, latin(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def pdf(*, title: str, found: Everything, names: Iterable[str], by: str, now: datetime) -> bytes:
    """The cover of a packet with these files."""
    page = _Page(format="A4")
    page.made_at = f"{now.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    page.set_title(latin(title))
    page.set_auto_page_break(auto=True, margin=18)
    page.alias_nb_pages()
    page.add_page()
    page.headline(title)
    page.words(f"Put together for {by}. Numbers are masked on this page; the documents beside it have them whole.")
    _decisions(page, found)
    _standing(page, found)
    _calls(page, found)
    page.heading("In this packet")
    for name in names:
        page.words(name)
    page.heading("How to check it")
    page.words(
        "Unpack it and run: python3 verify.py. The script needs nothing but Python. It compares every file with "
        "MANIFEST.json, every decision with the chain of receipts of its day, and each chain with its signed end. The "
        "public key stands in proof/ends.json; ask the sender for theirs and compare."
    )
    return bytes(page.output())


def _at(moment: Any) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if isinstance(moment, datetime) else "-"


def _decisions(page: _Page, found: Everything) -> None:
    for decision in found.decisions[:_MOST_DECISIONS]:
        page.heading(f"Decision {decision.pk}: {decision.outcome} {decision.code}".strip())
        page.line_of("Asked at", _at(decision.at))
        clocks = ", ".join(f"{at[:16].replace('T', ' ')} {zone}" for zone, at in decision.local_times.items())
        page.line_of("Clocks there", clocks)
        page.line_of("Number", mask_address(decision.number or decision.to_address))
        page.line_of("Purpose", decision.purpose)
        page.line_of("Shown to them", mask_address(decision.caller_id))
        page.line_of("For", f"{decision.subject_ref} {decision.errand_ref}".strip())
        page.line_of("Asked by", decision.actor_ref)
        for reason in decision.reasons:
            page.line_of(reason.get("code", ""), f"{reason.get('sentence', '')} ({reason.get('clause', '')})")
        if decision.until:
            page.line_of("Not before", _at(decision.until))
        page.line_of("Rules", f"{decision.ruleset} {decision.ruleset_sha256[:16]}".strip())
        page.line_of("Software", f"{decision.software}; {decision.library}; time zones {decision.tzdata}")
    if len(found.decisions) > _MOST_DECISIONS:
        page.words(f"and {len(found.decisions) - _MOST_DECISIONS} more, all in decisions.json.")


def _standing(page: _Page, found: Everything) -> None:
    page.heading("Consents")
    consents = found.documents.get("consents", [])
    for consent in consents:
        said = f"{consent['kind']}, {', '.join(map(str, consent['purposes'])) or 'no purpose named'}"
        page.line_of(_at(consent["captured_at"]), f"{said}; {consent['method'] or 'no way named'}")
    if not consents:
        page.words("None on record.")
    page.heading("Opt-outs")
    opt_outs = found.documents.get("opt_outs", {"revocations": [], "own_list": []})
    for one in opt_outs["revocations"]:
        page.line_of(_at(one["received_at"]), f"{one['scope']}, by {one['route']}: {one['said'] or 'no words kept'}")
    for entry in opt_outs["own_list"]:
        lifted = f", lifted {_at(entry['lifted_at'])}" if entry["lifted_at"] else ""
        page.line_of(_at(entry["added_at"]), f"on our own list ({entry['scope']}), from {entry['source']}{lifted}")
    if not opt_outs["revocations"] and not opt_outs["own_list"]:
        page.words("None on record.")


def _calls(page: _Page, found: Everything) -> None:
    calls = found.documents.get("calls", [])
    page.heading("Calls")
    for call in calls[:_MOST_DECISIONS]:
        tapes = f"{len(call['recordings'])} recordings, {len(call['words'])} turns of words"
        page.line_of(f"Call {call['id']}", f"{_at(call['started_at'])}, ended: {call['ended_reason']}; {tapes}")
    if not calls:
        page.words("None.")
