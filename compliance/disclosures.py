"""The words that must be spoken first, on every call, by the application itself.

One text for every call, the strictest: who is calling or answering, that it is an AI, that the call is recorded and
transcribed with a service provider, and how to go on without recording. Washington wants the announcement inside the
recording (RCW 9.73.030(3)); California and the other all-party states are satisfied by the same sentence (Cal. Penal
Code 632, Kearney v. Salomon Smith Barney, 39 Cal.4th 95); naming the service provider answers Cal. Penal Code 631; that
it is an AI is told in the first sentence (EU AI Act art. 50(1), Utah Code 13-75).
"""

from dataclasses import dataclass

# Raised whenever the words change; kept with every recording.
VERSION = "2026-11"

_TEXTS = {
    "en": (
        "Hello, this is an AI assistant answering for {business}. This call is recorded and transcribed by our service "
        "provider. If you would rather not be recorded, please say so."
    ),
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
    base = language.split("-", maxsplit=1)[0].lower()
    chosen = base if base in _TEXTS else "en"
    text = _TEXTS[chosen].format(business=" ".join(business.split()) or "our company")
    return OpeningWords(text, "en-US" if chosen == "en" else language, VERSION)


def voicemail_words(*, business: str, own: str = "", language: str = "en") -> OpeningWords:
    """What is said before the tone of a voicemail; `own` are a number's own words, which name the business."""
    base = language.split("-", maxsplit=1)[0].lower()
    chosen = base if base in _VOICEMAIL else "en"
    who, recorded = _VOICEMAIL[chosen]
    first = " ".join(own.split()) or who.format(business=" ".join(business.split()) or "our company")
    return OpeningWords(f"{first} {recorded}", "en-US" if chosen == "en" else language, VERSION)
