"""Rules that the server keeps on a conversation, and how a sentence is known to touch one.

Words are compared without case, marks and doubled blanks. What a caller means by them is the model's business; here
stands only what must not depend on it, so an expression is in a list when hardly anybody says it for another reason.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_PERSON = (
    r"(?:a |an |the |some |another |your )?(?:real |actual |live |human )*"
    r"(?:person|human(?: being)?|agent|representative|operator|somebody|someone|people|supervisor|manager|colleague)"
)
_ASKING = (
    r"(?:talk|speak|chat)(?:ing)? (?:to|with) ",
    r"(?:put|connect|transfer|pass) me (?:through |over )?(?:to|with) ",
    r"(?:get|give|find|fetch) me ",
    r"(?:i (?:want|need|would like|'d like)) ",
)
_PORTUGUESE = r"(?:atendente|pessoa|humano|gerente|alguem|ser humano)"
_SPANISH = r"(?:persona|agente|humano|operador|operadora|alguien|supervisor)"
_HUMAN = re.compile(
    "|".join(
        (
            rf"\b(?:{'|'.join(_ASKING)}){_PERSON}\b",
            r"^(?:a )?(?:human|representative|operator|agent|real person)(?: please)?$",
            r"\b(?:not|don't want to (?:talk|speak) (?:to|with)) (?:a |this )?(?:robot|machine|computer|bot|ai)\b",
            rf"\b(?:falar|conversar) com (?:um |uma |o |a |algum |alguma )?{_PORTUGUESE}\b",
            rf"\b(?:hablar|comunicarme) con (?:un |una |el |la |alguna )?{_SPANISH}\b",
        )
    )
)
_ANGRY = re.compile(
    r"\b(?:fuck\w*|shit|bullshit|asshole|bastard|idiots?|moron|stupid (?:robot|machine|bot|thing)|useless|ridiculous|"
    r"unacceptable|outrageous|fed up|sick of this|waste of (?:my )?time|worst (?:service|company)|"
    r"(?:this|that) is a joke|for the (?:third|fourth|fifth|tenth|last) time|"
    r"porra|merda|caralho|idiota|imbecil|absurdo|inaceitavel|palhacada|"
    r"mierda|estupido|inaceptable|ridiculo)\b"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `trigger` and `action` are those of the assistant's guardrails; `ref` names it in the books."""

    ref: str
    name: str
    trigger: str
    action: str
    threshold: int = 1
    phrases: tuple[str, ...] = ()
    text: str = ""


def plain(text: str) -> str:
    """A sentence without case, accents and marks; apostrophes stay."""
    letters = unicodedata.normalize("NFKD", text.casefold().replace("’", "'"))
    kept = "".join(
        letter if letter.isalnum() or letter == "'" else " " for letter in letters if not unicodedata.combining(letter)
    )
    return " ".join(kept.split())


def asks_for_person(text: str) -> bool:
    """True when somebody asks to speak with a person."""
    return _HUMAN.search(plain(text)) is not None


def is_angry(text: str) -> bool:
    """True when somebody swears, or says that they have had enough."""
    return _ANGRY.search(plain(text)) is not None


def mentions(text: str, phrases: Sequence[str]) -> bool:
    """True when one of these phrases is said, as whole words."""
    said = f" {plain(text)} "
    return any(f" {words} " in said for phrase in phrases if (words := plain(phrase)))
