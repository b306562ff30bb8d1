"""`record_fact`: something the caller said that their assistant is to find out. It is kept at once."""

import re
from collections.abc import Callable
from datetime import date, datetime

from agents.models import FactToCollect
from calls.models import Call, CollectedFact
from calls.tools.answer import ToolAnswer
from compliance.numbers import parse_e164

UNKEPT = "The caller does not want what they say to be written down, so nothing was kept. Go on without it."
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_YES_NO = {"yes": "yes", "true": "yes", "no": "no", "false": "no"}
_NUDGE = (
    "Nobody has been called yet. Not known so far: {missing}. If the caller is willing, ask for it in one short "
    "question and call `record_fact`. If they would rather not, or only want a person, call `transfer` again at once: "
    "it will be done."
)


def run(*, call: Call, arguments: dict[str, str], now: datetime) -> ToolAnswer:
    """Keep a fact of this call, if it is one that is asked for and looks like one."""
    if not call.are_words_kept:
        return ToolAnswer(UNKEPT, is_error=True)
    name, value = arguments.get("name", "").strip(), arguments.get("value", "").strip()
    wanted = FactToCollect.objects.filter(assistant=call.assistant_id, name=name).first()
    if wanted is None:
        return ToolAnswer("There is no such fact to find out. Nothing was kept.", is_error=True)
    checked = _CHECKS[wanted.kind](wanted, value) if value else None
    if not checked:
        return ToolAnswer(f"This does not look like it: {wanted.told()}. Ask the caller again.", is_error=True)
    CollectedFact.record(call=call, wanted=wanted, value=checked, now=now)
    missing = _missing(call)
    return ToolAnswer(f"Kept. Still to find out: {missing}." if missing else "Kept. Everything required is known.")


def before_transfer(*, call: Call, now: datetime) -> ToolAnswer | None:
    """What is still to be asked before the caller is put through, told once; None when it may go on."""
    if not call.are_words_kept or not (missing := _missing(call)):
        return None
    if not call.note("facts_nudged", at=now, source="system", key="facts_nudged", missing=missing):
        return None
    return ToolAnswer(_NUDGE.format(missing=missing))


def _missing(call: Call) -> str:
    return ", ".join(CollectedFact.missing(call=call, assistant=call.assistant)) if call.assistant else ""


def _number(_: FactToCollect, value: str) -> str:
    plain = value.replace(" ", "").replace(",", "")
    return plain if re.fullmatch(r"[+-]?\d{1,30}(\.\d{1,12})?", plain) else ""


def _date(_: FactToCollect, value: str) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        return ""


def _email(_: FactToCollect, value: str) -> str:
    plain = value.lower()
    return plain if _EMAIL.fullmatch(plain) else ""


def _phone(_: FactToCollect, value: str) -> str:
    return parse_e164(value)


def _choice(wanted: FactToCollect, value: str) -> str:
    return next((one for one in wanted.values() if one.casefold() == value.casefold()), "")


_CHECKS: dict[str, Callable[[FactToCollect, str], str]] = {
    FactToCollect.Kind.TEXT: lambda _, value: value,
    FactToCollect.Kind.NUMBER: _number,
    FactToCollect.Kind.DATE: _date,
    FactToCollect.Kind.EMAIL: _email,
    FactToCollect.Kind.PHONE: _phone,
    FactToCollect.Kind.YES_NO: lambda _, value: _YES_NO.get(value.lower(), ""),
    FactToCollect.Kind.CHOICE: _choice,
}
