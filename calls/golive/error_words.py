"""The carrier's error codes that say something about us: what happened, what a caller met, and what to do.

https://www.twilio.com/docs/api/errors
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ErrorWords:
    """One code in plain words."""

    said: str
    caller: str
    do: str


_REACH = "Callers heard the fallback's words, or an error and the end of the call."
_WORDS = {
    11200: ErrorWords(
        "our address did not answer, or not with success.",
        _REACH,
        "Look at the web processes and what stands before them; the go-live check tries the same way.",
    ),
    11205: ErrorWords("no connection to our address.", _REACH, "Is the machine up, and its port open to the internet?"),
    11210: ErrorWords("our address has a name that is not known.", _REACH, "Correct PUBLIC_URL, or the DNS record."),
    11215: ErrorWords("our address redirects too often.", _REACH, "Let the proxy serve /twilio/ without redirects."),
    11220: ErrorWords("the TLS connection to us failed.", _REACH, "Renew the certificate, with its whole chain."),
    12100: ErrorWords("our answer was no proper document.", _REACH, "Something before us answers in our place."),
    12200: ErrorWords("our answer holds what Twilio does not know.", _REACH, "Report it: this is a fault of ours."),
    12300: ErrorWords("our answer is of the wrong content type.", _REACH, "Something before us answers in our place."),
    13224: ErrorWords("we dialled a number that is none.", "Nobody was rung.", "Look at the destination's digits."),
    13225: ErrorWords("Twilio does not call this number.", "Nobody was rung.", "Take it out of the directory."),
    13227: ErrorWords(
        "calls to this country are not allowed.", "Nobody was rung.", "Open the country, if calls to it are meant."
    ),
    20003: ErrorWords("our key was not taken.", "Calls could not be controlled.", "Check the key and its secret."),
    20429: ErrorWords(
        "we asked too often.", "Controls were late.", "Fewer calls at once, or ask Twilio for a higher limit."
    ),
    21215: ErrorWords(
        "calls to this country are not allowed.", "Nobody was rung.", "Open the country, if calls to it are meant."
    ),
    31920: ErrorWords(
        "the media stream's handshake failed.",
        "They lost the assistant at its first word.",
        "Let the proxy pass WebSocket upgrades on /twilio/media/, and check the auth token.",
    ),
    31921: ErrorWords(
        "a media stream was closed by us without a word.",
        "A gap of a second or two, then the conversation went on.",
        "Look at the bridges: were they restarted, or killed for memory?",
    ),
    31924: ErrorWords(
        "a media stream's protocol broke.", "A gap, then the conversation went on.", "Look at the proxy's buffers."
    ),
    32011: ErrorWords(
        "the other side of a SIP call did not answer.",
        "Ringing, then silence or the fallback.",
        "Look at status.openai.com, and whether the webhook of the model's calls reaches us within seconds.",
    ),
    32014: ErrorWords(
        "a SIP call had no sound.", "Silence, then the end of the call.", "Look at the firewall of the SIP server."
    ),
    32209: ErrorWords("a SIP call must be encrypted.", "Nobody was reached.", "Add ;transport=tls;secure=true."),
    37000: ErrorWords("a WhatsApp call failed.", "Nobody was reached.", "Look at the sender in the console."),
    39001: ErrorWords("a relay's connection failed.", "They lost the assistant.", "Look at the relay's address."),
    64101: ErrorWords("a relay had a parameter that is none.", "They lost the assistant.", "Check its settings."),
    64102: ErrorWords("a relay could not connect to us.", "They lost the assistant.", "Let WebSockets through."),
    64105: ErrorWords("a relay's connection ended.", "They lost the assistant.", "Look at the bridges."),
    64107: ErrorWords("a relay got a message it does not know.", "A gap in the talk.", "Report it: a fault of ours."),
}


def of(code: int) -> ErrorWords:
    """What a code means; of one that is not known, where it is explained."""
    return _WORDS.get(code) or ErrorWords(
        "see Twilio's own words.", "Depends on the error.", f"Read https://www.twilio.com/docs/api/errors/{code}"
    )


def is_stream(code: int) -> bool:
    """A media stream or a relay broke."""
    return 31900 <= code < 32000 or 64100 <= code < 64200 or code == 39001


def is_sip(code: int) -> bool:
    """A SIP call failed on its way."""
    return 32000 <= code < 32300


def is_fetch(code: int) -> bool:
    """The carrier could not get, or read, what we answer."""
    return 11200 <= code < 11300 or 12000 <= code < 12400
