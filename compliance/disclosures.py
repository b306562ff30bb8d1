"""The words that must be spoken first, on every call, by the application itself.

One text for every call, the strictest: who is calling or answering, that it is an AI, that the call is recorded and
transcribed with a service provider, and how to go on without recording. Washington wants the announcement inside the
recording (RCW 9.73.030(3)); California and the other all-party states are satisfied by the same sentence (Cal. Penal
Code 632, Kearney v. Salomon Smith Barney, 39 Cal.4th 95); naming the service provider answers Cal. Penal Code 631; that
it is an AI is told in the first sentence (EU AI Act art. 50(1), Utah Code 13-75).

Where a yes is needed, the question stands in the place of the announcement, and the announcement follows the yes, so
that it is inside the recording there too.

A call of ours says more, and in this order: for whom we call and that it is an AI (47 CFR 64.1200(b)(1)), at once how
to have no more calls (b)(3), that it is recorded, and what it is about. The sentences are short: all of them have begun
within ten seconds of the answer (Conn. Gen. Stat. 42-288a).
"""

from dataclasses import dataclass

from compliance.disclosure_texts import TEXTS, VOICEMAIL, Words

__all__ = [
    "OUTGOING_VERSION",
    "VERSION",
    "OpeningWords",
    "Words",
    "opening_words",
    "outgoing_words",
    "spoken_number",
    "voicemail_words",
    "words",
]

# Raised whenever the words change; kept with every recording and every consent.
VERSION = "2026-12"
# The same for the words of calls that we place.
OUTGOING_VERSION = "2026-12-outgoing"


@dataclass(frozen=True, slots=True)
class OpeningWords:
    """A disclosure ready to be spoken: its words, their language (BCP 47) and the version of the text."""

    text: str
    language: str
    version: str


def opening_words(*, business: str, language: str = "en") -> OpeningWords:
    """The opening words for a business; a language without a text of its own gets the English one."""
    return words(Words.OPENING, business=business, language=language)


def words(
    which: Words, *, business: str = "", language: str = "en", topic: str = "", number: str = "", message: str = ""
) -> OpeningWords:
    """Any of the texts; a language without texts of its own gets the English one.

    `topic` is what a call of ours is about, `number` where we can be reached, `message` what a machine is told.
    """
    base = language.split("-", maxsplit=1)[0].lower()
    chosen = base if which in TEXTS.get(base, {}) else "en"
    text = TEXTS[chosen][which].format(
        business=" ".join(business.split()) or "our company",
        topic=_clause(topic),
        number=spoken_number(number),
        message=_sentence(message),
    )
    version = OUTGOING_VERSION if which.startswith("outgoing") else VERSION
    return OpeningWords(" ".join(text.split()), "en-US" if chosen == "en" else language, version)


def outgoing_words(*, business: str, topic: str, is_recorded: bool, language: str = "en") -> tuple[OpeningWords, ...]:
    """What whoever answers a call of ours hears first, sentence by sentence, in the order the law wants."""
    wanted = [Words.OUTGOING_IDENTITY, Words.OUTGOING_OPT_OUT]
    if is_recorded:
        wanted.append(Words.OUTGOING_RECORDED)
    if topic.strip():
        wanted.append(Words.OUTGOING_PURPOSE)
    if is_recorded:  # last, so that all that has to be said has begun in time
        wanted.append(Words.OUTGOING_REFUSE)
    return tuple(words(which, business=business, topic=topic, language=language) for which in wanted)


def spoken_number(e164: str) -> str:
    """A telephone number as it is read out, digit by digit: without +1, in groups that can be written down."""
    digits = e164.removeprefix("+1") if len(e164) == len("+14155550100") else e164.removeprefix("+")
    groups = (digits[:3], digits[3:6], digits[6:])
    return ", ".join(" ".join(group) for group in groups if group)


def _clause(topic: str) -> str:
    """What somebody wrote as a topic, in the middle of a sentence of ours."""
    return " ".join(topic.split()).rstrip(".!?;,")


def _sentence(message: str) -> str:
    clean = " ".join(message.split())
    return clean if not clean or clean[-1] in ".!?" else f"{clean}."


def voicemail_words(*, business: str, own: str = "", language: str = "en") -> OpeningWords:
    """What is said before the tone of a voicemail; `own` are a number's own words, which name the business."""
    base = language.split("-", maxsplit=1)[0].lower()
    chosen = base if base in VOICEMAIL else "en"
    who, recorded = VOICEMAIL[chosen]
    first = " ".join(own.split()) or who.format(business=" ".join(business.split()) or "our company")
    return OpeningWords(f"{first} {recorded}", "en-US" if chosen == "en" else language, VERSION)
