"""The words that must be spoken first, on every call, by the application itself.

One text for every call, the strictest: who is calling or answering, that it is an AI, that the call is recorded and
transcribed with a service provider, and how to go on without recording. Washington wants the announcement inside the
recording (RCW 9.73.030(3)); California and the other all-party states are satisfied by the same sentence (Cal. Penal
Code 632, Kearney v. Salomon Smith Barney, 39 Cal.4th 95); naming the service provider answers Cal. Penal Code 631; that
it is an AI is told in the first sentence (EU AI Act art. 50(1), Utah Code 13-75).

Where a yes is needed, the question stands in the place of the announcement, and the announcement follows the yes, so
that it is inside the recording there too.
"""

from dataclasses import dataclass
from enum import StrEnum

# Raised whenever the words change; kept with every recording and every consent.
VERSION = "2026-12"


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


def words(which: Words, *, business: str = "", language: str = "en") -> OpeningWords:
    """Any of the texts; a language without texts of its own gets the English one."""
    base = language.split("-", maxsplit=1)[0].lower()
    chosen = base if base in _TEXTS else "en"
    text = _TEXTS[chosen][which].format(business=" ".join(business.split()) or "our company")
    return OpeningWords(text, "en-US" if chosen == "en" else language, VERSION)


def voicemail_words(*, business: str, own: str = "", language: str = "en") -> OpeningWords:
    """What is said before the tone of a voicemail; `own` are a number's own words, which name the business."""
    base = language.split("-", maxsplit=1)[0].lower()
    chosen = base if base in _VOICEMAIL else "en"
    who, recorded = _VOICEMAIL[chosen]
    first = " ".join(own.split()) or who.format(business=" ".join(business.split()) or "our company")
    return OpeningWords(f"{first} {recorded}", "en-US" if chosen == "en" else language, VERSION)
