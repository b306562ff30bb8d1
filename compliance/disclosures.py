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
from enum import StrEnum

# Raised whenever the words change; kept with every recording and every consent.
VERSION = "2026-12"
# The same for the words of calls that we place.
OUTGOING_VERSION = "2026-12-outgoing"


class Words(StrEnum):
    """What may have to be said about recording."""

    OPENING = "opening"
    QUESTION = "question"
    QUESTION_AGAIN = "question_again"
    AGREED = "agreed"
    UNRECORDED = "unrecorded"  # the caller did not agree, and the call goes on
    STOPPED = "stopped"  # the caller refuses in the middle of the call, and it goes on
    PARTING = "parting"  # the caller does not agree, and the call ends
    JOINED = "joined"  # somebody else is on the call now
    JOINED_QUESTION = "joined_question"  # and their place wants a yes
    TO_JOINER = "to_joiner"
    REMINDER = "reminder"
    OUTGOING_IDENTITY = "outgoing_identity"  # the words of calls that we place
    OUTGOING_OPT_OUT = "outgoing_opt_out"
    OUTGOING_RECORDED = "outgoing_recorded"
    OUTGOING_REFUSE = "outgoing_refuse"
    OUTGOING_QUESTION = "outgoing_question"
    OUTGOING_PURPOSE = "outgoing_purpose"
    OUTGOING_NOBODY = "outgoing_nobody"  # somebody answers, and we have nobody for them
    OUTGOING_MESSAGE = "outgoing_message"  # on a machine
    HUMAN_IDENTITY = "human_identity"  # one of us has dialled, and comes on the line


_TEXTS: dict[str, dict[Words, str]] = {
    "en": {
        Words.OPENING: (
            "Hello, this is an AI assistant answering for {business}. This call is recorded and transcribed by our "
            "service provider. If you would rather not be recorded, please say so, or press star."
        ),
        Words.QUESTION: (
            "Hello, this is an AI assistant answering for {business}. May we record this call, and have it transcribed "
            "by our service provider? Please say yes, or press one. To go on without, say no, or press two."
        ),
        Words.QUESTION_AGAIN: (
            "Sorry, I did not get that. May we record this call? Please say yes, or press one. "
            "To go on without, say no, or press two."
        ),
        Words.AGREED: (
            "Thank you. This call is recorded and transcribed by our service provider. "
            "If you change your mind, please say so, or press star."
        ),
        Words.UNRECORDED: "All right, this call is not recorded.",
        Words.STOPPED: "All right, this call is no longer recorded.",
        Words.PARTING: "We are sorry, we cannot go on without recording the call. Thank you for calling. Goodbye.",
        Words.JOINED: (
            "This call is recorded and transcribed by our service provider. "
            "If you would rather not be recorded, please say so."
        ),
        Words.JOINED_QUESTION: (
            "We have paused the recording of this call. May we go on recording it, and have it transcribed by our "
            "service provider? Please say yes, or no."
        ),
        Words.TO_JOINER: "This call is recorded and transcribed.",
        Words.REMINDER: "This call is recorded.",
        Words.OUTGOING_IDENTITY: "Hello, this is an AI assistant calling for {business}.",
        Words.OUTGOING_OPT_OUT: "To stop these calls, press 9 or say stop.",
        Words.OUTGOING_RECORDED: "This call is recorded and transcribed by our provider.",
        Words.OUTGOING_REFUSE: "Press star if you would rather not be recorded.",
        Words.OUTGOING_QUESTION: (
            "May we record this call, and have it transcribed by our service provider? Please say yes, or press one. "
            "To go on without, say no, or press two."
        ),
        Words.OUTGOING_PURPOSE: "It is about {topic}.",
        Words.OUTGOING_NOBODY: (
            "We are sorry, nobody can speak with you at this moment. You can reach us on {number}. Goodbye."
        ),
        Words.OUTGOING_MESSAGE: (
            "Hello, this is an AI assistant calling for {business}. {message} You can reach us on {number}. To stop "
            "these calls, call that number and say stop. Goodbye."
        ),
        Words.HUMAN_IDENTITY: "Hello, a colleague of {business} is calling you. One moment, please.",
    },
}

# Before the tone of a voicemail: who it is, unless the number has words of its own, and what becomes of the message.
_VOICEMAIL = {
    "en": (
        "You have reached {business}. Nobody can take your call right now.",
        (
            "Please leave a message after the tone. It is recorded, and transcribed by our service provider. When you "
            "are done, hang up or press any key."
        ),
    ),
}


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
    chosen = base if which in _TEXTS.get(base, {}) else "en"
    text = _TEXTS[chosen][which].format(
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
    chosen = base if base in _VOICEMAIL else "en"
    who, recorded = _VOICEMAIL[chosen]
    first = " ".join(own.split()) or who.format(business=" ".join(business.split()) or "our company")
    return OpeningWords(f"{first} {recorded}", "en-US" if chosen == "en" else language, VERSION)
