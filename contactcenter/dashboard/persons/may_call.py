"""May we call? What the gate would answer for each purpose and voice; nothing is permitted and nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from agents.models import Assistant
from calls.control import dialing
from calls.models import Campaign, Contact, Number
from compliance.verdict import Judgement, Outcome, Purpose, Voice
from contactcenter.dashboard.campaigns.words import PURPOSES

ASKED = (Purpose.INFORMATIONAL, Purpose.TELEMARKETING, Purpose.HEALTHCARE)
VOICES = (Voice.HUMAN_MANUAL, Voice.HUMAN_DIALER, Voice.AI)


@dataclass(frozen=True, slots=True)
class Answer:
    """The gate's answer for one purpose, and for those voices for which it is the same."""

    purpose: Purpose
    voices: tuple[Voice, ...]
    judgement: Judgement

    @property
    def is_yes(self) -> bool:
        """True when it may be now."""
        return self.judgement.outcome is Outcome.ALLOW


@dataclass(frozen=True, slots=True)
class On:
    """On whose behalf and about what is asked, and which number would be shown."""

    seller: str
    topic: str
    caller_id: str


def behalf(number: str, *, seller: str, topic: str | None) -> On:
    """What is asked for: as somebody chose, or what the campaign that has them is about, in the name of most calls."""
    if topic is None:
        found = Contact.objects.filter(number=number).order_by("-pk").values_list("campaign__topic", flat=True)
        topic = found.first() or ""
    ours = Number.objects.order_by("pk").values_list("e164", flat=True).first()
    return On((seller or _usual_seller())[:120], topic[:120], ours or "")


def _usual_seller() -> str:
    return Assistant.objects.filter(is_active=True).order_by("pk").values_list("business_name", flat=True).first() or ""


def sellers() -> list[str]:
    """On whose behalf we call, as far as anybody has written it down."""
    known = {*Campaign.objects.values_list("seller", flat=True).distinct()[:200]}
    return sorted({*known, *Assistant.objects.values_list("business_name", flat=True)} - {""})


def ask(number: str, on: On, *, by: str, now: datetime) -> list[Answer]:
    """The gate's answers for a number."""
    answers = []
    for purpose in ASKED:
        alike: dict[tuple[Outcome, tuple[str, ...]], tuple[Judgement, list[Voice]]] = {}
        for voice in VOICES:
            judgement = dialing.assess_out(
                to=number,
                purpose=purpose,
                voice=voice,
                seller=on.seller,
                topic=on.topic,
                caller_id=on.caller_id,
                by=by,
                now=now,
            )
            key = (judgement.outcome, tuple(reason.code for reason in judgement.reasons))
            alike.setdefault(key, (judgement, []))[1].append(voice)
        answers += [Answer(purpose, tuple(voices), judgement) for judgement, voices in alike.values()]
    return answers


def in_short(answers: Sequence[Answer]) -> list[tuple[str, str]]:
    """In one line: for each purpose, whether somebody who dials by hand may call now."""
    return [
        (PURPOSES[answer.purpose] + "s", answer.judgement.outcome)
        for answer in answers
        if Voice.HUMAN_MANUAL in answer.voices
    ]
